"""Files that people sent, to whom may see their conversation: whole, or a part of one, so that
sound and video can be played from any place on (RFC 9110, section 14).

What may act when it is opened is given only to whoever asked for it on a page that says so; a
picture that no browser should open is never shown as one.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from starlette.responses import Response, StreamingResponse

from hub import pictures
from hub.agents.audit import note
from hub.agents.rights import Viewer
from hub.conversations.access import NotVisible, visible
from hub.pictures import PICTURES, SMALL_TYPE, Small
from hub.security.filetypes import UNKNOWN, Danger, danger_of
from hub.security.headers import file_headers
from hub.store.blobs import BlobStore
from hub.store.database import Session
from hub.store.statements import table_of
from hub.store.tables import Attachment, Conversation, Message
from hub.web.asked import Asked, status
from hub.web.views import HeldFile

PIECE: Final = 1024 * 1024
"""Bytes that are in memory at a time."""
MOST: Final = 4 * PIECE
"""Bytes of one answer to a request for a part; a player asks for the next one by itself."""
MOST_OF_PICTURE: Final = 40 * PIECE
"""Bytes of a picture that is looked at; cameras make up to 30 million."""
# A file never changes under its address, but who may see it can.
_AGES: Final = {"Cache-Control": "private, max-age=300"}
_NO_PICTURE: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="240" height="180" viewBox="0 0 240 180">'
    '<rect width="240" height="180" fill="#8a8a92" fill-opacity=".14"/><g fill="none" '
    'stroke="#8a8a92" stroke-width="3" stroke-linecap="round" stroke-linejoin="round">'
    '<path d="M92 66h56a6 6 0 0 1 6 6v36a6 6 0 0 1-6 6H92a6 6 0 0 1-6-6V72a6 6 0 0 1 6-6z"/>'
    '<path d="m80 58 80 64"/></g></svg>'
)
"""Stands in the place of a picture that no browser should open."""
_RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


@dataclass(frozen=True)
class Stored:
    """Where a file's bytes are, what it is, and how many they are."""

    key: str
    name: str
    media_type: str
    size: int

    @property
    def danger(self) -> Danger | None:
        """Why it is held back, where it is."""
        return danger_of(self.name, self.media_type)


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


def conversation_of(session: Session, message_id: UUID) -> UUID | None:
    """Where a message stands."""
    table = table_of(Message)
    return session.execute(select(table.c.conversation_id).where(table.c.id == message_id)).scalar()


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
    if found.danger is not None:
        return asked.go(f"{asked.request.url.path}/held")
    if found.media_type in PICTURES and (await looked_at(asked, found)).refused is not None:
        if asked.request.headers.get("sec-fetch-dest") == "image":
            return _no_picture(asked)
        found = replace(found, media_type=UNKNOWN)
    return await _given(asked, found)


async def small(asked: Asked) -> Response:
    """GET /files/<message>/<position>/small: a picture as the thread shows it."""
    position = asked.request.path_params["position"]
    found = await asked.read(find, asked.viewer, asked.path_id("message"), position)
    if found.media_type not in PICTURES or found.danger is not None:
        raise status(404)
    copy = await looked_at(asked, found)
    if copy.body is None:
        return _no_picture(asked)
    headers = {**file_headers(found.name, SMALL_TYPE, https=asked.site.https), **_AGES}
    return Response(copy.body, headers=headers)


async def held(asked: Asked) -> Response:
    """GET /files/<message>/<position>/held: says why a file is not simply given."""
    message_id, position = asked.path_id("message"), asked.request.path_params["position"]
    found = await asked.read(find, asked.viewer, message_id, position)
    if found.danger is None:
        return asked.go(f"/files/{message_id}/{position}")
    back = await asked.read(conversation_of, message_id)
    view = HeldFile(
        found.name, found.size, found.danger, asked.request.url.path,
        f"/conversations/{back}/messages/{message_id}",
    )  # fmt: skip
    return await asked.show(view)


async def give_held(asked: Asked) -> Response:
    """POST /files/<message>/<position>/held: gives it all the same, which is noted."""
    message_id, position = asked.path_id("message"), asked.request.path_params["position"]
    found = await asked.read(find, asked.viewer, message_id, position)
    now = asked.site.context.clock.now()
    await asked.write(note_given, asked.viewer, message_id, found, now, asked.address)
    return await _given(asked, replace(found, media_type=UNKNOWN))


def note_given(
    session: Session,
    viewer: Viewer,
    message_id: UUID,
    found: Stored,
    now: datetime,
    address: str | None,
) -> None:
    """Write into the audit log that somebody took a file that was held back."""
    note(
        session,
        "saved a file that was held back",
        agent_id=viewer.agent_id,
        now=now,
        subject=f"message:{message_id}",
        address=address,
        after={"file": found.name, "kind": found.danger},
    )


async def looked_at(asked: Asked, found: Stored) -> Small:
    """The small copy of a picture, made now where nobody has looked at it yet."""
    context = asked.site.context
    known = await asked.read(pictures.kept, found.key)
    if known is not None:
        return known
    if found.size > MOST_OF_PICTURE:
        made = Small(refused="it is too large for a picture")
    else:
        try:
            body = await context.blobs.get(found.key)
        except FileNotFoundError:
            raise status(404) from None
        made = await context.pictures.small(body)
    await asked.write(pictures.keep, found.key, made, context.clock.now())
    return made


def _no_picture(asked: Asked) -> Response:
    headers = file_headers("picture.svg", "image/svg+xml", https=asked.site.https)
    return Response(_NO_PICTURE, headers={**headers, "Content-Type": "image/svg+xml", **_AGES})


async def _given(asked: Asked, found: Stored) -> Response:
    read = asked.query("view") == "1"
    headers = {
        **file_headers(found.name, found.media_type, https=asked.site.https, read=read),
        **_AGES,
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
