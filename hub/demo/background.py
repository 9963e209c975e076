"""What the sample shop knows of its customers beside what they wrote."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlmodel import Session

from hub.demo.people import CUSTOMERS
from hub.demo.script import Order, SampleCustomer
from hub.store.statements import table_of
from hub.store.tables import (
    Customer,
    CustomerNote,
    Identity,
    Purchase,
    PurchaseLine,
    StageChange,
)
from hub.store.types import new_id

_SOURCE: Final = "sample shop"


def add_background(session: Session, now: datetime) -> None:
    """Add stages, attributes, orders and notes to the customers who have written."""
    for customer in CUSTOMERS:
        customer_id = _found(session, customer)
        if customer_id is not None:
            _describe(session, customer_id, customer, now)


def _found(session: Session, customer: SampleCustomer) -> UUID | None:
    table = table_of(Identity)
    addresses = [customer.address(way) for way in ("telegram", "mail", "webchat")]
    return session.execute(
        select(table.c.customer_id).where(table.c.address.in_(addresses)).limit(1)
    ).scalar()


def _describe(session: Session, customer_id: UUID, customer: SampleCustomer, now: datetime) -> None:
    table = table_of(Customer)
    since = [now - order.ago for order in customer.orders]
    written = session.execute(
        select(table.c.created_at).where(table.c.id == customer_id)
    ).scalar_one()
    session.execute(
        update(table)
        .where(table.c.id == customer_id)
        .values(
            name=customer.name,
            locale=customer.locale,
            time_zone=customer.time_zone,
            stage=customer.stage,
            attributes=dict(customer.attributes),
            created_at=min([written, *since]),
        )
    )
    session.execute(
        insert(StageChange).values(
            id=new_id(),
            customer_id=customer_id,
            stage=customer.stage,
            at=min([written, *since]),
            by=_SOURCE,
        )
    )
    for order in customer.orders:
        _add_order(session, customer_id, order, now)
    for text in customer.notes:
        session.execute(
            insert(CustomerNote).values(id=new_id(), customer_id=customer_id, text=text, at=now)
        )


def _add_order(session: Session, customer_id: UUID, order: Order, now: datetime) -> None:
    purchase_id = new_id()
    session.execute(
        insert(Purchase).values(
            id=purchase_id,
            customer_id=customer_id,
            source=_SOURCE,
            number=order.number,
            placed_at=now - order.ago,
            amount=order.amount,
            currency=order.currency,
            status=order.status,
        )
    )
    session.execute(
        insert(PurchaseLine),
        [
            {
                "purchase_id": purchase_id,
                "position": position,
                "name": name,
                "quantity": quantity,
                "unit_amount": unit_amount,
            }
            for position, (name, quantity, unit_amount) in enumerate(order.lines)
        ],
    )
