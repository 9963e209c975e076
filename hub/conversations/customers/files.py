"""Files that went to and fro with a customer, in conversations that the viewer may see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Integer, Select, bindparam, select
from sqlmodel import Session

from hub.agents.rights import Viewer
from hub.conversations.access import visible_to
from hub.store.compiled import Compiled
from hub.store.statements import table_of
from hub.store.tables import Attachment, Conversation, Message

MOST: Final = 6


@dataclass(frozen=True)
class Shared:
    """A file of one message."""

    message_id: UUID
    position: int
    name: str
    media_type: str
    size: int
    at: datetime


def shared(
    session: Session, viewer: Viewer, customer_id: UUID, *, limit: int = MOST
) -> list[Shared]:
    """The newest files."""
    values = {"customer": customer_id, "viewer": viewer.agent_id, "limit": limit}
    return [Shared(*row) for row in _shared.all(session, values)]


@Compiled
def _shared(_: str) -> Select[Any]:
    file, message, conversation = table_of(Attachment), table_of(Message), table_of(Conversation)
    return (
        select(
            file.c.message_id,
            file.c.position,
            file.c.name,
            file.c.media_type,
            file.c.size,
            message.c.received_at,
        )
        .join(message, message.c.id == file.c.message_id)
        .join(conversation, conversation.c.id == message.c.conversation_id)
        .where(
            conversation.c.customer_id == bindparam("customer"),
            message.c.deleted_at.is_(None),
            visible_to(bindparam("viewer")),
        )
        .order_by(message.c.received_at.desc(), file.c.message_id, file.c.position)
        .limit(bindparam("limit", type_=Integer))
    )
