"""Whoever tries out passwords is slowed down, and locks nobody out by it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from hub.security.limits import network_of
from hub.security.tokens import hash_token, link_token
from hub.web.account import attempts
from hub.web.app import create_app
from tests.web.desk import PASSWORD, Browser, Desk, desk

MAIL = "sara@example.com"


@pytest.fixture
async def opened(folder: Path) -> AsyncIterator[Desk]:
    async with desk(folder) as running:
        yield running


def from_address(opened: Desk, address: str) -> Browser:
    """A browser at this IP address."""
    transport = httpx.ASGITransport(
        opened.app, raise_app_exceptions=False, client=(address, 40_000)
    )
    browser = Browser(httpx.AsyncClient(transport=transport, base_url="http://desk.example"))
    opened.browsers.append(browser)
    return browser


async def guesses(browser: Browser, times: int, mail: str = MAIL) -> list[int]:
    return [
        (await browser.sign_in(mail, f"guess number {number}")).status_code
        for number in range(times)
    ]


async def test_nobody_is_locked_out_by_somebody_elses_guesses(
    opened: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "PER_ACCOUNT_ANYWHERE", (20, 900.0))
    await opened.agent("Sara")
    known = from_address(opened, "192.0.2.1")
    assert (await known.sign_in(MAIL)).status_code == 303
    assert (await guesses(from_address(opened, "203.0.113.9"), 11))[-1] == 429
    elsewhere = from_address(opened, "192.0.2.200")
    assert (await elsewhere.sign_in(MAIL)).status_code == 303, "from another place she gets in"
    # A thousand machines: what strangers have for this account is used up.
    spent = [await guesses(from_address(opened, f"198.51.100.{one}"), 8) for one in range(3)]
    assert spent[-1] == [429] * 8
    assert (await from_address(opened, "192.0.2.77").sign_in(MAIL)).status_code == 429
    for _ in range(3):
        await known.get("/me")
        await known.post("/sign-out", partial=False)
        again = await known.sign_in(MAIL)
        assert again.status_code == 303, "the browser that is known is counted for itself"


async def test_a_known_browser_can_not_guess_without_end(opened: Desk) -> None:
    await opened.agent("Sara")
    known = from_address(opened, "192.0.2.1")
    await known.sign_in(MAIL)
    await known.post("/sign-out", partial=False)
    assert 429 in await guesses(known, 11)


async def test_the_mark_of_a_browser_is_good_for_its_account_alone(opened: Desk) -> None:
    await opened.agent("Sara")
    await opened.agent("Dara")
    thief = from_address(opened, "203.0.113.9")
    assert (await thief.sign_in("dara@example.com")).status_code == 303
    assert (await guesses(thief, 12))[-1] == 429, "a mark of Dara's opens no door of Sara's"
    forged = from_address(opened, "203.0.113.10")
    forged.client.cookies.set("payam-known", f"{uuid4()}.x.y")
    assert (await guesses(forged, 11))[-1] == 429
    # Signed by us, for something else.
    keys, now = opened.context.keys, opened.clock.now()
    other = link_token(keys, "second-step", hash_token(MAIL), now=now)
    forged = from_address(opened, "203.0.113.11")
    forged.client.cookies.set("payam-known", other)
    assert (await guesses(forged, 11))[-1] == 429


async def test_many_addresses_of_one_network_are_one(opened: Desk) -> None:
    await opened.agent("Sara")
    seen = []
    for one in range(11):
        seen += await guesses(from_address(opened, f"2001:db8:1:2::{one:x}"), 1)
    assert seen == [422] * 10 + [429]
    other = from_address(opened, "2001:db8:1:3::1")
    assert (await other.sign_in(MAIL)).status_code == 303


async def test_one_network_can_not_go_through_all_accounts(opened: Desk) -> None:
    most, _ = attempts.PER_NETWORK
    browser = from_address(opened, "203.0.113.9")
    seen = [
        (await browser.sign_in(f"agent{number}@example.com", PASSWORD)).status_code
        for number in range(most + 1)
    ]
    assert seen == [422] * most + [429]


async def test_the_password_is_asked_for_again_whatever_strangers_do(
    opened: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "PER_ACCOUNT_ANYWHERE", (5, 900.0))
    sara = await opened.signed_in("Sara")
    await guesses(from_address(opened, "198.51.100.9"), 11)
    await sara.get("/me/security")
    fresh = "some other unrelated words"
    changed = await sara.post("/me/security/password", {"password": PASSWORD, "new": fresh})
    assert changed.status_code == 200


async def test_a_failed_form_leads_back_to_no_other_site(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    for referer, wanted in (
        ("https://evil.example/phish", False),
        ("javascript:alert(1)", False),
        ("http://desk.example//evil.example/", False),
        ("http://desk.example/me?x=1", True),
    ):
        headers = {"Referer": referer}
        answer = await sara.client.post("/me", data={"csrf_token": "00"}, headers=headers)
        assert answer.status_code == 419
        assert ('href="/me?x=1"' in answer.text) == wanted
        assert "evil" not in answer.text
        assert "javascript:" not in answer.text


async def test_a_form_of_no_end_is_not_taken(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    await opened.writes("Hello")
    conversation = await opened.conversation()
    given = opened.context.settings
    files = given.attachments.model_copy(update={"max_size": 1_000_000, "max_per_message": 1})
    settings = given.model_copy(update={"attachments": files})
    strict = create_app(replace(opened.context, settings=settings))
    transport = httpx.ASGITransport(strict, raise_app_exceptions=False)
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n'
        while sent < 50_000_000:
            sent += 1_000_000
            yield bytes(1_000_000)

    cookies = sara.client.cookies
    async with httpx.AsyncClient(
        transport=transport, base_url="http://desk.example", cookies=cookies
    ) as client:
        answer = await client.post(
            f"/conversations/{conversation}/files",
            content=endless(),
            headers={"Content-Type": "multipart/form-data; boundary=b"},
        )
        assert answer.status_code == 413
        assert sent < 10_000_000


def test_a_network_is_an_address_or_a_prefix() -> None:
    assert network_of("203.0.113.9") == "203.0.113.9"
    assert network_of("::ffff:203.0.113.9") == "203.0.113.9"
    assert network_of("2001:db8:1:2:ffff::9%eth0") == "2001:db8:1:2::/64"
    assert network_of(None) == ""
    assert network_of("unix socket") == "unix socket"
