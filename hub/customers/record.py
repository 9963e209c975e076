"""A customer as an agent sees one: addresses, purchases, ratings, notes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, bindparam, case, func, select, tuple_
from sqlmodel import Session

from hub.customers import duplicates
from hub.customers.duplicates import Suggestion
from hub.store.compiled import Compiled
from hub.store.statements import table_of
from hub.store.tables import (
    Agent,
    Consent,
    Customer,
    CustomerNote,
    CustomerSegment,
    CustomerTag,
    Identity,
    Purchase,
    PurchaseLine,
    Rating,
    Segment,
)
from hub.text import Money

PURCHASES: Final = 3
RATINGS: Final = 9
NOTES: Final = 20
GIVEN_BACK: Final = ("cancelled", "refunded")
"""States of orders that do not count as bought."""


@dataclass(frozen=True)
class KnownAddress:
    """One contact point. proof: "verified" or "claimed"."""

    id: UUID
    kind: str
    address: str
    name: str | None
    proof: str
    reachable: bool
    unreachable_reason: str | None


@dataclass(frozen=True)
class Line:
    """One thing of an order."""

    name: str
    quantity: int
    each: Money


@dataclass(frozen=True)
class Bought:
    """One order, titled by its first line. status: the shop's word for it."""

    id: UUID
    number: str
    title: str
    amount: Money
    at: datetime
    status: str
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True)
class Noted:
    """What somebody wrote about the customer; agent: by name, None for a rule or an import."""

    id: UUID
    text: str
    agent: str | None
    at: datetime


@dataclass(frozen=True)
class Consented:
    """The customer's last word on a purpose."""

    purpose: str
    granted: bool
    at: datetime
    source: str


@dataclass(frozen=True)
class Record:
    """All of it. `scores` are the last ratings, oldest first, each 0..1; `mean` is on a scale of
    five. thanks, complaints: signals, which are no ratings. segments: their names by locale,
    by their short names. totals: what was bought and not given back, one amount a currency, in so
    many `orders`. blocked_at: None for who is heard."""

    id: UUID
    name: str | None
    stage: str
    locale: str | None
    time_zone: str | None
    attributes: dict[str, Any]
    first_source: dict[str, str]
    last_source: dict[str, str]
    since: datetime
    seen_at: datetime
    erased: bool
    blocked_at: datetime | None
    blocked_reason: str | None
    addresses: tuple[KnownAddress, ...]
    purchases: tuple[Bought, ...]
    purchase_count: int
    rating_count: int
    mean: float | None
    scores: tuple[float, ...]
    thanks: int
    complaints: int
    notes: tuple[Noted, ...]
    segments: Mapping[str, Mapping[str, str]]
    tags: tuple[str, ...]
    totals: tuple[Money, ...]
    orders: int
    consents: tuple[Consented, ...]
    suggestions: tuple[Suggestion, ...]


def read(session: Session, customer_id: UUID) -> Record:
    """One customer. The caller has checked that the viewer may see one of the conversations.

    Raises:
        LookupError: there is none.
    """
    of = {"customer": customer_id}
    row = _customer.first(session, of)
    if row is None:
        raise LookupError(f"there is no customer {customer_id}")
    ratings = _ratings.first(session, of)
    totals = _totals.all(session, of)
    return Record(
        id=row.id,
        name=row.name,
        stage=row.stage,
        locale=row.locale,
        time_zone=row.time_zone,
        attributes=row.attributes or {},
        first_source=row.first_source or {},
        last_source=row.last_source or {},
        since=row.created_at,
        seen_at=row.seen_at,
        erased=row.erased_at is not None,
        blocked_at=row.blocked_at,
        blocked_reason=row.blocked_reason,
        addresses=addresses(session, customer_id),
        purchases=tuple(
            Bought(key, number, title or "", Money(amount, currency), at, status)
            for key, number, title, amount, currency, at, status in _purchases.all(session, of)
        ),
        purchase_count=sum(one.number for one in totals),
        rating_count=ratings.number,
        mean=None if ratings.mean is None else 1 + 4 * float(ratings.mean),
        scores=tuple(_share(*one) for one in reversed(_scores.all(session, of))),
        thanks=ratings.thanks,
        complaints=ratings.complaints,
        notes=tuple(Noted(*one) for one in _notes.all(session, of)),
        segments={one.slug: one.name or {"en": one.slug} for one in _segments.all(session, of)},
        tags=tuple(one.tag for one in _tags.all(session, of)),
        totals=tuple(Money(int(one.amount), one.currency) for one in totals if one.kept),
        orders=sum(one.kept for one in totals),
        consents=_consents(session, customer_id),
        suggestions=tuple(duplicates.of_customer(session, customer_id)),
    )


def addresses(session: Session, customer_id: UUID) -> tuple[KnownAddress, ...]:
    """A customer's contact points, verified ones first, then by when they were last used."""
    rows = _addresses.all(session, {"customer": customer_id})
    return tuple(KnownAddress(*row) for row in rows)


def bought(
    session: Session, customer_id: UUID, before: tuple[datetime, UUID] | None = None, *, limit: int
) -> list[Bought]:
    """Orders with their lines, newest first; `before`: time and id of the last one before."""
    purchase = table_of(Purchase)
    place = (purchase.c.placed_at, purchase.c.id)
    query = (
        select(purchase)
        .where(purchase.c.customer_id == customer_id)
        .order_by(*(column.desc() for column in place))
        .limit(limit)
    )
    if before is not None:
        query = query.where(tuple_(*place) < before)
    return _bought(session, query)


def order(session: Session, purchase_id: UUID) -> Bought | None:
    """One order with its lines."""
    purchase = table_of(Purchase)
    return next(iter(_bought(session, select(purchase).where(purchase.c.id == purchase_id))), None)


def _bought(session: Session, query: Select[Any]) -> list[Bought]:
    line = table_of(PurchaseLine)
    rows = session.execute(query).all()
    lines: defaultdict[UUID, list[Line]] = defaultdict(list)
    currencies = {row.id: row.currency for row in rows}
    for row in session.execute(
        select(line)
        .where(line.c.purchase_id.in_(list(currencies)))
        .order_by(line.c.purchase_id, line.c.position)
    ):
        each = Money(row.unit_amount, currencies[row.purchase_id])
        lines[row.purchase_id].append(Line(row.name, row.quantity, each))
    return [
        Bought(
            id=row.id,
            number=row.number,
            title=lines[row.id][0].name if lines[row.id] else "",
            amount=Money(row.amount, row.currency),
            at=row.placed_at,
            status=row.status,
            lines=tuple(lines[row.id]),
        )
        for row in rows
    ]


def _share(score: int | None, scale: int, form: str) -> float:
    """A rating between 0 and 1, as the mean is made of."""
    least = 0 if form == "nps" else 1
    if score is None or scale == least:
        return 0.0
    return max(0.0, min(1.0, (score - least) / (scale - least)))


def _consents(session: Session, customer_id: UUID) -> tuple[Consented, ...]:
    rows = _said_of_consent.all(session, {"customer": customer_id})
    found = {row.purpose: Consented(*row) for row in rows}
    return tuple(found[purpose] for purpose in sorted(found))


@Compiled
def _customer(_: str) -> Select[Any]:
    table = table_of(Customer)
    return select(*table.c).where(table.c.id == bindparam("customer"))


@Compiled
def _addresses(_: str) -> Select[Any]:
    table = table_of(Identity)
    return (
        select(
            table.c.id,
            table.c.kind,
            table.c.address,
            table.c.name,
            table.c.proof,
            table.c.reachable,
            table.c.unreachable_reason,
        )
        .where(table.c.customer_id == bindparam("customer"))
        .order_by(table.c.proof.desc(), table.c.seen_at.desc(), table.c.id)
    )


@Compiled
def _purchases(_: str) -> Select[Any]:
    purchase, line = table_of(Purchase), table_of(PurchaseLine)
    return (
        select(
            purchase.c.id,
            purchase.c.number,
            line.c.name,
            purchase.c.amount,
            purchase.c.currency,
            purchase.c.placed_at,
            purchase.c.status,
        )
        .outerjoin(line, (line.c.purchase_id == purchase.c.id) & (line.c.position == 0))
        .where(purchase.c.customer_id == bindparam("customer"))
        .order_by(purchase.c.placed_at.desc())
        .limit(PURCHASES)
    )


@Compiled
def _totals(_: str) -> Select[Any]:
    """By currency: all orders, and what of them was kept."""
    table = table_of(Purchase)
    kept = table.c.status.not_in(GIVEN_BACK)
    return (
        select(
            table.c.currency,
            func.count().label("number"),
            func.count(case((kept, 1))).label("kept"),
            func.sum(case((kept, table.c.amount), else_=0)).label("amount"),
        )
        .where(table.c.customer_id == bindparam("customer"))
        .group_by(table.c.currency)
        .order_by(table.c.currency)
    )


@Compiled
def _ratings(_: str) -> Select[Any]:
    """Those that were asked for, and the signals: thanks and complaints (1 to 5, 3 is neither)."""
    table = table_of(Rating)
    asked = table.c.source == "survey"
    # The least score counts nothing, the best everything, whatever the scale: NPS begins at 0.
    least = case((table.c.form == "nps", 0), else_=1)
    share = (table.c.score - least) * 1.0 / func.nullif(table.c.scale - least, 0)
    return select(
        func.count(case((asked, 1))).label("number"),
        func.avg(case((asked, share))).label("mean"),
        func.count(case((~asked & (table.c.score > 3), 1))).label("thanks"),
        func.count(case((~asked & (table.c.score < 3), 1))).label("complaints"),
    ).where(table.c.customer_id == bindparam("customer"))


@Compiled
def _scores(_: str) -> Select[Any]:
    table = table_of(Rating)
    return (
        select(table.c.score, table.c.scale, table.c.form)
        .where(table.c.customer_id == bindparam("customer"), table.c.source == "survey")
        .order_by(table.c.at.desc())
        .limit(RATINGS)
    )


@Compiled
def _notes(_: str) -> Select[Any]:
    table, agent = table_of(CustomerNote), table_of(Agent)
    return (
        select(table.c.id, table.c.text, agent.c.name, table.c.at)
        .outerjoin(agent, agent.c.id == table.c.agent_id)
        .where(table.c.customer_id == bindparam("customer"))
        .order_by(table.c.at.desc(), table.c.id.desc())
        .limit(NOTES)
    )


@Compiled
def _segments(_: str) -> Select[Any]:
    table, segment = table_of(CustomerSegment), table_of(Segment)
    return (
        select(segment.c.slug, segment.c.name)
        .join(table, table.c.segment == segment.c.slug)
        .where(table.c.customer_id == bindparam("customer"))
        .order_by(segment.c.position, segment.c.slug)
    )


@Compiled
def _tags(_: str) -> Select[Any]:
    table = table_of(CustomerTag)
    return (
        select(table.c.tag)
        .where(table.c.customer_id == bindparam("customer"))
        .order_by(table.c.tag)
    )


@Compiled
def _said_of_consent(_: str) -> Select[Any]:
    """Oldest first."""
    table = table_of(Consent)
    return (
        select(table.c.purpose, table.c.granted, table.c.at, table.c.source)
        .where(table.c.customer_id == bindparam("customer"))
        .order_by(table.c.at, table.c.id)
    )
