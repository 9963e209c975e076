"""The list of blocked senders, with a form for another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from starlette.responses import Response

from hub.agents import directory
from hub.agents.rights import Right
from hub.customers import blocked_senders
from hub.customers.blocked_senders import LONGEST, MAIL, PAGE, BadSender, OneSender, OwnAddress
from hub.store.database import Session
from hub.text.mail_address import display_mail_address
from hub.web import inbox
from hub.web.asked import Asked, Entry, status
from hub.web.blocked.views import BlockedPage, BlockedRows, Sender
from hub.web.views import Toast

Found = tuple[tuple[Sender, ...], Mapping[str, str] | None]


async def show(asked: Asked) -> Response:
    """GET /blocked?q=…&kind=…&after=…"""
    return await _page(asked)


async def rows(asked: Asked) -> Response:
    """GET /blocked/rows, with the same query."""
    senders, more = await asked.read(_read, asked)
    return await asked.show(BlockedRows(senders, asked.viewer.may(Right.BLOCK_SENDERS), more))


async def block(asked: Asked) -> Response:
    """POST /blocked: kind, address (or a domain), reason."""
    typed = {name: asked.field(name)[:LONGEST] for name in ("kind", "address", "reason")}
    kind = typed["kind"] or MAIL
    if kind not in _kinds(asked):
        raise status(422)
    accounts = asked.site.context.policy().accounts.values()
    own = frozenset(address for account in accounts for address in account.addresses)
    try:
        kept = await asked.write(
            blocked_senders.block,
            asked.by,
            kind,
            typed["address"],
            reason=asked.field("reason"),
            own=own,
        )
    except OwnAddress:
        errors = {"address": asked.say("This is one of your own addresses.")}
    except BadSender:
        words = asked.say("Write an address like sara@example.com, or a domain like @example.com.")
        errors = {"address": words if kind == MAIL else asked.say("Write an address.")}
    else:
        text = asked.say("Blocked: what comes from there is spam from now on.")
        undo = Toast(text, "/blocked/unblock", {"kind": kind, "address": kept})
        return await _page(asked, toast=undo)
    return await _page(asked, typed, errors)


async def unblock(asked: Asked) -> Response:
    """POST /blocked/unblock: kind, address."""
    gone = await asked.write(
        blocked_senders.unblock, asked.by, asked.field("kind"), asked.field("address")
    )
    if gone is None:
        raise status(404)
    back = {"kind": gone.kind, "address": gone.address, "reason": gone.reason or ""}
    return await _page(asked, toast=Toast(asked.say("Heard again."), "/blocked", back))


def _kinds(asked: Asked) -> tuple[str, ...]:
    """Mail, and the other kinds by which somebody can write."""
    connected = {account.kind for account in asked.site.context.policy().accounts.values()}
    return (MAIL, *sorted(connected - {MAIL}))


def _read(session: Session, asked: Asked) -> Found:
    search = (asked.query("q") or "")[:80]
    kind, address = asked.query("kind"), asked.query("after")
    after = (kind[:40], address[:LONGEST]) if kind and address else None
    found = blocked_senders.page(session, search=search, after=after, limit=PAGE + 1)
    names = directory.agent_names(session)
    more = None
    if len(found) > PAGE:
        edge = found[PAGE - 1]
        more = {"kind": edge.kind, "after": edge.address} | ({"q": search} if search else {})
    return tuple(_sender(one, names.get(one.by) if one.by else None) for one in found[:PAGE]), more


def _sender(one: OneSender, by: str | None) -> Sender:
    shown = display_mail_address(one.address) if one.kind == MAIL else one.address
    return Sender(one.kind, one.address, shown, one.reason, one.at, by)


async def _page(
    asked: Asked,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    *,
    toast: Toast | None = None,
) -> Response:
    def read(session: Session) -> tuple[inbox.Beside, Found]:
        return inbox.beside(session, asked.viewer), _read(session, asked)

    around, (senders, more) = await asked.read(read)
    view = BlockedPage(
        senders=senders,
        kinds=_kinds(asked),
        changes=asked.viewer.may(Right.BLOCK_SENDERS),
        search=(asked.query("q") or "")[:80],
        more=more,
        typed=typed or {},
        errors=errors or {},
    )
    page = replace(inbox.page_with_rail(asked, around, page="blocked"), toast=toast)
    return await asked.show(view, page=page, status=422 if errors else 200)


ROUTES: Final = (
    Entry("GET", "/blocked", show, Right.READ),
    Entry("POST", "/blocked", block, Right.BLOCK_SENDERS),
    Entry("GET", "/blocked/rows", rows, Right.READ),
    Entry("POST", "/blocked/unblock", unblock, Right.BLOCK_SENDERS),
)
