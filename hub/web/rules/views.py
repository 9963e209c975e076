"""What the pages about rules show; see `hub.web.views` for what holds for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal


@dataclass(frozen=True)
class Fault:
    """What is wrong, at a line of the rule's text (from 1)."""

    line: int
    message: str


@dataclass(frozen=True)
class Row:
    """One rule of the list. number: its place, from 1. url: where it is edited.

    state "unavailable": it can not run, for `faults`. fired, errors, last: since `List.since`.
    """

    key: str
    number: int
    url: str
    about: str
    events: tuple[str, ...]
    state: Literal["on", "off", "unavailable"]
    default: bool = False
    stop: bool = False
    faults: tuple[Fault, ...] = ()
    fired: int = 0
    errors: int = 0
    last: datetime | None = None
    selected: bool = False


@dataclass(frozen=True)
class Rules:
    """The rules in their order. revision: the live one. since: what the counts go back to.

    unreadable: why no rule at all can be read. words: what the list was searched for.
    """

    rows: tuple[Row, ...]
    revision: int | None
    since: datetime
    shipped: bool
    may_edit: bool
    by: str | None = None
    at: datetime | None = None
    unreadable: tuple[Fault, ...] = ()
    words: str = ""

    @property
    def off(self) -> int:
        return sum(row.state == "off" for row in self.rows)

    @property
    def broken(self) -> int:
        return sum(row.state == "unavailable" for row in self.rows)


@dataclass(frozen=True)
class RuleList:
    """GET /rules"""

    template: ClassVar[str] = "rules/list.html"

    rules: Rules


@dataclass(frozen=True)
class Tried:
    """One example of a rule: what is given, what is expected, and what is otherwise."""

    given: str
    expect: str
    faults: tuple[str, ...] = ()


@dataclass(frozen=True)
class Conflicting:
    """Somebody changed the same rule meanwhile. text: theirs, None where it was removed."""

    by: str | None
    at: datetime | None
    text: str | None
    diff: tuple[DiffLine, ...]


@dataclass(frozen=True)
class DiffLine:
    """A line of a comparison. sign: "+", "-", " " or "@" for what is left out."""

    sign: str
    text: str


@dataclass(frozen=True)
class Editor:
    """GET /rules/r/<key>, GET /rules/new, and the form again with what was typed.

    base: the revision that the text was taken from. sentence: what the rule does, in words.
    catalogue: what the builder offers, as JSON values. data: the rule as JSON values, None while
    it can not be read. weak: the faults do not keep it from running, so it may be saved anyway.
    """

    template: ClassVar[str] = "rules/edit.html"

    rules: Rules
    key: str | None
    text: str
    base: int | None
    enabled: bool
    sentence: str = ""
    about: str = ""
    data: Mapping[str, object] | None = None
    catalogue: Mapping[str, object] | None = None
    faults: tuple[Fault, ...] = ()
    weak: bool = False
    examples: tuple[Tried, ...] = ()
    conflict: Conflicting | None = None
