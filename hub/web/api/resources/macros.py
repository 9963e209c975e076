"""Macros: several acts on a conversation in one."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints, ValidationError

from hub.agents.rights import Right
from hub.conversations.acts import NoSuchPerson
from hub.conversations.topics import NoSuchTopic
from hub.conversations.writing import NoSuchWay
from hub.replies import TemplateError, macros
from hub.replies.macros import MOST_STEPS, Doing, OneMacro
from hub.routing import teams
from hub.store.database import Session
from hub.web.api import problem
from hub.web.api.call import ApiCall, Call, Made
from hub.web.api.model import Flag, Given, Id, Line, Shown, example
from hub.web.api.paging import Page, Paged, paged
from hub.web.api.problem import Problem
from hub.web.api.resource import Resource
from hub.web.api.resources.naming import Name
from hub.web.api.resources.shared import ONE, Acted, acted, stored_act
from hub.web.macros import running

resource = Resource(
    "Macros",
    "Several acts on a conversation in one, with one undo.",
    refuses={
        TemplateError: problem.CONFLICT,
        NoSuchWay: problem.CONFLICT,
        NoSuchPerson: problem.CONFLICT,
        NoSuchTopic: problem.CONFLICT,
    },
)

Tags = Annotated[
    list[Annotated[Line, StringConstraints(max_length=60)]], Field(min_length=1, max_length=20)
]


class AssignStep(Given):
    """Give it to an agent, to whoever runs the macro (`me`), or to nobody (null)."""

    model_config = example(do="assign", agent="me")

    do: Literal["assign"]
    agent: Id | Literal["me"] | None


class AssignTeamStep(Given):
    """Give it to a team, or take it out of any (null)."""

    model_config = example(do="team", team=None)

    do: Literal["team"]
    team: Id | None


class SetStatusStep(Given):
    """Open, wait for the customer, resolve or move to spam."""

    model_config = example(do="status", status="resolved", topic=None)

    do: Literal["status"]
    status: Literal["open", "waiting", "resolved", "spam"]
    topic: Id | None = None


class SnoozeStep(Given):
    """Put it aside until a time in words, or until the customer writes (null)."""

    model_config = example(do="snooze", until="tomorrow 9")

    do: Literal["snooze"]
    until: Annotated[Line, StringConstraints(max_length=80)] | None


class SetPriorityStep(Given):
    """-1: low, 0: normal, 1: high, 2: urgent."""

    model_config = example(do="priority", priority=2)

    do: Literal["priority"]
    priority: Literal[-1, 0, 1, 2]


class AddTagsStep(Given):
    """Put tags on."""

    model_config = example(do="tag", tags=["invoice"])

    do: Literal["tag"]
    tags: Tags


class RemoveTagsStep(Given):
    """Take tags off."""

    model_config = example(do="untag", tags=["invoice"])

    do: Literal["untag"]
    tags: Tags


class ReplyStep(Given):
    """Answer with a template, in the customer's language."""

    model_config = example(do="reply", template="thanks")

    do: Literal["reply"]
    template: Name


Steps = Annotated[
    list[
        Annotated[
            AssignStep
            | AssignTeamStep
            | SetStatusStep
            | SnoozeStep
            | SetPriorityStep
            | AddTagsStep
            | RemoveTagsStep
            | ReplyStep,
            Field(discriminator="do"),
        ]
    ],
    Field(min_length=1, max_length=MOST_STEPS),
]
_STEPS: list[dict[str, Any]] = [
    {"do": "tag", "tags": ["invoice"]},
    {"do": "status", "status": "resolved", "topic": None},
]


class Macro(Shown):
    """A macro."""

    model_config = example(id=ONE, name="Invoice sent", steps=_STEPS, shared=True, team_id=None)

    id: UUID
    name: str
    steps: Steps = Field(description="What it does, in this order")
    shared: bool = Field(description="Others can run it: a team, or everybody")
    team_id: UUID | None


class NewMacro(Given):
    """A macro to be made. Sharing takes the scope edit-templates."""

    model_config = example(name="Invoice sent", steps=_STEPS, shared=True, team_id=None)

    name: Name
    steps: Steps
    shared: Flag = False
    team_id: Id | None = Field(None, description="With shared: for this team; null: everybody")


class MacroChange(Given):
    """What of a macro is to be changed."""

    model_config = example(name="Invoice was sent")

    name: Name | None = None
    steps: Steps | None = None
    shared: Flag | None = None
    team_id: Id | None = None


class MacroRun(Given):
    """Which macro is to be run."""

    model_config = example(macro_id=ONE)

    macro_id: Id


@resource.get("/macros", needs=Right.WRITE)
async def page(call: Call, paging: Paged) -> Page[Macro]:
    """List the macros that you can run, by name."""
    found = await call.read(macros.usable, call.viewer)
    return paged(found, paging, key=lambda one: str(one.id), show=_shown)


@resource.get("/macros/{macro_id}", needs=Right.WRITE)
async def show(call: Call, macro_id: Id) -> Macro:
    """Show a macro."""
    return _shown(await call.read(macros.one, call.viewer, macro_id))


@resource.post("/macros", needs=Right.WRITE, status=201, refuses={ValueError: problem.REFUSED})
async def make(call: Call, given: NewMacro) -> Macro:
    """Make a macro, for yourself or shared."""
    return await _save(call, None, given.model_dump(mode="json"))


@resource.patch("/macros/{macro_id}", needs=Right.WRITE, refuses={ValueError: problem.REFUSED})
async def change(call: Call, macro_id: Id, given: MacroChange) -> Macro:
    """Change a macro. What is left out stays as it is."""
    changes = given.model_dump(mode="json", include=set(given.changes))
    return await _save(call, macro_id, changes)


@resource.delete("/macros/{macro_id}", needs=Right.WRITE, status=204)
async def delete(call: Call, macro_id: Id) -> None:
    """Delete a macro; it can be brought back."""
    await call.act(macros.delete, call.viewer, macro_id, call.now)


@resource.post("/macros/{macro_id}/restore", needs=Right.WRITE)
async def restore(call: Call, macro_id: Id) -> Macro:
    """Take the deletion of a macro back."""
    await call.act(macros.bring_back, call.viewer, macro_id)
    return await show(call, macro_id)


@resource.post(
    "/conversations/{conversation_id}/macro",
    needs=Right.WRITE,
    refuses={ValueError: problem.CONFLICT},
)
async def run(call: Call, conversation_id: Id, given: MacroRun) -> Acted:
    """MacroRun a macro on a conversation: everything of it or nothing, with one undo."""
    context, viewer = call.context, call.viewer
    macro = await call.read(macros.one, viewer, given.macro_id)
    content = await running.content_of(context, viewer, macro, conversation_id)

    def write(session: Session) -> Made:
        done = running.run(session, context, viewer, conversation_id, macro, content, call.now)
        return stored_act(done.act_id)

    return acted(await call.once(write))


async def _save(call: ApiCall, macro_id: UUID | None, changes: dict[str, Any]) -> Macro:
    def write(session: Session) -> Made:
        values = {**changes}
        if macro_id is not None:
            was = _shown(macros.one(session, call.viewer, macro_id)).model_dump(mode="json")
            values = {**was, **{k: v for k, v in changes.items() if v is not None}}
            if "team_id" in changes:
                values["team_id"] = changes["team_id"]
        team_id = UUID(values["team_id"]) if values["team_id"] is not None else None
        if team_id is not None:
            teams.team(session, team_id)
        made = macros.save(
            session,
            call.viewer,
            macro_id,
            name=values["name"],
            doings=_doings(values["steps"]),
            team_id=team_id if values["shared"] else None,
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
    steps = [doing.model_dump(mode="json") for doing in one.doings]
    values = {"id": str(one.id), "name": one.name, "steps": steps, "shared": shared}
    return Macro.model_validate({**values, "team_id": str(one.team_id) if one.team_id else None})
