"""A conversation as a page to print, and as an archive for programs: JSON with its files.

Both are made while they are sent, however long the conversation is.
"""

from __future__ import annotations

import asyncio
import json
import zipfile
from collections.abc import AsyncIterator
from typing import Any, Final
from uuid import UUID

from starlette.responses import Response, StreamingResponse

from hub.agents import audit
from hub.conversations import exporting
from hub.security.headers import content_disposition
from hub.web import conversation, items
from hub.web.asked import Asked
from hub.web.environment import render
from hub.web.files import PIECE, pieces
from hub.web.views import Shown
from hub.web.views.exporting import PrintedEnd, PrintedHead, PrintedSome

JSON_NAME: Final = "conversation.json"


async def page(asked: Asked) -> Response:
    """GET /conversations/<id>/export: everything that was said, to be printed or kept; with
    `notes=0` without what is only for the team."""
    conversation_id = asked.path_id()
    noted = asked.query("notes") != "0"
    found = await _begin(asked, conversation_id)
    names = await asked.read(conversation.names, asked, conversation_id)
    printed = asked.page()

    async def drawn(view: Shown) -> str:
        return await asyncio.to_thread(render, printed, view)

    async def written() -> AsyncIterator[str]:
        yield await drawn(
            PrintedHead(
                number=found.number,
                subject=found.about["subject"],
                customer=names.customer,
                tags=tuple(found.about["tags"]),
                noted=noted,
                otherwise=f"{asked.request.url.path}{'?notes=0' if noted else ''}",
            )
        )
        after, before = 0, None
        while some := await asked.read(exporting.next_spoken, asked.viewer, conversation_id, after):
            after = some[-1].position
            told = [one for one in some if noted or one.direction != "note"]
            if told:
                yield await drawn(PrintedSome(items.items(told, names, before=before)))
                before = told[-1]
        yield await drawn(PrintedEnd())

    return StreamingResponse(written(), media_type="text/html; charset=utf-8")


async def archive(asked: Asked) -> Response:
    """GET /conversations/<id>/export.zip"""
    conversation_id = asked.path_id()
    found = await _begin(asked, conversation_id)
    disposition = content_disposition("attachment", f"conversation-{found.number}.zip")
    return StreamingResponse(
        _packed(asked, conversation_id, found),
        media_type="application/zip",
        headers={"Content-Disposition": disposition},
    )


async def _begin(asked: Asked, conversation_id: UUID) -> exporting.Exported:
    """Read what stands above, and note who took it out of the hub."""
    now = asked.site.context.clock.now()
    found = await asked.read(exporting.about, asked.viewer, conversation_id, now)
    client = asked.request.client
    await asked.write(
        audit.note,
        "exported a conversation",
        agent_id=asked.viewer.agent_id,
        now=now,
        subject=f"conversation:{found.number}",
        address=client.host if client else None,
    )
    return found


class _Outlet:
    """What an archive writes to: the bytes since the last look."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def write(self, some: bytes, /) -> int:
        self._written.append(bytes(some))
        return len(some)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """There is nothing to close."""

    def taken(self) -> bytes:
        found, self._written = b"".join(self._written), []
        return found


async def _packed(
    asked: Asked, conversation_id: UUID, found: exporting.Exported
) -> AsyncIterator[bytes]:
    blobs, outlet = asked.site.context.blobs, _Outlet()
    missing: list[str] = []
    with zipfile.ZipFile(outlet, "w", zipfile.ZIP_STORED) as packed:
        for file in found.files:
            # A file is read before its entry is begun: one that is gone leaves none.
            try:
                first = await blobs.part(file.key, 0, min(PIECE, file.size))
            except FileNotFoundError:
                missing.append(file.path)
                continue
            with packed.open(file.path, "w", force_zip64=file.size > 1 << 31) as entry:
                async for piece in pieces(blobs, file.key, file.size, first):
                    entry.write(piece)
                    yield outlet.taken()
        described = zipfile.ZipInfo(JSON_NAME, _entry_time(asked))
        described.compress_type = zipfile.ZIP_DEFLATED
        with packed.open(described, "w", force_zip64=True) as entry:
            async for text in _json(asked, conversation_id, {**found.about, "missing": missing}):
                entry.write(text.encode())
                yield outlet.taken()
    yield outlet.taken()


def _entry_time(asked: Asked) -> tuple[int, int, int, int, int, int]:
    """The time as an archive's entries have it."""
    now = asked.site.context.clock.now()
    return (now.year, now.month, now.day, now.hour, now.minute, now.second)


async def _json(asked: Asked, conversation_id: UUID, about: dict[str, Any]) -> AsyncIterator[str]:
    yield json.dumps(about, ensure_ascii=False, indent=1)[:-2] + ',\n "messages": ['
    after, between = 0, "\n"
    while rows := await asked.read(exporting.some, asked.viewer, conversation_id, after):
        texts = (json.dumps(row, ensure_ascii=False) for _, row in rows)
        yield between + ",\n".join(texts)
        after, between = rows[-1][0], ",\n"
    yield "\n ]\n}\n"
