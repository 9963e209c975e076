"""What customers bought; shops write it here."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import Field, StringConstraints

from hub.agents.rights import Right
from hub.conversations.customers import seeing
from hub.customers import purchases, record
from hub.customers.purchases import Item, OfAnother, Order
from hub.customers.record import Bought
from hub.store.database import Session
from hub.web.api import problem
from hub.web.api.call import Call, Made
from hub.web.api.model import Given, Id, Integer, Line, Moment, Shown, example
from hub.web.api.paging import Page, Paged, moment
from hub.web.api.problem import Problem
from hub.web.api.resource import Resource
from hub.web.api.resources.customers import amount
from hub.web.api.resources.shared import ONE, WHEN
from hub.web.api.shapes.customers import Amount

resource = Resource(
    "Purchases",
    "Orders of customers. A shop puts each under its own number, as often as it changes.",
    refuses={OfAnother: problem.CONFLICT},
)

MOST: Final = 10**15
Name = Annotated[Line, Field(max_length=80)]
MinorUnits = Annotated[Integer, Field(ge=-MOST, le=MOST)]
Currency = Annotated[
    str, StringConstraints(pattern=r"^([A-HJ-Z][A-Z]{2}|I[A-QS-Z][A-Z]|IR[A-SU-Z])$")
]
"""Three letters, and not IRT: toman is no currency of ISO 4217."""
_AMOUNT: Final = {"minor_units": 1290000, "currency": "IRR"}


class PurchaseItem(Shown):
    """One thing of an order."""

    model_config = example(name="Teapot", quantity=1, each=_AMOUNT)

    name: str
    quantity: int
    each: Amount


class PurchaseShown(Shown):
    """An order."""

    model_config = example(
        id=ONE,
        number="10432",
        placed_at=WHEN,
        amount=_AMOUNT,
        status="shipped",
        items=[{"name": "Teapot", "quantity": 1, "each": _AMOUNT}],
    )

    id: UUID
    number: str
    placed_at: datetime
    amount: Amount
    status: str
    items: list[PurchaseItem]


class NewItem(Given):
    """One thing of an order."""

    model_config = example(name="Teapot", quantity=1, unit_minor_units=1290000)

    name: Line
    quantity: Annotated[Integer, Field(ge=1, le=1_000_000)] = 1
    unit_minor_units: MinorUnits = 0


class NewPurchase(Given):
    """An order as the shop has it now."""

    model_config = example(
        placed_at=WHEN,
        minor_units=1290000,
        currency="IRR",
        status="shipped",
        items=[{"name": "Teapot", "quantity": 1, "unit_minor_units": 1290000}],
    )

    placed_at: Moment
    minor_units: MinorUnits = Field(description="What it came to; rial, never toman")
    currency: Currency
    status: Name = Field(description="The shop's word; `cancelled` and `refunded` do not count")
    items: list[NewItem] = Field([], max_length=200)


@resource.get("/customers/{customer_id}/purchases", needs=Right.READ)
async def page(call: Call, customer_id: Id, paging: Paged) -> Page[PurchaseShown]:
    """List a customer's orders, the newest first."""
    place: Any = paging.place(moment, UUID)

    def read(session: Session) -> list[Bought]:
        kept = seeing.require(session, call.viewer, customer_id)
        return record.bought(session, kept, place, limit=paging.ahead)

    found = await call.read(read)
    call.saw("customer", [customer_id])
    shown, more = paging.part(found, lambda one: (one.at, one.id))
    return Page(items=[_shown(one) for one in shown], next=more)


@resource.put("/customers/{customer_id}/purchases/{source}/{number}", needs=Right.WRITE)
async def put(
    call: Call, customer_id: Id, source: Name, number: Name, given: NewPurchase
) -> PurchaseShown:
    """Store an order as it is now, whether it is known or not."""
    order = Order(
        source=source,
        number=number,
        placed_at=given.placed_at,
        amount=given.minor_units,
        currency=given.currency,
        status=given.status,
        items=[Item(one.name, one.quantity, one.unit_minor_units) for one in given.items],
    )

    def run(session: Session) -> Made:
        kept = seeing.require(session, call.viewer, customer_id)
        return {"id": str(purchases.put(session, call.viewer, kept, order, call.now))}

    made = UUID((await call.once(run))["id"])
    found = await call.read(record.order, made)
    if found is None:
        raise Problem(problem.NOT_FOUND)
    return _shown(found)


@resource.delete(
    "/customers/{customer_id}/purchases/{source}/{number}", needs=Right.WRITE, status=204
)
async def remove(call: Call, customer_id: Id, source: Name, number: Name) -> None:
    """Take an order away that should not be there."""

    def run(session: Session) -> None:
        kept = seeing.require(session, call.viewer, customer_id)
        if not purchases.remove(session, call.viewer, kept, source, number, call.now):
            raise Problem(problem.NOT_FOUND)

    await call.act(run)


def _shown(one: Bought) -> PurchaseShown:
    return PurchaseShown(
        id=one.id,
        number=one.number,
        placed_at=one.at,
        amount=amount(one.amount),
        status=one.status,
        items=[
            PurchaseItem(name=line.name, quantity=line.quantity, each=amount(line.each))
            for line in one.lines
        ],
    )
