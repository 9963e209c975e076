"""Segments: groups of customers by what is known of them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import Path
from pydantic import Field

from hub import jobs
from hub.agents.rights import Right
from hub.automation.belonging import KIND as JOB
from hub.rules import segment_revisions as segments
from hub.rules.segment_revisions import Conflict, Invalid, Kept, Revision
from hub.store.database import Session
from hub.web.api import problem
from hub.web.api.call import ApiCall, Call, Made
from hub.web.api.model import Given, Number, Ordinal, Shown, example
from hub.web.api.paging import Page, Paged, paged
from hub.web.api.problem import Problem
from hub.web.api.resource import Resource
from hub.web.api.resources.rules import BODY, Text
from hub.web.api.resources.shared import WHEN

resource = Resource(
    "Segments",
    "Groups of customers by what is known of them, each written in YAML.",
    refuses={
        Conflict: problem.CONFLICT,
        Invalid: problem.REFUSED,
    },
)

Slug = Annotated[str, Path(min_length=1, max_length=80)]
_TEXT = """\
- id: key-customers
  name: {en: Key customers, fa: مشتریان کلیدی}
  if:
    purchases: {more_than: 10}
"""


class Segment(Shown):
    """A segment. customers: who belonged to it when they were last looked at."""

    model_config = example(
        id="key-customers",
        names={"en": "Key customers"},
        about="",
        shipped=False,
        customers=120,
    )

    id: str
    names: dict[str, str]
    about: str
    shipped: bool
    customers: int


class SegmentWithText(Segment):
    """A segment as it is written. revision: null while nobody has edited it."""

    model_config = example(
        id="key-customers",
        names={"en": "Key customers"},
        about="",
        shipped=False,
        customers=120,
        text=_TEXT,
        revision=3,
    )

    text: str
    revision: int | None


class SegmentRevision(Shown):
    """A segment as it once was. text: null where it was removed."""

    model_config = example(number=3, text=_TEXT, author="Sara Ahmadi", at=WHEN)

    number: int
    text: str | None
    author: str | None = Field(description="Null: it was shipped so")
    at: datetime


class SegmentText(Given):
    """A segment to be saved."""

    model_config = example(text=_TEXT, revision=3)

    text: Text
    revision: Number | None = Field(
        None, description="The revision that you saw; null: whatever is there is written over"
    )


@resource.get("/segments", needs=Right.SEE_RULES)
async def page(call: Call, paging: Paged) -> Page[Segment]:
    """List the segments, in their order."""
    found = await call.read(segments.kept)
    return paged(found, paging, key=lambda one: one.slug, show=_shown)


@resource.post("/segments", needs=Right.EDIT_RULES, status=201, body=BODY)
async def make(call: Call, given: SegmentText) -> SegmentWithText:
    """Make a segment. Who belongs to it is found out in the background."""
    return await _save(call, None, given)


@resource.get("/segments/{slug}", needs=Right.SEE_RULES)
async def show(call: Call, slug: Slug) -> SegmentWithText:
    """Show a segment as it is written."""

    def read(session: Session) -> SegmentWithText:
        text = segments.text_of(session, slug)
        [found] = [one for one in segments.kept(session) if one.slug == slug]
        revision = segments.newest(session, slug)
        return SegmentWithText(**_shown(found).model_dump(), text=text, revision=revision)

    return await call.read(read)


@resource.put("/segments/{slug}", needs=Right.EDIT_RULES, body=BODY)
async def save(call: Call, slug: Slug, given: SegmentText) -> SegmentWithText:
    """Save a segment. Its id stays: rules and promises name it."""
    return await _save(call, slug, given)


@resource.delete("/segments/{slug}", needs=Right.EDIT_RULES)
async def remove(call: Call, slug: Slug) -> SegmentRevision:
    """Remove a segment; the revision that is answered brings it back."""

    def write(session: Session) -> None:
        now, agent_id = call.now, call.viewer.agent_id
        segments.remove(session, slug, agent_id=agent_id, now=now)
        _looked_at_again(session, call)

    await call.act(write)
    found = await call.read(segments.history, slug)
    return _revision(next(one for one in found if one.source is not None))


@resource.get("/segments/{slug}/revisions", needs=Right.SEE_RULES)
async def revisions(call: Call, slug: Slug, paging: Paged) -> Page[SegmentRevision]:
    """List what a segment was, the newest first; nothing while nobody has edited it."""
    found = await call.read(segments.history, slug)
    return paged(found, paging, key=lambda one: str(one.id), show=_revision)


@resource.post("/segment-revisions/{number}/restore", needs=Right.EDIT_RULES)
async def restore(call: Call, number: Annotated[Ordinal, Path()]) -> SegmentWithText:
    """Let a segment be again what it was, also one that was removed."""

    def write(session: Session) -> Made:
        now, agent_id = call.now, call.viewer.agent_id
        slug = segments.restore(session, number, agent_id=agent_id, now=now)
        _looked_at_again(session, call)
        return {"slug": slug}

    return await show(call, (await call.once(write))["slug"])


async def _save(call: ApiCall, slug: str | None, given: SegmentText) -> SegmentWithText:
    def write(session: Session) -> Made:
        base = given.revision
        if base is None and slug is not None:
            base = segments.newest(session, slug)
        made = segments.save(
            session,
            slug,
            given.text.replace("\r\n", "\n"),
            base=base,
            agent_id=call.viewer.agent_id,
            now=call.now,
        )
        _looked_at_again(session, call)
        return {"slug": made}

    try:
        made = await call.once(write)
    except Conflict:
        raise Problem(problem.CONFLICT, "somebody saved it since; read it again") from None
    return await show(call, made["slug"])


def _looked_at_again(session: Session, call: ApiCall) -> None:
    """Let all customers be looked at again in the background."""
    jobs.enqueue(session, JOB, call.now, agent_id=call.viewer.agent_id)


def _shown(one: Kept) -> Segment:
    values: dict[str, Any] = {"id": one.slug, "names": dict(one.name), "about": one.about}
    return Segment(**values, shipped=one.shipped, customers=one.customers)


def _revision(one: Revision) -> SegmentRevision:
    return SegmentRevision(number=one.id, text=one.source, author=one.author, at=one.at)
