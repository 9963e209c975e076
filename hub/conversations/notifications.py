"""What rules have told an agent: conversations that need a look."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select, update
from sqlmodel import Session

from hub.agents.rights import Viewer
from hub.conversations.access import visible
from hub.store.statements import table_of
from hub.store.tables import Conversation, Customer, Notification

SHOWN: Final = 100


@dataclass(frozen=True)
class Told:
    """One notification. customer: the name, where it is known."""

    conversation_id: UUID
    number: int
    customer: str | None
    rule: str
    text: str
    at: datetime
    seen: bool


def unseen(session: Session, viewer: Viewer) -> int:
    """How many notifications the viewer has not looked at."""
    table, conversation = table_of(Notification), table_of(Conversation)
    return int(
        session.execute(
            select(func.count())
            .select_from(table)
            .join(conversation, conversation.c.id == table.c.conversation_id)
            .where(table.c.agent_id == viewer.agent_id, table.c.seen_at.is_(None), visible(viewer))
        ).scalar_one()
    )


def newest(session: Session, viewer: Viewer) -> tuple[Told, ...]:
    """The newest notifications about conversations that the viewer may see."""
    table, conversation = table_of(Notification), table_of(Conversation)
    customer = table_of(Customer)
    rows = session.execute(
        select(
            conversation.c.id,
            conversation.c.number,
            customer.c.name,
            table.c.rule,
            table.c.text,
            table.c.at,
            table.c.seen_at,
        )
        .join(conversation, conversation.c.id == table.c.conversation_id)
        .join(customer, customer.c.id == conversation.c.customer_id)
        .where(table.c.agent_id == viewer.agent_id, visible(viewer))
        .order_by(table.c.at.desc(), table.c.id.desc())
        .limit(SHOWN)
    )
    return tuple(
        Told(row.id, row.number, row.name, row.rule, row.text, row.at, row.seen_at is not None)
        for row in rows
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
