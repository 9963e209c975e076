"""Telling agents that a conversation needs a look: a row each, and a hint to their pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session

from hub.conversations import alerting
from hub.conversations.alerting import Telling
from hub.store.database import wake
from hub.store.statements import insert_new, table_of
from hub.store.tables import Conversation, Notification, Team, TeamMember
from hub.store.types import new_id

TOLD = "told:"
"""The topic that tells open pages whom something was told; see `told`."""
HINTS: Final = 40
"""How many hints one transaction gives: a NOTIFY of PostgreSQL carries 8,000 bytes for all of its
topics. Who gets none finds the row at the next page."""


def tell(session: Session, tellings: Iterable[Telling]) -> list[Telling]:
    """Tell them; those that were told now.

    Nobody is told of a conversation that they may not see, nor of the same thing again while they
    have not looked.
    """
    wanted = list(
        {(one.agent_id, one.conversation_id, one.occasion): one for one in tellings}.values()
    )
    if not wanted:
        return []
    hidden = _hidden(session, wanted)
    waiting = _waiting(session, wanted)
    fresh = [
        one
        for one in wanted
        if (one.agent_id, one.conversation_id) not in hidden
        and (one.agent_id, one.conversation_id, one.occasion) not in waiting
    ]
    insert_new(
        session,
        Notification,
        [{"id": new_id(), "seen_at": None, **vars(one)} for one in fresh],
        ["id"],
    )
    announce(session, fresh)
    return fresh


def announce(session: Session, fresh: Sequence[Telling]) -> None:
    """Hint to the pages of those who were told, and alert those who want it elsewhere."""
    for one in fresh[:HINTS]:
        wake(session, f"{TOLD}{one.agent_id}:{one.conversation_id}:{one.occasion}")
    alerting.alert(session, fresh)


def told(topic: str) -> tuple[UUID, UUID, str]:
    """Whom, of which conversation and on what occasion a topic tells. Raises ValueError."""
    agent_id, conversation_id, occasion = topic.removeprefix(TOLD).split(":")
    return UUID(agent_id), UUID(conversation_id), occasion


__all__ = ["TOLD", "Telling", "announce", "tell", "told"]


def _hidden(session: Session, wanted: list[Telling]) -> set[tuple[UUID, UUID]]:
    """Who of them may not see what they would be told of."""
    conversation, team, member = table_of(Conversation), table_of(Team), table_of(TeamMember)
    restricted = {
        row.id: row.team_id
        for row in session.execute(
            select(conversation.c.id, conversation.c.team_id)
            .join(team, team.c.id == conversation.c.team_id)
            .where(
                conversation.c.id.in_({one.conversation_id for one in wanted}), team.c.restricted
            )
        )
    }
    if not restricted:
        return set()
    members = {
        (row.team_id, row.agent_id)
        for row in session.execute(
            select(member.c.team_id, member.c.agent_id).where(
                member.c.team_id.in_(set(restricted.values()))
            )
        )
    }
    return {
        (one.agent_id, one.conversation_id)
        for one in wanted
        if one.conversation_id in restricted
        and (restricted[one.conversation_id], one.agent_id) not in members
    }


def _waiting(session: Session, wanted: list[Telling]) -> set[tuple[UUID, UUID, str]]:
    table = table_of(Notification)
    rows = session.execute(
        select(table.c.agent_id, table.c.conversation_id, table.c.occasion).where(
            table.c.conversation_id.in_({one.conversation_id for one in wanted}),
            table.c.agent_id.in_({one.agent_id for one in wanted}),
            table.c.seen_at.is_(None),
            table.c.occasion != "mention",
        )
    )
    return {(row.agent_id, row.conversation_id, row.occasion) for row in rows}
