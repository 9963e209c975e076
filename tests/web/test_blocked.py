"""Senders that are blocked by address: what they write is spam until they are heard again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.desk import until
from tests.web.desk import Desk, desk


@pytest.fixture
async def opened(folder: Path, database_url: str) -> AsyncIterator[Desk]:
    async with desk(folder, database_url=database_url) as running:
        yield running


@pytest.mark.both
async def test_who_is_blocked_before_writing_is_spam_and_is_heard_again(opened: Desk) -> None:
    lead = await opened.signed_in("Lena", "lead")
    agent = await opened.signed_in("Sara")
    await lead.get("/blocked")
    form = {"kind": "memory", "address": "mallory", "reason": "sample spam"}
    page = await lead.post("/blocked", form, partial=False)
    assert page.status_code == 200
    assert "sample spam" in page.text
    assert 'action="/blocked/unblock"' in (await lead.get("/blocked?q=SPAM")).text
    assert 'action="/blocked/unblock"' not in (await agent.get("/blocked")).text
    await until(lambda: opened.hub.policy.blocked.covers("memory", "mallory"), "the list")

    await opened.writes("buy this", who="mallory")
    await opened.until("SELECT status FROM conversation", "spam")
    gone = await lead.post("/blocked/unblock", form, partial=False)
    assert 'name="reason" value="sample spam"' in gone.text, "it can be taken back"
    await until(lambda: not opened.hub.policy.blocked.addresses, "an empty list")
    await opened.writes("a real question", who="mallory2")
    await opened.until("SELECT count(*) FROM conversation WHERE status = 'open'", 1)
    assert (await lead.post("/blocked/unblock", form, partial=False)).status_code == 404


async def test_what_is_no_address_and_what_is_ours_is_refused(opened: Desk) -> None:
    lead = await opened.signed_in("Lena", "lead")
    await lead.get("/blocked")
    wrong = await lead.post("/blocked", {"kind": "mail", "address": "no mail"}, partial=False)
    assert wrong.status_code == 422
    assert 'id="address-error"' in wrong.text
    assert 'value="no mail"' in wrong.text
    assert (await lead.post("/blocked", {"kind": "pigeon", "address": "x"})).status_code == 422
