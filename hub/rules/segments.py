"""Segments: named sets of customers, defined by the same conditions as rules.

Whether somebody belongs to one is decided from facts alone, whenever it is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from sqlalchemy import select, update
from sqlmodel import Session

from hub.rules.engine import VOCABULARY, Fault, Vocabulary
from hub.rules.engine.arguments import Name
from hub.rules.engine.facts import Facts, Part
from hub.rules.engine.faults import from_validation, shown
from hub.rules.engine.judging import Judge, judge_of
from hub.rules.engine.reads import Reads, reads_of_asks
from hub.rules.engine.rule import Tree, asks, parse_conditions
from hub.rules.engine.vocabulary import NameKind
from hub.rules.load import FileFault
from hub.rules.marked import MarkedYamlError, parse_yaml
from hub.store.statements import insert_new, table_of
from hub.store.tables import Segment as Row
from hub.store.tables import SegmentRevision
from hub.text.marking import Sentence

FILE: Final = "segments.yaml"
"""The shipped file, in `config/`."""

OF_CUSTOMERS: Final[frozenset[Part]] = frozenset(
    {"customer", "customer_tags", "purchases", "satisfaction", "source", "first_source"}
)
"""The parts of the facts that are the same in every conversation of a customer."""

WORDS: Final = Vocabulary(
    conditions={
        name: condition
        for name, condition in VOCABULARY.conditions.items()
        if not condition.needs and condition.reads and condition.reads <= OF_CUSTOMERS
    }
)
"""The conditions that a segment may ask for."""


class _Frame(BaseModel):
    """What stands around a segment's conditions."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Name
    name: dict[str, Annotated[str, StringConstraints(min_length=1, max_length=80)]] = {}
    about: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] = ""
    condition: Any = Field(alias="if")


KEYS: Final = tuple(field.alias or name for name, field in _Frame.model_fields.items())
"""The keys of a segment, in the order in which they are written."""


@dataclass(frozen=True)
class Segment:
    """One segment. `name` by locale; `data` is what the conditions were parsed from."""

    id: str
    name: Mapping[str, str]
    about: str
    tree: Tree
    data: Mapping[str, Any]

    def names(self) -> frozenset[tuple[NameKind, str]]:
        """What the conditions name outside of themselves, each with its kind."""
        return frozenset(
            name for ask in asks(self.tree) for name in ask.condition.names(ask.argument)
        )

    def named(self, locale: str) -> str:
        """The name for somebody who reads this language."""
        return self.name.get(locale) or self.name.get("en") or self.id


def parse_segment(data: object) -> tuple[Segment | None, tuple[Fault, ...]]:
    """Check one segment (keys `id`, `name`, `about`, `if`) completely. Never raises."""
    if not isinstance(data, dict) or not all(isinstance(key, str) for key in data):
        return None, (
            Fault((), Sentence("a segment is a mapping, not %(data)s", data=shown(data))),
        )
    try:
        frame = _Frame.model_validate(data)
    except ValidationError as error:
        return None, tuple(from_validation(error, (), KEYS))
    tree, faults = parse_conditions(frame.condition, WORDS)
    if tree is None:
        return None, faults
    return Segment(frame.id, frame.name, frame.about, tree, frame.condition), ()


class SegmentSet:
    """All segments, ready to be asked. `reads`: what they look at."""

    def __init__(self, segments: Iterable[Segment] = ()) -> None:
        self.segments = tuple(segments)
        self.reads: Reads = reads_of_asks(
            ask for segment in self.segments for ask in asks(segment.tree)
        )
        self._judges: tuple[tuple[str, Judge], ...] = tuple(
            (segment.id, judge_of(segment.tree)) for segment in self.segments
        )

    def of(self, facts: Facts) -> frozenset[str]:
        """The ids of the segments that the customer of these facts belongs to."""
        return frozenset(name for name, judge in self._judges if judge(facts).holds)

    def names(self) -> frozenset[str]:
        """The ids of all of them."""
        return frozenset(segment.id for segment in self.segments)


NO_SEGMENTS: Final = SegmentSet()


@dataclass(frozen=True, slots=True)
class ReadSegments:
    """What a file holds: the segments that are valid, and what is wrong with the others."""

    segments: tuple[Segment, ...] = ()
    faults: tuple[FileFault, ...] = ()


def read_segments(text: str, *, file: str) -> ReadSegments:
    """The segments of one text: a list of mappings. Never raises; `file` names it in faults."""
    try:
        document = parse_yaml(text)
    except MarkedYamlError as error:
        return ReadSegments(faults=(FileFault(file, error.line, error.reason),))
    if document.value is None:
        return ReadSegments()
    if not isinstance(document.value, list):
        told = Sentence("a file of segments is a list: begin each with '- id:'")
        return ReadSegments(faults=(FileFault(file, document.line, told),))
    found: dict[str, Segment] = {}
    faults: list[FileFault] = []
    for node in document.value:
        segment, wrong = parse_segment(node.plain())
        if segment is not None and segment.id in found:
            wrong = (
                Fault(("id",), Sentence("a segment is called '%(id)s' already", id=segment.id)),
            )
        elif segment is not None:
            found[segment.id] = segment
        faults += [FileFault(file, node.line_at(one.path), one.message) for one in wrong]
    return ReadSegments(tuple(found.values()), tuple(faults))


def live_segments(session: Session) -> SegmentSet:
    """The segments as they are kept. One that can not be read (any more) has no customers."""
    table = table_of(Row)
    parsed = [
        parse_segment({"id": row.slug, "name": row.name, "about": row.about, "if": row.conditions})[
            0
        ]
        for row in session.execute(select(*table.c).order_by(table.c.position, table.c.slug))
    ]
    return SegmentSet(segment for segment in parsed if segment is not None)


def seed_segments(session: Session, text: str, now: datetime) -> tuple[FileFault, ...]:
    """Bring the rows up to the shipped file; what somebody edited, made or removed stays so."""
    read = read_segments(text, file=FILE)
    if not read.segments:
        return read.faults
    table = table_of(Row)
    before = {row.slug: row for row in session.execute(select(*table.c))}
    edited = set(session.execute(select(table_of(SegmentRevision).c.slug).distinct()).scalars())
    for position, segment in enumerate(read.segments):
        values = {
            "name": dict(segment.name),
            "about": segment.about,
            "conditions": segment.data,
            "position": position,
        }
        row = before.get(segment.id)
        if segment.id in edited:
            continue
        if row is None:
            insert_new(
                session,
                Row,
                [{"slug": segment.id, **values, "shipped": True, "at": now}],
                ["slug"],
            )
        elif row.shipped and any(getattr(row, name) != value for name, value in values.items()):
            session.execute(
                update(table).where(table.c.slug == segment.id).values(**values, at=now)
            )
    return read.faults
