"""The list of connected accounts, and how each fares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from starlette.responses import Response

from hub import accounts
from hub.accounts import Configured
from hub.agents.rights import Right
from hub.store.database import Session
from hub.web import inbox
from hub.web.asked import Asked
from hub.web.channels.faring import Fares, health, shown
from hub.web.channels.views import Channels
from hub.web.views import Toast


@dataclass(frozen=True)
class Found:
    """Everything about accounts that a page reads."""

    around: inbox.Beside
    configured: Mapping[str, Configured]
    removed: tuple[Configured, ...]
    fares: Mapping[str, Fares]


async def find(asked: Asked) -> Found:
    """The accounts of settings file and browser, with how they fare."""
    context = asked.site.context

    def look(session: Session) -> Found:
        configured = accounts.configured(session, context.settings, context.keys)
        faring = health(session, configured, context.clock.now())
        return Found(
            inbox.beside(session, asked.viewer),
            configured,
            tuple(one for one in accounts.stored(session, context.keys).values() if one.removed),
            {one.account: one for one in faring.accounts},
        )

    return await asked.read(look)


async def show(asked: Asked, toast: Toast | None = None) -> Response:
    """GET /channels"""
    found = await find(asked)
    context = asked.site.context
    view = Channels(
        accounts=tuple(
            shown(one, found.fares[name], context) for name, one in found.configured.items()
        ),
        removed=tuple((one.name, one.kind) for one in found.removed),
        manages=asked.viewer.may(Right.MANAGE_CHANNELS),
    )
    page = inbox.page_with_rail(asked, found.around, page="channels")
    return await asked.show(view, page=replace(page, toast=toast))
