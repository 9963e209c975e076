"""The audit log: who did what to the installation, and who read whose data."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import Field

from hub.agents import audit
from hub.agents.audit import Action, Wanted
from hub.agents.rights import Right
from hub.web.api.call import Call
from hub.web.api.model import Id, Moment, Shown, example
from hub.web.api.paging import Page, Paged, whole
from hub.web.api.resource import Resource
from hub.web.api.resources.shared import OTHER, WHEN

resource = Resource("Audit log", "Who did what, when and from where. Entries are only added.")


class AuditEntry(Shown):
    """One act."""

    model_config = Shown.model_config | example(
        position=4711,
        at=WHEN,
        agent_id=OTHER,
        agent="Sara Ahmadi",
        action="changed a team",
        subject=f"team:{OTHER}",
        address="192.0.2.7",
        before={"strategy": "least_busy"},
        after={"strategy": "round_robin"},
    )

    position: int
    at: datetime
    agent_id: UUID | None
    agent: str | None = Field(description="Null: the command line, or somebody who is gone")
    action: str
    subject: str = Field(description="To what it was done, as kind:id")
    address: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None


@resource.get("/audit", needs=Right.SEE_AUDIT)
async def page(
    call: Call,
    paging: Paged,
    agent_id: Id | None = None,
    action: Action | None = None,
    since: Annotated[Moment | None, Query(description="From this moment on")] = None,
    until: Annotated[Moment | None, Query(description="Before this moment")] = None,
) -> Page[AuditEntry]:
    """List what was done, the latest first."""
    place = paging.place(whole)
    found = await call.read(
        audit.entries,
        Wanted(agent_id, action, since, until),
        before=place[0] if place else None,
        limit=paging.ahead,
    )
    shown, more = paging.part(found, lambda one: (one.position,))
    return Page(items=[AuditEntry.model_validate(one) for one in shown], next=more)
