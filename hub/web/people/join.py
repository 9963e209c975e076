"""Setting a password from a link: an invitation, or a way back for who forgot theirs."""

from __future__ import annotations

import asyncio
from typing import Final

from starlette.responses import Response

from hub.agents import joining
from hub.agents.joining import Holder, Sender
from hub.security.passwords import hash_password, password_fault
from hub.security.tokens import hash_token
from hub.web.account import attempts
from hub.web.asked import Visit
from hub.web.context import WebContext
from hub.web.people.views import Forgotten, JoinEnded, JoinPage
from hub.web.views import SignIn

_PER_ADDRESS: Final = (30, 900.0)
_MAILS: Final = (3, 3600.0)
"""Mails that one mail address is sent in so many seconds, whoever asks for them."""


def sender_of(context: WebContext) -> Sender | None:
    """By what agents are written to: a mail account that is awake, None where there is none."""
    organisation = context.policy().organisation
    return next(
        (
            Sender(name, organisation.name, context.settings.server.url)
            for name in sorted(context.accounts.awake)
            if context.capabilities[name].copies
        ),
        None,
    )


async def ask(visit: Visit) -> Response:
    """GET /forgotten"""
    can = sender_of(visit.site.context) is not None
    return await visit.show(Forgotten(can, address=(visit.query("address") or "")[:254]))


async def send(visit: Visit) -> Response:
    """POST /forgotten: address. What it says does not tell whether anybody has the address."""
    context = visit.site.context
    sender = sender_of(context)
    typed = visit.field("address").strip()[:254]
    if sender is None:
        return await visit.show(Forgotten(can=False, address=typed), status=422)
    if "@" not in typed:
        text = visit.say("This is no mail address. Write it like sara@example.com.")
        return await visit.show(Forgotten(can=True, address=typed, errors={"address": text}),
                                status=422)  # fmt: skip
    if await context.limiter.hit(f"forgotten/network/{visit.network}", *_PER_ADDRESS) is not None:
        text = visit.say("Too many attempts. Try again later.")
        view = Forgotten(can=True, address=typed, errors={"address": text})
        return await visit.show(view, status=429)
    per_mail = f"forgotten/account/{hash_token(typed.casefold())}"
    if await context.limiter.hit(per_mail, *_MAILS) is None:
        await visit.write(
            joining.forgotten,
            typed,
            sender,
            keys=context.keys,
            now=context.clock.now(),
            address=visit.address,
        )
    return await visit.show(Forgotten(can=True, address=typed, sent=True))


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
    wait = await context.limiter.hit(f"join/network/{visit.network}", *_PER_ADDRESS)
    if holder is None or wait is not None:
        return await visit.show(JoinEnded(), status=404 if wait is None else 429)
    password = visit.field("password")
    personal = [holder.name, holder.mail, context.policy().brand_name]
    if fault := password_fault(password, personal=personal):
        view = _page(visit, holder, {"password": visit.say(str(fault))})
        return await visit.show(view, status=422)
    async with visit.site.hashing:
        hashed = await asyncio.to_thread(hash_password, password)
    ended = await visit.write(
        joining.set_password, holder, hashed, context.clock.now(), visit.address
    )
    if ended is None:
        return await visit.show(JoinEnded(), status=404)
    for token_hash in ended:
        visit.site.streams.end(token_hash)
    response = await visit.show(SignIn(address=holder.mail))
    attempts.remember(visit, response, holder.mail)
    return response


async def _read(visit: Visit) -> Holder | None:
    context = visit.site.context
    token = visit.request.path_params["token"]
    return await visit.read(joining.holder_of, context.keys, token, context.clock.now())


def _page(visit: Visit, holder: Holder, errors: dict[str, str] | None = None) -> JoinPage:
    path = visit.request.url.path
    return JoinPage(path, holder.name, holder.mail, holder.kind, errors or {})
