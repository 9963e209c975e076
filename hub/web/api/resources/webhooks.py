"""Webhooks: other programs that are told what happens."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints

from hub.agents.rights import Right
from hub.store.database import Session
from hub.subscriptions import deliveries, endpoints
from hub.subscriptions.deliveries import Delivery, State
from hub.subscriptions.kinds import KINDS
from hub.subscriptions.wanted import LONGEST_URL, Invalid, Wanted
from hub.web.api import problem
from hub.web.api.call import ApiCall, Call, Made
from hub.web.api.model import Flag, Given, Id, Shown, example
from hub.web.api.paging import Page, Paged, moment, paged
from hub.web.api.problem import Problem
from hub.web.api.resource import Resource
from hub.web.api.resources.naming import Name
from hub.web.api.resources.shared import ONE, OTHER, WHEN

resource = Resource(
    "Webhooks",
    "Other programs that are told what happens, signed as Standard Webhooks say.",
    refuses={
        Invalid: problem.REFUSED,
    },
)

Url = Annotated[
    str,
    StringConstraints(
        min_length=8, max_length=LONGEST_URL, pattern=r"^https?://[^\x00-\x20\x7f]+$"
    ),
]
Kinds = Annotated[list[str], Field(max_length=len(KINDS), json_schema_extra={
    "items": {"type": "string", "enum": sorted(KINDS)}
})]  # fmt: skip
_EXAMPLE: dict[str, Any] = {
    "id": ONE,
    "name": "Sample shop",
    "url": "https://shop.example/hooks",
    "kinds": ["message.received"],
    "words": False,
    "agent_id": OTHER,
    "agent": "Sara Ahmadi",
    "state": "on",
    "reason": None,
    "failing_since": None,
    "delivered_at": WHEN,
    "two_secrets_until": None,
    "created_at": WHEN,
    "removed_at": None,
    "waiting": 0,
    "failed": 0,
}


class Webhook(Shown):
    """A program that is told what happens. It is told what its agent may see."""

    model_config = Shown.model_config | example(**_EXAMPLE)

    id: UUID
    name: str
    url: str
    kinds: list[str] = Field(description="Of the events; none: all")
    words: bool = Field(description="It is told names and texts; false: ids and values alone")
    agent_id: UUID
    agent: str
    state: str = Field(description="on, off, or ended by the hub, and `reason` says why")
    reason: str | None
    failing_since: datetime | None
    delivered_at: datetime | None
    two_secrets_until: datetime | None
    created_at: datetime
    removed_at: datetime | None
    waiting: int
    failed: int


class WebhookSecret(Shown):
    """A secret, shown this once."""

    model_config = example(id=ONE, secret="whsec_c2FtcGxl")  # noqa: S106 - a sample

    id: UUID
    secret: str


class NewWebhook(Given):
    """A program that is to be told."""

    model_config = example(
        name="Sample shop",
        url="https://shop.example/hooks",
        kinds=["message.received"],
        words=False,
    )

    name: Name
    url: Url
    kinds: Kinds = Field(default_factory=list, description="None: all")
    words: Flag = False


class WebhookChange(Given):
    """What of a webhook is to be changed. Who changes url or kinds answers for it then."""

    model_config = example(kinds=["message.received", "rating.received"])

    name: Name | None = None
    url: Url | None = None
    kinds: Kinds | None = None
    words: Flag | None = None


class WebhookSwitch(Given):
    """Whether it is told. missed: also what happened while it was off."""

    model_config = example(on=True, missed=True)

    on: Flag
    missed: Flag = True


class WebhookTry(Shown):
    """One attempt. took: seconds."""

    model_config = Shown.model_config | example(at=WHEN, status=503, error=None, said="", took=0.2)

    at: datetime
    status: int | None
    error: str | None
    said: str
    took: float


class WebhookDelivery(Shown):
    """Something that it was told, or is to be."""

    model_config = Shown.model_config | example(
        id=ONE, endpoint_id=OTHER, kind="message.received", state="delivered",
        conversation_id=None, number=None, body="{}", tries=[], created_at=WHEN, due_at=WHEN,
        finished_at=WHEN,
    )  # fmt: skip

    id: UUID
    endpoint_id: UUID
    kind: str
    state: str
    conversation_id: UUID | None
    number: int | None
    body: str | None = Field(description="Null: you may not see it, or it was erased")
    tries: list[WebhookTry]
    created_at: datetime
    due_at: datetime
    finished_at: datetime | None


@resource.get("/webhooks", needs=Right.MANAGE_WEBHOOKS)
async def page(call: Call, paging: Paged, removed: bool = False) -> Page[Webhook]:
    """List the webhooks; `removed`: those that can be brought back."""
    found = await call.read(endpoints.endpoints, removed=removed)
    return paged(found, paging, key=lambda one: str(one.id), show=Webhook.model_validate)


@resource.get("/webhooks/{webhook_id}", needs=Right.MANAGE_WEBHOOKS)
async def show(call: Call, webhook_id: Id) -> Webhook:
    """Show a webhook."""
    return Webhook.model_validate(await call.read(endpoints.endpoint, webhook_id))


@resource.post("/webhooks", needs=Right.MANAGE_WEBHOOKS, status=201)
async def make(call: Call, given: NewWebhook) -> WebhookSecret:
    """Make a webhook; the secret that signs its messages is shown this once."""
    secret, context = "", call.context

    def write(session: Session) -> Made:
        nonlocal secret
        wanted = Wanted(given.name, given.url, tuple(given.kinds), given.words)
        networks = context.settings.webhooks.networks
        made, secret = endpoints.create(session, context.keys, call.by, wanted, networks=networks)
        return {"id": str(made)}

    made = await call.once(write)
    return _secret(call, made["id"], secret)


@resource.patch("/webhooks/{webhook_id}", needs=Right.MANAGE_WEBHOOKS)
async def change(call: Call, webhook_id: Id, given: WebhookChange) -> Webhook:
    """Change a webhook. What is left out stays as it is."""

    def write(session: Session) -> None:
        was = endpoints.endpoint(session, webhook_id)
        wanted = Wanted(
            given.name or was.name,
            given.url or was.url,
            tuple(was.kinds if given.kinds is None else given.kinds),
            was.words if given.words is None else given.words,
        )
        networks = call.context.settings.webhooks.networks
        endpoints.change(session, call.by, webhook_id, wanted, networks=networks)

    await call.act(write)
    return await show(call, webhook_id)


@resource.post("/webhooks/{webhook_id}/switch", needs=Right.MANAGE_WEBHOOKS)
async def switch(call: Call, webhook_id: Id, given: WebhookSwitch) -> Webhook:
    """Tell it what happens, or nothing until it is switched on again."""

    def write(session: Session) -> None:
        if given.on:
            endpoints.switch_on(session, call.by, webhook_id, missed=given.missed)
        else:
            endpoints.switch_off(session, call.by, webhook_id)

    await call.act(write)
    return await show(call, webhook_id)


@resource.post("/webhooks/{webhook_id}/secret", needs=Right.MANAGE_WEBHOOKS)
async def renew_secret(call: Call, webhook_id: Id) -> WebhookSecret:
    """Make another secret; for a day the one before signs as well."""
    secret = ""

    def write(session: Session) -> Made:
        nonlocal secret
        secret = endpoints.renew_secret(session, call.context.keys, call.by, webhook_id)
        return {"id": str(webhook_id)}

    made = await call.once(write)
    return _secret(call, made["id"], secret)


@resource.post("/webhooks/{webhook_id}/end-old-secret", needs=Right.MANAGE_WEBHOOKS)
async def end_old_secret(call: Call, webhook_id: Id) -> Webhook:
    """Sign with the new secret alone from now on."""
    await call.act(endpoints.end_old_secret, call.by, webhook_id)
    return await show(call, webhook_id)


@resource.delete("/webhooks/{webhook_id}", needs=Right.MANAGE_WEBHOOKS, status=204)
async def remove(call: Call, webhook_id: Id) -> None:
    """Tell it nothing any more; for a while it can be brought back."""
    await call.act(endpoints.remove, call.by, webhook_id)


@resource.post("/webhooks/{webhook_id}/restore", needs=Right.MANAGE_WEBHOOKS)
async def restore(call: Call, webhook_id: Id) -> Webhook:
    """Bring a removed webhook back; it is off then."""
    await call.act(endpoints.restore, call.by, webhook_id)
    return await show(call, webhook_id)


@resource.post("/webhooks/{webhook_id}/test", needs=Right.MANAGE_WEBHOOKS, status=202)
async def test(call: Call, webhook_id: Id) -> WebhookDelivery:
    """Tell it something for a test, once."""

    def write(session: Session) -> Made:
        return {"id": str(deliveries.test(session, call.by, webhook_id))}

    made = UUID((await call.once(write))["id"])
    found = await call.read(deliveries.delivery, call.viewer, webhook_id, made)
    return _delivery(found)


@resource.get("/webhooks/{webhook_id}/deliveries", needs=Right.MANAGE_WEBHOOKS)
async def log(
    call: Call, webhook_id: Id, paging: Paged, state: State | None = None
) -> Page[WebhookDelivery]:
    """List what it was told, the latest first."""
    place = paging.place(moment, UUID)
    await call.read(endpoints.endpoint, webhook_id)
    found = await call.read(
        deliveries.deliveries,
        call.viewer,
        webhook_id,
        state=state,
        after=(place[0], place[1]) if place else None,
        limit=paging.ahead,
    )
    shown, more = paging.part(found, lambda one: (one.created_at, one.id))
    call.saw("conversation", {one.conversation_id for one in shown if one.conversation_id})
    return Page(items=[_delivery(one) for one in shown], next=more)


@resource.post("/webhooks/{webhook_id}/deliveries/{delivery_id}/again", needs=Right.MANAGE_WEBHOOKS)
async def again(call: Call, webhook_id: Id, delivery_id: Id) -> WebhookDelivery:
    """Tell it once more; the message keeps its id."""
    await call.act(deliveries.send_again, call.by, webhook_id, delivery_id)
    found = await call.read(deliveries.delivery, call.viewer, webhook_id, delivery_id)
    return _delivery(found)


@resource.post("/webhooks/{webhook_id}/again", needs=Right.MANAGE_WEBHOOKS)
async def all_again(call: Call, webhook_id: Id) -> Webhook:
    """Tell it once more everything that failed."""
    await call.act(deliveries.send_failed_again, call.by, webhook_id)
    return await show(call, webhook_id)


def _secret(call: ApiCall, made: str, secret: str) -> WebhookSecret:
    if call.replayed:
        raise Problem(problem.CONFLICT, "this was done before, and the secret was shown then")
    return WebhookSecret(id=UUID(made), secret=secret)


def _delivery(one: Delivery) -> WebhookDelivery:
    return WebhookDelivery.model_validate(one)
