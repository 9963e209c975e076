"""Acts on many conversations at once, with one undo."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import Field

from hub import bulk, jobs
from hub.agents.rights import Right
from hub.conversations import acts, listing
from hub.conversations import bulk as many
from hub.conversations.acts import NoSuchPerson
from hub.conversations.bulk import Wanted
from hub.conversations.listing import View
from hub.rules.filters import Moment as Against
from hub.store.database import Session
from hub.store.types import new_id
from hub.web.api import problem
from hub.web.api.call import Call, Made
from hub.web.api.model import Given, Id, Line, Moment, Shown, example
from hub.web.api.problem import Problem
from hub.web.api.resource import Resource
from hub.web.api.resources.conversations import number_of
from hub.web.api.resources.privacy import Job, job
from hub.web.api.resources.shared import ONE, OTHER
from hub.web.api.shapes.conversations import Priority

resource = Resource(
    "Many conversations",
    "The same act on many conversations: on some, or on everything that a view holds.",
    refuses={
        NoSuchPerson: problem.CONFLICT,
    },
)


class Act(Given):
    """One act. Each takes what is named after it."""

    model_config = example(do="assign", agent_id=OTHER)

    do: many.Name
    agent_id: Id | None = Field(None, description="`assign`: to whom; null: to nobody")
    team_id: Id | None = Field(None, description="`team`: whose queue; null: nobody's")
    until: Moment | None = Field(None, description="`snooze`; null: until the customer writes")
    priority: Priority | None = Field(None, description="`priority`")
    tag: Line | None = Field(None, description="`tag`, `untag`", max_length=60)
    topic_id: Id | None = Field(None, description="`resolve`: what it was about; null: not said")


class ActOnSome(Act):
    """An act on these conversations."""

    model_config = example(do="resolve", conversation_ids=[ONE])

    conversation_ids: list[Id] = Field(min_length=1, max_length=bulk.AT_ONCE)


class ActOnView(Act):
    """An act on everything that a view holds now."""

    model_config = example(do="tag", tag="delivery", view="unassigned")

    view: listing.Name = "open"
    in_team_id: Id | None = Field(None, description="Of one team")
    account: Line | None = Field(None, max_length=100)
    saved_view_id: Id | None = Field(None, description="A saved view instead")


class Together(Given):
    """What was done together."""

    model_config = example(together=ONE)

    together: Id


class Outcome(Shown):
    """In how many conversations something was done, and in how many it could not be."""

    model_config = example(together=ONE, changed=12, refused=0)

    together: UUID | None = Field(description="Names all of it for an undo")
    changed: int
    refused: int


@resource.post("/acts", needs=Right.WRITE)
async def act(call: Call, given: ActOnSome) -> Outcome:
    """Do something in some conversations. Those that the agent does not see are left out."""
    wanted, together = _wanted(given, call.now), new_id()

    def run(session: Session) -> Made:
        made = many.do_all(
            session, call.viewer, given.conversation_ids, wanted, together=together, now=call.now
        )
        done = str(together) if made.changed else None
        return {"together": done, "changed": made.changed, "refused": made.refused}

    return Outcome.model_validate(await call.once(run))


@resource.post("/acts/undo", needs=Right.WRITE)
async def undo(call: Call, given: Together) -> Outcome:
    """Put back what was done together. What has changed since is refused."""

    def run(session: Session) -> Made:
        found = acts.acts_together(session, call.viewer, given.together)
        made = many.undo_all(session, call.viewer, found, call.now)
        return {"together": None, "changed": made.changed, "refused": made.refused}

    return Outcome.model_validate(await call.once(run))


@resource.post("/acts/on-view", needs=Right.WRITE, status=202)
async def act_on_view(call: Call, given: ActOnView) -> Job:
    """Do something in everything that a view holds, in the background."""
    wanted = _wanted(given, call.now)
    view = View(
        name=given.view,
        team_id=given.in_team_id,
        account=given.account,
        saved_id=given.saved_view_id,
    )
    kinds = {name: account.kind for name, account in call.context.policy().accounts.items()}
    against = Against(call.now, kinds)

    def run(session: Session) -> Made:
        return {"job": str(bulk.start(session, call.viewer, wanted, view, against))}

    made = await call.once(run)
    return job(await call.read(jobs.standing, UUID(made["job"])))


@resource.post("/jobs/{job_id}/undo", needs=Right.WRITE, status=202)
async def undo_job(call: Call, job_id: Id) -> Job:
    """Undo all that acts on a view did, in the background."""

    def run(session: Session) -> Made:
        return {"job": str(bulk.start_undoing(session, call.viewer, job_id, call.now))}

    made = await call.once(run)
    return job(await call.read(jobs.standing, UUID(made["job"])))


def _wanted(given: Act, now: datetime) -> Wanted:
    """Raises Problem for an act without what it takes."""
    value = ""
    match given.do:
        case "assign":
            value = str(given.agent_id or "")
        case "team":
            value = str(given.team_id or "")
        case "resolve":
            value = str(given.topic_id or "")
        case "snooze":
            if given.until is not None and given.until <= now:
                raise Problem(problem.REFUSED, "until is a time to come")
            value = given.until.isoformat() if given.until is not None else ""
        case "priority":
            if given.priority is None:
                raise Problem(problem.REFUSED, "priority takes a priority")
            value = str(number_of(given.priority))
        case "tag" | "untag":
            value = given.tag or ""
    wanted = Wanted(given.do, value)
    try:
        wanted.step()
    except ValueError as refused:
        raise Problem(problem.REFUSED, str(refused)) from None
    return wanted
