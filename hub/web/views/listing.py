"""The list of conversations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from hub.conversations.finding import Fault, Part
from hub.web.views.head import Snooze, TopicChoice
from hub.web.views.page import Person


@dataclass(frozen=True)
class Due:
    """When an answer is promised."""

    at: datetime
    state: Literal["calm", "soon", "late"]


@dataclass(frozen=True)
class Row:
    """One conversation in the list.

    marks: the kinds of the channels it ran over, the latest first. by: who said the snippet. at:
    the last thing said, or since when the customer waits, while `waiting`. sort: what the list
    is ordered by, ascending, as a string of digits of equal length. found: words of a message that
    were searched for, with what was found marked; they stand for the snippet.
    """

    id: UUID
    number: int
    url: str
    customer: str
    marks: tuple[str, ...]
    snippet: str
    at: datetime
    sort: str
    subject: str | None = None
    by: Literal["customer", "team", "viewer"] = "customer"
    waiting: bool = False
    unread: bool = False
    flagged: bool = False
    failed: bool = False
    typing: bool = False
    snoozed_until: datetime | None = None
    due: Due | None = None
    tags: tuple[str, ...] = ()
    assignee: Person | None = None
    selected: bool = False
    found: tuple[Part, ...] = ()


@dataclass(frozen=True)
class Sorting:
    """An order of the list, and the URL of the list in it."""

    key: Literal["due", "wait", "latest", "wakes"]
    url: str
    current: bool = False


@dataclass(frozen=True)
class Work:
    """Work on many conversations: acts of `hub.conversations.bulk`, or their undoing.

    done: conversations that were looked at, of `total`. changed, refused: those of them that were
    changed, and that could not be.
    """

    id: UUID
    act: str
    undoing: bool
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    running: bool
    done: int = 0
    total: int | None = None
    changed: int = 0
    refused: int = 0


@dataclass(frozen=True)
class Working:
    """GET /inbox/work."""

    template: ClassVar[str] = "inbox/working.html"

    work: Work | None


@dataclass(frozen=True)
class Acted:
    """What a bulk act answers: the toast of the page, or the work that it began."""

    template: ClassVar[str] = "inbox/acted.html"

    work: Work | None = None


@dataclass(frozen=True)
class Conversations:
    """The list pane (GET /inbox as a fragment).

    view: the key of the view, or the name of a team or account under `title`. kind: the same, or
    "team", "account", "saved" or "search"; chooses the words of an empty list. refresh: the URL of
    `Rows` for this view, without its `ids`. older: the URL of the next page, or None. rest: the
    page of everything that was searched for, where the list holds a part. faults: what of a search
    is not understood. saved: the saved view that it is. query: the view as the query of a URL.
    agents, teams, snoozes, tags: what bulk acts offer; topics: what resolving asks, where it does.
    work: what of the viewer's goes on with many conversations.
    """

    template: ClassVar[str] = "inbox/list.html"

    view: str
    rows: tuple[Row, ...]
    refresh: str
    count: int | None = None
    title: str | None = None
    mark: str | None = None
    older: str | None = None
    rest: str | None = None
    faults: tuple[Fault, ...] = ()
    order: Literal["due", "wait", "latest", "wakes"] = "due"
    orders: tuple[Sorting, ...] = ()
    saved: UUID | None = None
    kind: str = "open"
    query: str = ""
    agents: tuple[Person, ...] = ()
    teams: tuple[Person, ...] = ()
    snoozes: tuple[Snooze, ...] = ()
    tags: tuple[str, ...] = ()
    topics: tuple[TopicChoice, ...] = ()
    work: Work | None = None


@dataclass(frozen=True)
class OlderRows:
    """The next page of the list (GET /inbox?before=… as a fragment)."""

    template: ClassVar[str] = "inbox/older.html"

    rows: tuple[Row, ...]
    older: str | None = None


@dataclass(frozen=True)
class Rows:
    """Some rows by id (GET /inbox/rows?ids=…), or without ids the first page of the view.

    Asked-for ids that left the view are left out; the browser then drops their rows.
    """

    template: ClassVar[str] = "inbox/rows.html"

    rows: tuple[Row, ...]
    title_count: int | None = None
