"""Dry runs: what a draft of the rules would have done with what happened lately."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from hub import dry_run, jobs
from hub.agents.rights import Right
from hub.jobs import NoSuchJob
from hub.rules import history
from hub.rules.trial import Act
from hub.rules.trials import Trial, differences, trial
from hub.store.database import Session
from hub.web.api import problem
from hub.web.api.call import Call, Made
from hub.web.api.model import Given, Id, Number, Shown, example
from hub.web.api.paging import Page, Paged, whole
from hub.web.api.problem import Problem
from hub.web.api.resource import Resource
from hub.web.api.resources.rules import BODY, Text
from hub.web.api.resources.shared import ONE, OTHER, WHEN
from hub.web.rules.drafting import Unreadable, drafted

resource = Resource(
    "Dry runs",
    "What a draft of the rules would have done with what happened lately. Nothing is done.",
    refuses={
        Unreadable: problem.REFUSED,
    },
)


class DryRun(Shown):
    """A dry run so far."""

    model_config = example(
        id=ONE, state="running", days=30, looked_at=1200, total=4800, differing=17, error=None,
        created_at=WHEN,
    )  # fmt: skip

    id: UUID
    state: str
    days: int
    looked_at: int
    total: int | None
    differing: int = Field(description="How many events would have come out otherwise")
    error: str | None
    created_at: datetime


class RuleDoing(Shown):
    """Something that rules do."""

    model_config = example(act="tag", what="invoice")

    act: str
    what: str


class DryRunDifference(Shown):
    """One event that would have come out otherwise. more: what would be done and is not now."""

    model_config = example(
        number=3, event="message.received", at=WHEN, conversation_id=OTHER, message_id=None,
        more=[{"act": "tag", "what": "invoice"}], less=[],
    )  # fmt: skip

    number: int
    event: str
    at: datetime
    conversation_id: UUID | None
    message_id: UUID | None
    more: list[RuleDoing]
    less: list[RuleDoing]


class NewDryRun(Given):
    """A dry run to be started: of one rule's text among the live ones, or of a revision."""

    model_config = example(days=30, text="- id: spam-words\n  …", key="spam-words", revision=None)

    days: Annotated[Number, Field(ge=1, le=90)]
    text: Text | None = None
    key: Annotated[str, StringConstraints(min_length=1, max_length=80)] | None = Field(
        None, description="Of the rule that the text replaces; null: it is a new one"
    )
    revision: Number | None = None


@resource.post("/dry-runs", needs=Right.SEE_RULES, status=202, body=BODY)
async def start(call: Call, given: NewDryRun) -> DryRun:
    """Begin a dry run, in the background."""
    if (given.text is None) == (given.revision is None):
        raise Problem(problem.REFUSED, "give a text or a revision, one of them")

    def write(session: Session) -> Made:
        if given.text is not None:
            source, _ = drafted(session, given.key, given.text.replace("\r\n", "\n"))
        else:
            source = history.source_of(session, given.revision or 0)
        made = dry_run.start(
            session, source, given.days, agent_id=call.viewer.agent_id, now=call.now
        )
        return {"id": str(made)}

    return await show(call, UUID((await call.once(write))["id"]))


@resource.get("/dry-runs/{run_id}", needs=Right.SEE_RULES)
async def show(call: Call, run_id: Id) -> DryRun:
    """Show how far a dry run has come."""
    return _shown(await call.read(trial, run_id))


@resource.get("/dry-runs/{run_id}/differences", needs=Right.SEE_RULES)
async def found(call: Call, run_id: Id, paging: Paged) -> Page[DryRunDifference]:
    """List the events that would have come out otherwise."""
    place = paging.place(whole)
    await call.read(trial, run_id)
    rows = await call.read(differences, run_id, after=place[0] if place else 0, limit=paging.ahead)
    shown, more = paging.part(rows, lambda one: (one.number,))
    items = [
        DryRunDifference(
            number=one.number,
            event=one.event,
            at=one.at,
            conversation_id=one.conversation_id,
            message_id=one.message_id,
            more=[_doing(act) for act in one.only_draft],
            less=[_doing(act) for act in one.only_live],
        )
        for one in shown
    ]
    return Page(items=items, next=more)


@resource.post("/dry-runs/{run_id}/stop", needs=Right.SEE_RULES)
async def stop(call: Call, run_id: Id) -> DryRun:
    """Stop a dry run; what it found so far stays."""

    def write(session: Session) -> None:
        trial(session, run_id)
        try:
            jobs.cancel(session, run_id, call.now)
        except NoSuchJob:
            pass  # it has just ended by itself

    await call.act(write)
    return await show(call, run_id)


def _doing(act: Act) -> RuleDoing:
    return RuleDoing(act=act[0], what=act[1])


def _shown(one: Trial) -> DryRun:
    return DryRun(
        id=one.id,
        state=one.state,
        days=one.days,
        looked_at=one.counts.looked_at,
        total=one.total,
        differing=one.counts.differing,
        error=one.error,
        created_at=one.created_at,
    )
