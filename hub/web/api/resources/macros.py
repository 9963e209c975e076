"""Macros: several acts on a conversation in one."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, ValidationError

from hub.agents.rights import Right
from hub.conversations.acts import NoSuchPerson
from hub.conversations.topics import NoSuchTopic
from hub.conversations.writing import NoSuchWay
from hub.replies import TemplateError, macros
from hub.replies.macros import MOST_STEPS, Doing, NoSuchMacro, OneMacro
from hub.routing import teams
from hub.routing.teams import NoSuchTeam
from hub.store.database import Session
from hub.web.api import problem
from hub.web.api.call import ApiCall, Call, Made
from hub.web.api.model import Flag, Given, Shown, example
from hub.web.api.paging import Page, Paged, paged
from hub.web.api.problem import Problem
from hub.web.api.resource import Resource
from hub.web.api.resources.naming import Name, require_storable
from hub.web.api.resources.shared import ONE, Acted, acted, stored_act
from hub.web.macros import running

resource = Resource(
    "Macros",
    "Several acts on a conversation in one, with one undo.",
    refuses={
        NoSuchMacro: problem.NOT_FOUND,
        NoSuchTeam: problem.NOT_FOUND,
        TemplateError: problem.CONFLICT,
        NoSuchWay: problem.CONFLICT,
        NoSuchPerson: problem.CONFLICT,
        NoSuchTopic: problem.CONFLICT,
    },
)

Steps = Annotated[list[Doing], Field(min_length=1, max_length=MOST_STEPS)]
_STEPS: list[dict[str, Any]] = [
    {"do": "tag", "tags": ["invoice"]},
    {"do": "status", "status": "resolved", "topic": None},
]


class Macro(Shown):
    """A macro."""

    model_config = example(id=ONE, name="Invoice sent", steps=_STEPS, shared=True, team_id=None)

    id: UUID
    name: str
    steps: list[Doing] = Field(description="What it does, in this order")
    shared: bool = Field(description="Others can run it: a team, or everybody")
    team_id: UUID | None


class NewMacro(Given):
    """A macro to be made. Sharing takes the scope edit-templates."""

    model_config = example(name="Invoice sent", steps=_STEPS, shared=True, team_id=None)

    name: Name
    steps: Steps
    shared: Flag = False
    team_id: UUID | None = Field(None, description="With shared: for this team; null: everybody")


class MacroChange(Given):
    """What of a macro is to be changed."""

    model_config = example(name="Invoice was sent")

    name: Name | None = None
    steps: Steps | None = None
    shared: Flag | None = None
    team_id: UUID | None = None


class Run(Given):
    """Which macro is to be run."""

    model_config = example(macro_id=ONE)

    macro_id: UUID


@resource.get("/macros", needs=Right.WRITE)
async def page(call: Call, paging: Paged) -> Page[Macro]:
    """List the macros that you can run, by name."""
    found = await call.read(macros.usable, call.viewer)
    return paged(found, paging, key=lambda one: str(one.id), show=_shown)


@resource.get("/macros/{macro_id}", needs=Right.WRITE)
async def show(call: Call, macro_id: UUID) -> Macro:
    """Show a macro."""
    return _shown(await call.read(macros.one, call.viewer, macro_id))


@resource.post("/macros", needs=Right.WRITE, status=201, refuses={ValueError: problem.REFUSED})
async def make(call: Call, given: NewMacro) -> Macro:
    """Make a macro, for yourself or shared."""
    return await _save(call, None, given.model_dump())


@resource.patch("/macros/{macro_id}", needs=Right.WRITE, refuses={ValueError: problem.REFUSED})
async def change(call: Call, macro_id: UUID, given: MacroChange) -> Macro:
    """Change a macro. What is left out stays as it is."""
    changes = given.model_dump(include=set(given.changes))
    return await _save(call, macro_id, changes)


@resource.delete("/macros/{macro_id}", needs=Right.WRITE, status=204)
async def delete(call: Call, macro_id: UUID) -> None:
    """Delete a macro; it can be brought back."""

    def write(session: Session) -> Made:
        macros.delete(session, call.viewer, macro_id, call.now)
        return {}

    await call.once(write)


@resource.post("/macros/{macro_id}/restore", needs=Right.WRITE)
async def restore(call: Call, macro_id: UUID) -> Macro:
    """Take the deletion of a macro back."""

    def write(session: Session) -> Made:
        macros.bring_back(session, call.viewer, macro_id)
        return {}

    await call.once(write)
    return await show(call, macro_id)


@resource.post(
    "/conversations/{conversation_id}/macro",
    needs=Right.WRITE,
    refuses={ValueError: problem.CONFLICT},
)
async def run(call: Call, conversation_id: UUID, given: Run) -> Acted:
    """Run a macro on a conversation: everything of it or nothing, with one undo."""
    context, viewer = call.context, call.viewer
    macro = await call.read(macros.one, viewer, given.macro_id)
    content = await running.content_of(context, viewer, macro, conversation_id)

    def write(session: Session) -> Made:
        done = running.run(session, context, viewer, conversation_id, macro, content, call.now)
        return stored_act(done.act_id)

    return acted(await call.once(write))


async def _save(call: ApiCall, macro_id: UUID | None, changes: dict[str, Any]) -> Macro:
    require_storable(changes.get("steps"))

    def write(session: Session) -> Made:
        values = {**changes}
        if macro_id is not None:
            was = _shown(macros.one(session, call.viewer, macro_id)).model_dump()
            values = {**was, **{k: v for k, v in changes.items() if v is not None}}
            if "team_id" in changes:
                values["team_id"] = changes["team_id"]
        if values["team_id"] is not None:
            teams.team(session, values["team_id"])
        made = macros.save(
            session,
            call.viewer,
            macro_id,
            name=values["name"],
            doings=_doings(values["steps"]),
            team_id=values["team_id"] if values["shared"] else None,
            shared=values["shared"],
            now=call.now,
        )
        return {"id": str(made)}

    return await show(call, UUID((await call.once(write))["id"]))


def _doings(steps: Any) -> list[Doing]:
    try:
        return macros.read_doings(steps)
    except ValidationError as error:
        raise Problem(problem.REFUSED, error.errors()[0]["msg"]) from None


def _shown(one: OneMacro) -> Macro:
    shared = one.agent_id is None
    steps = list(one.doings)
    return Macro(id=one.id, name=one.name, steps=steps, shared=shared, team_id=one.team_id)
