"""Segments as somebody edits them: saved, removed, and brought back to what they were."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update
from sqlmodel import Session

from hub.agents import audit
from hub.agents.rights import Missing
from hub.rules.load import FileFault
from hub.rules.segments import KEYS, Segment, read_segments
from hub.rules.writing import write_rule
from hub.store.statements import insert_or_update, table_of
from hub.store.tables import Agent, CustomerSegment, SegmentRevision
from hub.store.tables import Segment as Row
from hub.store.versions import policy_changed
from hub.text.marking import Sentence

MOST_REVISIONS: Final = 50
"""How many are shown; all are kept."""

_row, _revision = table_of(Row), table_of(SegmentRevision)


class NoSuchSegment(Missing):
    """There is no such segment, or no such revision of one."""


class Invalid(ValueError):
    """The text can not be saved, for `faults`."""

    def __init__(self, faults: tuple[FileFault, ...]) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = faults


class Conflict(Exception):
    """Somebody saved it since it was opened."""


@dataclass(frozen=True)
class Kept:
    """A segment as it is kept. customers: who belonged to it when they were last looked at."""

    slug: str
    name: Mapping[str, str]
    about: str
    conditions: Mapping[str, Any]
    shipped: bool
    customers: int


@dataclass(frozen=True)
class Revision:
    """source: None where it was removed. author: None for what was shipped."""

    id: int
    slug: str
    source: str | None
    author: str | None
    at: datetime


def kept(session: Session) -> tuple[Kept, ...]:
    """All segments in their order."""
    belongs = table_of(CustomerSegment)
    counting = select(belongs.c.segment, func.count()).group_by(belongs.c.segment)
    counts = {row[0]: row[1] for row in session.execute(counting)}
    rows = session.execute(select(_row).order_by(_row.c.position, _row.c.slug))
    return tuple(
        Kept(row.slug, row.name, row.about, row.conditions, row.shipped, counts.get(row.slug, 0))
        for row in rows
    )


def removed(session: Session) -> tuple[Revision, ...]:
    """What stood last in the segments that were removed, the latest first."""
    last = (
        select(_revision.c.slug, func.max(_revision.c.id).label("id"))
        .where(_revision.c.slug.not_in(select(_row.c.slug)), _revision.c.source.is_not(None))
        .group_by(_revision.c.slug)
        .subquery()
    )
    return _revisions(session, _revision.c.id.in_(select(last.c.id)))


def history(session: Session, slug: str) -> tuple[Revision, ...]:
    """The revisions of a segment, the newest first; none of one that nobody has edited."""
    return _revisions(session, _revision.c.slug == slug)


def text_of(session: Session, slug: str) -> str:
    """A segment as YAML, with the comments of whoever saved it. Raises NoSuchSegment."""
    row = session.execute(select(_row).where(_row.c.slug == slug)).first()
    if row is None:
        raise NoSuchSegment(slug)
    last = history(session, slug)[:1]
    if last and last[0].source is not None:
        return last[0].source
    return _written(row)


def checked(text: str, *, slug: str | None = None) -> tuple[Segment | None, tuple[FileFault, ...]]:
    """The one segment of a text, or what is wrong with it. slug: which it has to be."""
    read = read_segments(text, file="segment")
    if read.faults:
        return None, read.faults
    if len(read.segments) != 1:
        return None, (
            FileFault("segment", 1, Sentence("write one segment here: begin with '- id:'")),
        )
    (segment,) = read.segments
    if slug is not None and segment.id != slug:
        told = Sentence("its id stays '%(slug)s': rules and promises name it", slug=slug)
        return None, (FileFault("segment", 1, told),)
    return segment, ()


def save(
    session: Session,
    slug: str | None,
    text: str,
    *,
    base: int | None,
    agent_id: UUID,
    now: datetime,
) -> str:
    """Keep a text as this segment, or (None) as a new one; its id.

    base: the newest revision when it was opened, None where there was none.

    Raises:
        NoSuchSegment: it was removed meanwhile.
        Invalid: the text is no segment, or its id is taken.
        Conflict: somebody saved it meanwhile.
    """
    segment, faults = checked(text, slug=slug)
    if segment is None:
        raise Invalid(faults)
    row = session.execute(select(_row).where(_row.c.slug == segment.id).with_for_update()).first()
    if slug is None and row is not None:
        told = Sentence("another segment is called '%(id)s'; choose another id", id=segment.id)
        raise Invalid((FileFault("segment", 1, told),))
    if slug is not None and row is None:
        raise NoSuchSegment(slug)
    if slug is not None and newest(session, slug) != base:
        raise Conflict(slug)
    _put(session, segment, text, agent_id, now)
    return segment.id


def remove(session: Session, slug: str, *, agent_id: UUID, now: datetime) -> int | None:
    """Take a segment away; the revision that brings it back. Raises NoSuchSegment."""
    text_of(session, slug)
    _remember_shipped(session, slug)
    before = newest(session, slug)
    _note(session, slug, None, agent_id, now)
    session.execute(delete(_row).where(_row.c.slug == slug))
    return before


def restore(session: Session, revision: int, *, agent_id: UUID, now: datetime) -> str:
    """Let a segment be again what it was in a revision; its id. Raises NoSuchSegment."""
    row = session.execute(select(_revision).where(_revision.c.id == revision)).first()
    if row is None or row.source is None:
        raise NoSuchSegment(str(revision))
    segment, _ = checked(row.source, slug=row.slug)
    if segment is None:
        raise NoSuchSegment(row.slug)
    _put(session, segment, row.source, agent_id, now)
    return segment.id


def newest(session: Session, slug: str) -> int | None:
    """The number of a segment's newest revision."""
    found: int | None = session.execute(
        select(func.max(_revision.c.id)).where(_revision.c.slug == slug)
    ).scalar()
    return found


def _put(session: Session, segment: Segment, text: str, agent_id: UUID, now: datetime) -> None:
    _remember_shipped(session, segment.id)
    last = session.execute(select(func.coalesce(func.max(_row.c.position), -1))).scalar_one()
    values = {
        "name": dict(segment.name),
        "about": segment.about,
        "conditions": segment.data,
        "shipped": False,
        "at": now,
    }
    insert_or_update(
        session,
        Row,
        [{"slug": segment.id, "position": last + 1, **values}],
        key=["slug"],
        update=list(values),
    )
    _note(session, segment.id, text, agent_id, now)


def _remember_shipped(session: Session, slug: str) -> None:
    """What is shipped can be gone back to as well."""
    row = session.execute(select(_row).where(_row.c.slug == slug, _row.c.shipped)).first()
    if row is not None:
        session.execute(insert(_revision).values(slug=slug, source=_written(row), at=row.at))
        session.execute(update(_row).where(_row.c.slug == slug).values(shipped=False))


def _note(session: Session, slug: str, source: str | None, agent_id: UUID, now: datetime) -> None:
    before = newest(session, slug)
    session.execute(insert(_revision).values(slug=slug, source=source, agent_id=agent_id, at=now))
    audit.note(
        session,
        "removed a segment" if source is None else "changed a segment",
        agent_id=agent_id,
        now=now,
        subject=f"segment:{slug}",
        before={"revision": before},
        after={"revision": newest(session, slug)},
    )
    policy_changed(session)


def _written(row: Any) -> str:
    data = {"id": row.slug, "name": row.name, "about": row.about, "if": row.conditions}
    return write_rule({key: value for key, value in data.items() if value}, KEYS)


def _revisions(session: Session, wanted: Any) -> tuple[Revision, ...]:
    agent = table_of(Agent)
    rows = session.execute(
        select(_revision, agent.c.name.label("author"))
        .outerjoin(agent, agent.c.id == _revision.c.agent_id)
        .where(wanted)
        .order_by(_revision.c.id.desc())
        .limit(MOST_REVISIONS)
    )
    return tuple(Revision(row.id, row.slug, row.source, row.author, row.at) for row in rows)
