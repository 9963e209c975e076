"""What a thread is made of: messages, notes, events, ratings, days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID


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
    explained: the URL of what the rules made of it. form_key: the form's key that made it, so that
    its optimistic twin goes away.
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
    explained: str | None = None
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
    whom or what it concerns; `text` is the whole sentence where `what` is "other". undo: where
    what a rule did is put back."""

    id: str
    key: str
    what: EventName
    at: datetime
    actor: str | None = None
    rule: bool = False
    thing: str | None = None
    text: str | None = None
    why: str | None = None
    undo: str | None = None
    kind: ClassVar[str] = "happened"


@dataclass(frozen=True)
class Rated:
    """What a customer thought of it. signal: what it was read from ("words", "emoji",
    "reaction") where nobody had asked; form: that of the survey."""

    id: UUID
    key: str
    author: str
    score: int
    best: int
    at: datetime
    comment: str | None = None
    form: str = "stars"
    signal: str | None = None
    kind: ClassVar[str] = "rated"


Item = Day | Unread | Said | Note | Happened | Rated
