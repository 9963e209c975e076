"""Agents and teams that a note names with an @, found by name as people spell it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, Select, bindparam, func, select, update
from sqlmodel import Session

from hub.agents.rights import Viewer
from hub.conversations.access import visible_to
from hub.message import Entity, Text
from hub.store.compiled import Compiled
from hub.store.statements import insert_new, table_of
from hub.store.tables import Agent, Conversation, Mention, Team, TeamMember
from hub.text import fold


@dataclass(frozen=True)
class Nameable:
    """Who can be named in a note: an agent, or a team with its members."""

    name: str
    agents: tuple[UUID, ...]
    team: bool = False


def nameable(session: Session) -> tuple[Nameable, ...]:
    """Every active agent, and every team in all its languages."""
    agent, team, member = table_of(Agent), table_of(Team), table_of(TeamMember)
    agents = session.execute(select(agent.c.id, agent.c.name).where(agent.c.active)).all()
    active = {row.id for row in agents}
    members: dict[UUID, list[UUID]] = {}
    for row in session.execute(select(member.c.team_id, member.c.agent_id)):
        if row.agent_id in active:
            members.setdefault(row.team_id, []).append(row.agent_id)
    found = [Nameable(row.name, (row.id,)) for row in agents]
    for row in session.execute(select(team.c.id, team.c.slug, team.c.name)):
        names = dict.fromkeys([*(row.name or {}).values(), row.slug])
        found += [Nameable(name, tuple(members.get(row.id, ())), team=True) for name in names]
    return tuple(found)


def named(text: Text, known: tuple[Nameable, ...]) -> tuple[Text, frozenset[UUID]]:
    """The text with its mentions marked, and the agents that they mean.

    The longest name counts ("@Sara Amini" is not "@Sara"); two who share a name are both meant.
    """
    if "@" not in text.text:
        return text, frozenset()
    by_name: dict[str, set[UUID]] = {}
    for one in known:
        by_name.setdefault(fold(one.name), set()).update(one.agents)
    order = sorted(by_name, key=len, reverse=True)
    entities, meant = [*text.entities], set[UUID]()
    for at in _places(text.text):
        for name in order:
            if (end := _reaches(text.text, at + 1, name)) is not None:
                entities.append(Entity(form="mention", offset=at, length=end - at))
                meant |= by_name[name]
                break
    entities.sort(key=lambda one: (one.offset, -one.length))
    return text.model_copy(update={"entities": tuple(entities)}), frozenset(meant)


def _places(text: str) -> Iterator[int]:
    for at, letter in enumerate(text):
        if letter == "@" and not text[at - 1 : at].isalnum():
            yield at


def _reaches(text: str, start: int, name: str) -> int | None:
    """Where a folded name that begins at `start` ends in the text; None where it does not."""
    if not name:
        return None
    # Folding may shorten what was typed, by half-spaces and signs that are left out.
    for end in range(start + 1, min(len(text), start + 2 * len(name) + 8) + 1):
        if not text[end : end + 1].isalnum() and fold(text[start:end]) == name:
            return end
    return None


def mention(
    session: Session,
    conversation_id: UUID,
    message_id: UUID,
    agents: frozenset[UUID],
    now: datetime,
) -> None:
    """Note that a message names these agents."""
    rows = [
        {
            "message_id": message_id,
            "agent_id": agent_id,
            "conversation_id": conversation_id,
            "at": now,
            "seen_at": None,
        }
        for agent_id in sorted(agents)
    ]
    insert_new(session, Mention, rows, ["agent_id"])


def of(agent_id: UUID | BindParameter[UUID]) -> Select[tuple[UUID]]:
    """The ids of the conversations in which somebody named this agent."""
    table = table_of(Mention)
    return select(table.c.conversation_id).where(table.c.agent_id == agent_id)


def unseen(session: Session, viewer: Viewer) -> int:
    """In how many conversations the viewer was named and has not looked."""
    found: int = _unseen.first(session, {"viewer": viewer.agent_id}).number
    return found


@Compiled
def _unseen(_: str) -> Select[Any]:
    table, conversation = table_of(Mention), table_of(Conversation)
    viewer: Any = bindparam("viewer")
    return (
        select(func.count(func.distinct(table.c.conversation_id)).label("number"))
        .join(conversation, conversation.c.id == table.c.conversation_id)
        .where(table.c.agent_id == viewer, table.c.seen_at.is_(None), visible_to(viewer))
    )


def mark_seen(
    session: Session, viewer: Viewer, now: datetime, conversation_id: UUID | None = None
) -> None:
    """The viewer has looked at one conversation, or at all that told of a mention."""
    table = table_of(Mention)
    statement = update(table).where(table.c.agent_id == viewer.agent_id, table.c.seen_at.is_(None))
    if conversation_id is not None:
        statement = statement.where(table.c.conversation_id == conversation_id)
    session.execute(statement.values(seen_at=now))
