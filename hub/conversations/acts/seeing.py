"""That somebody of the team has looked."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session

from hub.agents.rights import Viewer
from hub.conversations import access, notifications
from hub.conversations.ledger import Ledger
from hub.store.statements import table_of
from hub.store.tables import Conversation


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
