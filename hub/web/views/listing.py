"""The list of conversations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

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
    the last thing said; `waiting` counts from there while the customer waits. sort: what the list
    is ordered by, ascending, as a string of digits of equal length.
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


@dataclass(frozen=True)
class Conversations:
    """The list pane (GET /inbox as a fragment).

    view: the key of the view, or the name of a team or account under `title`. refresh: the URL of
    `Rows` for this view, without its `ids`. older: the URL of the next page, or None.
    """

    template: ClassVar[str] = "inbox/list.html"

    view: str
    rows: tuple[Row, ...]
    refresh: str
    count: int | None = None
    title: str | None = None
    mark: str | None = None
    older: str | None = None
    order: Literal["wait", "latest"] = "wait"


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
