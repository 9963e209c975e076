"""What stands in a row of the list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Integer, Select, bindparam, select
from sqlmodel import Session

from hub.agents.rights import Viewer
from hub.conversations.access import visible_to
from hub.conversations.listing.view import SEQUENCE, Order, Place, microseconds
from hub.conversations.state import OPEN_STATES
from hub.store.compiled import Compiled
from hub.store.statements import table_of
from hub.store.tables import Agent, Conversation, ConversationTag, Customer, Identity, Rating

GONE: Final = ("merged", "erased")
"""Statuses of conversations that stand in no list."""
_DIGITS: Final = 16
_TOP: Final = 10**_DIGITS - 1
_RISING: Final = frozenset({"due", "wait", "open", "wakes"})


@dataclass(frozen=True)
class Listed:
    """A row of the list. channels: kinds, newest last. unread: nobody looked at the newest.
    due_at: when the nearest promise is broken, or was. order: the list's. found: what it was
    searched for by, as it stands in a message."""

    id: UUID
    number: int
    status: str
    subject: str | None
    snippet: str
    channels: tuple[str, ...]
    last_direction: str
    last_message_at: datetime
    waiting_since: datetime | None
    snoozed_until: datetime | None
    priority: int
    undelivered: int
    unread: bool
    customer_id: UUID
    customer_name: str | None
    address_kind: str | None
    address: str | None
    address_name: str | None
    assignee_id: UUID | None
    assignee_name: str | None
    due_at: datetime | None = None
    tags: tuple[str, ...] = ()
    order: Order = "due"
    found: tuple[tuple[str, bool], ...] = ()

    @property
    def stretch(self) -> str:
        """In which stretch of the list it stands."""
        if self.order == "latest":
            return "latest"
        if self.status == "snoozed":
            return "asleep" if self.snoozed_until is None else "wakes"
        if self.status != "open":
            return self.status
        if self.order == "wait":
            return "calm" if self.waiting_since is None else "wait"
        return "open" if self.due_at is None else "due"

    @property
    def at(self) -> datetime:
        """By what it is ordered there."""
        by = {"due": self.due_at, "wait": self.waiting_since, "wakes": self.snoozed_until}
        return by.get(self.stretch) or self.last_message_at

    @property
    def place(self) -> Place:
        return Place(self.stretch, self.at, self.id)

    @property
    def sort(self) -> str:
        """What the list is ordered by, ascending, as digits of equal length."""
        stretch = self.stretch
        at = microseconds(self.at)
        return f"{SEQUENCE.index(stretch)}{at if stretch in _RISING else _TOP - at:0{_DIGITS}d}"


@dataclass(frozen=True)
class EarlierOne:
    """Another conversation of the same customer, with its latest rating."""

    id: UUID
    number: int
    subject: str | None
    snippet: str
    channel: str
    at: datetime
    score: int | None
    scale: int | None
    open: bool


def by_ids(
    session: Session, viewer: Viewer, ids: Sequence[UUID], order: Order = "due"
) -> list[Listed]:
    """The rows of these conversations, in this sequence, as far as they are for the viewer."""
    if not ids:
        return []
    tags = _tags(session, ids)
    listed: dict[UUID, Listed] = {}
    for row in _rows.all(session, {"ids": list(ids), "viewer": viewer.agent_id}):
        values = row._asdict()
        seen, position = values.pop("seen_position"), values.pop("position")
        values["channels"] = tuple(values["channels"])
        values["unread"] = seen < position and values["status"] == "open"
        listed[row.id] = Listed(**values, tags=tags.get(row.id, ()), order=order)
    return [listed[one] for one in ids if one in listed]


@Compiled
def _rows(_: str) -> Select[Any]:
    table, customer = table_of(Conversation), table_of(Customer)
    identity, agent = table_of(Identity), table_of(Agent)
    ids: Any = bindparam("ids", expanding=True)
    return (
        select(
            table.c.id,
            table.c.number,
            table.c.status,
            table.c.subject,
            table.c.snippet,
            table.c.channels,
            table.c.last_direction,
            table.c.last_message_at,
            table.c.waiting_since,
            table.c.snoozed_until,
            table.c.priority,
            table.c.undelivered,
            table.c.seen_position,
            table.c.position,
            table.c.customer_id,
            customer.c.name.label("customer_name"),
            identity.c.kind.label("address_kind"),
            identity.c.address,
            identity.c.name.label("address_name"),
            table.c.assignee_id,
            agent.c.name.label("assignee_name"),
            table.c.sla_due_at.label("due_at"),
        )
        .join(customer, customer.c.id == table.c.customer_id)
        .outerjoin(identity, identity.c.id == table.c.reply_identity_id)
        .outerjoin(agent, agent.c.id == table.c.assignee_id)
        .where(table.c.id.in_(ids), table.c.status.not_in(GONE), visible_to(bindparam("viewer")))
    )


def one(session: Session, viewer: Viewer, conversation_id: UUID) -> Listed | None:
    """One conversation's row, whatever view it is in; None when it is not for the viewer."""
    return next(iter(by_ids(session, viewer, [conversation_id])), None)


def earlier(
    session: Session, viewer: Viewer, customer_id: UUID, but: UUID, limit: int = 5
) -> list[EarlierOne]:
    """The customer's other conversations that the viewer may see, the latest first."""
    values = {"customer": customer_id, "but": but, "viewer": viewer.agent_id, "limit": limit}
    return [
        EarlierOne(
            id=row.id,
            number=row.number,
            subject=row.subject,
            snippet=row.snippet,
            channel=row.channels[-1] if row.channels else "",
            at=row.last_message_at,
            score=row.score,
            scale=row.scale,
            open=row.status in OPEN_STATES,
        )
        for row in _earlier.all(session, values)
    ]


def latest_of(
    session: Session, viewer: Viewer, customer_id: UUID, limit: int = 20
) -> tuple[UUID, ...]:
    """The customer's latest conversations that the viewer may see."""
    values = {"customer": customer_id, "viewer": viewer.agent_id, "limit": limit}
    return tuple(row.id for row in _latest_of.all(session, values))


@Compiled
def _latest_of(_: str) -> Select[Any]:
    table = table_of(Conversation)
    return (
        select(table.c.id)
        .where(
            table.c.customer_id == bindparam("customer"),
            table.c.status.not_in(GONE),
            visible_to(bindparam("viewer")),
        )
        .order_by(table.c.last_message_at.desc())
        .limit(bindparam("limit", type_=Integer))
    )


@Compiled
def _earlier(_: str) -> Select[Any]:
    table, rating = table_of(Conversation), table_of(Rating)
    latest = (
        select(rating.c.id)
        .where(rating.c.conversation_id == table.c.id, rating.c.source == "survey")
        .order_by(rating.c.at.desc())
        .limit(1)
        .correlate(table)
        .scalar_subquery()
    )
    return (
        select(
            table.c.id,
            table.c.number,
            table.c.subject,
            table.c.snippet,
            table.c.channels,
            table.c.last_message_at,
            rating.c.score,
            rating.c.scale,
            table.c.status,
        )
        .outerjoin(rating, rating.c.id == latest)
        .where(
            table.c.customer_id == bindparam("customer"),
            table.c.id != bindparam("but"),
            table.c.status.not_in(GONE),
            visible_to(bindparam("viewer")),
        )
        .order_by(table.c.last_message_at.desc())
        .limit(bindparam("limit", type_=Integer))
    )


def _tags(session: Session, ids: Iterable[UUID]) -> dict[UUID, tuple[str, ...]]:
    found: dict[UUID, tuple[str, ...]] = {}
    for key, tag in _tagged.all(session, {"ids": list(ids)}):
        found[key] = (*found.get(key, ()), tag)
    return found


@Compiled
def _tagged(_: str) -> Select[Any]:
    table = table_of(ConversationTag)
    ids: Any = bindparam("ids", expanding=True)
    return (
        select(table.c.conversation_id, table.c.tag)
        .where(table.c.conversation_id.in_(ids))
        .order_by(table.c.conversation_id, table.c.tag)
    )
