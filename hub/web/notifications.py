"""What rules have told the viewer, as a page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from starlette.responses import Response

from hub.conversations import notifications
from hub.conversations.notifications import Told
from hub.store.database import Session
from hub.web import inbox
from hub.web.asked import Asked


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


async def seen(asked: Asked) -> Response:
    """POST /notifications/seen"""
    await asked.write(notifications.mark_seen, asked.viewer, asked.site.context.clock.now())
    return asked.go("/notifications")
