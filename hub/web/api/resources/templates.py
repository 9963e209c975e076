"""Reply templates: answers that are written once."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Path
from pydantic import Field, StringConstraints

from hub.agents.rights import Right
from hub.replies import cards, editing
from hub.replies.cards import Card, NameTaken, NoSuchTemplate, StillUsed
from hub.replies.editing import Variant
from hub.store.database import Session
from hub.web.api import problem
from hub.web.api.call import ApiCall, Call
from hub.web.api.model import Flag, Given, Id, Line, Shown, example
from hub.web.api.paging import Page, Paged, paged
from hub.web.api.resource import Resource
from hub.web.api.resources.naming import Name
from hub.web.api.resources.shared import WHEN
from hub.web.replies.which import sent_by, shipped_texts

resource = Resource(
    "Templates",
    "Answers that are written once, in every language and for every channel.",
    refuses={
        NameTaken: problem.CONFLICT,
        StillUsed: problem.CONFLICT,
    },
)

TemplateName = Annotated[
    str, StringConstraints(min_length=1, max_length=40, pattern=r"^[a-z][a-z0-9-]*$")
]
InPath = Annotated[TemplateName, Path()]
LOCALE = r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}$"


class TemplateText(Shown):
    """One text of a template. state: shipped, changed, own …"""

    model_config = example(
        locale="en", form="txt", revision=3, state="own", text="Hello {{ customer.name }}",
        at=WHEN, by="Sara Ahmadi",
    )  # fmt: skip

    locale: str
    form: str
    revision: int
    state: str = Field(description="How it stands to what is shipped")
    text: str
    at: datetime
    by: str | None


class Template(Shown):
    """A template with its texts."""

    model_config = example(
        name="thanks", purpose="Ends a conversation", own=False, team_id=None, tags=["polite"],
        archived_at=None, sent_by=["close-quietly"], texts=[],
    )  # fmt: skip

    name: str
    purpose: str
    own: bool = Field(description="Only its agent has it")
    team_id: UUID | None = Field(description="Of whom it is; null: everybody's, or own")
    tags: list[str]
    archived_at: datetime | None
    sent_by: list[str] = Field(description="What sends it by itself: rules, surveys")
    texts: list[TemplateText]


class TemplateChange(Given):
    """What is said of a template."""

    model_config = example(purpose="Ends a conversation", tags=["polite"])

    purpose: Annotated[Line, StringConstraints(max_length=200)] | None = None
    own: Flag | None = None
    team_id: Id | None = None
    tags: Annotated[list[Name], Field(max_length=20)] | None = None
    archived: Flag | None = None


class TemplateCopy(Given):
    """The name of a copy."""

    model_config = example(name="thanks-2")

    name: TemplateName


@resource.get("/templates", needs=Right.WRITE)
async def page(call: Call, paging: Paged) -> Page[Template]:
    """List the templates that you may see, by name."""

    def read(session: Session) -> list[Template]:
        known = cards.cards(session, call.viewer)
        texts: dict[str, list[Variant]] = {}
        for one in editing.variants(session, shipped_texts()):
            texts.setdefault(one.key.name, []).append(one)
        return [_shown(call, known[name], texts[name]) for name in texts if known.sees(name)]

    return paged(await call.read(read), paging, key=lambda one: one.name, show=lambda one: one)


@resource.get("/templates/{name}", needs=Right.WRITE)
async def show(call: Call, name: InPath) -> Template:
    """Show a template with its texts."""

    def read(session: Session) -> Template:
        card = cards.cards(session, call.viewer)[name]
        found = [one for one in editing.variants(session, shipped_texts()) if one.key.name == name]
        if not found:
            raise NoSuchTemplate(f"there is no template {name}")
        return _shown(call, card, found)

    return await call.read(read)


@resource.patch("/templates/{name}", needs=Right.WRITE, refuses={ValueError: problem.REFUSED})
async def change(call: Call, name: InPath, given: TemplateChange) -> Template:
    """Change what is said of a template, archive it, or offer it again."""
    used = sent_by(call.context.policy(), name)

    def write(session: Session) -> None:
        was = cards.changeable(session, call.viewer, name)
        said = given.changes.keys() - {"archived"}
        if said:
            own = was.agent_id is not None if given.own is None else given.own
            cards.describe(
                session,
                call.by,
                name,
                purpose=was.purpose if given.purpose is None else given.purpose,
                tags=was.tags if given.tags is None else given.tags,
                own=own,
                team_id=None if own else given.changes.get("team_id", was.team_id),
                used=used,
            )
        if given.archived:
            cards.archive(session, call.by, name, used=used)
        elif given.archived is False:
            cards.unarchive(session, call.by, name)

    await call.act(write)
    return await show(call, name)


@resource.post("/templates/{name}/duplicate", needs=Right.WRITE, status=201)
async def duplicate(call: Call, name: InPath, given: TemplateCopy) -> Template:
    """Write another template that says the same, with its files."""

    def write(session: Session) -> None:
        try:
            editing.duplicate(session, call.by, name, given.name)
        except LookupError:
            raise NoSuchTemplate(f"there is no template {name}") from None

    await call.act(write)
    return await show(call, given.name)


def _shown(call: ApiCall, card: Card, texts: list[Variant]) -> Template:
    return Template(
        name=card.name,
        purpose=card.purpose,
        own=card.agent_id is not None,
        team_id=card.team_id,
        tags=list(card.tags),
        archived_at=card.archived_at,
        sent_by=list(sent_by(call.context.policy(), card.name)),
        texts=[
            TemplateText(
                locale=one.key.locale,
                form=one.key.form,
                revision=one.revision,
                state=one.state,
                text=one.source,
                at=one.at,
                by=one.by,
            )
            for one in texts
        ],
    )
