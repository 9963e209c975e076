"""The first set-up: the owner's account, then the steps that make a working hub of it."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import exists, select
from starlette.responses import Response

from hub import organisation
from hub.agents.audit import note
from hub.agents.directory import add_agent
from hub.organisation import MAIN_BRAND
from hub.security.keys import Keys
from hub.security.passwords import hash_password, password_fault
from hub.security.tokens import LinkToken, link_token, read_link_token
from hub.settings import Organisation, Settings
from hub.store.database import Session
from hub.store.statements import table_of
from hub.store.tables import Agent, Brand, Message, TemplateRevision
from hub.web import inbox
from hub.web.asked import Asked, Visit, status
from hub.web.organisation.views import FirstOwner, SetUp, Step, StepState
from hub.web.people.views import JoinEnded
from hub.web.views import SignIn

STEPS: Final[dict[Step, str]] = {
    "organisation": "/organisation",
    "hours": "/organisation#hours",
    "channel": "/channels/new",
    "colleague": "/people",
    "template": "/templates",
    "message": "/set-up/message",
}
"""Each step with the page on which it is taken, in their order."""

_PURPOSE: Final = "first owner"
_LASTS: Final = timedelta(days=1)
_PER_ADDRESS: Final = (30, 900.0)


def nobody(session: Session) -> bool:
    """Whether nobody can sign in yet."""
    return session.execute(select(table_of(Agent).c.id).limit(1)).first() is None


def link_to_begin(keys: Keys, url: str, now: datetime) -> str:
    """The address at which the first owner's account is made, good for a day, while there is
    nobody."""
    return f"{url}/first/{link_token(keys, _PURPOSE, [], now=now)}"


async def form(visit: Visit) -> Response:
    """GET /first/<token>"""
    if not await _may_begin(visit):
        return await visit.show(JoinEnded(), status=404)
    return await visit.show(FirstOwner(visit.request.url.path))


async def begin(visit: Visit) -> Response:
    """POST /first/<token>: name, mail, password. Makes the owner, and asks to sign in."""
    context = visit.site.context
    wait = await context.limiter.hit(f"first/{visit.network}", *_PER_ADDRESS)
    if wait is not None or not await _may_begin(visit):
        return await visit.show(JoinEnded(), status=404 if wait is None else 429)
    typed = {name: visit.field(name).strip()[:254] for name in ("name", "mail")}
    password = visit.field("password")
    errors = {}
    if not typed["name"]:
        errors["name"] = visit.say("Write the name that colleagues and customers read.")
    if fault := password_fault(password, personal=list(typed.values())):
        errors["password"] = visit.say(str(fault))
    if not errors:
        async with visit.site.hashing:
            hashed = await asyncio.to_thread(hash_password, password)
        try:
            made = await visit.write(
                _first,
                typed,
                hashed,
                visit.locale,
                context.policy().organisation,
                context.clock.now(),
                visit.address,
            )
        except ValueError:
            errors["mail"] = visit.say("This is no mail address. Write it like sara@example.com.")
        else:
            if not made:
                return await visit.show(JoinEnded(), status=404)
            return await visit.show(SignIn(address=typed["mail"], next="/set-up"))
    view = FirstOwner(visit.request.url.path, typed, errors)
    return await visit.show(view, status=422)


async def show(asked: Asked) -> Response:
    """GET /set-up"""
    context = asked.site.context
    around = await asked.read(inbox.beside, asked.viewer)
    view = await asked.read(_state, context.settings, bool(_channels(asked)))
    return await asked.show(view, page=inbox.page_with_rail(asked, around, page="set-up"))


async def skip(asked: Asked) -> Response:
    """POST /set-up/skip: step."""
    step = asked.field("step")
    if step not in STEPS:
        raise status(422)
    await asked.write(organisation.set_up, skip=step)
    return asked.go("/set-up")


async def over(asked: Asked) -> Response:
    """POST /set-up/over: over ("1" or "0"). The rail shows the set-up no more, or again."""
    await asked.write(organisation.set_up, over=asked.field("over") == "1")
    return asked.go("/set-up" if asked.field("over") == "0" else "/inbox")


def _channels(asked: Asked) -> list[str]:
    """The accounts by which customers can write; the simulator is none."""
    context = asked.site.context
    kinds = context.accounts.kinds
    return [
        name
        for name, account in context.policy().accounts.items()
        if (kind := kinds.get(account.kind)) is not None and kind.offered
    ]


def _state(session: Session, settings: Settings, connected: bool) -> SetUp:
    agent, brand = table_of(Agent), table_of(Brand)
    message, template = table_of(Message), table_of(TemplateRevision)
    main = organisation.read(session, settings)
    own = session.execute(
        select(
            brand.c.name.is_not(None) | brand.c.time_zone.is_not(None),
            brand.c.hours.is_not(None),
            select(agent.c.id).where(agent.c.id.is_not(None)).offset(1).limit(1).exists(),
            exists().where(template.c.agent_id.is_not(None)),
            exists().where(message.c.direction == "in"),
        ).where(brand.c.slug == MAIN_BRAND)
    ).one()
    named, open_at, colleagues, written, received = map(bool, own)
    done: dict[Step, bool] = {
        "organisation": named,
        "hours": open_at,
        "channel": connected,
        "colleague": colleagues,
        "template": written,
        "message": received,
    }
    steps = tuple(
        StepState(name, url, done[name], name in main.skipped) for name, url in STEPS.items()
    )
    return SetUp(steps, main.over)


def _first(
    session: Session,
    typed: dict[str, str],
    hashed: str,
    locale: str,
    given: Organisation,
    now: datetime,
    address: str | None,
) -> bool:
    """Make the owner, unless somebody was faster."""
    # Two at once wait for each other here.
    session.execute(
        select(table_of(Brand).c.id).where(table_of(Brand).c.slug == MAIN_BRAND).with_for_update()
    )
    if not nobody(session):
        return False
    agent_id = add_agent(
        session,
        name=typed["name"],
        mail=typed["mail"],
        password_hash=hashed,
        role="owner",
        locale=locale,
        calendar="jalali" if locale == "fa" else given.calendar,
        time_zone=given.time_zone,
        now=now,
    )
    note(session, "set up the installation", agent_id=agent_id, now=now, address=address)
    return True


async def _may_begin(visit: Visit) -> bool:
    context = visit.site.context
    found = read_link_token(
        context.keys,
        _PURPOSE,
        visit.request.path_params["token"],
        max_age=_LASTS,
        now=context.clock.now(),
    )
    return isinstance(found, LinkToken) and await visit.read(nobody)
