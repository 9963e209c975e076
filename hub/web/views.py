"""What the pages show: immutable view models, filled from the store and rendered by templates.

Every class with a `template` is rendered whole by `hub.web.environment.render`. The others are
parts of those. All times are aware and in UTC; the templates show them by `Page.viewer`'s calendar
and time zone. All texts that people wrote are plain and unescaped. `position` is a place in the
event log, opaque and not a number: a browser that holds it asks for what came after.

A *fragment* answers a request made by htmx with `HX-Request-Type: partial`. It is a row of
elements with ids: what the page already has is morphed, what it lacks goes into its own
`data-place`, ordered by `data-key` (see `assets/js/inbox/place.js`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

Locale = Literal["en", "fa"]
Calendar = Literal["gregorian", "jalali"]
Theme = Literal["auto", "light", "dark"]


# --- every page --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Viewer:
    """The agent who looks."""

    id: UUID
    name: str
    address: str


@dataclass(frozen=True)
class Page:
    """What every page knows, whoever looks; `viewer` is None before sign-in.

    csrf: the token that forms and `X-CSRF-Token` carry. position: where the live stream of this
    page starts, None where nothing is live. base: the path under which the hub is mounted, without
    a slash at its end.
    """

    brand: str
    locale: Locale
    now: datetime
    calendar: Calendar = "gregorian"
    time_zone: str = "UTC"
    theme: Theme = "auto"
    csrf: str = ""
    viewer: Viewer | None = None
    rail: Rail | None = None
    position: str | None = None
    toast: Toast | None = None
    base: str = ""


@dataclass(frozen=True)
class Place:
    """A link of the rail. `key` chooses its icon and, for views, its translated name."""

    key: str
    url: str
    label: str | None = None
    count: int | None = None
    current: bool = False
    strong: bool = False


@dataclass(frozen=True)
class Rail:
    """Where one can go. Empty groups are not shown.

    search: the words that the shown list was searched for.
    views: the keys are "mine", "unassigned", "open", "waiting", "resolved". teams, channels: the
    label is the team's or account's name, a channel's key its kind. pages: "channels".
    """

    views: tuple[Place, ...]
    teams: tuple[Place, ...] = ()
    channels: tuple[Place, ...] = ()
    pages: tuple[Place, ...] = ()
    search: str = ""


@dataclass(frozen=True)
class Toast:
    """Says that something was done, for ten seconds. `undo` is the URL that takes it back."""

    text: str
    undo: str | None = None


@dataclass(frozen=True)
class Person:
    """An agent, or a team, as it is named to agents."""

    id: UUID
    name: str
    kind: Literal["agent", "team"] = "agent"
    current: bool = False


# --- the list ----------------------------------------------------------------------------------


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


@dataclass(frozen=True)
class Inbox:
    """The whole page: GET /inbox, and GET /conversations/<id> when it is not a fragment."""

    template: ClassVar[str] = "inbox.html"

    conversations: Conversations
    conversation: Conversation | None = None


# --- the thread --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Day:
    """A hairline with a date. `key` orders all items of a thread, ascending."""

    key: str
    at: datetime
    kind: ClassVar[str] = "day"


@dataclass(frozen=True)
class Unread:
    """Where the agent stopped reading."""

    key: str
    kind: ClassVar[str] = "unread"


@dataclass(frozen=True)
class File:
    """An attachment. `url` is None while its bytes are on their way; `missing` says they never
    come. `picture`: it may be shown in place."""

    name: str
    size: int | None = None
    url: str | None = None
    missing: str | None = None
    picture: bool = False


@dataclass(frozen=True)
class Way:
    """A way to write to the customer: an identity through an account.

    value: what the form sends as `identity`. limits: what the channel cannot carry.
    """

    value: str
    channel: str
    address: str
    current: bool = False
    text_limit: int | None = None
    files: bool = True
    buttons: bool = False
    unusable: str | None = None


DeliveryState = Literal[
    "queued",
    "scheduled",
    "sending",
    "sent",
    "delivered",
    "read",
    "unconfirmed",
    "failed",
    "cancelled",
]


@dataclass(frozen=True)
class Delivery:
    """What became of an answer. `reason` is the far side's, with its `code`. `until`: the answer
    can be taken back up to then."""

    state: DeliveryState
    at: datetime | None = None
    reason: str | None = None
    code: str | None = None
    until: datetime | None = None
    others: tuple[Way, ...] = ()


@dataclass(frozen=True)
class Letter:
    """What a mail has beyond its words."""

    subject: str | None = None
    original: str | None = None
    quoted: str | None = None
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()


@dataclass(frozen=True)
class Said:
    """A message, in or out.

    head: shows author, channel and time (the first of a run: same author and channel, within five
    minutes). side: whose it is. rule: the rule that wrote it, with `why` as its explanation's URL.
    form_key: the form's key that made it, so that its optimistic twin goes away.
    """

    id: UUID
    key: str
    side: Literal["customer", "team"]
    author: str
    channel: str
    at: datetime
    text: str
    head: bool = True
    letter: Letter | None = None
    files: tuple[File, ...] = ()
    delivery: Delivery | None = None
    rule: str | None = None
    why: str | None = None
    participant: bool = False
    edited: bool = False
    deleted: bool = False
    form_key: str | None = None
    choices: tuple[str, ...] = ()
    kind: ClassVar[str] = "said"


@dataclass(frozen=True)
class Note:
    """Words among the team."""

    id: UUID
    key: str
    author: str
    at: datetime
    text: str
    form_key: str | None = None
    kind: ClassVar[str] = "note"


EventName = Literal[
    "opened",
    "assigned",
    "assigned_team",
    "unassigned",
    "resolved",
    "reopened",
    "replied",
    "tagged",
    "silent",
    "joined",
    "undone",
    "other",
]


@dataclass(frozen=True)
class Happened:
    """One line of what happened. `actor` did it, `rule` says that the actor is a rule; `thing` is
    whom or what it concerns; `text` is the whole sentence where `what` is "other"."""

    id: str
    key: str
    what: EventName
    at: datetime
    actor: str | None = None
    rule: bool = False
    thing: str | None = None
    text: str | None = None
    why: str | None = None
    kind: ClassVar[str] = "happened"


@dataclass(frozen=True)
class Rated:
    """What a customer thought of it."""

    id: UUID
    key: str
    author: str
    score: int
    best: int
    at: datetime
    comment: str | None = None
    kind: ClassVar[str] = "rated"


Item = Day | Unread | Said | Note | Happened | Rated


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


# --- the customer ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Identity:
    """An address of the customer. `proof`: verified, or only claimed."""

    channel: str
    address: str
    proof: Literal["verified", "claimed"]
    unreachable: str | None = None


@dataclass(frozen=True)
class Purchase:
    """A purchase; `amount` is formatted for the viewer."""

    number: str
    title: str
    amount: str


@dataclass(frozen=True)
class Earlier:
    """An earlier conversation of the same customer."""

    url: str
    channel: str
    title: str
    at: datetime
    score: int | None = None
    best: int = 5


@dataclass(frozen=True)
class Satisfaction:
    """The mean of all ratings and the last of them, oldest first, each in 0..1."""

    mean: float
    count: int
    last: tuple[float, ...] = ()


@dataclass(frozen=True)
class Customer:
    """Who it is. `stage` and `facts` are labels and values already in the viewer's language."""

    id: UUID
    name: str
    since: datetime
    stage: str | None = None
    facts: tuple[tuple[str, str], ...] = ()
    identities: tuple[Identity, ...] = ()
    purchases: tuple[Purchase, ...] = ()
    purchase_count: int = 0
    satisfaction: Satisfaction | None = None
    earlier: tuple[Earlier, ...] = ()
    notes: tuple[str, ...] = ()


# --- other pages -------------------------------------------------------------------------------


@dataclass(frozen=True)
class SignIn:
    """GET and POST /sign-in. `errors` by field ("address", "password", "form")."""

    template: ClassVar[str] = "sign_in.html"

    address: str = ""
    next: str = "/inbox"
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Settings:
    """GET and POST /me: the viewer's own settings, as a page of their own."""

    template: ClassVar[str] = "me.html"

    errors: Mapping[str, str] = field(default_factory=dict)
    next: str = "/inbox"


@dataclass(frozen=True)
class AccountState:
    """One connected account and how it fares.

    lag: seconds between a message's own time and its arrival here, lately. queue: answers that
    wait. next_try: when a stopped adapter starts again.
    """

    name: str
    kind: str
    state: Literal["running", "starting", "waiting", "stopped", "invalid"]
    since: datetime
    address: str | None = None
    lag: float | None = None
    last_message: datetime | None = None
    last_error: str | None = None
    last_error_at: datetime | None = None
    next_try: datetime | None = None
    queue: int = 0
    unconfirmed: int = 0


@dataclass(frozen=True)
class Channels:
    """GET /channels."""

    template: ClassVar[str] = "channels.html"

    accounts: tuple[AccountState, ...]


@dataclass(frozen=True)
class Failure:
    """An error page. `status` chooses the words: 403, 404, 419 (an expired form), 500, 503;
    every other one gets the words of 500. `reference` finds the failure in the log."""

    template: ClassVar[str] = "error.html"

    status: int
    detail: str | None = None
    reference: str | None = None
    again: str | None = None


View = (
    Inbox
    | Conversations
    | OlderRows
    | Rows
    | Conversation
    | Update
    | EarlierItems
    | SignIn
    | Settings
    | Channels
    | Failure
)
