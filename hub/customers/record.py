"""A customer as an agent sees one: addresses, purchases, ratings, notes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import case, func, select
from sqlmodel import Session

from hub.store.statements import table_of
from hub.store.tables import Customer, CustomerNote, Identity, Purchase, PurchaseLine, Rating
from hub.text import Money

PURCHASES: Final = 3
RATINGS: Final = 9
NOTES: Final = 20


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
class Bought:
    """One order, titled by its first line."""

    number: str
    title: str
    amount: Money
    at: datetime


@dataclass(frozen=True)
class Record:
    """All of it. `scores` are the last ratings, oldest first, each 0..1; `mean` is on a scale of
    five. thanks, complaints: signals, which are no ratings."""

    id: UUID
    name: str | None
    stage: str
    locale: str | None
    time_zone: str | None
    attributes: dict[str, Any]
    first_source: dict[str, str]
    last_source: dict[str, str]
    since: datetime
    blocked: bool
    addresses: tuple[KnownAddress, ...]
    purchases: tuple[Bought, ...]
    purchase_count: int
    rating_count: int
    mean: float | None
    scores: tuple[float, ...]
    thanks: int
    complaints: int
    notes: tuple[str, ...]


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
        blocked=row.blocked_at is not None,
        addresses=addresses(session, customer_id),
        purchases=purchases,
        purchase_count=purchase_count,
        rating_count=count,
        mean=mean,
        scores=scores,
        thanks=thanks,
        complaints=complaints,
        notes=_notes(session, customer_id),
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
            purchase.c.number,
            line.c.name,
            purchase.c.amount,
            purchase.c.currency,
            purchase.c.placed_at,
        )
        .outerjoin(line, (line.c.purchase_id == purchase.c.id) & (line.c.position == 0))
        .where(purchase.c.customer_id == customer_id)
        .order_by(purchase.c.placed_at.desc())
        .limit(PURCHASES)
    )
    return tuple(
        Bought(number, title or "", Money(amount, currency), at)
        for number, title, amount, currency, at in rows
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


def _notes(session: Session, customer_id: UUID) -> tuple[str, ...]:
    table = table_of(CustomerNote)
    return tuple(
        session.execute(
            select(table.c.text)
            .where(table.c.customer_id == customer_id)
            .order_by(table.c.at.desc())
            .limit(NOTES)
        ).scalars()
    )
