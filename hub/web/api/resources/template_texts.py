"""The texts of reply templates: what one says in a language, for a channel."""

from __future__ import annotations

import asyncio
from datetime import datetime
from functools import partial
from typing import Annotated

from fastapi import Path, Query
from pydantic import Field, StringConstraints

from hub.agents.rights import Right
from hub.calendars import zone
from hub.replies import Key, cards, drafts, editing
from hub.replies.cards import NameTaken, NoSuchTemplate, StillUsed
from hub.replies.editing import Conflict
from hub.routing import teams
from hub.store.database import Session
from hub.web.api import problem
from hub.web.api.call import ApiCall, Call
from hub.web.api.model import Flag, Given, Id, Lines, Number, Ordinal, Shown, example
from hub.web.api.paging import Page, Paged, whole
from hub.web.api.problem import Problem
from hub.web.api.resource import Resource
from hub.web.api.resources.shared import WHEN
from hub.web.api.resources.templates import LOCALE, InPath, Template, TemplateName, show
from hub.web.replies.which import sent_by, shipped_texts

resource = Resource(
    "Texts of templates",
    "What a template says: a text for each language, and where they differ for each channel.",
    refuses={NameTaken: problem.CONFLICT, StillUsed: problem.CONFLICT},
)

Locale = Annotated[str, Path(pattern=LOCALE)]
Form = Annotated[
    str,
    Query(
        pattern=r"^(html|([a-z][a-z0-9]{0,19}\.)?txt)$",
        max_length=30,
        description="`txt`: every channel, `telegram.txt`: one kind, `html`: mail",
    ),
]


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
