"""What rules tell agents, on a page of their own."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import insert, update
from sqlmodel import Session

from hub.agents.rights import Viewer
from hub.conversations.notifications import mark_seen, newest, unseen
from hub.store.statements import table_of
from hub.store.tables import Conversation, TeamMember
from tests.web.desk import Desk, desk


@pytest.fixture
async def opened(folder: Path, database_url: str) -> AsyncIterator[Desk]:
    async with desk(folder, database_url=database_url) as running:
        yield running


async def joins_front_desk(opened: Desk, name: str) -> None:
    values = {"team_id": opened.hub.policy.teams["front-desk"], "agent_id": opened.agents[name]}

    def join(session: Session) -> None:
        session.execute(insert(table_of(TeamMember)).values(**values))

    await opened.hub.database.write(join)


@pytest.mark.both
async def test_an_agent_is_told_looks_and_is_told_no_more(opened: Desk) -> None:
    sara, dara = await opened.signed_in("Sara"), await opened.signed_in("Dara")
    await joins_front_desk(opened, "Sara")
    assert "/notifications" not in (await sara.get("/inbox")).text
    await opened.writes("This is urgent, please answer")
    page = (await sara.get("/inbox")).text
    assert "/notifications" in page
    links = (await sara.get("/notifications/told?on=/customers", partial=True)).text
    assert re.search(r'href="/notifications"[^§]*?place-count strong">1<', links)
    assert re.findall(r'href="([^"]*)"[^>]*aria-current', links) == ["/customers", "/customers"]
    told = (await sara.get("/notifications")).text
    assert "Urgent" in told
    assert "Mina Karimi" in told
    assert "This is urgent" not in told
    assert "Urgent" not in (await dara.get("/notifications")).text

    # Who opens the conversation has looked.
    conversation = await opened.conversation()
    await sara.post(f"/conversations/{conversation}/seen", {"position": "1"})
    assert "/notifications" not in (await sara.get("/inbox")).text
    assert "Urgent" in (await sara.get("/notifications")).text

    await opened.writes("Urgent!", who="omid", name="Omid")
    assert "/notifications" in (await sara.get("/inbox")).text
    answer = await sara.post("/notifications/seen")
    assert answer.status_code in (200, 303)
    assert "/notifications" not in (await sara.get("/inbox")).text


async def test_a_hidden_team_s_conversation_is_not_told(opened: Desk) -> None:
    sara = await opened.agent("Sara")
    await joins_front_desk(opened, "Sara")
    await opened.writes("This is urgent")
    viewer = Viewer(sara, "Sara", "sara@example.com", "agent")
    read = opened.hub.database.read
    assert [one.text for one in await read(newest, viewer)] == ["Urgent"]
    team_id = await opened.team("secret", restricted=True)

    def hide(session: Session) -> None:
        session.execute(update(table_of(Conversation)).values(team_id=team_id))

    await opened.hub.database.write(hide)
    assert await read(newest, viewer) == ()
    assert await read(unseen, viewer) == 0
    await opened.hub.database.write(mark_seen, viewer, opened.clock.now())
