"""Files that people sent, to whom may see their conversation."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from starlette.responses import Response

from hub.agents.rights import Viewer
from hub.conversations.access import NotVisible, visible
from hub.security.headers import file_headers
from hub.store.database import Session
from hub.store.statements import table_of
from hub.store.tables import Attachment, Conversation, Message
from hub.web.asked import Asked, status


@dataclass(frozen=True)
class Stored:
    """Where a file's bytes are, and what it is."""

    key: str
    name: str
    media_type: str


def find(session: Session, viewer: Viewer, message_id: UUID, position: int) -> Stored:
    """One file of a message. Raises NotVisible."""
    file, message, table = table_of(Attachment), table_of(Message), table_of(Conversation)
    row = session.execute(
        select(file.c.blob_key, file.c.name, file.c.media_type)
        .join(message, message.c.id == file.c.message_id)
        .join(table, table.c.id == message.c.conversation_id)
        .where(
            file.c.message_id == message_id,
            file.c.position == position,
            message.c.deleted_at.is_(None),
            visible(viewer),
        )
    ).first()
    if row is None:
        raise NotVisible(f"no file {position} of message {message_id} for this viewer")
    return Stored(*row)


async def show(asked: Asked) -> Response:
    """GET /files/<message>/<position>"""
    position = asked.request.path_params["position"]
    found = await asked.read(find, asked.viewer, asked.path_id("message"), position)
    try:
        body = await asked.site.context.blobs.get(found.key)
    except FileNotFoundError:
        raise status(404) from None
    headers = file_headers(found.name, found.media_type, https=asked.site.https)
    # A file never changes under its address, but who may see it can.
    return Response(body, headers={**headers, "Cache-Control": "private, max-age=300"})
