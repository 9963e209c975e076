"""People: those who sign in."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query
from pydantic import Field, StringConstraints

from hub.agents import joining, people, second_step
from hub.agents.directory import AgentExists
from hub.agents.rights import Right
from hub.store.database import Session
from hub.web.api import problem
from hub.web.api.call import Call, Made
from hub.web.api.model import Flag, Given, Id, Shown, example
from hub.web.api.paging import Page, Paged, text
from hub.web.api.problem import Problem
from hub.web.api.resource import Resource
from hub.web.api.resources.naming import Name
from hub.web.api.resources.shared import ONE, WHEN
from hub.web.people.join import sender_of
from hub.web.people.letting_go import let_go

resource = Resource(
    "People",
    "Those who sign in, what they may do, and letting them go.",
)

Role = Literal["agent", "lead", "admin", "owner"]
Mail = Annotated[
    str, StringConstraints(min_length=3, max_length=254, pattern=r"^[^\x00-\x20\x7f]+$")
]


class Agent(Shown):
    """Somebody who signs in. joined: a password was set."""

    model_config = Shown.model_config | example(
        id=ONE,
        name="Sara Ahmadi",
        mail="sara@example.com",
        role="agent",
        active=True,
        joined=True,
        second_step=False,
        seen_at=WHEN,
    )

    id: UUID
    name: str
    mail: str
    role: str
    active: bool
    joined: bool
    second_step: bool = Field(description="Whether signing in takes a code of a device, too")
    seen_at: datetime | None


class Invitation(Given):
    """Somebody to be invited."""

    model_config = example(name="Sara Ahmadi", mail="sara@example.com", role="agent")

    name: Name
    mail: Mail
    role: Role


class AgentChange(Given):
    """What of an agent is to be changed."""

    model_config = example(name="Sara Ahmadi", role="lead")

    name: Name | None = None
    role: Role | None = None
    active: Flag | None = Field(None, description="False: signed out everywhere, and not let in")
    heir_id: Id | None = Field(
        None, description="With active=false: who gets the open conversations; null: their teams"
    )
    second_step: Literal[False] | None = Field(
        None, description="False: turn it off, for who lost device and recovery codes"
    )


class NewPasswordLink(Given):
    """How a link to set a password reaches its agent."""

    model_config = example(by="link")

    by: Literal["link", "mail"] = Field(description="`mail`: to the agent's own address")


class PasswordLink(Shown):
    """A link with which an agent sets a password; null where it went by mail."""

    model_config = example(url="https://hub.example/join/WyIw…", until=WHEN)

    url: str | None
    until: datetime | None


@resource.get("/people", needs=Right.MANAGE_PEOPLE)
async def page(
    call: Call,
    paging: Paged,
    q: Annotated[str, Query(max_length=80, pattern=r"^[^\x00]*$")] = "",
) -> Page[Agent]:
    """List everybody by name; `q`: those with this in their name or address."""
    place = paging.place(text, UUID)
    found = await call.read(
        people.colleagues,
        search=q,
        after=(place[0], place[1]) if place else None,
        limit=paging.ahead,
    )
    shown, more = paging.part(found, lambda one: (one.name, one.id))
    return Page(items=[Agent.model_validate(one) for one in shown], next=more)


@resource.get("/people/{agent_id}", needs=Right.MANAGE_PEOPLE)
async def show(call: Call, agent_id: Id) -> Agent:
    """Show somebody."""
    return Agent.model_validate(await call.read(people.colleague, agent_id))


@resource.post(
    "/people",
    needs=Right.MANAGE_PEOPLE,
    status=201,
    refuses={AgentExists: problem.CONFLICT, ValueError: problem.REFUSED},
)
async def invite(call: Call, given: Invitation) -> Agent:
    """Add somebody who has no password yet.

    They set one with a link, see `POST /people/{agent_id}/link`.
    """
    organisation = call.context.policy().organisation

    def write(session: Session) -> Made:
        made = people.invite(
            session,
            call.by,
            name=given.name,
            mail=given.mail,
            role=given.role,
            locale=organisation.locale,
            calendar=organisation.calendar,
            time_zone=str(organisation.time_zone),
        )
        return {"id": str(made)}

    return await show(call, UUID((await call.once(write))["id"]))


@resource.patch(
    "/people/{agent_id}", needs=Right.MANAGE_PEOPLE, refuses={ValueError: problem.REFUSED}
)
async def change(call: Call, agent_id: Id, given: AgentChange) -> Agent:
    """Rename somebody, give another role, let them go or take them back.

    Only an owner touches owners; nobody changes their own role or lets themselves go. The open
    conversations of who was let go are given on in the background.
    """

    def write(session: Session) -> None:
        was = people.colleague(session, agent_id)
        if given.heir_id is not None:
            people.colleague(session, given.heir_id)
        if given.name is not None or given.role is not None:
            people.change(
                session, call.by, agent_id, name=given.name or was.name, role=given.role or was.role
            )
        if given.second_step is False and was.second_step:
            people.require_manageable(session, call.viewer, agent_id)
            second_step.turn_off(
                session, agent_id, now=call.now, address=call.address, by=call.viewer.agent_id
            )
        if given.active is False:
            let_go(
                session,
                call.viewer,
                agent_id,
                given.heir_id,
                now=call.now,
                address=call.address,
            )
        elif given.active:
            people.reactivate(session, call.by, agent_id)

    await call.act(write)
    return await show(call, agent_id)


@resource.post("/people/{agent_id}/link", needs=Right.MANAGE_PEOPLE)
async def link(call: Call, agent_id: Id, given: NewPasswordLink) -> PasswordLink:
    """Make a link with which somebody sets a password, or mail it to them.

    It is good once, and ends with every other one when the password is set.
    """
    context, made = call.context, PasswordLink(url=None, until=None)
    sender = sender_of(context)
    if given.by == "mail" and sender is None:
        raise Problem(problem.CONFLICT, "no mail account is connected that could send it")

    def write(session: Session) -> Made:
        nonlocal made
        if given.by == "mail" and sender is not None:
            joining.mail_link(session, call.by, agent_id, sender, keys=context.keys)
            return {}
        url, until = joining.make_link(
            session, call.by, agent_id, keys=context.keys, url=context.settings.server.url
        )
        made = PasswordLink(url=url, until=until)
        return {}

    await call.act(write)
    if call.replayed and given.by == "link":
        raise Problem(problem.CONFLICT, "this link was made before, and shown then")
    return made
