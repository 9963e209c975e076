"""The addresses of a customer."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hub.agents.rights import Right
from hub.conversations.customers import seeing
from hub.customers import identities, record, unlinking
from hub.customers.identities import BadAddress, Taken
from hub.customers.unlinking import LastIdentity, Unlinking
from hub.store.database import Session
from hub.web.api import problem
from hub.web.api.call import Call, Made
from hub.web.api.model import Given, Id, Line, Shown, example
from hub.web.api.resource import Resource
from hub.web.api.resources.customers import address
from hub.web.api.resources.shared import Acted, acted, stored_act
from hub.web.api.shapes.customers import CustomerAddress

resource = Resource(
    "Addresses",
    "Where a customer can be reached. A claimed address was told by somebody; a verified one is "
    "proven, and what comes from it is the customer's.",
    refuses={
        BadAddress: problem.REFUSED,
        Taken: problem.CONFLICT,
        LastIdentity: problem.CONFLICT,
    },
)


class NewAddress(Given):
    """An address that the customer is said to have."""

    model_config = example(kind="mail", address="mina@example.com")

    kind: Literal["mail", "phone"]
    address: Line = Field(max_length=254)


class Verification(Given):
    """How it is known."""

    model_config = example(reason="Called back and asked.")

    reason: Line = Field(description="Stands in the audit log")


class UnlinkPreview(Shown):
    """What taking an address away would do."""

    model_config = example(going=2, staying=1, used=True)

    going: int = Field(description="Conversations that go with it, to a customer of its own")
    staying: int = Field(description="Conversations in which it stays as somebody else")
    used: bool = Field(description="Somebody wrote from it; otherwise nothing is left of it")


@resource.get("/customers/{customer_id}/addresses", needs=Right.READ)
async def page(call: Call, customer_id: Id) -> list[CustomerAddress]:
    """List the addresses of a customer, verified ones first."""

    def read(session: Session) -> list[CustomerAddress]:
        kept = seeing.require(session, call.viewer, customer_id)
        return [address(one) for one in record.addresses(session, kept)]

    shown = await call.read(read)
    call.saw("customer", [customer_id])
    return shown


@resource.post("/customers/{customer_id}/addresses", needs=Right.WRITE)
async def add(call: Call, customer_id: Id, given: NewAddress) -> Acted:
    """Note an address as claimed."""

    def run(session: Session) -> Made:
        kept = seeing.require(session, call.viewer, customer_id)
        return stored_act(
            identities.add(session, call.viewer, kept, given.kind, given.address, call.now)
        )

    return acted(await call.once(run))


@resource.post("/customers/{customer_id}/addresses/{identity_id}/verify", needs=Right.WRITE)
async def verify(call: Call, customer_id: Id, identity_id: Id, given: Verification) -> Acted:
    """Take an address as proven, because somebody found out."""

    def run(session: Session) -> Made:
        kept = seeing.require(session, call.viewer, customer_id)
        return stored_act(identities.verify(session, call.by, kept, identity_id, given.reason))

    return acted(await call.once(run))


@resource.get("/customers/{customer_id}/addresses/{identity_id}/unlinking", needs=Right.READ)
async def preview(call: Call, customer_id: Id, identity_id: Id) -> UnlinkPreview:
    """Tell what taking an address away would do."""

    def read(session: Session) -> Unlinking:
        kept = seeing.require(session, call.viewer, customer_id)
        return unlinking.preview(session, kept, identity_id)

    return UnlinkPreview.model_validate(await call.read(read))


@resource.delete("/customers/{customer_id}/addresses/{identity_id}", needs=Right.WRITE)
async def unlink(call: Call, customer_id: Id, identity_id: Id) -> Acted:
    """Take an address away: it becomes a customer of its own, with what was written from it. One
    that nobody wrote from is gone."""

    def run(session: Session) -> Made:
        kept = seeing.require(session, call.viewer, customer_id)
        return stored_act(unlinking.unlink(session, call.viewer, kept, identity_id, call.now))

    return acted(await call.once(run))
