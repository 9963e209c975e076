"""What endpoints were told is kept for a while, for the log and for telling it again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, or_, select
from sqlmodel import Session

from hub import timers
from hub.store.database import wake
from hub.store.statements import insert_new, table_of
from hub.store.tables import Timer, WebhookDelivery, WebhookEndpoint
from hub.store.types import new_id
from hub.subscriptions.endpoints import forget
from hub.timers import Due

TIMER: Final = "webhooks.keep"
EVERY: Final = timedelta(hours=1)
SOON: Final = timedelta(seconds=1)
CHUNK: Final = 500
_SUBJECT: Final = "all"

_table, _endpoint = table_of(WebhookDelivery), table_of(WebhookEndpoint)


def begin(session: Session, now: datetime) -> None:
    """Set the timer where there is none yet."""
    row = {"id": new_id(), "kind": TIMER, "subject": _SUBJECT, "due_at": now, "payload": {}}
    insert_new(session, Timer, [row], ["kind", "subject"])
    wake(session, timers.TOPIC)


def handlers(keep: timedelta) -> dict[str, Due]:
    """What the timer does: a chunk each time, and soon again while there is more."""

    def tidy(session: Session, subject: str, payload: Mapping[str, Any], now: datetime) -> None:
        more = drop(session, now - keep) == CHUNK
        timers.schedule(session, TIMER, subject, now + (SOON if more else EVERY))

    return {TIMER: tidy}


def drop(session: Session, before: datetime) -> int:
    """Delete what was finished before a time, and endpoints that were removed before it; how many
    deliveries, at most a chunk."""
    removed = select(_endpoint.c.id).where(_endpoint.c.removed_at < before)
    ids = (
        session.execute(
            select(_table.c.id)
            .where(or_(_table.c.finished_at < before, _table.c.endpoint_id.in_(removed)))
            .limit(CHUNK)
        )
        .scalars()
        .all()
    )
    session.execute(delete(_table).where(_table.c.id.in_(ids)))
    if len(ids) < CHUNK:
        for endpoint_id in session.execute(removed).scalars().all():
            forget(session, endpoint_id)
    return len(ids)
