"""What a message said before it was changed or taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session

from hub.agents.rights import Viewer
from hub.conversations.access import NotVisible, visible
from hub.message import Content, load_content
from hub.store.statements import table_of
from hub.store.tables import Content as ContentTable
from hub.store.tables import Conversation, Message


@dataclass(frozen=True)
class Revision:
    """One wording, and since when it stood."""

    at: datetime
    content: Content


@dataclass(frozen=True)
class Past:
    """All wordings of a message, the newest first. number: its conversation's."""

    number: int
    deleted_at: datetime | None
    revisions: tuple[Revision, ...]


def past(session: Session, viewer: Viewer, conversation_id: UUID, message_id: UUID) -> Past:
    """Read it. Raises NotVisible."""
    message, content, table = table_of(Message), table_of(ContentTable), table_of(Conversation)
    rows = session.execute(
        select(table.c.number, message.c.deleted_at, content.c.at, content.c.blocks)
        .join(message, message.c.conversation_id == table.c.id)
        .join(content, content.c.message_id == message.c.id)
        .where(table.c.id == conversation_id, message.c.id == message_id, visible(viewer))
        .order_by(content.c.revision.desc())
    ).all()
    if not rows:
        raise NotVisible(f"no message {message_id} for this viewer")
    return Past(
        number=rows[0].number,
        deleted_at=rows[0].deleted_at,
        revisions=tuple(Revision(row.at, load_content(row.blocks)) for row in rows),
    )
