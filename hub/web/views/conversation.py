"""An open conversation: thread, form and customer; the whole inbox."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal
from uuid import UUID

from hub.web.views.composer import Composer
from hub.web.views.customer import Customer
from hub.web.views.head import Head
from hub.web.views.listing import Conversations, Due, Row
from hub.web.views.page import Person, Toast
from hub.web.views.thread import Item


@dataclass(frozen=True)
class Conversation:
    """Thread and customer (GET /conversations/<id> as a fragment).

    earlier, later: the URLs of `MoreItems`, None at the beginning and at the end. marked: the
    message that was asked for. list_view: the query of the list
    it was opened from, so that "back" leads there.
    """

    template: ClassVar[str] = "conversation/fragment.html"

    id: UUID
    number: int
    state: Literal["open", "waiting", "snoozed", "resolved", "spam"]
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
    followers: tuple[str, ...] = ()
    follows: bool = False
    earlier: str | None = None
    later: str | None = None
    marked: UUID | None = None
    back: str = "/inbox"
    row: Row | None = None
    acts: Head | None = None


@dataclass(frozen=True)
class Update:
    """What changed in an open conversation, after `?after=` or after an act on it.

    Parts that did not change may be left out. position: where the page stands now, "" where it was.
    anew: messages came from elsewhere or went there, and the thread is to be read anew from this
    address. A refused reply answers 422 with `composer`.
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
    anew: str | None = None


@dataclass(frozen=True)
class MoreItems:
    """Earlier items of a thread (GET /conversations/<id>/thread?before=…), or later ones
    (?beyond=…, forward). earlier, later: the URL of the next such page, None at the end."""

    template: ClassVar[str] = "conversation/earlier.html"

    conversation: UUID
    items: tuple[Item, ...]
    earlier: str | None = None
    later: str | None = None
    forward: bool = False


@dataclass(frozen=True)
class Inbox:
    """The whole page: GET /inbox, and GET /conversations/<id> when it is not a fragment."""

    template: ClassVar[str] = "inbox.html"

    conversations: Conversations
    conversation: Conversation | None = None
