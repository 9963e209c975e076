"""How the hub itself is: for whoever runs it."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import select
from starlette.responses import Response

from hub import __version__, backups
from hub.agents.audit import note
from hub.agents.rights import Right, Viewer
from hub.backups.history import Past, past
from hub.store.database import Session
from hub.store.statements import table_of
from hub.store.tables import Timer
from hub.web import inbox
from hub.web.asked import Asked, Entry, status
from hub.web.system.views import SystemPage
from hub.web.views import Toast

SHOWN: Final = 20


async def show(asked: Asked) -> Response:
    """GET /system"""
    return await _shown(asked)


async def back_up(asked: Asked) -> Response:
    """POST /system/backup: makes one now, beside those that the clock makes."""
    context = asked.site.context
    if not context.settings.backups.to:
        raise status(409)
    await asked.write(_begin, asked.viewer, context.clock.now(), asked.address)
    return await _shown(asked, Toast(asked.say("A backup is being made.")))


async def _shown(asked: Asked, toast: Toast | None = None) -> Response:
    context = asked.site.context
    given = context.settings.backups
    room, standing = await context.watch.look()
    around = await asked.read(inbox.beside, asked.viewer)
    tried, due = await asked.read(_past)
    view = SystemPage(
        version=__version__,
        database="PostgreSQL" if context.database.dialect == "postgresql" else "SQLite",
        folder=str(context.settings.data.directory.absolute()),
        room=room,
        backups_to=given.to,
        standing=standing,
        past=tuple(tried),
        due=due if given.to else None,
        kept=(given.keep_days, given.keep_weeks, given.keep_months),
    )
    page = inbox.page_with_rail(asked, around, page="system", toast=toast)
    return await asked.show(view, page=page)


def _past(session: Session) -> tuple[list[Past], datetime | None]:
    timer = table_of(Timer)
    due: datetime | None = session.execute(
        select(timer.c.due_at).where(timer.c.kind == backups.TIMER)
    ).scalar()
    return past(session, SHOWN), due


def _begin(session: Session, viewer: Viewer, now: datetime, address: str | None) -> None:
    backups.start(session, now, agent_id=viewer.agent_id)
    note(
        session,
        "asked for a backup",
        agent_id=viewer.agent_id,
        now=now,
        subject="backups",
        address=address,
    )


ROUTES: Final[tuple[Entry, ...]] = (
    Entry("GET", "/system", show, Right.MANAGE_ORGANISATION),
    Entry("POST", "/system/backup", back_up, Right.MANAGE_ORGANISATION),
)
