"""The list of agents, and the page of each."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from sqlalchemy import func, select
from starlette.responses import Response

from hub.agents import directory, joining, people, second_step
from hub.agents.directory import AgentExists
from hub.agents.people import PAGE, Colleague
from hub.agents.rights import ROLES, NotAllowed, Role
from hub.store.database import Session
from hub.store.statements import table_of
from hub.store.tables import Conversation
from hub.web import inbox
from hub.web.asked import Asked, status
from hub.web.people.join import sender_of
from hub.web.people.letting_go import let_go
from hub.web.people.views import Link, PeoplePage, PeopleRows, PersonPage
from hub.web.views import Person, Toast


async def show(asked: Asked) -> Response:
    """GET /people?q=…&after=…&id=…"""
    return await _list(asked)


async def rows(asked: Asked) -> Response:
    """GET /people/rows, with the same query."""
    found, more = await _found(asked)
    return await asked.show(PeopleRows(found, asked.viewer.agent_id, more))


async def invite(asked: Asked) -> Response:
    """POST /people: name, mail, role, by ("mail" or "link"). Sends the link with which the invited
    set a password, or shows it."""
    typed = {name: asked.field(name).strip()[:254] for name in ("name", "mail", "role")}
    context, organisation = asked.site.context, asked.site.context.policy().organisation
    errors = {}
    if not typed["name"]:
        errors["name"] = asked.say("Write the name that colleagues and customers read.")
    try:
        if errors:
            return await _list(asked, typed=typed, errors=errors)
        agent_id = await asked.write(
            people.invite,
            asked.by,
            **typed,
            locale=organisation.locale,
            calendar=organisation.calendar,
            time_zone=str(organisation.time_zone),
        )
    except AgentExists:
        errors["mail"] = asked.say("An agent with this address is here already.")
    except NotAllowed:
        errors["role"] = asked.say("Only an owner makes owners.")
    except ValueError:
        errors["mail"] = asked.say("This is no mail address. Write it like sara@example.com.")
    else:
        if asked.field("by") == "mail" and sender_of(context) is not None:
            return await _mailed(asked, agent_id)
        return await _one(asked, agent_id, link=await _link(asked, agent_id))
    return await _list(asked, typed=typed, errors=errors)


async def one(asked: Asked) -> Response:
    """GET /people/<agent>"""
    return await _one(asked, asked.path_id("agent"))


async def save(asked: Asked) -> Response:
    """POST /people/<agent>: name, role."""
    agent_id = asked.path_id("agent")
    typed = {"name": asked.field("name")[:254], "role": asked.field("role")}
    errors = {}
    back: dict[str, str] = {}
    try:
        before = await asked.read(people.colleague, agent_id)
        back = {"name": before.name, "role": before.role}
        await asked.write(people.change, asked.by, agent_id, **typed)
    except NotAllowed:
        errors["role"] = asked.say("You may not give this role here.")
    except ValueError:
        errors["name"] = asked.say("Write the name that colleagues and customers read.")
    if errors:
        return await _one(asked, agent_id, typed=typed, errors=errors)
    toast = Toast(asked.say("Saved"), f"/people/{agent_id}", back)
    return await _one(asked, agent_id, toast=toast)


async def make_link(asked: Asked) -> Response:
    """POST /people/<agent>/link: a link with which the agent sets a password."""
    agent_id = asked.path_id("agent")
    return await _one(asked, agent_id, link=await _link(asked, agent_id))


async def mail_link(asked: Asked) -> Response:
    """POST /people/<agent>/mail: the same link, by mail to the agent's own address."""
    return await _mailed(asked, asked.path_id("agent"))


async def deactivate(asked: Asked) -> Response:
    """POST /people/<agent>/deactivate: to (a colleague's id, or nothing)."""
    agent_id = asked.path_id("agent")
    heir = _id(asked.field("to"))
    if asked.field("to") and (heir is None or heir == agent_id):
        raise status(422)
    now = asked.site.context.clock.now()

    ended = await asked.write(let_go, asked.viewer, agent_id, heir, now=now, address=asked.address)
    for token_hash in ended:
        asked.site.streams.end(token_hash)
    text = asked.say("Signed out and deactivated. The open conversations are given on.")
    return await _one(asked, agent_id, toast=Toast(text))


async def reactivate(asked: Asked) -> Response:
    """POST /people/<agent>/reactivate"""
    agent_id = asked.path_id("agent")
    await asked.write(people.reactivate, asked.by, agent_id)
    return await _one(asked, agent_id, toast=Toast(asked.say("May sign in again.")))


async def second_step_off(asked: Asked) -> Response:
    """POST /people/<agent>/second-step-off: for somebody who lost device and recovery codes."""
    agent_id = asked.path_id("agent")
    await _manage(asked, agent_id)
    await asked.write(
        second_step.turn_off,
        agent_id,
        now=asked.site.context.clock.now(),
        address=asked.address,
        by=asked.viewer.agent_id,
    )
    return await _one(asked, agent_id, toast=Toast(asked.say("Signs in with the password alone.")))


async def _manage(asked: Asked, agent_id: UUID) -> Colleague:
    return await asked.read(people.require_manageable, asked.viewer, agent_id)


async def _link(asked: Asked, agent_id: UUID) -> Link:
    context = asked.site.context
    address, until = await asked.write(
        joining.make_link, asked.by, agent_id, keys=context.keys, url=context.settings.server.url
    )
    return Link(address, until)


async def _mailed(asked: Asked, agent_id: UUID) -> Response:
    context = asked.site.context
    sender = sender_of(context)
    if sender is None:
        raise status(422)
    mail = await asked.write(joining.mail_link, asked.by, agent_id, sender, keys=context.keys)
    return await _one(asked, agent_id, mailed=mail)


def _roles(asked: Asked) -> tuple[Role, ...]:
    return ROLES if asked.viewer.role == "owner" else ROLES[:-1]


async def _found(asked: Asked) -> tuple[tuple[Colleague, ...], dict[str, str] | None]:
    search = (asked.query("q") or "")[:80]
    last = _id(asked.query("id") or "")
    after = ((asked.query("after") or "")[:254], last) if last else None
    found = await asked.read(people.colleagues, search=search, after=after, limit=PAGE + 1)
    more = None
    if len(found) > PAGE:
        edge = found[PAGE - 1]
        more = {"after": edge.name, "id": str(edge.id)} | ({"q": search} if search else {})
    return tuple(found[:PAGE]), more


async def _list(
    asked: Asked, typed: dict[str, str] | None = None, errors: dict[str, str] | None = None
) -> Response:
    found, more = await _found(asked)
    around = await asked.read(inbox.beside, asked.viewer)
    view = PeoplePage(
        people=found,
        me=asked.viewer.agent_id,
        roles=_roles(asked),
        search=(asked.query("q") or "")[:80],
        more=more,
        typed=typed or {"role": "agent"},
        errors=errors or {},
        mails=sender_of(asked.site.context) is not None,
    )
    page = inbox.page_with_rail(asked, around, page="people")
    return await asked.show(view, page=page, status=422 if errors else 200)


async def _one(
    asked: Asked,
    agent_id: UUID,
    *,
    link: Link | None = None,
    mailed: str | None = None,
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
    toast: Toast | None = None,
) -> Response:
    person = await asked.read(people.colleague, agent_id)
    around = await asked.read(inbox.beside, asked.viewer)
    colleagues = await asked.read(directory.agents)
    view = PersonPage(
        person=person,
        own=agent_id == asked.viewer.agent_id,
        manageable=person.role != "owner" or asked.viewer.role == "owner",
        roles=_roles(asked),
        open=await asked.read(_open, agent_id),
        heirs=tuple(Person(one.id, one.name) for one in colleagues if one.id != agent_id),
        link=link,
        mailed=mailed,
        mails=sender_of(asked.site.context) is not None,
        typed=typed or {"name": person.name, "role": person.role},
        errors=errors or {},
    )
    page = replace(inbox.page_with_rail(asked, around, page="people"), toast=toast)
    return await asked.show(view, page=page, status=422 if errors else 200)


def _open(session: Session, agent_id: UUID) -> int:
    table = table_of(Conversation)
    count: int = session.execute(
        select(func.count())
        .select_from(table)
        .where(table.c.assignee_id == agent_id, table.c.status.not_in(("resolved", "spam")))
    ).scalar_one()
    return count


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
