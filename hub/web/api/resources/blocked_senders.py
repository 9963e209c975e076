"""Blocked senders: whose messages are spam."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import Field, StringConstraints

from hub.agents.rights import Right
from hub.customers import blocked_senders
from hub.customers.blocked_senders import LONGEST, LONGEST_REASON, BadSender, OwnAddress
from hub.store.database import Session
from hub.web.api import problem
from hub.web.api.call import Call, Made
from hub.web.api.model import Given, Lines, Shown, example
from hub.web.api.paging import Page, Paged, text
from hub.web.api.resource import Resource
from hub.web.api.resources.naming import ShortName
from hub.web.api.resources.shared import ONE, WHEN

resource = Resource(
    "Blocked senders",
    "Whose messages are spam.",
    refuses={BadSender: problem.REFUSED, OwnAddress: problem.CONFLICT},
)

Written = Annotated[
    str, StringConstraints(min_length=1, max_length=LONGEST, pattern=r"^[^\x00-\x1f\x7f]+$")
]


class BlockedSender(Shown):
    """A sender, or with a domain such as `@example.com` everybody there."""

    model_config = Shown.model_config | example(
        kind="mail", address="@spam.example", reason="Advertising", at=WHEN, by=ONE
    )

    kind: str
    address: str
    reason: str | None
    at: datetime
    by: UUID | None


class NewBlock(Given):
    """A sender to be blocked."""

    model_config = example(kind="mail", address="@spam.example", reason="Advertising")

    kind: ShortName = Field(description="Of the channel")
    address: Written
    reason: Annotated[Lines, StringConstraints(max_length=LONGEST_REASON)] = ""


class Unblock(Given):
    """A sender to be heard again."""

    model_config = example(kind="mail", address="@spam.example")

    kind: ShortName
    address: Written


class BlockDone(Shown):
    """The address as it is kept."""

    model_config = example(kind="mail", address="@spam.example")

    kind: str
    address: str


@resource.get("/blocked-senders", needs=Right.READ)
async def page(
    call: Call,
    paging: Paged,
    q: Annotated[str, Query(max_length=80, pattern=r"^[^\x00]*$")] = "",
) -> Page[BlockedSender]:
    """List the blocked senders; `q`: those with this in their address."""
    place = paging.place(text, text)
    found = await call.read(
        blocked_senders.page,
        search=q,
        after=(place[0], place[1]) if place else None,
        limit=paging.ahead,
    )
    shown, more = paging.part(found, lambda one: (one.kind, one.address))
    return Page(items=[BlockedSender.model_validate(one) for one in shown], next=more)


@resource.post("/blocked-senders", needs=Right.BLOCK_SENDERS)
async def block(call: Call, given: NewBlock) -> BlockDone:
    """Block a sender: what comes from there is spam from now on."""
    accounts = call.context.policy().accounts.values()
    own = frozenset(address for account in accounts for address in account.addresses)

    def write(session: Session) -> Made:
        kept = blocked_senders.block(
            session, call.by, given.kind, given.address, reason=given.reason, own=own
        )
        return {"address": kept}

    return BlockDone(kind=given.kind, address=(await call.once(write))["address"])


@resource.post("/blocked-senders/unblock", needs=Right.BLOCK_SENDERS)
async def unblock(call: Call, given: Unblock) -> BlockDone:
    """Hear a sender again; also one who was not blocked."""
    await call.act(blocked_senders.unblock, call.by, given.kind, given.address)
    return BlockDone(kind=given.kind, address=given.address)
