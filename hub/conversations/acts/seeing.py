"""That somebody of the team has looked, or that somebody is to look again."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import Session

from hub.agents.rights import Viewer
from hub.conversations import access, notifications
from hub.conversations.ledger import Ledger
from hub.store.statements import table_of
from hub.store.tables import Conversation, Message


def mark_seen(
    session: Session, viewer: Viewer, conversation_id: UUID, position: int, now: datetime
) -> bool:
    """Note that somebody of the team has looked at all up to a message; whether that is news.

    Raises NotVisible.
    """
    access.require(session, viewer, conversation_id)
    notifications.mark_seen(session, viewer, now, conversation_id)
    table = table_of(Conversation)
    row = session.execute(
        select(table.c.seen_position, table.c.position).where(table.c.id == conversation_id)
    ).one()
    if row.seen_position >= min(position, row.position):
        return False
    ledger = Ledger(session, now)
    ledger.load([conversation_id])
    conversation = ledger.conversations[conversation_id]
    conversation.seen_position = max(
        conversation.seen_position, min(position, conversation.position)
    )
    ledger.happened("conversation.seen", viewer.actor, conversation)
    ledger.flush()
    return True


def mark_unseen(session: Session, viewer: Viewer, conversation_id: UUID, now: datetime) -> None:
    """Let what the customer wrote last be new again for the whole team. Raises NotVisible."""
    access.require(session, viewer, conversation_id)
    message = table_of(Message)
    last: int | None = session.execute(
        select(func.max(message.c.position)).where(
            message.c.conversation_id == conversation_id, message.c.direction == "in"
        )
    ).scalar()
    if last is None:
        return
    ledger = Ledger(session, now)
    ledger.load([conversation_id])
    conversation = ledger.conversations[conversation_id]
    if conversation.seen_position < last:
        return
    conversation.seen_position = last - 1
    ledger.happened("conversation.unseen", viewer.actor, conversation)
    ledger.flush()
