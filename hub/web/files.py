"""Files that people sent, to whom may see their conversation: whole, or a part of one, so that
sound and video can be played from any place on (RFC 9110, section 14)."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import select
from starlette.responses import Response, StreamingResponse

from hub.agents.rights import Viewer
from hub.conversations.access import NotVisible, visible
from hub.security.headers import file_headers
from hub.store.blobs import BlobStore
from hub.store.database import Session
from hub.store.statements import table_of
from hub.store.tables import Attachment, Conversation, Message
from hub.web.asked import Asked, status

PIECE: Final = 1024 * 1024
"""Bytes that are in memory at a time."""
MOST: Final = 4 * PIECE
"""Bytes of one answer to a request for a part; a player asks for the next one by itself."""
_RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


@dataclass(frozen=True)
class Stored:
    """Where a file's bytes are, what it is, and how many they are."""

    key: str
    name: str
    media_type: str
    size: int


class Unsatisfiable(ValueError):
    """The part that was asked for lies beyond the file's end."""


def find(session: Session, viewer: Viewer, message_id: UUID, position: int) -> Stored:
    """One file of a message. Raises NotVisible."""
    file, message, table = table_of(Attachment), table_of(Message), table_of(Conversation)
    row = session.execute(
        select(file.c.blob_key, file.c.name, file.c.media_type, file.c.size)
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


def part_of(header: str | None, size: int) -> tuple[int, int] | None:
    """The first byte and the length that a Range header asks for; None for the whole file.

    Several ranges in one header, and what is no range, give the whole (RFC 9110, 14.2). Raises
    Unsatisfiable.
    """
    match = _RANGE.fullmatch((header or "").replace(" ", ""))
    if match is None or not (match[1] or match[2]):
        return None
    if not match[1]:
        length = min(int(match[2]), size)
        start = size - length
    else:
        start = int(match[1])
        end = min(int(match[2]), size - 1) if match[2] else size - 1
        if match[2] and int(match[2]) < start:
            return None
        length = end - start + 1
    if start >= size or length <= 0:
        raise Unsatisfiable
    return start, min(length, MOST)


async def show(asked: Asked) -> Response:
    """GET /files/<message>/<position>; with `view=1` a PDF opens in its tab."""
    position = asked.request.path_params["position"]
    found = await asked.read(find, asked.viewer, asked.path_id("message"), position)
    read = asked.query("view") == "1"
    # A file never changes under its address, but who may see it can.
    headers = {
        **file_headers(found.name, found.media_type, https=asked.site.https, read=read),
        "Cache-Control": "private, max-age=300",
        "Accept-Ranges": "bytes",
    }
    try:
        part = part_of(asked.request.headers.get("range"), found.size)
    except Unsatisfiable:
        headers["Content-Range"] = f"bytes */{found.size}"
        return Response(status_code=416, headers=headers)
    blobs = asked.site.context.blobs
    try:
        if part is not None:
            start, length = part
            headers["Content-Range"] = f"bytes {start}-{start + length - 1}/{found.size}"
            body = await blobs.part(found.key, start, length)
            return Response(body, 206, headers=headers)
        if found.size <= PIECE:
            return Response(await blobs.get(found.key), headers=headers)
        first = await blobs.part(found.key, 0, PIECE)
    except FileNotFoundError:
        raise status(404) from None
    headers["Content-Length"] = str(found.size)
    return StreamingResponse(pieces(blobs, found.key, found.size, first), headers=headers)


async def pieces(
    blobs: BlobStore, key: str, size: int, first: bytes | None = None
) -> AsyncIterator[bytes]:
    """A file piece by piece. Raises FileNotFoundError before the first, unless that is given."""
    if first is not None:
        yield first
    for start in range(PIECE if first is not None else 0, size, PIECE):
        yield await blobs.part(key, start, min(PIECE, size - start))
