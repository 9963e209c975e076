"""An open conversation: thread, form and customer; the whole inbox."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from hub.web.views.customer import Customer
from hub.web.views.listing import Conversations, Due, Row
from hub.web.views.page import Person, Toast
from hub.web.views.thread import Item, Way


@dataclass(frozen=True)
class Composer:
    """Where an answer is written. After a refusal it comes back with what was typed and `errors`
    by field ("body", "identity", "attachments", "form")."""

    conversation: UUID
    form_key: str
    ways: tuple[Way, ...]
    mode: Literal["reply", "note"] = "reply"
    body: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    overtaken: Overtaken | None = None


@dataclass(frozen=True)
class Overtaken:
    """Somebody else answered after this answer was begun."""

    by: str
    at: datetime


@dataclass(frozen=True)
class Conversation:
    """Thread and customer (GET /conversations/<id> as a fragment).

    earlier: the URL of `EarlierItems`, or None at the beginning. list_view: the query of the list
    it was opened from, so that "back" leads there.
    """

    template: ClassVar[str] = "conversation/fragment.html"

    id: UUID
    number: int
    state: Literal["open", "waiting", "snoozed", "resolved"]
    customer: Customer
    items: tuple[Item, ...]
    position: str
    composer: Composer
    subject: str | None = None
    marks: tuple[str, ...] = ()
    due: Due | None = None
    assignee: Person | None = None
    agents: tuple[Person, ...] = ()
    teams: tuple[Person, ...] = ()
    watching: tuple[str, ...] = ()
    earlier: str | None = None
    back: str = "/inbox"
    row: Row | None = None


@dataclass(frozen=True)
class Update:
    """What changed in an open conversation, after `?after=` or after an act on it.

    Parts that did not change may be left out. A refused reply answers 422 with `composer`.
    """

    template: ClassVar[str] = "conversation/update.html"

    conversation: UUID
    position: str
    items: tuple[Item, ...] = ()
    head: Conversation | None = None
    customer: Customer | None = None
    composer: Composer | None = None
    rows: tuple[Row, ...] = ()
    toast: Toast | None = None


@dataclass(frozen=True)
class EarlierItems:
    """Earlier items of a thread (GET /conversations/<id>/thread?before=…)."""

    template: ClassVar[str] = "conversation/earlier.html"

    conversation: UUID
    items: tuple[Item, ...]
    earlier: str | None = None


@dataclass(frozen=True)
class Inbox:
    """The whole page: GET /inbox, and GET /conversations/<id> when it is not a fragment."""

    template: ClassVar[str] = "inbox.html"

    conversations: Conversations
    conversation: Conversation | None = None
