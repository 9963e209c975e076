"""Promises: how soon customers are answered and helped."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from hub import jobs
from hub.agents.rights import Right
from hub.promises import REFRESH
from hub.routing import teams
from hub.routing.sla import promising
from hub.routing.sla.promising import Draft, Kept
from hub.store.database import Session
from hub.web.api import problem
from hub.web.api.call import ApiCall, Call, Made
from hub.web.api.model import Flag, Given, Id, Number, Shown, example
from hub.web.api.paging import Page, Paged, paged
from hub.web.api.problem import Problem
from hub.web.api.resource import Resource
from hub.web.api.resources.naming import Move, Name, Names, ShortName
from hub.web.api.resources.shared import ONE

resource = Resource(
    "Promises",
    "How soon customers are answered and helped: in order, the first that fits holds.",
)

Seconds = Annotated[Number, Field(ge=60, le=366 * 24 * 3600)]
Segment = ShortName
_EXAMPLE: dict[str, Any] = {
    "names": {"en": "Key customers", "fa": "مشتریان کلیدی"},
    "first_answer": 3600,
    "next_answer": None,
    "resolution": 172800,
    "warn_before": 900,
    "office": True,
    "enabled": True,
    "teams": [],
    "stages": ["customer"],
    "segments": [],
    "priority": None,
}


class Promise(Shown):
    """A promise. Lengths are in seconds; null: nothing is promised."""

    model_config = example(id=ONE, slug="key-customers", **_EXAMPLE)

    id: UUID
    slug: str
    names: dict[str, str]
    first_answer: int | None
    next_answer: int | None
    resolution: int | None
    warn_before: int
    office: bool = Field(description="Counted in office time; false: around the clock")
    enabled: bool
    teams: list[UUID] = Field(description="Of whose conversations; none: of all")
    stages: list[str] = Field(description="For customers in these stages; none: for all")
    segments: list[str] = Field(description="For customers of these segments; none: for all")
    priority: int | None = Field(description="From this priority on; null: for all")


class NewPromise(Given):
    """A promise to be made; at least one of the three lengths is needed."""

    model_config = example(**_EXAMPLE)

    names: Names
    first_answer: Seconds | None = None
    next_answer: Seconds | None = None
    resolution: Seconds | None = None
    warn_before: Annotated[Number, Field(le=366 * 24 * 3600)] = 900
    office: Flag = True
    enabled: Flag = True
    teams: Annotated[list[Id], Field(max_length=100)] = Field(default_factory=list)
    stages: Annotated[list[Name], Field(max_length=50)] = Field(default_factory=list)
    segments: Annotated[list[Segment], Field(max_length=100)] = Field(default_factory=list)
    priority: Literal[1, 2] | None = None


class PromiseChange(Given):
    """What of a promise is to be changed."""

    model_config = example(first_answer=1800)

    names: Names | None = None
    first_answer: Seconds | None = None
    next_answer: Seconds | None = None
    resolution: Seconds | None = None
    warn_before: Annotated[Number, Field(le=366 * 24 * 3600)] | None = None
    office: Flag | None = None
    enabled: Flag | None = None
    teams: Annotated[list[Id], Field(max_length=100)] | None = None
    stages: Annotated[list[Name], Field(max_length=50)] | None = None
    segments: Annotated[list[Segment], Field(max_length=100)] | None = None
    priority: Literal[1, 2] | None = None


_CLEARED = frozenset({"first_answer", "next_answer", "resolution", "priority"})
"""What null takes away; for everything else it says that it stays."""


@resource.get("/promises", needs=Right.MANAGE_TEAMS)
async def page(call: Call, paging: Paged) -> Page[Promise]:
    """List the promises, in the order in which they are looked at."""
    found = await call.read(promising.policies)
    return paged(found, paging, key=lambda one: str(one.id), show=_shown)


@resource.get("/promises/{promise_id}", needs=Right.MANAGE_TEAMS)
async def show(call: Call, promise_id: Id) -> Promise:
    """Show a promise."""
    return _shown(await call.read(promising.policy, promise_id))


@resource.post("/promises", needs=Right.MANAGE_TEAMS, status=201)
async def make(call: Call, given: NewPromise) -> Promise:
    """Make a promise, at the end of the list.

    All open conversations are looked at again in the background.
    """

    def write(session: Session) -> Made:
        draft = _draft(session, call, {name: getattr(given, name) for name in _FIELDS})
        made = promising.create(session, call.by, draft)
        _looked_at_again(session, call)
        return {"id": str(made)}

    return await show(call, UUID((await call.once(write))["id"]))


@resource.patch("/promises/{promise_id}", needs=Right.MANAGE_TEAMS)
async def change(call: Call, promise_id: Id, given: PromiseChange) -> Promise:
    """Change a promise, or switch it on or off.

    What is left out stays as it is. Null takes away a length and the priority.
    """

    def write(session: Session) -> None:
        was = _shown(promising.policy(session, promise_id)).model_dump()
        changed = {
            name: value
            for name, value in given.changes.items()
            if value is not None or name in _CLEARED
        }
        draft = _draft(session, call, {name: was[name] for name in _FIELDS} | changed)
        promising.save(session, call.by, promise_id, draft)
        _looked_at_again(session, call)

    await call.act(write)
    return await show(call, promise_id)


@resource.post("/promises/{promise_id}/move", needs=Right.MANAGE_TEAMS)
async def move(call: Call, promise_id: Id, given: Move) -> Promise:
    """Let a promise be looked at earlier or later; at an end it stays where it is."""

    def write(session: Session) -> None:
        promising.move(session, call.by, promise_id, given.by)
        _looked_at_again(session, call)

    await call.act(write)
    return await show(call, promise_id)


@resource.delete("/promises/{promise_id}", needs=Right.MANAGE_TEAMS, status=204)
async def delete(call: Call, promise_id: Id) -> None:
    """Delete a promise; what it promised is promised no more."""

    def write(session: Session) -> None:
        promising.remove(session, call.by, promise_id)
        _looked_at_again(session, call)

    await call.act(write)


@resource.post("/promises/{promise_id}/restore", needs=Right.MANAGE_TEAMS)
async def restore(call: Call, promise_id: Id) -> Promise:
    """Bring a deleted promise back as it was."""

    def write(session: Session) -> None:
        promising.restore(session, call.by, promise_id)
        _looked_at_again(session, call)

    await call.act(write)
    return await show(call, promise_id)


_FIELDS = tuple(NewPromise.model_fields)
_LENGTHS = ("first_answer", "next_answer", "resolution", "warn_before")


def _looked_at_again(session: Session, call: ApiCall) -> None:
    """Let all open conversations be looked at again in the background."""
    jobs.enqueue(session, REFRESH, call.now, agent_id=call.viewer.agent_id)


def _draft(session: Session, call: ApiCall, values: dict[str, Any]) -> Draft:
    if not any(values[name] for name in _LENGTHS[:3]):
        raise Problem(
            problem.REFUSED, "promise a first answer, a next answer or a resolution at least"
        )
    for team_id in values["teams"]:
        teams.team(session, team_id)
    known = {one.id for one in call.context.policy().segments.segments}
    if unknown := [one for one in values["segments"] if one not in known]:
        raise Problem(problem.REFUSED, f"there is no segment {unknown[0]}")
    lengths = {
        name: None if values[name] is None else timedelta(seconds=values[name]) for name in _LENGTHS
    }
    lists = {name: tuple(values[name]) for name in ("teams", "stages", "segments")}
    names = {str(locale): name for locale, name in values.pop("names").items()}
    return Draft(names, **(values | lengths | lists))


def _shown(one: Kept) -> Promise:
    def seconds(length: timedelta | None) -> int | None:
        return None if length is None else int(length.total_seconds())

    return Promise(
        id=one.id,
        slug=one.slug,
        names=dict(one.name),
        first_answer=seconds(one.first_answer),
        next_answer=seconds(one.next_answer),
        resolution=seconds(one.resolution),
        warn_before=int(one.warn_before.total_seconds()),
        office=one.office,
        enabled=one.enabled,
        teams=list(one.teams),
        stages=list(one.stages),
        segments=list(one.segments),
        priority=one.priority,
    )
