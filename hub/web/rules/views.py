"""What the pages about rules show; see `hub.web.views` for what holds for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal


@dataclass(frozen=True)
class Fault:
    """What is wrong, at a line of the rule's text (from 1). path: where in its data, if known."""

    line: int
    message: str
    path: str = ""


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
    readable: whether the text is a rule that the builder can show. catalogue: what the builder
    offers; checked: what `POST /rules/check` would answer; both as JSON. weak: the faults do not
    keep it from running, so it may be saved anyway. changed: the text is not what is stored.
    """

    template: ClassVar[str] = "rules/edit.html"

    rules: Rules
    key: str | None
    text: str
    base: int | None
    enabled: bool
    sentence: str = ""
    about: str = ""
    readable: bool = True
    catalogue: str = "{}"
    faults: tuple[Fault, ...] = ()
    checked: str = "{}"
    weak: bool = False
    changed: bool = False
    conflict: Conflicting | None = None


@dataclass(frozen=True)
class Saving:
    """One revision, with the ids of the rules that it changed. first: nothing came before it."""

    number: int
    at: datetime
    by: str | None
    shipped: bool
    live: bool
    first: bool
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()


@dataclass(frozen=True)
class Revisions:
    """GET /rules/revisions

    rule: only what concerns this one is shown. opened: the revision whose changes are shown:
    `lines` against the one before it, `against` against what is live. older: where the next page
    begins.
    """

    template: ClassVar[str] = "rules/revisions.html"

    savings: tuple[Saving, ...]
    opened: Saving | None
    lines: tuple[DiffLine, ...]
    against: tuple[DiffLine, ...]
    rule: str | None
    may_edit: bool
    older: int | None
