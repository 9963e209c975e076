"""The audit log: who did what, filtered, paged, exported, and never changed."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from hub.agents import audit
from hub.agents.audit import ACTIONS, Wanted
from hub.web.words import words
from tests.web.desk import Desk, desk


@pytest.fixture
async def opened(folder: Path, database_url: str) -> AsyncIterator[Desk]:
    async with desk(folder, database_url=database_url) as running:
        yield running


def lines(page: str) -> list[str]:
    """What was done, from the newest on."""
    found = re.findall(r'<div class="audit-what">([^<]*)', page)
    return [html.unescape(one).strip() for one in found]


def fill(session: Session, agent_id: UUID, start: datetime, count: int) -> None:
    for number in range(count):
        audit.note(
            session,
            "changed the password",
            agent_id=agent_id,
            now=start + timedelta(hours=number),
            after={"number": number},
        )


async def filled(opened: Desk, count: int) -> None:
    agent_id = opened.agents.get("Nima") or await opened.agent("Nima")
    await opened.hub.database.write(fill, agent_id, opened.clock.now(), count)


@pytest.mark.both
async def test_pages_follow_each_other_without_gap_or_double(opened: Desk) -> None:
    owner = await opened.signed_in("Olga", "owner")
    await filled(opened, 120)
    page = (await owner.get("/audit?action=changed+the+password")).text
    numbers = re.findall(r"<ins[^>]*>(\d+)</ins>", page)
    while more := re.search(r'hx-get="(/audit/rows[^"]*)"', page):
        page = (await owner.get(html.unescape(more[1]), partial=True)).text
        numbers += re.findall(r"<ins[^>]*>(\d+)</ins>", page)
    assert numbers == [str(number) for number in reversed(range(120))]


async def test_it_is_filtered_by_who_what_and_when(opened: Desk) -> None:
    owner = await opened.signed_in("Olga", "owner")
    await filled(opened, 60)
    nima, day = opened.agents["Nima"], opened.clock.now()
    assert lines((await owner.get("/audit?action=signed+in")).text) == ["signed in"]
    assert len(lines((await owner.get(f"/audit?agent={nima}")).text)) == 50
    tomorrow = (day + timedelta(days=1)).date().isoformat()
    found = lines((await owner.get(f"/audit?agent={nima}&from={tomorrow}&to={tomorrow}")).text)
    assert len(found) == 24, "a whole day by the viewer's clock"
    nonsense = await owner.get("/audit?agent=nobody&action=danced&from=yesterday&before=x")
    assert len(lines(nonsense.text)) == 50, "what can not be read is not asked for"
    nothing = await owner.get("/audit?from=1970-01-01&to=1970-01-02")
    assert "Nothing to show" in nothing.text


async def test_the_file_holds_everything_and_no_formula(opened: Desk) -> None:
    owner = await opened.signed_in("=cmd", "owner")
    await filled(opened, 700)
    answer = await owner.get("/audit.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["action"] for row in rows] == [
        "exported the audit log",
        *["changed the password"] * 700,
        "signed in",
    ]
    assert (rows[1]["agent"], rows[-1]["agent"]) == ("Nima", "'=cmd")
    assert rows[-1]["address"]


@pytest.mark.both
async def test_what_was_changed_is_called_by_its_name_and_leads_there(opened: Desk) -> None:
    owner = await opened.signed_in("Olga", "owner")
    made = await owner.post("/teams", {"slug": "night", "name": "Night shift"}, partial=False)
    team = made.headers["location"]
    nima = await opened.agent("Nima")
    await owner.post(f"/people/{nima}", {"name": "Nima Azad", "role": "lead"}, partial=False)
    page = (await owner.get("/audit")).text
    assert re.search(rf'href="{team}"><bdi>Night shift</bdi>', page)
    assert re.search(rf'href="/people/{nima}"><bdi>Nima Azad</bdi>', page)


@pytest.mark.parametrize("statement", ["UPDATE audit SET action = 'nothing'", "DELETE FROM audit"])
async def test_nobody_changes_what_was_noted(opened: Desk, statement: str) -> None:
    await opened.signed_in("Olga", "owner")
    with pytest.raises(DBAPIError, match="only ever added to"):
        await opened.hub.database.write(lambda session: session.execute(text(statement)))
    found = await opened.hub.database.read(audit.entries, Wanted(), limit=10)
    assert [one.action for one in found] == ["signed in"]


async def test_it_is_for_admins(opened: Desk) -> None:
    for role, status in (("agent", 403), ("lead", 403), ("admin", 200), ("owner", 200)):
        browser = await opened.signed_in(role.title(), role)
        assert (await browser.get("/audit")).status_code == status
        assert (await browser.get("/audit.csv")).status_code == status


def test_every_act_is_told_in_persian() -> None:
    say = words("fa")
    assert [act for act in ACTIONS if say(act) == act] == []
