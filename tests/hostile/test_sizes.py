"""Oversized everything: a message, a name, a word, a query, a header. It costs time, no more."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.desk import GREETING
from tests.hostile.payloads import escaped_from
from tests.web.desk import Browser, Desk, desk

SECONDS = 5.0
"""Of processor time that one page may take here; what grows by the square takes minutes."""
WORDS = {
    "one long word": "a" * 200_000,
    "lines": "\n" * 32_000,
    "links": "https://example.com/?q=( " * 10_000,
    "half links": "https://" * 20_000,
    "dots": "a." * 50_000,
    "quotes": "> " * 50_000,
    "marks upon marks": "ب" + "\u0651\u0300" * 50_000,
    "turns": "\u202e\u2066\u2068" * 20_000,
    "tags": "<b><i>" * 20_000,
    "markup": "**_`" * 20_000 + "[a](" * 20_000,
    "braces": "{{" * 50_000 + "{%" * 50_000,
    "families": "👨\u200d👩\u200d👧\u200d👦" * 5_000,
}


@pytest.fixture
async def opened(folder: Path, database_url: str) -> AsyncIterator[Desk]:
    async with desk(folder, rules=GREETING, database_url=database_url) as running:
        yield running


async def test_no_message_is_too_odd_to_be_taken_in_and_shown(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    for number, (kind, words) in enumerate(WORDS.items(), 1):
        began = time.process_time()
        await opened.writes(words, who=f"eve-{number}", name=words[:10_000])
        conversation = await opened.conversation(number)
        for path in ("/inbox", f"/conversations/{conversation}", "/customers"):
            page = await sara.get(path)
            assert page.status_code == 200, (kind, path)
            assert escaped_from(page.text) == [], (kind, path)
        form = {"body": words[:200_000], "form_key": kind}
        assert (await sara.post(f"/conversations/{conversation}/note", form)).status_code < 500
        assert (await sara.get(f"/search?q={quote(words[:4_000])}")).status_code < 500, kind
        assert time.process_time() - began < SECONDS, kind


async def test_no_request_is_too_large_to_be_refused(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    for path in (
        "/search?q=" + "a+" * 20_000,
        "/inbox?" + "tag=x&" * 5_000,
        "/customers?" + "&".join(f"a{number}=1" for number in range(5_000)),
        "/inbox?after=" + "9" * 10_000,
        "/r/" + "a" * 10_000,
        "/join/" + "." * 10_000,
    ):
        assert (await sara.get(path)).status_code < 500, path[:20]
    await sara.get("/me")
    for fields in ({"name": "x" * 60_000}, {f"f{number}": "x" for number in range(200)}):
        assert (await sara.post("/me", fields)).status_code in (303, 400, 413, 422)
    assert (await sara.post("/sign-in", {"password": "x" * 60_000})).status_code < 500
    for name in ("Cookie", "Accept-Language", "Referer", "Range", "X-CSRF-Token"):
        headers = {name: "x" * 50_000}
        assert (await sara.client.get("/inbox", headers=headers)).status_code < 500, name
    odd = {"Accept-Language": "fa" + ",en" * 20_000, "Range": "bytes=" + "0-1," * 10_000}
    assert (await sara.client.get("/inbox", headers=odd)).status_code < 500


@pytest.mark.both(full=True)
async def test_no_letter_is_too_odd_for_a_field(opened: Desk) -> None:
    sara = await opened.signed_in("Sara", "owner")
    await opened.writes("odd \0 letter \x1b[2J", name="odd \0 name")
    for word in ("\0", "\ud800", "%00", "\x1b[2J", "a\0b"):
        await try_out(opened, sara, word)


async def try_out(opened: Desk, sara: Browser, word: str) -> None:
    """Send a word in fields of all kinds."""
    conversation = await opened.conversation()
    sent = word.encode("utf-8", "surrogatepass")
    for path, field in (
        (f"/conversations/{conversation}/note", b"body"),
        (f"/conversations/{conversation}/tags", b"add"),
        (f"/conversations/{conversation}/subject", b"subject"),
        ("/teams", b"name_en"),
        ("/macros/new", b"name"),
        ("/me", b"time_zone"),
        ("/sign-in", b"address"),
    ):
        body = b"csrf_token=" + sara.csrf.encode() + b"&" + field + b"=" + quote(sent).encode()
        answer = await sara.client.post(
            path, content=body, headers={"Content-Type": "application/x-www-form-urlencoded"}
        )
        assert answer.status_code < 500, (path, answer.status_code)
    assert (await sara.get(f"/search?q={quote(sent)}")).status_code < 500
    assert (await sara.get(f"/conversations/{conversation}")).status_code == 200
