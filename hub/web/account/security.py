"""GET /me/security and what is done from there."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime

from starlette.responses import Response

from hub.agents import directory, second_step, sign_ins
from hub.agents.audit import note
from hub.agents.rights import Viewer
from hub.security.passwords import hash_password, password_fault
from hub.store.database import Session
from hub.web import inbox
from hub.web.account.browsers import browser_name
from hub.web.account.proof import password_refused
from hub.web.asked import Asked
from hub.web.views import Toast
from hub.web.views.account import Offered, Security, SignedInAt

PAGE = "/me/security"


async def show(asked: Asked) -> Response:
    """GET /me/security"""
    return await _page(asked)


async def change_password(asked: Asked) -> Response:
    """POST /me/security/password: password, new. Ends all other sign-ins of the agent."""
    viewer, context = asked.viewer, asked.site.context
    new = asked.field("new")
    fault = password_fault(new, personal=[viewer.name, viewer.mail, context.policy().brand_name])
    errors = {}
    if fault is not None:
        errors["new"] = asked.say(str(fault))
    elif refusal := await password_refused(asked):
        errors["password"] = refusal
    if errors:
        return await _page(asked, errors=errors, status=422)
    async with asked.site.hashing:
        hashed = await asyncio.to_thread(hash_password, new)
    ended = await asked.write(
        _set_password,
        viewer,
        hashed,
        asked.signed_in.token_hash,
        context.clock.now(),
        asked.address,
    )
    _end_streams(asked, ended)
    toast = Toast(asked.say("The password is changed. You are signed out everywhere else."))
    return await _page(asked, toast=toast)


async def end_one(asked: Asked) -> Response:
    """POST /me/security/sign-ins/end: mark."""
    ended = await asked.write(
        sign_ins.end_one,
        asked.viewer.agent_id,
        asked.field("mark"),
        now=asked.site.context.clock.now(),
        address=asked.address,
    )
    if ended is not None:
        _end_streams(asked, [ended])
    if ended == asked.signed_in.token_hash:
        response = asked.go("/sign-in")
        asked.site.cookies.forget(response)
        return response
    return await _page(asked, toast=Toast(asked.say("That browser is signed out.")))


async def end_others(asked: Asked) -> Response:
    """POST /me/security/sign-ins/end-others"""
    ended = await asked.write(
        sign_ins.end_all,
        asked.viewer.agent_id,
        but=asked.signed_in.token_hash,
        now=asked.site.context.clock.now(),
        address=asked.address,
    )
    _end_streams(asked, ended)
    return await _page(asked, toast=Toast(asked.say("You are signed out everywhere else.")))


async def offer_second_step(asked: Asked) -> Response:
    """POST /me/security/second-step: password. Shows the secret for the agent's device."""
    import pyotp

    if refusal := await password_refused(asked):
        return await _page(asked, errors={"step-password": refusal}, status=422)
    secret = pyotp.random_base32()
    offered = await asked.write(
        second_step.offer, asked.viewer.agent_id, secret, asked.site.context.keys
    )
    return await _page(asked, offered=_offered(asked, secret) if offered else None)


async def confirm_second_step(asked: Asked) -> Response:
    """POST /me/security/second-step/confirm: code, secret (as it was shown, to be shown again)."""
    context, secret = asked.site.context, asked.field("secret")
    wait = await context.limiter.hit(f"second-step/{asked.viewer.agent_id}", 10, 900.0)
    codes = None
    if wait is None:
        codes = await asked.write(
            second_step.confirm,
            asked.viewer.agent_id,
            asked.field("code"),
            context.keys,
            now=context.clock.now(),
            address=asked.address,
        )
    if codes is None:
        text = asked.say("This code does not fit. Enter the one that your device shows now.")
        offered = _offered(asked, secret) if secret.isalnum() and len(secret) <= 64 else None
        return await _page(asked, offered=offered, errors={"code": text}, status=422)
    return await _page(asked, codes=codes)


async def renew_codes(asked: Asked) -> Response:
    """POST /me/security/recovery-codes: password."""
    if refusal := await password_refused(asked):
        return await _page(asked, errors={"codes-password": refusal}, status=422)
    codes = await asked.write(
        _renew_codes, asked.viewer, asked.site.context.clock.now(), asked.address
    )
    return await _page(asked, codes=codes)


async def turn_off_second_step(asked: Asked) -> Response:
    """POST /me/security/second-step/off: password."""
    if refusal := await password_refused(asked):
        return await _page(asked, errors={"off-password": refusal}, status=422)
    await asked.write(
        second_step.turn_off,
        asked.viewer.agent_id,
        now=asked.site.context.clock.now(),
        address=asked.address,
        by=asked.viewer.agent_id,
    )
    text = asked.say("Signing in asks for your password alone now.")
    return await _page(asked, toast=Toast(text))


def _set_password(
    session: Session, viewer: Viewer, hashed: str, keep: str, now: datetime, address: str | None
) -> list[str]:
    directory.set_password_hash(session, viewer.agent_id, hashed)
    note(session, "changed the password", agent_id=viewer.agent_id, now=now, address=address)
    return sign_ins.end_all(session, viewer.agent_id, but=keep, now=now, address=address)


def _renew_codes(
    session: Session, viewer: Viewer, now: datetime, address: str | None
) -> list[str] | None:
    if not second_step.state(session, viewer.agent_id).on:
        return None
    note(session, "renewed recovery codes", agent_id=viewer.agent_id, now=now, address=address)
    return second_step.renew_codes(session, viewer.agent_id)


def _end_streams(asked: Asked, ended: list[str]) -> None:
    for token_hash in ended:
        asked.site.streams.end(token_hash)


def _offered(asked: Asked, secret: str) -> Offered:
    import pyotp
    import segno

    issuer = asked.site.context.policy().brand_name
    address = pyotp.TOTP(secret).provisioning_uri(name=asked.viewer.mail, issuer_name=issuer)
    drawn = segno.make(address, error="m").svg_inline(
        scale=4, border=4, svgclass="qr", lineclass=None, dark="#000", light="#fff"
    )
    grouped = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    return Offered(secret=secret, shown=grouped, address=address, picture=drawn)


async def _page(
    asked: Asked,
    *,
    errors: dict[str, str] | None = None,
    offered: Offered | None = None,
    codes: list[str] | None = None,
    toast: Toast | None = None,
    status: int = 200,
) -> Response:
    now = asked.site.context.clock.now()
    agent_id = asked.viewer.agent_id
    around = await asked.read(inbox.beside, asked.viewer)
    step = await asked.read(second_step.state, agent_id)
    browsers = await asked.read(sign_ins.everywhere, agent_id, now)
    view = Security(
        second_step=step.on,
        codes_left=step.codes,
        browsers=tuple(
            SignedInAt(
                mark=one.mark,
                name=browser_name(one.browser),
                address=one.address,
                since=one.created_at,
                seen=one.seen_at,
                this=one.token_hash == asked.signed_in.token_hash,
            )
            for one in browsers
        ),
        offered=offered,
        codes=tuple(codes or ()),
        errors=errors or {},
    )
    page = replace(inbox.page_with_rail(asked, around, page="me"), toast=toast)
    return await asked.show(view, page=page, status=status)
