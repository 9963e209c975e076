"""Tags as admins look after them: described, renamed everywhere, made one, retired, taken off."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from httpx import Response
from sqlalchemy import insert, update
from sqlmodel import Session

from hub.conversations.tag_book import JOB
from hub.store.statements import table_of
from hub.store.tables import Job
from tests.harness import rows
from tests.web.desk import Browser, Desk, desk


@pytest.fixture
async def opened(folder: Path, database_url: str) -> AsyncIterator[Desk]:
    async with desk(folder, database_url=database_url) as running:
        yield running


async def sends(browser: Browser, path: str, **data: str) -> Response:
    return await browser.post(f"/tags{path}", data, partial=False)


async def tagged(opened: Desk, browser: Browser, who: str, *tags: str) -> str:
    """A conversation that carries these tags, and its customer the first of them."""
    await opened.writes("Hello", who=who, name=who)
    row = await opened.row("SELECT id, customer_id FROM conversation ORDER BY number DESC LIMIT 1")
    for tag in tags:
        await browser.post(f"/conversations/{row.id}/tags", {"add": tag})
    await browser.post(f"/customers/{row.customer_id}/edit", {"tag": tags[0]})
    return str(row.id)


async def carried(opened: Desk) -> list[str]:
    found = await rows(
        opened.hub,
        "SELECT tag FROM conversation_tag UNION ALL SELECT tag FROM customer_tag ORDER BY 1",
    )
    return [one.tag for one in found]


def add_job(session: Session, params: dict[str, str], now: datetime) -> None:
    """A renaming that another process is at work on."""
    values = {"id": uuid4(), "kind": JOB, "params": params, "state": "running", "worker": "other",
              "created_at": now, "lease_until": now + timedelta(hours=1)}  # fmt: skip
    session.execute(insert(table_of(Job)).values(**values))


def end_jobs(session: Session) -> None:
    session.execute(update(table_of(Job)).values(state="done", lease_until=None))


async def settled(opened: Desk) -> None:
    """Wait until no job is at work."""
    async with asyncio.timeout(30):
        while await rows(opened.hub, "SELECT 1 FROM job WHERE state IN ('queued', 'running')"):
            await asyncio.sleep(0.02)


@pytest.mark.both
async def test_a_tag_is_renamed_everywhere_and_back_and_made_one_with_another(
    opened: Desk,
) -> None:
    admin = await opened.signed_in("Nila", "admin")
    await tagged(opened, admin, "mina", "bill", "late")
    await tagged(opened, admin, "reza", "bill")
    page = await admin.get("/tags")
    assert page.text.count('href="/tags/one?name=') == 2

    done = await sends(admin, "/rename", name="bill", new="  invoice # paid ")
    assert done.headers["location"].endswith(urlencode({"name": "invoice paid", "was": "bill"}))
    await settled(opened)
    assert await carried(opened) == ["invoice paid"] * 4 + ["late"]
    toast = await admin.get(done.headers["location"])
    assert 'action="/tags/rename"' in toast.text, "it can be taken back"
    assert 'name="new" value="bill"' in toast.text
    await sends(admin, "/rename", name="invoice paid", new="bill")
    await settled(opened)
    assert await carried(opened) == ["bill"] * 4 + ["late"]

    asked = await sends(admin, "/rename", name="bill", new="late")
    assert asked.status_code == 422
    assert 'name="into"' in asked.text
    assert "bill" in await carried(opened), "nothing is made one without asking"
    await sends(admin, "/rename", name="bill", new="late", into="1")
    await settled(opened)
    assert await carried(opened) == ["late"] * 4
    assert (await sends(admin, "/rename", name="bill", new="other")).status_code == 404


async def test_a_retired_tag_is_not_offered_and_stays_where_it_is(opened: Desk) -> None:
    admin = await opened.signed_in("Nila", "admin")
    conversation = await tagged(opened, admin, "mina", "bill")
    await sends(admin, "", **{"name": "vip", "about-fa": "مشتری ویژه"})
    offered = (await admin.get(f"/conversations/{conversation}/tags")).text
    assert 'value="vip"' in offered, "what is described is offered before it is used"
    await sends(admin, "/retire", name="vip")
    await sends(admin, "/retire", name="bill")
    rows_now = (await admin.get("/tags")).text
    assert rows_now.count(">Retired<") == 2
    assert "مشتری ویژه" in rows_now
    assert 'value="vip"' not in (await admin.get(f"/conversations/{conversation}/tags")).text
    assert await carried(opened) == ["bill", "bill"]
    await sends(admin, "/restore", name="vip")
    assert 'value="vip"' in (await admin.get(f"/conversations/{conversation}/tags")).text


async def test_whoever_changes_a_tag_sees_which_rules_and_segments_name_it(opened: Desk) -> None:
    owner = await opened.signed_in("Olga", "owner")
    await tagged(opened, owner, "mina", "refund", "vip")
    text = "- id: regulars\n  name: {en: Regulars}\n  if: {customer_tags: {none: [vip]}}\n"
    await owner.post("/segments/new", {"text": text, "view": "text"}, partial=False)
    named = (await owner.get("/tags/one?name=refund")).text
    assert 'href="/rules/r/refund"' in named
    assert 'href="/segments/s/' not in named
    assert 'href="/segments/s/regulars"' in (await owner.get("/tags/one?name=vip")).text
    for path in ("/rules/r/refund", "/segments/s/regulars"):
        assert (await owner.get(path)).status_code == 200


async def test_a_tag_is_taken_off_everything_only_by_who_is_sure(opened: Desk) -> None:
    admin = await opened.signed_in("Nila", "admin")
    await tagged(opened, admin, "mina", "bill", "late")
    assert (await sends(admin, "/take-off", name="bill")).status_code == 422
    assert "bill" in await carried(opened)
    params = {"from": "late", "to": "bill"}
    await opened.hub.database.write(add_job, params, opened.clock.now())
    for path, form in (("/take-off", {"sure": "1"}), ("/rename", {"new": "invoice"})):
        waits = await sends(admin, path, name="bill", **form)
        assert "still being changed" in waits.text
    await opened.hub.database.write(end_jobs)
    await sends(admin, "/take-off", name="bill", sure="1")
    await settled(opened)
    assert await carried(opened) == ["late"]
    assert (await admin.get("/tags/one?name=bill")).status_code == 404
    acted = await rows(opened.hub, "SELECT subject FROM audit WHERE action LIKE 'took a tag%'")
    assert [one.subject for one in acted] == ["tag:bill"]


async def test_the_list_is_searched_and_goes_on(opened: Desk) -> None:
    admin = await opened.signed_in("Nila", "admin")
    for number in range(53):
        await sends(admin, "", name=f"tag {number:02}")
    first = await admin.get("/tags")
    assert first.text.count('scope="row"') == 50
    assert "after=tag+49" in first.text.replace("%20", "+")
    more = await admin.get("/tags/rows?after=tag+49")
    assert more.text.count('scope="row"') == 3
    assert (await admin.get("/tags?q=G+52")).text.count('scope="row"') == 1
    assert (await admin.get("/tags?q=100%25")).text.count('scope="row"') == 0
