"""Accounts set up in the browser: connected, tested, paused, changed, removed and brought back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest

from channels.telegram import parse
from tests.desk import until
from tests.harness import rows
from tests.telegram_server import TelegramServer
from tests.web.desk import Browser, Desk, desk


@pytest.fixture
async def far(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[TelegramServer]:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    async with TelegramServer() as server:
        yield server


@pytest.fixture
async def opened(tmp_path: Path, database_url: str) -> AsyncIterator[Desk]:
    async with desk(tmp_path, database_url=database_url) as it:
        yield it


async def connected(opened: Desk, far: TelegramServer) -> Browser:
    """A bot, connected by an admin."""
    browser = await opened.signed_in("Nila", "admin")
    await browser.get("/channels/new/telegram")
    form = {"name": "shop-bot", "token": far.token, "base_url": far.url, "mode": "polling"}
    response = await browser.post("/channels/new/telegram", form, partial=False)
    assert response.status_code == 303, response.text
    await until(lambda: "shop-bot" in opened.hub.accounts, "the bot to be opened")
    return browser


async def arrived(opened: Desk, text: str) -> bool:
    return bool(await rows(opened.hub, "SELECT 1 FROM content WHERE text = :text", text=text))


async def said(far: TelegramServer, opened: Desk, text: str) -> None:
    await far.people.write(7, text)
    async with asyncio.timeout(30):
        while not await arrived(opened, text):
            await asyncio.sleep(0.05)


def asks_every(opened: Desk) -> int | None:
    """What an open bot is set to; None while it is closed."""
    bot = opened.hub.accounts.get("shop-bot")
    return bot.configured.options.get("poll_seconds") if bot else None


@pytest.mark.both
async def test_a_bot_connected_in_the_browser_receives_rests_and_goes_on(
    opened: Desk, far: TelegramServer
) -> None:
    browser = await connected(opened, far)
    await said(far, opened, "hello")

    await browser.post("/channels/shop-bot/pause", partial=False)
    await until(lambda: "shop-bot" not in opened.hub.connections.awake, "the pause")
    await far.people.write(7, "while you were away")
    page = await browser.get("/channels/shop-bot")
    assert "Paused" in page.text
    assert not await arrived(opened, "while you were away")

    await browser.post("/channels/shop-bot/resume", partial=False)
    async with asyncio.timeout(30):
        while not await arrived(opened, "while you were away"):
            await asyncio.sleep(0.05)


async def test_a_secret_is_encrypted_never_shown_and_stays_when_nothing_is_typed(
    opened: Desk, far: TelegramServer
) -> None:
    browser = await connected(opened, far)
    [row] = await rows(opened.hub, "SELECT * FROM connected_account")
    assert far.token not in str(row)
    assert far.token not in (await browser.get("/channels/shop-bot")).text

    form = {"base_url": far.url, "mode": "polling", "poll_seconds": "7"}
    assert (await browser.post("/channels/shop-bot", form, partial=False)).status_code == 200
    await until(lambda: asks_every(opened) == 7, "the bot to be opened anew")
    await said(far, opened, "still the same token")
    noted = await rows(opened.hub, "SELECT action, after FROM audit WHERE action LIKE '%account'")
    assert [one.action for one in noted] == ["connected an account", "changed an account"]
    assert far.token not in str(noted)


async def test_what_is_wrong_is_said_at_its_field_and_keeps_what_was_typed(opened: Desk) -> None:
    browser = await opened.signed_in("Nila", "admin")
    await browser.get("/channels/new/telegram")
    form = {"name": "Shop Bot", "token": "nonsense", "max_connections": "many"}
    response = await browser.post("/channels/new/telegram", form, partial=False)
    assert response.status_code == 422
    assert 'id="name-error"' in response.text
    assert 'value="shop bot"' in response.text
    assert 'id="token-error"' in response.text
    assert "nonsense" not in response.text
    assert 'id="max_connections-error"' in response.text
    assert 'value="many"' in response.text
    assert await rows(opened.hub, "SELECT * FROM connected_account") == []


async def test_a_removed_account_comes_back_and_its_name_stays_taken(
    opened: Desk, far: TelegramServer
) -> None:
    browser = await connected(opened, far)
    await browser.post("/channels/shop-bot/remove", partial=False)
    await until(lambda: "shop-bot" not in opened.hub.accounts, "the bot to be closed")
    assert (await browser.get("/channels/shop-bot")).status_code == 404

    form = {"name": "shop-bot", "token": far.token, "mode": "polling"}
    again = await browser.post("/channels/new/telegram", form, partial=False)
    assert again.status_code == 422
    assert "had it" in again.text

    await browser.post("/channels/shop-bot/restore", partial=False)
    await until(lambda: "shop-bot" in opened.hub.accounts, "the bot to come back")
    await said(far, opened, "you are back")


async def test_a_test_says_what_the_far_side_answers(opened: Desk, far: TelegramServer) -> None:
    browser = await connected(opened, far)
    well = await browser.post("/channels/shop-bot/test", partial=False)
    assert far.bot.username in well.text
    await far.stop()
    ill = await browser.post("/channels/shop-bot/test", partial=False)
    assert 'class="ill"' in ill.text


async def test_a_look_is_shown_before_it_is_saved_and_reaches_the_pages_once_it_is(
    opened: Desk,
) -> None:
    browser = await opened.signed_in("Nila", "admin")
    await browser.get("/channels/new/webchat")
    form = {"name": "site", "title-en": "Sample", "position": "end", "theme": "device"}
    await browser.post("/channels/new/webchat", form, partial=False)
    await until(lambda: "site" in opened.hub.accounts, "the chat to be opened")
    assert 'data-look="/channels/site/look"' in (await browser.get("/channels/site")).text

    form |= {"title-fa": "نمونه", "accent": "#0A6B4F", "position": "start", "lang": "fa"}
    shown = await browser.post("/channels/site/look", form)
    assert shown.json()["title"] == "نمونه"
    assert shown.json()["look"] | {"accent": "#0a6b4f", "position": "start"} == shown.json()["look"]
    assert "0a6b4f" not in (await browser.client.get("/c/site/widget.js")).text
    wrong = await browser.post("/channels/site/look", form | {"accent": "green"})
    assert wrong.status_code == 422
    assert wrong.json()["errors"].keys() == {"accent"}

    assert (await browser.post("/channels/site", form, partial=False)).status_code == 200
    async with asyncio.timeout(30):
        while "#0a6b4f" not in (await browser.client.get("/c/site/widget.js")).text:
            await asyncio.sleep(0.02)
    assert (await browser.post("/channels/people/look", form)).status_code == 404


async def test_a_chat_connected_in_the_browser_serves_its_widget_until_it_is_paused(
    opened: Desk,
) -> None:
    browser = await opened.signed_in("Nila", "admin")
    await browser.get("/channels/new/webchat")
    form = {"name": "site", "title-en": "Sample", "offer_mail": "on"}
    await browser.post("/channels/new/webchat", form, partial=False)
    await until(lambda: "site" in opened.hub.accounts, "the chat to be opened")
    page = await browser.get("/channels/site")
    assert "/c/site/widget.js" in page.text
    assert (await browser.client.get("/c/site/widget.js")).status_code == 200
    await browser.get("/channels/site")
    await browser.post("/channels/site/pause", partial=False)
    await until(lambda: "site" not in opened.hub.connections.awake, "the pause")
    resting = await browser.client.get("/c/site/widget.js")
    assert resting.status_code == 503
    assert resting.headers["retry-after"]
    assert (await browser.client.get("/c/nobody/widget.js")).status_code == 404


async def test_what_was_set_aside_is_fetched_and_read_again(
    opened: Desk, far: TelegramServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = await connected(opened, far)
    reader = parse._READERS.pop("message")  # a version that does not know messages yet
    await far.people.write(7, "from the future")
    async with asyncio.timeout(30):
        while not (aside := await rows(opened.hub, "SELECT id, body FROM raw_original")):
            await asyncio.sleep(0.05)
    [original] = aside
    path = f"/channels/shop-bot/aside/{UUID(str(original.id))}"

    page = await browser.get("/channels/shop-bot/aside")
    assert "are not handled" in page.text
    fetched = await browser.client.get(path)
    assert fetched.content == original.body
    assert fetched.headers["content-disposition"].startswith("attachment")

    await browser.get("/channels/shop-bot/aside")
    refused = await browser.post(path, partial=False)
    assert "It still can not be handled" in refused.text
    assert not await arrived(opened, "from the future")

    monkeypatch.setitem(parse._READERS, "message", reader)
    settled = await browser.post(path, partial=False)
    assert "Nothing is set aside" in settled.text
    assert await arrived(opened, "from the future")
    assert (await browser.post(path, partial=False)).status_code == 404
