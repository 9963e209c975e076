"""What the pages about reply templates show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from hub.message import Blob, Buttons, Text
from hub.replies import Key
from hub.replies.attached import Attached
from hub.replies.cards import Card
from hub.replies.drafts import Draft
from hub.replies.editing import Saving, Variant
from hub.replies.uses import Uses
from hub.satisfaction.results import Tally
from hub.web.rules.views import DiffLine
from hub.web.views import Person


@dataclass(frozen=True)
class Listed:
    """One template with its texts. words: how the first of them begins. rules: how many rules and
    surveys send it. team: whose it is, by name. drafted: something of it is not live yet. uses,
    tally: of the last 90 days."""

    name: str
    variants: tuple[Variant, ...]
    words: str
    rules: int
    card: Card
    purpose: str
    team: str | None
    changes: bool
    drafted: bool
    uses: Uses | None
    tally: Tally | None


@dataclass(frozen=True)
class TemplatesPage:
    """GET and POST /templates. tag, archived: what is shown alone; put_away: how many are in the
    archive. typed, errors: of the form that makes a new one; shares: whether it may be
    everybody's."""

    template: ClassVar[str] = "replies/list.html"

    templates: tuple[Listed, ...]
    search: str = ""
    tag: str = ""
    tags: tuple[str, ...] = ()
    archived: bool = False
    put_away: int = 0
    teams: tuple[Person, ...] = ()
    shares: bool = False
    typed: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Fault:
    """What is wrong with the text. line: counted from 1, None where it is none's in particular."""

    line: int | None
    message: str


@dataclass(frozen=True)
class Preview:
    """What somebody would read on one kind of channel. html: made harmless, of a text that is HTML
    itself; beside: mail gets HTML beside this text."""

    kind: str
    text: Text
    buttons: Buttons | None = None
    files: tuple[Blob, ...] = ()
    subject: str | None = None
    html: str | None = None
    beside: bool = False


@dataclass(frozen=True)
class Previews:
    """What somebody would read. faults: why nothing is written. of: whom it is written for, as it
    was chosen; missing: there is no such conversation. alone: only the faults are drawn, beside
    what could be written before."""

    template: ClassVar[str] = "replies/preview.html"

    locale: str
    of: str
    shown: tuple[Preview, ...] = ()
    faults: tuple[Fault, ...] = ()
    missing: bool = False
    alone: bool = False


@dataclass(frozen=True)
class Tried:
    """POST …/test. to: the address that it went to; why: why nothing was sent."""

    template: ClassVar[str] = "replies/tried.html"

    to: str = ""
    why: str = ""


@dataclass(frozen=True)
class EditorPage:
    """GET and POST /templates/<name>/<locale>. base: the revision that was read, 0 for a new text.
    others: all texts of the template; forms: what this language can have, and whether it has it.
    used: what sends the template by itself. conflict: what somebody else saved meanwhile.
    variables, filters: what a text can speak of and do, by name and meaning. accounts: by which a
    test can be sent."""

    template: ClassVar[str] = "replies/edit.html"

    key: Key
    source: str
    base: int
    state: str
    others: tuple[Key, ...]
    forms: tuple[tuple[Key, bool], ...]
    draft: Draft | None
    card: Card
    purpose: str
    changes: bool
    shares: bool
    teams: tuple[Person, ...]
    used: tuple[str, ...]
    files: tuple[Attached, ...]
    variables: Mapping[str, str]
    filters: Mapping[str, str]
    previews: Previews | None = None
    accounts: tuple[tuple[str, str], ...] = ()
    faults: tuple[Fault, ...] = ()
    conflict: tuple[DiffLine, ...] = ()


@dataclass(frozen=True)
class HistoryPage:
    """GET /templates/<name>/<locale>/revisions. opened: the one that is compared; lines: what it
    changed of the one before; against: what restoring it would change of what is live; differs:
    how what is live differs from what came with Payam."""

    template: ClassVar[str] = "replies/revisions.html"

    key: Key
    savings: tuple[Saving, ...]
    opened: Saving | None
    live: int
    lines: tuple[DiffLine, ...]
    against: tuple[DiffLine, ...]
    differs: tuple[DiffLine, ...]
    older: int | None
    shippable: bool
    changes: bool
