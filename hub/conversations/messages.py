"""Messages by themselves, without what stands between them."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session

from hub.agents.rights import Viewer
from hub.conversations import access
from hub.conversations.spoken import (
    Spoken,
    completed,
    read_spoken,
    select_spoken,
    spoken_before,
)
from hub.store.statements import table_of
from hub.store.tables import Conversation, Message


def before(
    session: Session, viewer: Viewer, conversation_id: UUID, position: int | None, limit: int
) -> list[Spoken]:
    """The last messages before a position (None: of all), the newest first. Raises NotVisible."""
    access.require(session, viewer, conversation_id)
    return completed(session, spoken_before(session, conversation_id, position, limit)[::-1])


def one(session: Session, viewer: Viewer, message_id: UUID) -> tuple[UUID, Spoken]:
    """A message, and the conversation that it is in. Raises NotVisible."""
    conversation_id = home(session, viewer, message_id)
    row = session.execute(select_spoken().where(table_of(Message).c.id == message_id)).one()
    [found] = completed(session, [read_spoken(row)])
    return conversation_id, found


def home(session: Session, viewer: Viewer, message_id: UUID) -> UUID:
    """The conversation that a message is in. Raises NotVisible."""
    message, table = table_of(Message), table_of(Conversation)
    found: UUID | None = session.execute(
        select(table.c.id)
        .join(message, message.c.conversation_id == table.c.id)
        .where(message.c.id == message_id, access.visible(viewer))
    ).scalar()
    if found is None:
        raise access.NotVisible(f"no message {message_id} for this viewer")
    return found
