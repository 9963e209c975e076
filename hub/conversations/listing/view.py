"""What is listed, and in what order.

A list is made of *stretches*: the conversations of one status in the order of one column, so that
every page is read straight off an index, from a keyset of (that column, id).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, get_args
from uuid import UUID

from sqlalchemy import ColumnElement, and_

from hub.conversations.finding.query import Query
from hub.conversations.state import OPEN_STATES
from hub.store.statements import table_of
from hub.store.tables import Conversation

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

Name = Literal[
    "mine", "unassigned", "mentions", "open", "waiting", "snoozed", "resolved", "spam"
]  # fmt: skip
NAMES: Final[tuple[Name, ...]] = get_args(Name)

Order = Literal["due", "wait", "latest", "wakes"]
"""due: what is promised first, the nearest breach before all; then what waits. wait: whoever
waits longest. latest: the newest message. wakes: what was put off, by when it comes back; in every
order but the latest it stands so."""
ORDERS: Final[tuple[Order, ...]] = get_args(Order)

SETTLED: Final = ("resolved", "spam")
_MENTIONED_IN: Final = (*OPEN_STATES, "resolved")


@dataclass(frozen=True)
class Filter:
    """What a saved view asks for. statuses: those that can be in it. condition: on the
    conversation table. tags: where it demands tags, those of which one must be there."""

    id: UUID
    statuses: tuple[str, ...]
    condition: ColumnElement[bool] = field(compare=False)
    order: Order = "due"
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class View:
    """What is listed: a named view, also of one team or account; a saved one; or what was searched
    for.

    wanted: what was searched for, as it was read. saved: gives the filter of the saved view, None
    when it is gone. order: None for the view's own one.
    """

    name: Name = "open"
    team_id: UUID | None = None
    account: str | None = None
    query: str | None = None
    wanted: Query = field(default=Query(""), compare=False)
    saved_id: UUID | None = None
    order: Order | None = None
    saved: Callable[[Any], Filter | None] | None = field(default=None, compare=False)

    @property
    def statuses(self) -> tuple[str, ...]:
        """The statuses that are listed, unless a saved view says others."""
        if self.name == "mentions":
            return _MENTIONED_IN
        return (self.name,) if self.name in ("waiting", "snoozed", *SETTLED) else OPEN_STATES

    @property
    def usual(self) -> Order:
        """In what order it is listed when nobody asked for another one."""
        if self.name == "snoozed":
            return "wakes"
        return "latest" if self.name == "mentions" or self.statuses[0] != "open" else "due"

    @property
    def orders(self) -> tuple[Order, ...]:
        """The orders that make a difference; what was searched for has its own."""
        if self.query is not None:
            return ()
        if "open" in self.statuses:
            return ("due", "wait", "latest")
        return ("wakes", "latest") if self.name == "snoozed" else ()

    @property
    def is_plain(self) -> bool:
        """Whether it is a named view and nothing more."""
        return not (self.team_id or self.account or self.query or self.saved_id)


@dataclass(frozen=True)
class Stretch:
    """Some conversations by one column. key: how a place in the list names it."""

    key: str
    status: str
    column: ColumnElement[datetime]
    rising: bool
    condition: ColumnElement[bool]


def stretches(statuses: tuple[str, ...], order: Order) -> tuple[Stretch, ...]:
    """What is listed one after another; those of the same key are merged."""
    found: list[Stretch] = []
    for status in statuses:
        if order == "latest":
            found.append(_latest("latest", status))
        elif status == "open":
            found += _OPEN["wait" if order == "wait" else "due"]
        elif status == "snoozed":
            found += _SNOOZED
        else:
            found.append(_latest(status, status))
    return tuple(found)


def _latest(key: str, status: str) -> Stretch:
    table = table_of(Conversation)
    return Stretch(key, status, table.c.last_message_at, False, table.c.status == status)


def _part(status: str, key: str, column: str, rising: bool, given: str, is_given: bool) -> Stretch:
    """Those of a status of which something is given, or is not."""
    table = table_of(Conversation)
    there = table.c[given].is_not(None) if is_given else table.c[given].is_(None)
    return Stretch(key, status, table.c[column], rising, and_(table.c.status == status, there))


_OPEN: Final = {
    "due": (
        _part("open", "due", "sla_due_at", True, "sla_due_at", True),
        _part("open", "open", "last_message_at", True, "sla_due_at", False),
    ),
    "wait": (
        _part("open", "wait", "waiting_since", True, "waiting_since", True),
        _part("open", "calm", "last_message_at", False, "waiting_since", False),
    ),
}
_SNOOZED: Final = (
    _part("snoozed", "wakes", "snoozed_until", True, "snoozed_until", True),
    # Until the customer writes.
    _part("snoozed", "asleep", "last_message_at", False, "snoozed_until", False),
)
SEQUENCE: Final = (
    "due", "wait", "open", "calm", "latest", "waiting", "wakes", "asleep", *SETTLED,
)  # fmt: skip
"""The keys of all stretches as they follow one another, ten at most: see `Listed.sort`."""


@dataclass(frozen=True)
class Place:
    """Where a page of the list ended: after this conversation, in this stretch."""

    stretch: str
    at: datetime
    id: UUID

    def __str__(self) -> str:
        return f"{self.stretch}~{microseconds(self.at)}~{self.id}"

    @classmethod
    def parse(cls, text: str | None) -> Place | None:
        """Read what `str` wrote; None for anything else."""
        try:
            stretch, at, last = (text or "").split("~")
            return cls(stretch, _EPOCH + timedelta(microseconds=int(at)), UUID(last))
        except (ValueError, OverflowError):
            return None


def microseconds(at: datetime) -> int:
    """Since 1970, in UTC."""
    return (at - _EPOCH) // timedelta(microseconds=1)
