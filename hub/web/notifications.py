"""What rules have told the viewer, as a page."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from starlette.responses import Response

from hub.conversations import notifications
from hub.conversations.notifications import Told
from hub.store.database import Session
from hub.web import inbox, rows
from hub.web.asked import Asked
from hub.web.views import Rail


@dataclass(frozen=True)
class Notifications:
    """GET /notifications. unseen: how many of them are new."""

    template: ClassVar[str] = "notifications.html"

    told: tuple[Told, ...]
    unseen: int


async def show(asked: Asked) -> Response:
    """GET /notifications"""

    def read(session: Session) -> tuple[inbox.Beside, Notifications]:
        told = notifications.newest(session, asked.viewer)
        unseen = notifications.unseen(session, asked.viewer)
        return inbox.beside(session, asked.viewer), Notifications(told, unseen)

    around, found = await asked.read(read)
    return await asked.show(found, page=inbox.page_with_rail(asked, around, page="notifications"))


@dataclass(frozen=True)
class Places:
    """GET /notifications/told: the links that tell whether there is something new."""

    template: ClassVar[str] = "parts/told.html"


async def told(asked: Asked) -> Response:
    """GET /notifications/told?on=<path>: the links to pages as they are now, seen on this one."""
    context, on = asked.site.context, asked.query("on")
    count = await asked.read(notifications.unseen, asked.viewer)
    pages = rows.pages(
        asked.viewer,
        None,
        told=count,
        set_up=context.policy().set_up,
        worries=context.watch.worries,
    )
    rail = Rail((), pages=tuple(replace(one, current=one.url == on) for one in pages))
    return await asked.show(Places(), page=replace(asked.page(), rail=rail))


async def seen(asked: Asked) -> Response:
    """POST /notifications/seen"""
    await asked.write(notifications.mark_seen, asked.viewer, asked.site.context.clock.now())
    return asked.go("/notifications")
