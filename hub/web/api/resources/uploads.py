"""Files: brought before the message that they go with, and fetched from the one they came with."""

from __future__ import annotations

import tempfile
from typing import Annotated, Any, Final, Literal

from fastapi import Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import Field
from starlette.datastructures import UploadFile

from hub.agents.rights import Right
from hub.conversations import messages
from hub.security.headers import file_headers
from hub.store.database import Session
from hub.web import files, letter, uploads
from hub.web.api import problem
from hub.web.api.call import Call
from hub.web.api.model import Id, Line, Ordinal, Shown, example
from hub.web.api.problem import Problem
from hub.web.api.resource import Resource
from hub.web.letter import Original
from hub.web.uploads import Refused

IN_MEMORY: Final = 1024 * 1024
LARGEST: Final = 1024 * 1024 * 1024
"""What the settings allow is less, and is looked at while it is stored."""
ANY: Final = "application/octet-stream"

HELD = problem.Kind(
    "held-back",
    409,
    "The file is held back",
    "It could act when somebody opens it. `held=give` gives it all the same.",
)

resource = Resource(
    "Files",
    "Files of messages. What is sent is uploaded first, and named by its token then.",
    refuses={Refused: problem.REFUSED},
)


class Uploaded(Shown):
    """A file that can be sent, by its token, for some hours."""

    model_config = example(token="eyJhZ2VudCI6…", name="invoice.pdf", size=48213)  # noqa: S106 - no secret

    token: str = Field(description="Names the file in `files` of a reply or a note")
    name: str
    size: int = Field(description="Bytes")


class Letter(Shown):
    """A mail in its own look."""

    model_config = example(
        subject="Where is my order?", html="<p>It was to come…</p>", text="It was to come…"
    )

    subject: str | None
    html: str = Field(description="Cleaned; pictures of other sites are left in, as `img`")
    text: str


@resource.post("/uploads", needs=Right.WRITE, status=201, body=LARGEST, takes=ANY)
async def upload(
    call: Call, request: Request, name: Annotated[Line, Query(max_length=200)]
) -> Uploaded:
    """Bring a file. The body is its bytes; what it is, is found by looking at them.

    Sending the same file twice stores it once.
    """
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as file:
        async for chunk in request.stream():
            file.write(chunk)
        if not file.tell():
            raise Problem(problem.REFUSED, "the body is empty; it is to be the file")
        file.seek(0)
        kept = await uploads.kept(call, UploadFile(file, filename=name))  # type: ignore[arg-type]
    return Uploaded.model_validate(kept)


@resource.get("/messages/{message_id}/files/{position}", needs=Right.READ, produces=ANY)
async def fetch(
    call: Call,
    message_id: Id,
    position: Ordinal,
    held: Annotated[
        Literal["refuse", "give"],
        Query(description="What happens to a file that could act, such as a program"),
    ] = "refuse",
) -> Any:
    """Fetch a file of a message. One that could act is given only on demand, which is noted."""
    found = await call.read(files.find, call.viewer, message_id, position)
    if found.danger is not None:
        if held == "refuse":
            raise Problem(HELD, f"it is a file that could act: {found.danger}")
        await call.context.database.write(
            files.note_given, call.viewer, message_id, found, call.now, call.address
        )
    blobs = call.context.blobs
    try:
        first = await blobs.part(found.key, 0, files.PIECE)
    except FileNotFoundError:
        raise Problem(problem.NOT_FOUND) from None
    call.saw("message", [message_id])
    https = call.context.settings.server.url.startswith("https:")
    # What it is stands beside its name in the message; here it is bytes.
    headers = dict(file_headers(found.name, ANY, https=https))
    if found.size <= files.PIECE:
        return Response(first, headers=headers)
    headers["Content-Length"] = str(found.size)
    return StreamingResponse(files.pieces(blobs, found.key, found.size, first), headers=headers)


@resource.get("/messages/{message_id}/letter", needs=Right.READ)
async def show_letter(call: Call, message_id: Id) -> Letter:
    """Show a mail as it was written, without what could act or load anything by itself."""

    def read(session: Session) -> Original:
        return letter.find(session, call.viewer, messages.home(session, call.viewer, message_id),
                           message_id)  # fmt: skip

    found = await call.read(read)
    call.saw("message", [message_id])
    return Letter(subject=found.subject, html=(await letter.clean(found)).html, text=found.text)
