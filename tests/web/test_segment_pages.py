"""Segments and the calls of webhooks through their pages: forms in, rows out."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import insert, select
from sqlmodel import Session

from hub.store.statements import table_of
from hub.store.tables import Conversation, WebhookCall
from hub.store.types import new_id
from tests.web.desk import Desk, desk

OURS = "- id: key-customers\n  name: {en: Ours}\n  if: {customer_tags: ours}\n"


@pytest.fixture
async def opened(folder: Path) -> AsyncIterator[Desk]:
    async with desk(folder) as running:
        yield running


async def test_a_segment_is_checked_saved_removed_and_brought_back(opened: Desk) -> None:
    browser = await opened.signed_in("Sara", "owner")
    listed = (await browser.get("/segments")).text
    assert "Key customers" in listed
    assert "At risk" in listed
    found = await browser.post("/segments/check", {"key": "key-customers", "text": OURS})
    assert found.json()["faults"] == []
    assert "newest customers" in found.json()["sentence"]
    wrong = OURS.replace("customer_tags", "tags")
    found = await browser.post("/segments/check", {"key": "key-customers", "text": wrong})
    assert found.json()["faults"][0]["line"] == 3
    refused = await browser.post("/segments/s/key-customers", {"text": wrong, "base": ""})
    assert refused.status_code == 422
    saved = await browser.post("/segments/s/key-customers", {"text": OURS, "base": ""})
    assert saved.status_code == 303
    stale = await browser.post("/segments/s/key-customers", {"text": OURS, "base": ""})
    assert stale.status_code == 409
    gone = await browser.post("/segments/s/key-customers/remove", {})
    page = (await browser.get(gone.headers["location"])).text
    (back,) = set(re.findall(r'action="(/segments/back/\d+)"', page))
    restored = await browser.post(back, {})
    assert "Ours" in (await browser.get(restored.headers["location"])).text


async def test_calls_are_listed_by_pages_and_those_that_failed_made_again(opened: Desk) -> None:
    browser = await opened.signed_in("Sara", "owner")
    await opened.writes("hello")
    now = opened.clock.now()

    def call(session: Session) -> None:
        conversation = session.execute(select(table_of(Conversation).c.id)).scalar_one()
        for number in range(51):
            session.execute(
                insert(table_of(WebhookCall)).values(
                    id=new_id(), webhook=f"shop-{number}", conversation_id=conversation,
                    rule="tell", body='{"type": "sample"}', attempt=3, due_at=now, created_at=now,
                    state="failed" if number == 50 else "answered", error="it is gone",
                )
            )  # fmt: skip

    await opened.hub.database.write(call)
    first = (await browser.get("/rules/webhooks")).text
    (older,) = re.findall(r'href="(/rules/webhooks\?after=[^"]+)"', first)
    second = (await browser.get(older.replace("&amp;", "&"))).text
    shown = re.findall(r"<bdi>(shop-\d+)</bdi>", first + second)
    assert sorted(shown) == sorted(f"shop-{number}" for number in range(51))
    failed = (await browser.get("/rules/webhooks?state=failed")).text
    assert re.findall(r"<bdi>(shop-\d+)</bdi>", failed) == ["shop-50"]
    (again,) = re.findall(r'action="(/rules/webhooks/[^"]+/retry)"', failed)
    assert (await browser.post(again, {})).status_code == 303
    # It is called at once, and fails again: it is in no settings.
    await opened.until(
        "SELECT error FROM webhook_call WHERE webhook = 'shop-50'",
        "it is not in the settings any more",
    )
    assert (await browser.post(again.replace("retry", "none"), {})).status_code == 404
