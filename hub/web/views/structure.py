"""What is looked at over a thread: merging, moving, the days of a month, what was said before."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from hub.conversations.merging import Outcome
from hub.conversations.pairs import Side
from hub.conversations.splitting import Chosen
from hub.web.views.thread import Part


@dataclass(frozen=True)
class Sheet:
    """Something over the thread. partial: it goes into the page's dialog, else it is a page."""

    conversation: UUID
    number: int
    partial: bool


@dataclass(frozen=True)
class MergeSheet(Sheet):
    """With which other conversation of the customer this one is made one, and what comes of it."""

    template: ClassVar[str] = "conversation/merge.html"

    others: tuple[Side, ...] = ()
    outcome: Outcome | None = None
    people: dict[UUID, str] = field(default_factory=dict)
    teams: dict[UUID, str] = field(default_factory=dict)


@dataclass(frozen=True)
class MoveSheet(Sheet):
    """Where chosen messages go. since: they are this one and all after it."""

    template: ClassVar[str] = "conversation/move.html"

    chosen: Chosen | None = None
    others: tuple[Side, ...] = ()
    since: UUID | None = None


@dataclass(frozen=True)
class Revision:
    """What a message said at a time."""

    at: datetime
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class RevisionsSheet(Sheet):
    """What a message said before it was changed or taken back, the newest first."""

    template: ClassVar[str] = "conversation/revisions.html"

    revisions: tuple[Revision, ...] = ()
    deleted_at: datetime | None = None
    message: str = ""


@dataclass(frozen=True)
class DayOfMonth:
    """A day in a month's grid. url: where its first message is, None on a day without any."""

    day: date
    number: int
    url: str | None
    today: bool = False


@dataclass(frozen=True)
class DaysSheet(Sheet):
    """The days of a month on which something was said, by the viewer's calendar.

    weekdays: their names, the first one first. ahead: empty places before the first day.
    """

    template: ClassVar[str] = "conversation/days.html"

    month: date = date.min
    weekdays: tuple[str, ...] = ()
    ahead: int = 0
    days: tuple[DayOfMonth, ...] = ()
    previous: str | None = None
    following: str | None = None


@dataclass(frozen=True)
class Hit:
    """A message that holds the words. url: its permalink. text: its words around them."""

    message: UUID
    url: str
    at: datetime
    side: str
    text: str


@dataclass(frozen=True)
class FindSheet(Sheet):
    """Words in this conversation, the newest first. more: there are others beyond these."""

    template: ClassVar[str] = "conversation/find.html"

    words: str = ""
    hits: tuple[Hit, ...] = ()
    more: bool = False
