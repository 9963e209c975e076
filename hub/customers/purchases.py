"""What customers bought, as a shop tells it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlmodel import Session

from hub.agents.rights import Viewer
from hub.customers import acts
from hub.customers.acts import UNTOLD
from hub.store.statements import insert_new, table_of
from hub.store.tables import Purchase, PurchaseLine
from hub.store.types import new_id

_purchase, _line = table_of(Purchase), table_of(PurchaseLine)


class OfAnother(Exception):
    """An order of this number is another customer's."""


@dataclass(frozen=True)
class Item:
    """One thing of an order. unit_amount: in minor units of the order's currency."""

    name: str
    quantity: int
    unit_amount: int


@dataclass(frozen=True)
class Order:
    """An order. source: the shop; number: the shop's, unique there. amount: in minor units of
    `currency` (ISO 4217; rial, never toman). status: the shop's word."""

    source: str
    number: str
    placed_at: datetime
    amount: int
    currency: str
    status: str
    items: Sequence[Item] = ()


def put(session: Session, viewer: Viewer, customer_id: UUID, order: Order, now: datetime) -> UUID:
    """Store an order as the shop has it now, whether it is known or not; its id.

    Raises OfAnother and NoSuchCustomer.
    """
    acts.locked(session, customer_id)
    purchase_id = new_id()
    values = {
        "placed_at": order.placed_at,
        "amount": order.amount,
        "currency": order.currency,
        "status": order.status,
    }
    key = {"source": order.source, "number": order.number}
    row = {"id": purchase_id, "customer_id": customer_id, **key, **values}
    if not insert_new(session, Purchase, [row], ["id"]):
        known = session.execute(
            select(_purchase.c.id, _purchase.c.customer_id)
            .where(_purchase.c.source == order.source, _purchase.c.number == order.number)
            .with_for_update()
        ).one()
        if known.customer_id != customer_id:
            raise OfAnother(f"the order {order.number} of {order.source} is another customer's")
        purchase_id = known.id
        session.execute(update(_purchase).where(_purchase.c.id == purchase_id).values(**values))
        session.execute(delete(_line).where(_line.c.purchase_id == purchase_id))
    if order.items:
        lines = [
            {
                "purchase_id": purchase_id,
                "position": position,
                "name": one.name,
                "quantity": one.quantity,
                "unit_amount": one.unit_amount,
            }
            for position, one in enumerate(order.items)
        ]
        session.execute(insert(_line), lines)
    acts.tell(session, viewer, customer_id, now, changed={"purchases": UNTOLD})
    return purchase_id


def remove(
    session: Session, viewer: Viewer, customer_id: UUID, source: str, number: str, now: datetime
) -> bool:
    """Take an order away that should not be there; whether there was one. Raises NoSuchCustomer."""
    acts.locked(session, customer_id)
    gone = session.execute(
        delete(_purchase)
        .where(
            _purchase.c.customer_id == customer_id,
            _purchase.c.source == source,
            _purchase.c.number == number,
        )
        .returning(_purchase.c.id)
    ).first()
    if gone is not None:
        acts.tell(session, viewer, customer_id, now, changed={"purchases": UNTOLD})
    return gone is not None
