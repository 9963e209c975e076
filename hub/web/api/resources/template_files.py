"""Files that go along with templates."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from hub.agents.rights import Right
from hub.replies import attached, cards
from hub.replies.attached import Attached, NoSuchFile, TooManyFiles
from hub.replies.cards import NoSuchTemplate
from hub.store.database import Session
from hub.web import uploads
from hub.web.api import problem
from hub.web.api.call import Call, Made
from hub.web.api.model import Given, Id, Line, Shown, example
from hub.web.api.paging import Page, Paged, paged
from hub.web.api.resource import Resource
from hub.web.api.resources.shared import ONE
from hub.web.api.resources.templates import LOCALE, InPath
from hub.web.uploads import Refused

resource = Resource(
    "Files of templates",
    "What goes along whenever a template is sent.",
    refuses={
        TooManyFiles: problem.CONFLICT,
        Refused: problem.REFUSED,
    },
)


class TemplateFile(Shown):
    """A file of a template. locale: with the text of this language alone; null: with each."""

    model_config = example(
        id=ONE, name="terms.pdf", media_type="application/pdf", size=48213, locale=None
    )

    id: UUID
    name: str
    media_type: str
    size: int = Field(description="Bytes")
    locale: str | None


class NewTemplateFile(Given):
    """An uploaded file that is to go along."""

    model_config = example(upload="eyJhZ2VudCI6…", locale=None)

    upload: Annotated[Line, StringConstraints(max_length=4000)] = Field(
        description="The token of `POST /uploads`"
    )
    locale: Annotated[str, StringConstraints(pattern=LOCALE)] | None = None


@resource.get("/templates/{name}/files", needs=Right.WRITE)
async def page(call: Call, name: InPath, paging: Paged) -> Page[TemplateFile]:
    """List the files of a template, in the order of their adding."""

    def read(session: Session) -> list[Attached]:
        if not cards.cards(session, call.viewer).sees(name):
            raise NoSuchTemplate(f"there is no template {name}")
        return attached.files_of(session, name)

    return paged(await call.read(read), paging, key=lambda one: str(one.id), show=_shown)


@resource.post("/templates/{name}/files", needs=Right.WRITE, status=201)
async def attach(call: Call, name: InPath, given: NewTemplateFile) -> TemplateFile:
    """Let an uploaded file go along from now on."""
    [media] = uploads.kept_before(call, [given.upload])

    def write(session: Session) -> Made:
        cards.changeable(session, call.viewer, name)
        made = attached.attach(
            session,
            name,
            given.locale,
            media,
            agent_id=call.viewer.agent_id,
            now=call.now,
            address=call.address,
        )
        return {"id": str(made)}

    made = UUID((await call.once(write))["id"])
    return await _one(call, name, made)


@resource.delete("/templates/{name}/files/{file_id}", needs=Right.WRITE, status=204)
async def detach(call: Call, name: InPath, file_id: Id) -> None:
    """Let a file go along no more. Until another is removed, it can be brought back."""

    def write(session: Session) -> None:
        cards.changeable(session, call.viewer, name)
        attached.detach(
            session,
            name,
            file_id,
            agent_id=call.viewer.agent_id,
            now=call.now,
            address=call.address,
        )

    await call.act(write)


@resource.post("/templates/{name}/files/{file_id}/restore", needs=Right.WRITE)
async def restore(call: Call, name: InPath, file_id: Id) -> TemplateFile:
    """Bring back the file that was removed last."""

    def write(session: Session) -> None:
        cards.changeable(session, call.viewer, name)
        attached.bring_back(
            session,
            name,
            file_id,
            agent_id=call.viewer.agent_id,
            now=call.now,
            address=call.address,
        )

    await call.act(write)
    return await _one(call, name, file_id)


async def _one(call: Call, name: str, file_id: UUID) -> TemplateFile:
    for one in await call.read(attached.files_of, name):
        if one.id == file_id:
            return _shown(one)
    raise NoSuchFile(f"there is no file {file_id}")


def _shown(one: Attached) -> TemplateFile:
    blob = one.media.blob
    assert blob is not None, "what goes along with a template is stored"
    return TemplateFile(
        id=one.id, name=blob.name, media_type=blob.media_type, size=blob.size, locale=one.locale
    )
