"""Setting a password from a link: an invitation, or a way back for who forgot theirs.

A link is good once: it is bound to the password that there was when it was made.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from sqlalchemy import select
from starlette.responses import Response

from hub.agents import directory, sign_ins
from hub.agents.audit import note
from hub.agents.people import NoSuchAgent
from hub.security.passwords import hash_password, password_fault
from hub.security.tokens import (
    LinkToken,
    hash_token,
    link_token,
    read_link_token,
    token_matches,
)
from hub.store.database import Session
from hub.store.statements import table_of
from hub.store.tables import Agent
from hub.web.asked import Visit
from hub.web.context import WebContext
from hub.web.people.views import JoinEnded, JoinPage
from hub.web.views import SignIn

INVITED: Final = timedelta(days=7)
FORGOTTEN: Final = timedelta(hours=24)
_PURPOSE: Final = "set a password"
_PER_ADDRESS: Final = (30, 900.0)


@dataclass(frozen=True)
class _Holder:
    """Whom a link is for."""

    id: UUID
    name: str
    mail: str
    password_hash: str | None

    @property
    def kind(self) -> Literal["invite", "reset"]:
        return "invite" if self.password_hash is None else "reset"


def link_to(
    session: Session, context: WebContext, agent_id: UUID, now: datetime
) -> tuple[str, datetime]:
    """The address with which this agent sets a password, and until when. Raises NoSuchAgent."""
    holder = _holder(session, agent_id)
    if holder is None:
        raise NoSuchAgent(f"there is no active agent {agent_id}")
    bound = hash_token(holder.password_hash or "")
    token = link_token(context.keys, _PURPOSE, [str(agent_id), bound], now=now)
    until = now + (INVITED if holder.kind == "invite" else FORGOTTEN)
    return f"{context.settings.server.url}/join/{token}", until


async def form(visit: Visit) -> Response:
    """GET /join/<token>"""
    holder = await _read(visit)
    if holder is None:
        return await visit.show(JoinEnded(), status=404)
    return await visit.show(_page(visit, holder))


async def join(visit: Visit) -> Response:
    """POST /join/<token>: password. Sets it, and asks to sign in with it."""
    context = visit.site.context
    holder = await _read(visit)
    wait = await context.limiter.hit(f"join/address/{visit.address}", *_PER_ADDRESS)
    if holder is None or wait is not None:
        return await visit.show(JoinEnded(), status=404 if wait is None else 429)
    password = visit.field("password")
    personal = [holder.name, holder.mail, context.policy().brand_name]
    if fault := password_fault(password, personal=personal):
        view = _page(visit, holder, {"password": visit.say(str(fault))})
        return await visit.show(view, status=422)
    async with visit.site.hashing:
        hashed = await asyncio.to_thread(hash_password, password)
    ended = await visit.write(_set, holder, hashed, context.clock.now(), visit.address)
    if ended is None:
        return await visit.show(JoinEnded(), status=404)
    for token_hash in ended:
        visit.site.streams.end(token_hash)
    return await visit.show(SignIn(address=holder.mail))


def _set(
    session: Session, holder: _Holder, hashed: str, now: datetime, address: str | None
) -> list[str] | None:
    """Set the password unless another link was faster; the sign-ins that ended by it."""
    present = _holder(session, holder.id)
    if present != holder:
        return None
    directory.set_password_hash(session, holder.id, hashed)
    note(session, "set a password by link", agent_id=holder.id, now=now, address=address)
    return sign_ins.end_all(session, holder.id, now=now, address=address)


async def _read(visit: Visit) -> _Holder | None:
    context = visit.site.context
    now = context.clock.now()
    found = read_link_token(
        context.keys, _PURPOSE, visit.request.path_params["token"], max_age=INVITED, now=now
    )
    if not isinstance(found, LinkToken):
        return None
    agent_id, bound = found.payload
    holder = await visit.read(_holder, UUID(agent_id))
    if holder is None or not token_matches(holder.password_hash or "", bound):
        return None
    if holder.kind == "reset" and found.issued_at < now - FORGOTTEN:
        return None
    return holder


def _holder(session: Session, agent_id: UUID) -> _Holder | None:
    table = table_of(Agent)
    row = session.execute(
        select(table.c.id, table.c.name, table.c.mail, table.c.password_hash).where(
            table.c.id == agent_id, table.c.active
        )
    ).first()
    return _Holder(*row) if row else None


def _page(visit: Visit, holder: _Holder, errors: dict[str, str] | None = None) -> JoinPage:
    path = visit.request.url.path
    return JoinPage(path, holder.name, holder.mail, holder.kind, errors or {})
