"""Segments: named sets of customers, defined by the same conditions as rules.

Whether somebody belongs to one is decided from facts alone, whenever it is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from hub.rules.engine import VOCABULARY, Fault, Vocabulary
from hub.rules.engine.arguments import Name
from hub.rules.engine.facts import Facts, Part
from hub.rules.engine.faults import from_validation, shown
from hub.rules.engine.judging import Judge, judge_of
from hub.rules.engine.reads import Reads, reads_of_asks
from hub.rules.engine.rule import Tree, asks, parse_conditions

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


_KEYS: Final = tuple(field.alias or name for name, field in _Frame.model_fields.items())


@dataclass(frozen=True)
class Segment:
    """One segment. `name` by locale; `data` is what the conditions were parsed from."""

    id: str
    name: Mapping[str, str]
    about: str
    tree: Tree
    data: Mapping[str, Any]

    def named(self, locale: str) -> str:
        """The name for somebody who reads this language."""
        return self.name.get(locale) or self.name.get("en") or self.id


def parse_segment(data: object) -> tuple[Segment | None, tuple[Fault, ...]]:
    """Check one segment (keys `id`, `name`, `about`, `if`) completely. Never raises."""
    if not isinstance(data, dict) or not all(isinstance(key, str) for key in data):
        return None, (Fault((), f"a segment is a mapping, not {shown(data)}"),)
    try:
        frame = _Frame.model_validate(data)
    except ValidationError as error:
        return None, tuple(from_validation(error, (), _KEYS))
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
