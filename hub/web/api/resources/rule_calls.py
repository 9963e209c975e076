"""Calls of webhooks that rules made."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from hub.agents.rights import Right
from hub.rules import webhook_calls
from hub.rules.webhook_calls import State
from hub.web.api.call import Call
from hub.web.api.model import Id, Shown, example
from hub.web.api.paging import Page, Paged, moment
from hub.web.api.resource import Resource
from hub.web.api.resources.shared import ONE, OTHER, WHEN

resource = Resource(
    "Calls by rules",
    "What rules told other programs, and what these answered.",
)


class RuleCall(Shown):
    """One call."""

    model_config = Shown.model_config | example(
        id=ONE, webhook="crm", rule="new-order", conversation_id=OTHER, number=42, state="failed",
        attempts=5, status=503, error=None, body="{}", answer=None, created_at=WHEN, due_at=WHEN,
        finished_at=WHEN,
    )  # fmt: skip

    id: UUID
    webhook: str
    rule: str
    conversation_id: UUID
    number: int = Field(description="Of the conversation")
    state: str
    attempts: int
    status: int | None
    error: str | None
    body: str = Field(description="The JSON that was sent")
    answer: dict[str, Any] | None = Field(description="What came back, where it was JSON")
    created_at: datetime
    due_at: datetime
    finished_at: datetime | None


@resource.get("/rule-calls", needs=Right.SEE_RULES)
async def page(
    call: Call,
    paging: Paged,
    state: State | None = None,
) -> Page[RuleCall]:
    """List the calls of conversations that you may see, the latest first."""
    place = paging.place(moment, UUID)
    found = await call.read(
        webhook_calls.calls,
        call.viewer,
        state=state,
        after=(place[0], place[1]) if place else None,
        limit=paging.ahead,
    )
    shown, more = paging.part(found, lambda one: (one.created_at, one.id))
    items = [RuleCall.model_validate(one) for one in shown]
    call.saw("conversation", {one.conversation_id for one in shown})
    return Page(items=items, next=more)


@resource.post("/rule-calls/{call_id}/retry", needs=Right.EDIT_RULES, status=204)
async def retry(call: Call, call_id: Id) -> None:
    """Make a failed call again; it keeps its id, by which the far side knows it."""
    await call.act(webhook_calls.retry, call.viewer, call_id, now=call.now)
