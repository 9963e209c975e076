"""What templates can say of a customer's orders."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session

from hub.store.statements import table_of
from hub.store.tables import Purchase
from hub.text import Money

MOST: Final = 10
_FIELDS: Final = ("number", "placed_at", "total", "status")


def speaks_of_purchases(names: Collection[str]) -> bool:
    """Whether a template that speaks of these variables needs to know the orders."""
    return any(name.partition(".")[0] in ("purchase", "purchases") for name in names)


def purchases(session: Session, customer_id: UUID) -> dict[str, Any]:
    """The variables `purchase` and `purchases` of a customer, the newest order first."""
    table = table_of(Purchase)
    rows = session.execute(
        select(table.c.number, table.c.placed_at, table.c.amount, table.c.currency, table.c.status)
        .where(table.c.customer_id == customer_id)
        .order_by(table.c.placed_at.desc(), table.c.id.desc())
        .limit(MOST)
    )
    found = [
        dict(zip(_FIELDS, (number, at, Money(amount, currency), status), strict=True))
        for number, at, amount, currency, status in rows
    ]
    return {"purchases": found, "purchase": found[0] if found else dict.fromkeys(_FIELDS)}
