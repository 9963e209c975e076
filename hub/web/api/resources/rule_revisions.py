"""Revisions of the rules: who saved what, and going back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Path
from pydantic import Field

from hub.agents.rights import Right
from hub.rules import history
from hub.rules.history import Revision
from hub.store.database import Session
from hub.web.api.call import Call, Made
from hub.web.api.model import Ordinal, Shown, example
from hub.web.api.paging import Page, Paged, whole
from hub.web.api.resource import Resource
from hub.web.api.resources.shared import ONE, WHEN

resource = Resource(
    "Revisions of the rules",
    "Each time that the rules were saved: who did, and what they were then.",
)

_EXAMPLE = {
    "number": 12,
    "at": WHEN,
    "author": "Sara Ahmadi",
    "agent_id": ONE,
    "shipped": False,
    "live": True,
}


class RuleRevision(Shown):
    """One saved state of all rules."""

    model_config = example(**_EXAMPLE)

    number: int
    at: datetime
    author: str | None = Field(description="Null: the files brought it, or the command line")
    agent_id: UUID | None
    shipped: bool
    live: bool = Field(description="It decides now")


class WholeRuleRevision(RuleRevision):
    """A saved state of all rules, with their text and how it differs from the one before."""

    model_config = example(
        **_EXAMPLE, text="- id: spam-words\n  …", added=["spam-words"], removed=[], changed=[]
    )

    text: str
    added: list[str]
    removed: list[str]
    changed: list[str]


Number = Annotated[Ordinal, Path()]


@resource.get("/rule-revisions", needs=Right.SEE_RULES)
async def page(call: Call, paging: Paged) -> Page[RuleRevision]:
    """List the revisions, the newest first."""
    place = paging.place(whole)
    found = await call.read(
        history.revisions, before=place[0] if place else None, limit=paging.ahead
    )
    shown, more = paging.part(found, lambda one: (one.id,))
    return Page(items=[_shown(one) for one in shown], next=more)


@resource.get("/rule-revisions/{number}", needs=Right.SEE_RULES)
async def show(call: Call, number: Number) -> WholeRuleRevision:
    """Show a revision with its text."""

    def read(session: Session) -> WholeRuleRevision:
        text = history.source_of(session, number)
        found = history.revisions(session, before=number + 1, limit=2)
        older = history.source_of(session, found[1].id) if len(found) > 1 else ""
        told = history.difference(older, text)
        return WholeRuleRevision(
            **_shown(found[0]).model_dump(),
            text=text,
            added=list(told.added),
            removed=list(told.removed),
            changed=list(told.changed),
        )

    return await call.read(read)


@resource.post("/rule-revisions/{number}/restore", needs=Right.EDIT_RULES)
async def restore(call: Call, number: Number) -> RuleRevision:
    """Let the rules be again what they were, as a new revision."""

    def write(session: Session) -> Made:
        saved = history.restore(session, number, agent_id=call.viewer.agent_id, now=call.now)
        return {"revision": saved.revision}

    made = int((await call.once(write))["revision"])
    [found] = await call.read(history.revisions, before=made + 1, limit=1)
    return _shown(found)


def _shown(one: Revision) -> RuleRevision:
    return RuleRevision(
        number=one.id,
        at=one.at,
        author=one.author,
        agent_id=one.agent_id,
        shipped=one.shipped,
        live=one.live,
    )
