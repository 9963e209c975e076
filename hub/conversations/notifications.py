"""What an agent was told of: conversations that need a look."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, bindparam, func, select, tuple_, update
from sqlmodel import Session

from hub.agents.rights import Viewer
from hub.conversations import mentions
from hub.conversations.access import visible, visible_to
from hub.store.compiled import Compiled
from hub.store.statements import table_of
from hub.store.tables import Agent, Conversation, Customer, Notification

SHOWN: Final = 100


@dataclass(frozen=True)
class Told:
    """One notification. customer: the name, where it is known. occasion: of `hub.agents.notices`;
    by: the colleague who did it, where one did; rule: the rule that did."""

    id: UUID
    conversation_id: UUID
    number: int
    customer: str | None
    occasion: str
    by: str | None
    rule: str
    text: str
    at: datetime
    seen: bool


def unseen(session: Session, viewer: Viewer) -> int:
    """How many notifications the viewer has not looked at."""
    found: int = _unseen.first(session, {"viewer": viewer.agent_id}).number
    return found


@Compiled
def _unseen(_: str) -> Select[Any]:
    table, conversation = table_of(Notification), table_of(Conversation)
    viewer: Any = bindparam("viewer")
    return (
        select(func.count().label("number"))
        .select_from(table)
        .join(conversation, conversation.c.id == table.c.conversation_id)
        .where(table.c.agent_id == viewer, table.c.seen_at.is_(None), visible_to(viewer))
    )


def newest(
    session: Session,
    viewer: Viewer,
    most: int = SHOWN,
    *,
    before: tuple[datetime, UUID] | None = None,
) -> tuple[Told, ...]:
    """The newest notifications about conversations that the viewer may see; before: time and id of
    the last one above."""
    table, conversation = table_of(Notification), table_of(Conversation)
    customer = table_of(Customer)
    query = (
        select(
            table.c.id,
            conversation.c.id.label("conversation_id"),
            conversation.c.number,
            customer.c.name,
            table.c.occasion,
            table.c.actor,
            table.c.rule,
            table.c.text,
            table.c.at,
            table.c.seen_at,
        )
        .join(conversation, conversation.c.id == table.c.conversation_id)
        .join(customer, customer.c.id == conversation.c.customer_id)
        .where(table.c.agent_id == viewer.agent_id, visible(viewer))
        .order_by(table.c.at.desc(), table.c.id.desc())
        .limit(most)
    )
    if before is not None:
        query = query.where(tuple_(table.c.at, table.c.id) < before)
    rows = session.execute(query).all()
    names = _names(session, {row.actor for row in rows})
    return tuple(
        Told(
            id=row.id,
            conversation_id=row.conversation_id,
            number=row.number,
            customer=row.name,
            occasion=row.occasion,
            by=names.get(row.actor),
            rule=row.rule,
            text=row.text,
            at=row.at,
            seen=row.seen_at is not None,
        )
        for row in rows
    )


def _names(session: Session, actors: Collection[str]) -> dict[str, str]:
    """The names of those actors that are agents."""
    table = table_of(Agent)
    ids = {UUID(one.removeprefix("agent:")) for one in actors if one.startswith("agent:")}
    rows = session.execute(select(table.c.id, table.c.name).where(table.c.id.in_(ids)))
    return {f"agent:{row.id}": row.name for row in rows}


def waits(session: Session, viewer: Viewer, conversation_id: UUID) -> bool:
    """Whether the viewer was told of this conversation and has not looked since."""
    values = {"conversation": conversation_id, "agent": viewer.agent_id}
    return _waiting.first(session, values) is not None


@Compiled
def _waiting(_: str) -> Select[Any]:
    table = table_of(Notification)
    return (
        select(table.c.id)
        .where(
            table.c.conversation_id == bindparam("conversation"),
            table.c.agent_id == bindparam("agent"),
            table.c.seen_at.is_(None),
        )
        .limit(1)
    )


def mark_seen(
    session: Session, viewer: Viewer, now: datetime, conversation_id: UUID | None = None
) -> None:
    """The viewer has looked at all of them, or at those of one conversation."""
    table = table_of(Notification)
    statement = update(table).where(table.c.agent_id == viewer.agent_id, table.c.seen_at.is_(None))
    if conversation_id is not None:
        statement = statement.where(table.c.conversation_id == conversation_id)
    session.execute(statement.values(seen_at=now))
    mentions.mark_seen(session, viewer, now, conversation_id)
