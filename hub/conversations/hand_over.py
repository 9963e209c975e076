"""Giving on what an agent has who is let go: a job, because it may be much."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import Session

from hub.conversations.ledger import Ledger
from hub.store.statements import table_of
from hub.store.tables import Conversation, Team, TeamMember

JOB: Final = "hand over"
CHUNK: Final = 100


def step(
    session: Session, params: Mapping[str, Any], after: UUID | None, now: datetime
) -> tuple[UUID, int, int] | None:
    """Give the next conversations on; the last one's id, how many they were and how many are left.

    params: agent (whose), to (a colleague's id, or None: they wait in their team), actor. What a
    restricted team has goes to its members alone, and waits otherwise. None: nothing is left.
    """
    table = table_of(Conversation)
    theirs = (table.c.assignee_id == UUID(params["agent"])) & (table.c.status != "resolved")
    query = select(table.c.id).where(theirs).order_by(table.c.id).limit(CHUNK)
    if after is not None:
        query = query.where(table.c.id > after)
    ids = list(session.execute(query).scalars())
    if not ids:
        return None
    heir = UUID(params["to"]) if params.get("to") else None
    ledger = Ledger(session, now)
    ledger.load(ids)
    closed = _closed_to(session, heir) if heir else frozenset()
    for key in ids:
        conversation = ledger.conversations[key]
        to = None if conversation.team_id in closed else heir
        conversation.assignee_id = to
        ledger.happened(
            "conversation.assigned" if to else "conversation.unassigned",
            params["actor"],
            conversation,
            agent=str(to) if to else None,
            was=params["agent"],
        )
    ledger.flush()
    left = session.execute(select(func.count()).select_from(table).where(theirs)).scalar_one()
    return ids[-1], len(ids), left


def _closed_to(session: Session, agent_id: UUID) -> frozenset[UUID]:
    """The restricted teams that an agent is not in."""
    team, member = table_of(Team), table_of(TeamMember)
    mine = select(member.c.team_id).where(member.c.agent_id == agent_id)
    return frozenset(
        session.execute(
            select(team.c.id).where(team.c.restricted, team.c.id.not_in(mine))
        ).scalars()
    )
