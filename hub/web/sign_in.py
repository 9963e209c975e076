"""Signing in and out."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Final
from uuid import UUID

from starlette.responses import Response

from hub.agents import directory, second_step, sign_ins
from hub.security.passwords import hash_password, needs_rehash, verify_password
from hub.security.tokens import (
    LinkToken,
    hash_token,
    link_token,
    opaque_token,
    read_link_token,
    token_matches,
)
from hub.web.account import attempts
from hub.web.account.attempts import PER_ACCOUNT
from hub.web.account.proof import wait_words
from hub.web.asked import Asked, Visit
from hub.web.security import local_path
from hub.web.views import SignIn
from hub.web.views.account import SignInCode

FIRST: Final = "/inbox"
_TICKET: Final = "second-step"
_TICKET_LASTS: Final = timedelta(minutes=10)


async def form(visit: Visit) -> Response:
    """GET /sign-in"""
    if await visit.site.signed_in(visit.request) is not None:
        return visit.go(local_path(visit.query("next"), FIRST))
    return await visit.show(SignIn(next=local_path(visit.query("next"), FIRST)))


async def sign_in(visit: Visit) -> Response:
    """POST /sign-in: address, password, next."""
    address, password = visit.field("address").strip(), visit.field("password")
    wait = await attempts.wait_of(visit, address)
    if wait is not None:
        text = wait_words(visit, wait)
        response = await _again(visit, address, text, status=429)
        response.headers["Retry-After"] = str(int(wait) + 1)
        return response
    account = await visit.read(directory.account_of, address)
    stored = account.password_hash if account is not None and account.active else None
    async with visit.site.hashing:
        fits = await asyncio.to_thread(verify_password, password, stored)
    if account is None or not fits:
        return await _again(visit, address, visit.say("The address or the password is wrong."))
    assert stored is not None
    if needs_rehash(stored):
        async with visit.site.hashing:
            fresh = await asyncio.to_thread(hash_password, password)
        await visit.write(directory.set_password_hash, account.agent_id, fresh)
        stored = fresh
    if (await visit.read(second_step.state, account.agent_id)).on:
        ticket = _ticket(visit, account.agent_id, stored)
        return await visit.show(SignInCode(ticket, next=local_path(visit.field("next"), FIRST)))
    return await _let_in(visit, account.agent_id)


async def code(visit: Visit) -> Response:
    """POST /sign-in/code: ticket, code, next. The second page, where the account asks for it."""
    agent_id = await _ticket_holder(visit)
    if agent_id is None:
        text = visit.say("That took too long. Sign in once more.")
        return await _again(visit, "", text, status=403)
    context = visit.site.context
    wait = await context.limiter.hit(f"second-step/{agent_id}", *PER_ACCOUNT)
    if wait is not None:
        text = wait_words(visit, wait)
    elif await visit.write(
        second_step.check,
        agent_id,
        visit.field("code"),
        context.keys,
        now=context.clock.now(),
        address=visit.address,
    ):
        return await _let_in(visit, agent_id)
    else:
        text = visit.say("This code does not fit, or was used already. Wait for the next one.")
    view = SignInCode(
        visit.field("ticket"), next=local_path(visit.field("next"), FIRST), errors={"code": text}
    )
    return await visit.show(view, status=422 if wait is None else 429)


async def _let_in(visit: Visit, agent_id: UUID) -> Response:
    token = opaque_token()
    await visit.write(
        sign_ins.begin,
        agent_id,
        token,
        now=visit.site.context.clock.now(),
        address=visit.address,
        browser=visit.request.headers.get("user-agent"),
    )
    visit.new_visit = None
    response = visit.go(local_path(visit.field("next"), FIRST))
    visit.site.cookies.forget(response)
    visit.site.cookies.set_sign_in(response, token)
    attempts.remember(visit, response, await visit.read(directory.mail_of, agent_id))
    return response


def _ticket(visit: Visit, agent_id: UUID, password_hash: str) -> str:
    """Says that the password was right, in this browser, while it is the password."""
    context = visit.site.context
    payload = [str(agent_id), hash_token(password_hash), hash_token(visit.visit())]
    return link_token(context.keys, _TICKET, payload, now=context.clock.now())


async def _ticket_holder(visit: Visit) -> UUID | None:
    context = visit.site.context
    found = read_link_token(
        context.keys,
        _TICKET,
        visit.field("ticket"),
        max_age=_TICKET_LASTS,
        now=context.clock.now(),
    )
    if not isinstance(found, LinkToken):
        return None
    holder, password, browser = found.payload
    agent_id = UUID(holder)
    stored = await visit.read(directory.password_of, agent_id)
    if stored is None or not token_matches(stored, password):
        return None
    return agent_id if token_matches(visit.visit(), browser) else None


async def sign_out(asked: Asked) -> Response:
    """POST /sign-out"""
    await asked.write(
        sign_ins.end,
        asked.signed_in.token_hash,
        asked.viewer.agent_id,
        now=asked.site.context.clock.now(),
        address=asked.address,
    )
    asked.site.streams.end(asked.signed_in.token_hash)
    response = asked.go("/sign-in")
    asked.site.cookies.forget(response)
    return response


async def _again(visit: Visit, address: str, text: str, *, status: int = 422) -> Response:
    view = SignIn(
        address=address[:254],
        next=local_path(visit.field("next"), FIRST),
        errors={"form": text, "password": text} if status == 422 else {"form": text},
    )
    return await visit.show(view, status=status)
