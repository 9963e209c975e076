"""Signing in and out."""

from __future__ import annotations

import asyncio
from typing import Final

from starlette.responses import Response

from hub.agents import directory, sign_ins
from hub.security.passwords import hash_password, needs_rehash, verify_password
from hub.security.tokens import hash_token, opaque_token
from hub.web.asked import Asked, Visit
from hub.web.security import local_path
from hub.web.views import SignIn

FIRST: Final = "/inbox"
PER_ACCOUNT: Final = (10, 900.0)
"""Attempts an account in so many seconds; then the password is not even looked at."""
PER_ADDRESS: Final = (30, 900.0)


async def form(visit: Visit) -> Response:
    """GET /sign-in"""
    if await visit.site.signed_in(visit.request) is not None:
        return visit.go(local_path(visit.query("next"), FIRST))
    return await visit.show(SignIn(next=local_path(visit.query("next"), FIRST)))


async def sign_in(visit: Visit) -> Response:
    """POST /sign-in: address, password, next."""
    context = visit.site.context
    address, password = visit.field("address").strip(), visit.field("password")
    wait = await _too_often(visit, address)
    if wait is not None:
        minutes = max(1, round(wait / 60))
        text = visit.say("Too many attempts. Try again in %s minutes.") % minutes
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
    token = opaque_token()
    await visit.write(
        sign_ins.begin,
        account.agent_id,
        token,
        now=context.clock.now(),
        address=visit.address,
        browser=visit.request.headers.get("user-agent"),
    )
    visit.new_visit = None
    response = visit.go(local_path(visit.field("next"), FIRST))
    visit.site.cookies.forget(response)
    visit.site.cookies.set_sign_in(response, token)
    return response


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


async def _too_often(visit: Visit, address: str) -> float | None:
    """How many seconds to wait, or None when this attempt is allowed."""
    limiter = visit.site.context.limiter
    # The address is hashed so that its length costs no memory.
    account = hash_token(address.casefold())
    waits = (
        await limiter.hit(f"sign-in/account/{account}", *PER_ACCOUNT),
        await limiter.hit(f"sign-in/address/{visit.address}", *PER_ADDRESS),
    )
    return max((wait for wait in waits if wait is not None), default=None)


async def _again(visit: Visit, address: str, text: str, *, status: int = 422) -> Response:
    view = SignIn(
        address=address[:254],
        next=local_path(visit.field("next"), FIRST),
        errors={"form": text, "password": text} if status == 422 else {"form": text},
    )
    return await visit.show(view, status=status)
