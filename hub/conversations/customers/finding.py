"""The list of customers: who fits, in which order, a page at a time.

Last contact first. Every filter is an index or a look into one for each row that is read; words,
numbers and addresses are looked up by their beginnings among the keys of `hub.customers.index`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, tuple_
from sqlmodel import Session

from hub.agents.rights import Viewer
from hub.conversations.access import visible
from hub.conversations.customers.seeing import seen
from hub.conversations.state import OPEN_STATES
from hub.customers.index import name_words
from hub.store.statements import table_of
from hub.store.tables import (
    Conversation,
    Customer,
    CustomerKey,
    CustomerSegment,
    CustomerTag,
    Identity,
    Purchase,
)
from hub.text import fold, to_latin

PAGE: Final = 50
UNHAPPY: Final = 0.5
HAPPY: Final = 0.75
_LAST: Final = "\U0010ffff"
_MOST_WORDS: Final = 8

Mood = Literal["happy", "unhappy", "rated", "unrated"]
MOODS: Final[tuple[Mood, ...]] = ("happy", "unhappy", "rated", "unrated")

_customer, _key, _identity = table_of(Customer), table_of(CustomerKey), table_of(Identity)
_conversation, _purchase = table_of(Conversation), table_of(Purchase)


@dataclass(frozen=True)
class Wanted:
    """Who is listed. segments: in one of these at least. contact_since, contact_before: when the
    last contact was. blocked: those who are, and in the order of when they were."""

    query: str = ""
    stage: str | None = None
    segments: tuple[str, ...] = ()
    tag: str | None = None
    channel: str | None = None
    mood: Mood | None = None
    contact_since: datetime | None = None
    contact_before: datetime | None = None
    blocked: bool = False


@dataclass(frozen=True)
class Found:
    """A row of the list. total: what was bought and not given back, in minor units by currency.
    channels: kinds of the identities. satisfaction: 0..1."""

    id: UUID
    name: str | None
    address_kind: str | None
    address: str | None
    address_name: str | None
    stage: str
    locale: str | None
    seen_at: datetime
    created_at: datetime
    satisfaction: float | None
    blocked_at: datetime | None
    blocked_reason: str | None
    channels: tuple[str, ...]
    addresses: tuple[tuple[str, str, str], ...]
    """Kind, address and proof of each, verified ones first."""
    segments: tuple[str, ...]
    tags: tuple[str, ...]
    orders: int
    total: Mapping[str, int]
    open: int
    source: Mapping[str, str]

    @property
    def place(self) -> tuple[datetime, UUID]:
        """After which the next page begins."""
        return self.seen_at, self.id


def page(
    session: Session,
    viewer: Viewer,
    wanted: Wanted,
    after: tuple[datetime, UUID] | None = None,
    *,
    limit: int = PAGE,
) -> list[Found]:
    """At most `limit` + 1 customers, from after a place on."""
    at = _customer.c.blocked_at if wanted.blocked else _customer.c.seen_at
    query = (
        select(
            _customer.c.id,
            _customer.c.name,
            _customer.c.stage,
            _customer.c.locale,
            _customer.c.seen_at,
            _customer.c.created_at,
            _customer.c.satisfaction,
            _customer.c.blocked_at,
            _customer.c.blocked_reason,
            _customer.c.first_source,
        )
        .where(
            _customer.c.merged_into_id.is_(None),
            _customer.c.erased_at.is_(None),
            seen(session, viewer),
            *_conditions(wanted),
        )
        .order_by(at.desc(), _customer.c.id.desc())
        .limit(limit + 1)
    )
    if after is not None:
        query = query.where(tuple_(at, _customer.c.id) < after)
    rows = session.execute(query).all()
    ids = [row.id for row in rows]
    addresses = _addresses(session, ids)
    segments = _of(session, CustomerSegment, "segment", ids)
    tags = _of(session, CustomerTag, "tag", ids)
    orders, totals = _bought(session, ids)
    opened = _open(session, viewer, ids)
    return [
        Found(
            id=row.id,
            name=row.name,
            address_kind=addresses[row.id][0][0] if addresses[row.id] else None,
            address=addresses[row.id][0][1] if addresses[row.id] else None,
            address_name=addresses[row.id][0][3] if addresses[row.id] else None,
            stage=row.stage,
            locale=row.locale,
            seen_at=row.blocked_at if wanted.blocked else row.seen_at,
            created_at=row.created_at,
            satisfaction=row.satisfaction,
            blocked_at=row.blocked_at,
            blocked_reason=row.blocked_reason,
            channels=tuple(dict.fromkeys(kind for kind, *_ in addresses[row.id])),
            addresses=tuple(
                (kind, address, proof) for kind, address, proof, _ in addresses[row.id]
            ),
            segments=tuple(segments[row.id]),
            tags=tuple(tags[row.id]),
            orders=orders.get(row.id, 0),
            total=totals.get(row.id, {}),
            open=opened.get(row.id, 0),
            source=row.first_source or {},
        )
        for row in rows
    ]


def tags(session: Session, limit: int = 200) -> list[str]:
    """Every tag that customers have, by name."""
    table = table_of(CustomerTag)
    rows = session.execute(select(table.c.tag).distinct().order_by(table.c.tag).limit(limit))
    return list(rows.scalars())


def stages(session: Session) -> list[str]:
    """Every stage that somebody is at."""
    rows = session.execute(select(_customer.c.stage).distinct().order_by(_customer.c.stage))
    return list(rows.scalars())


def named(session: Session, viewer: Viewer, query: str, limit: int = 8) -> list[Found]:
    """Customers by name, number or address, for who looks for somebody in particular."""
    return page(session, viewer, Wanted(query=query), limit=limit)[:limit] if query.strip() else []


def since(days: int, now: datetime) -> datetime:
    """The beginning of so many days up to now."""
    return now - timedelta(days=days)


def matching(query: str) -> ColumnElement[bool] | None:
    """A condition on the customer table: the words of a search; None where there are none."""
    text = query.strip()[:200]
    if not text:
        return None
    ways = []
    digits = "".join(sign for sign in to_latin(fold(text)) if sign.isdigit())
    bare = digits.removeprefix("00").removeprefix("98").removeprefix("0")
    if len(digits) > 2:
        if len(bare) > 2:
            ways.append(_keyed("number", bare))
        ways.append(_customer.c.id.in_(_ordered(text, digits)))
    if "@" in text:
        ways.append(_keyed("mail", fold(text).lstrip("@")))
    words = name_words(text)[:_MOST_WORDS]
    if words:
        # The longest first: it leaves the fewest to be looked at by the others.
        ways.append(and_(*(_keyed("word", word) for word in sorted(words, key=len)[::-1])))
    return or_(*ways) if ways else None


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if (words := matching(wanted.query)) is not None:
        found.append(words)
    if wanted.stage is not None:
        found.append(_customer.c.stage == wanted.stage)
    if wanted.segments:
        table = table_of(CustomerSegment)
        found.append(
            _customer.c.id.in_(
                select(table.c.customer_id).where(table.c.segment.in_(wanted.segments))
            )
        )
    if wanted.tag is not None:
        table = table_of(CustomerTag)
        found.append(
            _customer.c.id.in_(select(table.c.customer_id).where(table.c.tag == wanted.tag))
        )
    if wanted.channel is not None:
        found.append(
            exists().where(
                _identity.c.customer_id == _customer.c.id, _identity.c.kind == wanted.channel
            )
        )
    if wanted.contact_since is not None:
        found.append(_customer.c.seen_at >= wanted.contact_since)
    if wanted.contact_before is not None:
        found.append(_customer.c.seen_at < wanted.contact_before)
    if wanted.blocked:
        found.append(_customer.c.blocked_at.is_not(None))
    match wanted.mood:
        case "happy":
            found.append(_customer.c.satisfaction >= HAPPY)
        case "unhappy":
            found.append(_customer.c.satisfaction < UNHAPPY)
        case "rated":
            found.append(_customer.c.satisfaction.is_not(None))
        case "unrated":
            found.append(_customer.c.satisfaction.is_(None))
    return found


def _keyed(kind: str, beginning: str) -> ColumnElement[bool]:
    """Who has a key of this kind that begins so."""
    return _customer.c.id.in_(
        select(_key.c.customer_id).where(
            _key.c.kind == kind, _key.c.value >= beginning, _key.c.value < beginning + _LAST
        )
    )


def _ordered(text: str, digits: str) -> Any:
    """Who ordered under a number that begins so."""
    number = to_latin(text.strip().lstrip("#"))
    return select(_purchase.c.customer_id).where(
        or_(
            and_(_purchase.c.number >= number, _purchase.c.number < number + _LAST),
            and_(_purchase.c.number >= digits, _purchase.c.number < digits + _LAST),
        )
    )


def _addresses(
    session: Session, ids: Collection[UUID]
) -> defaultdict[UUID, list[tuple[str, str, str, str | None]]]:
    found: defaultdict[UUID, list[tuple[str, str, str, str | None]]] = defaultdict(list)
    for row in session.execute(
        select(
            _identity.c.customer_id,
            _identity.c.kind,
            _identity.c.address,
            _identity.c.proof,
            _identity.c.name,
        )
        .where(_identity.c.customer_id.in_(list(ids)))
        .order_by(_identity.c.proof.desc(), _identity.c.seen_at.desc(), _identity.c.id)
    ):
        found[row.customer_id].append((row.kind, row.address, row.proof, row.name))
    return found


def _of(
    session: Session, model: Any, column: str, ids: Sequence[UUID]
) -> defaultdict[UUID, list[str]]:
    table = table_of(model)
    found: defaultdict[UUID, list[str]] = defaultdict(list)
    for customer_id, value in session.execute(
        select(table.c.customer_id, table.c[column])
        .where(table.c.customer_id.in_(list(ids)))
        .order_by(table.c[column])
    ):
        found[customer_id].append(value)
    return found


def _bought(
    session: Session, ids: Sequence[UUID]
) -> tuple[dict[UUID, int], defaultdict[UUID, dict[str, int]]]:
    counts: dict[UUID, int] = {}
    totals: defaultdict[UUID, dict[str, int]] = defaultdict(dict)
    for row in session.execute(
        select(
            _purchase.c.customer_id,
            _purchase.c.currency,
            func.count().label("orders"),
            func.sum(_purchase.c.amount).label("total"),
        )
        .where(
            _purchase.c.customer_id.in_(list(ids)),
            _purchase.c.status.not_in(("cancelled", "refunded")),
        )
        .group_by(_purchase.c.customer_id, _purchase.c.currency)
    ):
        counts[row.customer_id] = counts.get(row.customer_id, 0) + row.orders
        totals[row.customer_id][row.currency] = int(row.total)
    return counts, totals


def _open(session: Session, viewer: Viewer, ids: Sequence[UUID]) -> dict[UUID, int]:
    rows = session.execute(
        select(_conversation.c.customer_id, func.count())
        .where(
            _conversation.c.customer_id.in_(list(ids)),
            _conversation.c.status.in_(OPEN_STATES),
            visible(viewer),
        )
        .group_by(_conversation.c.customer_id)
    )
    return dict(rows.all())
