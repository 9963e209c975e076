"""Customers: who they are, what is known of them, and what is changed of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import available_timezones

from fastapi import Query

from hub.agents.rights import Right
from hub.conversations.access import NotVisible
from hub.conversations.customers import finding, seeing
from hub.conversations.customers.finding import Found, Mood, Wanted
from hub.customers import acts, blocking, record, undoing
from hub.customers.acts import CannotUndo, Edit
from hub.customers.attributes import Unfit, Value, value_of
from hub.customers.changing import TooManyAttributes
from hub.customers.record import KnownAddress
from hub.store.database import Session
from hub.text import Money
from hub.web.api import problem
from hub.web.api.call import ApiCall, Call, Made
from hub.web.api.model import Id
from hub.web.api.paging import Page, Paged, moment
from hub.web.api.problem import Problem
from hub.web.api.resource import Resource
from hub.web.api.resources.shared import Acted, Undo, acted, stored_act
from hub.web.api.shapes.customers import (
    Amount,
    Block,
    Consent,
    Customer,
    CustomerAddress,
    CustomerChange,
    CustomerNote,
    CustomerSummary,
    NewConsent,
    NewCustomerNote,
    Purpose,
)

resource = Resource(
    "Customers",
    "The people who write, over all channels. A customer that was merged answers as the one who "
    "stayed.",
    refuses={
        CannotUndo: problem.CONFLICT,
        TooManyAttributes: problem.REFUSED,
        Unfit: problem.REFUSED,
    },
)


@resource.get("/customers", needs=Right.READ)
async def page(
    call: Call,
    paging: Paged,
    q: Annotated[
        str, Query(max_length=200, pattern=r"^[^\x00]*$", description="Name, address, order")
    ] = "",
    stage: Annotated[str | None, Query(max_length=60, pattern=r"^[^\x00]*$")] = None,
    segment: Annotated[str | None, Query(max_length=80, pattern=r"^[^\x00]*$")] = None,
    tag: Annotated[str | None, Query(max_length=60, pattern=r"^[^\x00]*$")] = None,
    channel: Annotated[str | None, Query(max_length=60, pattern=r"^[^\x00]*$")] = None,
    mood: Annotated[Mood | None, Query(description="How satisfied")] = None,
    blocked: Annotated[
        Literal["true", "false"], Query(description="Those who are blocked, the last first")
    ] = "false",
) -> Page[CustomerSummary]:
    """List customers, by the last contact."""
    only_blocked = blocked == "true"
    wanted = Wanted(
        query=q,
        stage=stage,
        segments=(segment,) if segment else (),
        tag=tag,
        channel=channel,
        mood=mood,
        blocked=only_blocked,
    )
    place: Any = paging.place(moment, UUID)
    found = await call.read(finding.page, call.viewer, wanted, place, limit=paging.limit)
    shown, last = paging.part(
        found, lambda one: ((one.blocked_at if only_blocked else one.seen_at) or "", one.id)
    )
    return Page(items=[_summary(one) for one in shown], next=last)


@resource.get("/customers/{customer_id}", needs=Right.READ)
async def show(call: Call, customer_id: Id) -> Customer:
    """Show all that is known of a customer."""
    return await call.read(_show, call, customer_id)


@resource.patch("/customers/{customer_id}", needs=Right.WRITE)
async def change(call: Call, customer_id: Id, given: CustomerChange) -> Acted:
    """Change a customer. What is left out stays as it is."""
    if given.time_zone and given.time_zone not in available_timezones():
        raise Problem(problem.REFUSED, f"there is no time zone {given.time_zone}")
    wanted = Edit(
        name=given.name,
        stage=given.stage,
        locale=given.locale,
        time_zone=given.time_zone,
        attributes=_values(call, given.attributes),
        tag=given.tag,
        untag=given.untag,
    )
    return await _act(
        call,
        customer_id,
        lambda session, kept: acts.edit(session, call.viewer, kept, wanted, call.now),
    )


@resource.post("/customers/{customer_id}/undo", needs=Right.WRITE)
async def undo(call: Call, customer_id: Id, given: Undo) -> Customer:
    """Put back what an act of the token's agent changed. Twice does it once."""

    def run(session: Session) -> None:
        kept = seeing.require(session, call.viewer, customer_id)
        undoing.undo(session, call.by, kept, given.act)

    await call.act(run)
    return await call.read(_show, call, customer_id)


@resource.post("/customers/{customer_id}/notes", needs=Right.WRITE)
async def add_note(call: Call, customer_id: Id, given: NewCustomerNote) -> Acted:
    """Write a note about a customer. One without letters is none."""
    return await _act(
        call,
        customer_id,
        lambda session, kept: acts.add_note(session, call.viewer, kept, given.text, call.now),
    )


@resource.delete("/customers/{customer_id}/notes/{note_id}", needs=Right.WRITE)
async def remove_note(call: Call, customer_id: Id, note_id: Id) -> Acted:
    """Take a note away; an undo brings it back."""
    return await _act(
        call,
        customer_id,
        lambda session, kept: acts.remove_note(session, call.viewer, kept, note_id, call.now),
    )


@resource.put("/customers/{customer_id}/consents/{purpose}", needs=Right.WRITE)
async def consent(call: Call, customer_id: Id, purpose: Purpose, given: NewConsent) -> Acted:
    """Note a yes or no of the customer to a purpose: `contact`, `marketing`, `survey`, or yours."""
    return await _act(
        call,
        customer_id,
        lambda session, kept: acts.give_consent(
            session, call.viewer, kept, purpose, given.granted, call.now
        ),
    )


@resource.put("/customers/{customer_id}/block", needs=Right.WRITE)
async def block(call: Call, customer_id: Id, given: Block) -> Acted:
    """Block a customer: what comes from now on is spam."""
    return await _act(
        call,
        customer_id,
        lambda session, kept: blocking.block(session, call.by, kept, given.reason),
    )


@resource.delete("/customers/{customer_id}/block", needs=Right.WRITE)
async def unblock(call: Call, customer_id: Id) -> Acted:
    """Unblock a customer."""
    return await _act(
        call,
        customer_id,
        lambda session, kept: blocking.unblock(session, call.by, kept),
    )


async def _act(
    call: ApiCall, customer_id: UUID, apply: Callable[[Session, UUID], UUID | None]
) -> Acted:
    def run(session: Session) -> Made:
        return stored_act(apply(session, seeing.require(session, call.viewer, customer_id)))

    return acted(await call.once(run))


def _values(call: ApiCall, given: Mapping[str, str | None]) -> dict[str, Value | None]:
    """Attributes as what they are defined to be. Raises Unfit."""
    known = call.context.policy().attributes
    return {name: value_of(known, name, text or "") for name, text in given.items()}


def amount(money: Money) -> Amount:
    """Money as it is shown."""
    return Amount(minor_units=money.amount, currency=money.currency)


def address(one: KnownAddress) -> CustomerAddress:
    """An address as it is shown."""
    return CustomerAddress(
        id=one.id,
        kind=one.kind,
        address=one.address,
        name=one.name,
        verified=one.proof == "verified",
        reachable=one.reachable,
    )


def _summary(one: Found) -> CustomerSummary:
    return CustomerSummary(
        id=one.id,
        name=one.name or one.address_name,
        stage=one.stage,
        locale=one.locale,
        segments=list(one.segments),
        tags=list(one.tags),
        seen_at=one.seen_at,
        created_at=one.created_at,
        satisfaction=one.satisfaction,
        blocked_at=one.blocked_at,
        open=one.open,
        orders=one.orders,
        totals=[Amount(minor_units=sum_, currency=name) for name, sum_ in one.total.items()],
    )


def _show(session: Session, call: ApiCall, customer_id: UUID) -> Customer:
    kept = seeing.require(session, call.viewer, customer_id)
    found = record.read(session, kept)
    if found.erased:
        raise NotVisible(f"customer {kept} was erased")
    return Customer(
        id=found.id,
        name=found.name,
        stage=found.stage,
        locale=found.locale,
        time_zone=found.time_zone,
        segments=list(found.segments),
        tags=list(found.tags),
        attributes=found.attributes,
        first_source=found.first_source,
        last_source=found.last_source,
        seen_at=found.seen_at,
        created_at=found.since,
        blocked_at=found.blocked_at,
        blocked_reason=found.blocked_reason,
        addresses=[address(one) for one in found.addresses],
        consents=[Consent.model_validate(one) for one in found.consents],
        notes=[CustomerNote.model_validate(one) for one in found.notes],
        ratings=found.rating_count,
        mean_rating=found.mean,
        orders=found.orders,
        totals=[amount(one) for one in found.totals],
        alike=[one.other(kept) for one in found.suggestions],
    )
