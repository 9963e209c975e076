"""Reply templates: answers that are written once."""

from __future__ import annotations

import asyncio
from datetime import datetime
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import Path, Query
from pydantic import Field, StringConstraints

from hub.agents.rights import Right
from hub.calendars import zone
from hub.replies import Key, cards, drafts, editing
from hub.replies.cards import Card, NameTaken, NoSuchTemplate, StillUsed
from hub.replies.editing import Conflict, Variant
from hub.routing import teams
from hub.store.database import Session
from hub.web.api import problem
from hub.web.api.call import ApiCall, Call
from hub.web.api.model import Flag, Given, Id, Line, Lines, Number, Ordinal, Shown, example
from hub.web.api.paging import Page, Paged, paged, whole
from hub.web.api.problem import Problem
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
Locale = Annotated[str, Path(pattern=LOCALE)]
Form = Annotated[
    str,
    Query(
        pattern=r"^(html|([a-z][a-z0-9]{0,19}\.)?txt)$",
        max_length=30,
        description="`txt`: every channel, `telegram.txt`: one kind, `html`: mail",
    ),
]


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


class TemplateTextRevision(Shown):
    """A text as it once was."""

    model_config = example(
        revision=3, text="Hello {{ customer.name }}", shipped=False, at=WHEN, by="Sara Ahmadi"
    )

    revision: int
    text: str
    shipped: bool
    at: datetime
    by: str | None


class NewTemplateText(Given):
    """A text to be made live."""

    model_config = example(text="Hello {{ customer.name }}", revision=None)

    text: Annotated[Lines, StringConstraints(min_length=1, max_length=10_000)]
    revision: Number | None = Field(
        None, description="The revision that you saw; null: whatever is there is written over"
    )


class NewTemplate(Given):
    """A template to be made, with its first text."""

    model_config = example(name="thanks", locale="en", text="Thank you!", own=False, team_id=None)

    name: TemplateName
    locale: Annotated[str, StringConstraints(pattern=LOCALE)]
    text: Annotated[Lines, StringConstraints(min_length=1, max_length=10_000)]
    own: Flag = False
    team_id: Id | None = None


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


@resource.post("/templates", needs=Right.WRITE, status=201)
async def make(call: Call, given: NewTemplate) -> Template:
    """Make a template. One for others takes the scope edit-templates."""
    key = Key(given.name, given.locale)
    text = await _sound(call, key, given.text)

    def write(session: Session) -> None:
        if any(one.key.name == key.name for one in editing.variants(session, shipped_texts())):
            raise NameTaken(f"there is a template {key.name} already")
        if given.team_id is not None:
            teams.team(session, given.team_id)
        cards.begin(
            session, call.viewer, key.name, own=given.own, team_id=given.team_id, now=call.now
        )
        _save(session, call, key, text, 0)

    await call.act(write)
    return await show(call, given.name)


@resource.put("/templates/{name}/texts/{locale}", needs=Right.WRITE)
async def put_text(
    call: Call, name: InPath, locale: Locale, given: NewTemplateText, form: Form = "txt"
) -> Template:
    """Make a text live, after it was written for samples of every channel."""
    key = Key(name, locale, form)
    text = await _sound(call, key, given.text)

    def write(session: Session) -> None:
        cards.changeable(session, call.viewer, name)
        base = given.revision if given.revision is not None else _revision(session, key)
        _save(session, call, key, text, base)

    await call.act(write)
    return await show(call, name)


@resource.delete("/templates/{name}/texts/{locale}", needs=Right.WRITE, status=204)
async def remove_text(call: Call, name: InPath, locale: Locale, form: Form = "txt") -> None:
    """Remove a text; a revision of it brings it back."""
    key = Key(name, locale, form)

    def write(session: Session) -> None:
        cards.changeable(session, call.viewer, name)
        base = _revision(session, key)
        if base == 0:
            raise NoSuchTemplate(f"there is no such text of {name}")
        editing.remove(
            session,
            key,
            base=base,
            used=sent_by(call.context.policy(), name),
            agent_id=call.viewer.agent_id,
            now=call.now,
            address=call.address,
        )

    await call.act(write)


@resource.get("/templates/{name}/texts/{locale}/revisions", needs=Right.WRITE)
async def revisions(
    call: Call, name: InPath, locale: Locale, paging: Paged, form: Form = "txt"
) -> Page[TemplateTextRevision]:
    """List what a text was, the newest first."""
    place = paging.place(whole)
    await show(call, name)
    found = await call.read(
        editing.history,
        Key(name, locale, form),
        before=place[0] if place else None,
        limit=paging.ahead,
    )
    shown, more = paging.part(found, lambda one: (one.revision,))
    items = [
        TemplateTextRevision(
            revision=one.revision, text=one.source, shipped=one.shipped, at=one.at, by=one.by
        )
        for one in shown
    ]
    return Page(items=items, next=more)


@resource.post("/templates/{name}/texts/{locale}/revisions/{number}/restore", needs=Right.WRITE)
async def restore(
    call: Call,
    name: InPath,
    locale: Locale,
    number: Annotated[Ordinal, Path()],
    form: Form = "txt",
) -> Template:
    """Let a text be again what it was, as a new revision."""
    key = Key(name, locale, form)

    def write(session: Session) -> None:
        cards.changeable(session, call.viewer, name)
        found = editing.history(session, key, before=number + 1, limit=1)
        if not found or found[0].revision != number:
            raise NoSuchTemplate(f"there is no revision {number} of this text")
        _save(session, call, key, found[0].source, _revision(session, key))

    await call.act(write)
    return await show(call, name)


@resource.delete("/templates/{name}/texts/{locale}/draft", needs=Right.WRITE, status=204)
async def discard(call: Call, name: InPath, locale: Locale, form: Form = "txt") -> None:
    """Give the draft of a text up, if there is one."""

    def write(session: Session) -> None:
        cards.changeable(session, call.viewer, name)
        drafts.discard(session, Key(name, locale, form))

    await call.act(write)


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


async def _sound(call: ApiCall, key: Key, text: str) -> str:
    """The text as it is kept. Raises Problem for one that can not be live."""
    context = call.context
    source = text.replace("\r\n", "\n").replace("\r", "\n").rstrip() + "\n"
    policy, limits = context.policy(), dict[str, int | None]()
    for name, carries in context.capabilities.items():
        if name in policy.accounts:
            limits[policy.accounts[name].kind] = carries.text_limit
    # A template can take its time; a second of it is no event loop's business.
    found = await asyncio.to_thread(
        partial(
            editing.faults,
            key,
            source,
            organisation=policy.brand_name,
            zone=zone(str(policy.organisation.time_zone)),
            now=call.now,
            limits=limits,
            links=context.settings.templates.links,
        )
    )
    if found:
        raise Problem(problem.REFUSED, f"line {found[0].line}: {found[0].reason}")
    return source


def _save(session: Session, call: ApiCall, key: Key, source: str, base: int) -> None:
    try:
        editing.save(
            session,
            key,
            source,
            base=base,
            agent_id=call.viewer.agent_id,
            now=call.now,
            address=call.address,
        )
    except Conflict:
        raise Problem(problem.CONFLICT, "somebody saved it since; read it again") from None


def _revision(session: Session, key: Key) -> int:
    found = editing.history(session, key, limit=1)
    return found[0].revision if found else 0


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
