"""A customer as an agent sees one: addresses, purchases, ratings, notes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, case, func, select, tuple_
from sqlmodel import Session

from hub.customers import duplicates
from hub.customers.duplicates import Suggestion
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
    five. thanks, complaints: signals, which are no ratings. segments: their names by locale.
    totals: what was bought and not given back, one
    amount a currency, in so many `orders`. blocked_at: None for who is
    heard."""

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
    segments: tuple[Mapping[str, str], ...]
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
    customer = table_of(Customer)
    row = session.execute(select(*customer.c).where(customer.c.id == customer_id)).first()
    if row is None:
        raise LookupError(f"there is no customer {customer_id}")
    count, mean, scores = _ratings(session, customer_id)
    thanks, complaints = _signals(session, customer_id)
    purchases, purchase_count = _purchases(session, customer_id)
    totals, orders = _totals(session, customer_id)
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
        purchases=purchases,
        purchase_count=purchase_count,
        rating_count=count,
        mean=mean,
        scores=scores,
        thanks=thanks,
        complaints=complaints,
        notes=_notes(session, customer_id),
        segments=_segments(session, customer_id),
        tags=_tags(session, customer_id),
        totals=totals,
        orders=orders,
        consents=_consents(session, customer_id),
        suggestions=tuple(duplicates.of_customer(session, customer_id)),
    )


def addresses(session: Session, customer_id: UUID) -> tuple[KnownAddress, ...]:
    """A customer's contact points, verified ones first, then by when they were last used."""
    table = table_of(Identity)
    rows = session.execute(
        select(
            table.c.id,
            table.c.kind,
            table.c.address,
            table.c.name,
            table.c.proof,
            table.c.reachable,
            table.c.unreachable_reason,
        )
        .where(table.c.customer_id == customer_id)
        .order_by(table.c.proof.desc(), table.c.seen_at.desc(), table.c.id)
    )
    return tuple(KnownAddress(*row) for row in rows)


def _purchases(session: Session, customer_id: UUID) -> tuple[tuple[Bought, ...], int]:
    purchase, line = table_of(Purchase), table_of(PurchaseLine)
    count = session.execute(
        select(func.count()).where(purchase.c.customer_id == customer_id)
    ).scalar_one()
    rows = session.execute(
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
        .where(purchase.c.customer_id == customer_id)
        .order_by(purchase.c.placed_at.desc())
        .limit(PURCHASES)
    )
    return tuple(
        Bought(key, number, title or "", Money(amount, currency), at, status)
        for key, number, title, amount, currency, at, status in rows
    ), count


def _ratings(session: Session, customer_id: UUID) -> tuple[int, float | None, tuple[float, ...]]:
    table = table_of(Rating)
    mine = (table.c.customer_id == customer_id, table.c.source == "survey")
    # The least score counts nothing, the best everything, whatever the scale: NPS begins at 0.
    least = case((table.c.form == "nps", 0), else_=1)
    share = (table.c.score - least) * 1.0 / func.nullif(table.c.scale - least, 0)
    count, mean = session.execute(select(func.count(), func.avg(share)).where(*mine)).one()
    rows = session.execute(
        select(share).where(*mine).order_by(table.c.at.desc()).limit(RATINGS)
    ).scalars()
    scores = tuple(max(0.0, min(1.0, float(score or 0))) for score in rows)
    return count, None if mean is None else 1 + 4 * float(mean), scores[::-1]


def _signals(session: Session, customer_id: UUID) -> tuple[int, int]:
    """How often the customer let thanks show, and complaints (1 to 5, 3 is neither)."""
    table = table_of(Rating)
    thanks, complaints = session.execute(
        select(
            func.count(case((table.c.score > 3, 1))), func.count(case((table.c.score < 3, 1)))
        ).where(table.c.customer_id == customer_id, table.c.source != "survey")
    ).one()
    return thanks, complaints


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


def _notes(session: Session, customer_id: UUID) -> tuple[Noted, ...]:
    table, agent = table_of(CustomerNote), table_of(Agent)
    rows = session.execute(
        select(table.c.id, table.c.text, agent.c.name, table.c.at)
        .outerjoin(agent, agent.c.id == table.c.agent_id)
        .where(table.c.customer_id == customer_id)
        .order_by(table.c.at.desc(), table.c.id.desc())
        .limit(NOTES)
    )
    return tuple(Noted(*row) for row in rows)


def _segments(session: Session, customer_id: UUID) -> tuple[Mapping[str, str], ...]:
    table, segment = table_of(CustomerSegment), table_of(Segment)
    rows = session.execute(
        select(segment.c.slug, segment.c.name)
        .join(table, table.c.segment == segment.c.slug)
        .where(table.c.customer_id == customer_id)
        .order_by(segment.c.position, segment.c.slug)
    )
    return tuple(row.name or {"en": row.slug} for row in rows)


def _tags(session: Session, customer_id: UUID) -> tuple[str, ...]:
    table = table_of(CustomerTag)
    return tuple(
        session.execute(
            select(table.c.tag).where(table.c.customer_id == customer_id).order_by(table.c.tag)
        ).scalars()
    )


def _totals(session: Session, customer_id: UUID) -> tuple[tuple[Money, ...], int]:
    table = table_of(Purchase)
    rows = session.execute(
        select(func.sum(table.c.amount), table.c.currency, func.count())
        .where(table.c.customer_id == customer_id, table.c.status.not_in(GIVEN_BACK))
        .group_by(table.c.currency)
        .order_by(table.c.currency)
    ).all()
    totals = tuple(Money(int(amount), currency) for amount, currency, _ in rows)
    return totals, sum(count for _, _, count in rows)


def _consents(session: Session, customer_id: UUID) -> tuple[Consented, ...]:
    table = table_of(Consent)
    found: dict[str, Consented] = {}
    for row in session.execute(
        select(table.c.purpose, table.c.granted, table.c.at, table.c.source)
        .where(table.c.customer_id == customer_id)
        .order_by(table.c.at, table.c.id)
    ):
        found[row.purpose] = Consented(*row)
    return tuple(found[purpose] for purpose in sorted(found))
