"""What a page outlives: sleep, a frozen tab, its sign-in, an update, a killed process."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Route, expect

from hub.agents import sign_ins
from hub.agents.directory import add_agent
from hub.web import site
from hub.web.app import create_app
from tests.crash.process import HubProcess
from tests.desk import Desk as HubDesk
from tests.harness import people, running_hub, settings
from tests.looks import Look
from tests.web.chromium import chromium, enters
from tests.web.desk import PASSWORD, Desk, desk, hashed, served

pytestmark = pytest.mark.browser
A_MINUTE_LATER = "const now = Date.now.bind(Date); Date.now = () => now() + 60_000;"
WAKES = f"() => {{ {A_MINUTE_LATER} document.dispatchEvent(new Event('resume')) }}"
"""What a browser tells a page that slept for a minute."""


@pytest.fixture
async def opened(folder: Path) -> AsyncIterator[Desk]:
    async with desk(folder, rules="[]") as running:
        yield running


async def test_sleep_a_frozen_tab_a_sign_in_that_ended_and_an_update(
    opened: Desk, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    await opened.agent("Sara", **look.agent)
    await opened.writes("Where is my order?")
    path = f"/conversations/{await opened.conversation()}"
    async with chromium() as browser:
        async with served(opened) as url:
            page = await enters(browser, url, "sara", look)
            async with page.expect_request("**/live?*"):
                await page.goto(url + path)
            # The machine slept, and the stream with it, though nobody closed it.
            async with page.expect_request("**/live?*"):
                await page.evaluate(WAKES)

            # The tab with the stream is frozen: the other one takes it over.
            tab = await page.context.new_page()
            await tab.goto(url + path)
            await expect(tab.locator("#items")).to_contain_text("Where is my order?")
            session = await page.context.new_cdp_session(page)
            await session.send("Page.setWebLifecycleState", {"state": "frozen"})
            async with tab.expect_request("**/live?*"):
                await tab.evaluate(WAKES)
            await opened.writes("Are you there?")
            await expect(tab.locator("#items")).to_contain_text("Are you there?")
            await session.send("Page.setWebLifecycleState", {"state": "active"})
            await expect(page.locator("#items")).to_contain_text("Are you there?")

            # The sign-in is ended elsewhere: each tab asks for it, and once is enough.
            await tab.locator("#body").fill("It left today")
            sara, now = opened.agents["Sara"], opened.clock.now()
            await opened.hub.database.write(lambda it: sign_ins.end_all(it, sara, now=now))
            for one in (page, tab):
                await expect(one.locator("#sign-again")).to_be_visible()
                await expect(one.locator("#offline")).to_be_hidden()
            await tab.fill("#again-address", "sara@example.com")
            await tab.fill("#again-password", PASSWORD)
            await tab.click("#sign-again .button-wide")
            for one in (page, tab):
                await expect(one.locator("#sign-again")).to_be_hidden()
            await expect(tab.locator("#body")).to_have_value("It left today")
            await opened.writes("Hello?")
            await expect(page.locator("#items")).to_contain_text("Hello?")
            await page.close()

        # The hub is away, and comes back with another front end.
        await expect(tab.locator("#offline")).to_be_visible(timeout=15_000)
        await tab.locator("#body").focus()
        await tab.keyboard.press("Control+Enter")
        await expect(tab.locator("#draft")).to_have_text(
            look.says("Not sent. Your text is kept here.")
        )
        await expect(tab.locator("#body")).to_have_value("It left today")
        monkeypatch.setattr(site, "front_end", lambda: ["app-later.js", "app-later.css"])
        opened.app = create_app(opened.context, routes=opened.hub.routes())
        async with served(opened, urlsplit(url).port or 0):
            await expect(tab.locator("#offline")).to_be_hidden(timeout=30_000)
            await expect(tab.locator("#newer")).to_be_visible()
            await tab.locator("#body").focus()
            await tab.keyboard.press("Control+Enter")
            await expect(tab.locator("#items .said-team:not(.pending)")).to_have_count(1)
            [sent] = await opened.arrived(1)
            assert sent.content[0].text == "It left today"  # type: ignore[union-attr]
            await browser.close()


def installed(folder: Path, name: str, database_url: str) -> HubProcess:
    """A process to be: all of them have the folder and the database, and each its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings(folder, database_url=database_url, port=port, more='outbox.undo_for = "0s"')
    return HubProcess((folder / "payam.toml").rename(folder / f"{name}.toml"), port)


@pytest.mark.parametrize("dialect", ["postgresql"])
async def test_two_agents_by_two_processes_of_which_one_is_killed(
    tmp_path: Path, database_url: str, look: Look
) -> None:
    async with running_hub(tmp_path, database_url=database_url) as hub:
        await HubDesk(hub).rules("[]")
        for name in ("Sara", "Dara"):
            await hub.database.write(
                add_agent,
                name=name,
                mail=f"{name.lower()}@example.com",
                password_hash=hashed(),
                role="agent",
                now=hub.clock.now(),
                time_zone="UTC",
                **look.agent,
            )
        await people(hub).person("mina", "Mina").says("Where is my order?", at=hub.clock.now())
        conversation = (await HubDesk(hub).messages())[0].conversation_id
    one, two = (installed(tmp_path, name, database_url) for name in ("one", "two"))
    with one, two:
        for process in (one, two):
            process.start()
        for process in (one, two):
            await process.ready()
        async with chromium() as browser:
            sara = await enters(browser, one.url, "sara", look)
            dara = await enters(browser, two.url, "dara", look)
            for page, process in ((sara, one), (dara, two)):
                await page.goto(f"{process.url}/conversations/{conversation}")
            for page, other in ((sara, "Dara"), (dara, "Sara")):
                await expect(page.locator(".watcher-words")).to_contain_text(other)
            await sara.locator("#body").press_sequentially("It left")
            await expect(dara.locator("#watching .writes")).to_contain_text("Sara")

            # Killed when the answer is stored and nobody was told yet.
            gone = asyncio.Event()

            async def kills(route: Route) -> None:
                await route.fetch()
                one.kill()
                await route.abort()
                gone.set()

            await sara.route("**/reply", kills)
            await sara.keyboard.press("Control+Enter")
            said = "#items .said-team:not(.pending)"
            await expect(dara.locator(said)).to_have_count(1)
            await gone.wait()
            await sara.unroute("**/reply")
            # While it is away, what is written stays; whatever the page had heard, it arrives once.
            await sara.locator("#body").fill("And it arrives tomorrow")
            await sara.keyboard.press("Control+Enter")
            not_sent = look.says("Not sent. Your text is kept here.")
            await expect(sara.locator("#draft")).to_have_text(not_sent)
            await expect(sara.locator("#body")).to_have_value("And it arrives tomorrow")
            one.start()
            await one.ready()
            await expect(sara.locator(said)).to_have_count(1, timeout=60_000)
            await expect(sara.locator("#offline")).to_be_hidden()
            await expect(sara.locator("#body")).to_have_value("And it arrives tomorrow")
            await sara.locator("#body").focus()
            await sara.keyboard.press("Control+Enter")
            for page in (sara, dara):
                await expect(page.locator(said)).to_have_count(2)
            await expect(sara.locator("#body")).to_have_value("")
            await browser.close()
        assert [line for process in (one, two) for line in process.complaints()] == []
