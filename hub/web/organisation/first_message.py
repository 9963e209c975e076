"""The last step of the set-up: a message to oneself, and whether it arrives."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from starlette.responses import Response

from hub.store.database import Session
from hub.store.statements import table_of
from hub.store.tables import Conversation, Message
from hub.web import inbox
from hub.web.asked import Asked
from hub.web.organisation.views import Arrived, FirstMessage, WayIn

_RECENT: Final = timedelta(hours=12)
"""A page that has been open for longer asks from here on."""


async def show(asked: Asked) -> Response:
    """GET /set-up/message?since=…: the ways to write to us, and what has arrived since then."""
    now = asked.site.context.clock.now()
    since = _since(asked, now)

    def read(session: Session) -> tuple[inbox.Beside, tuple[UUID, int] | None]:
        return inbox.beside(session, asked.viewer), newest(session, since)

    around, found = await asked.read(read)
    view = FirstMessage(
        ways=_ways(asked),
        since=since.isoformat(),
        arrived=Arrived(*found) if found is not None else None,
    )
    return await asked.show(view, page=inbox.page_with_rail(asked, around, page="set-up"))


def newest(session: Session, since: datetime) -> tuple[UUID, int] | None:
    """The conversation of the newest message of a customer from then on, with its number."""
    message, conversation = table_of(Message), table_of(Conversation)
    row = session.execute(
        select(message.c.conversation_id, conversation.c.number, message.c.received_at)
        .join(conversation, conversation.c.id == message.c.conversation_id)
        .where(message.c.direction == "in")
        # Ids grow with time, so the newest is found at once.
        .order_by(message.c.id.desc())
        .limit(1)
    ).first()
    return (row.conversation_id, row.number) if row and row.received_at >= since else None


def _ways(asked: Asked) -> tuple[WayIn, ...]:
    """Every account that is awake, those first on which one can write in the page."""
    context = asked.site.context
    found = []
    for name, account in sorted(context.policy().accounts.items()):
        kind = context.accounts.kinds.get(account.kind)
        if kind is None or not kind.offered or name not in context.accounts.awake:
            continue
        demo = f"/c/{name}/{kind.widget.demo}" if kind.widget else None
        mail = next(iter(sorted(account.addresses)), None)
        found.append(WayIn(name, account.kind, demo, mail))
    return tuple(sorted(found, key=lambda one: one.demo is None))


def _since(asked: Asked, now: datetime) -> datetime:
    try:
        since = datetime.fromisoformat(asked.query("since") or "")
    except ValueError:
        return now
    return max(since, now - _RECENT) if since.tzinfo else now
