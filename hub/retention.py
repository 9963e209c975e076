"""What is kept for a while only, and goes by itself: a timer that comes back every hour.

Each time it is due it deletes one small chunk, and comes back soon while there is more, so that
no transaction is long and a process that ends leaves nothing half done.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, select
from sqlmodel import Session

from hub import timers
from hub.rules.results import Keep, drop
from hub.store.database import wake
from hub.store.statements import insert_new, table_of
from hub.store.tables import FormKey, Timer
from hub.store.types import new_id
from hub.timers import Due

RESULTS: Final = "rules.results"
EVERY: Final = timedelta(hours=1)
SOON: Final = timedelta(seconds=1)
KEEP_FORMS: Final = timedelta(days=7)
"""So long sending a form again, or a request with its Idempotency-Key, does it no second time."""
FORMS_AT_ONCE: Final = 500
_SUBJECT: Final = "all"


def begin(session: Session, now: datetime) -> None:
    """Set the timer where there is none yet."""
    row = {"id": new_id(), "kind": RESULTS, "subject": _SUBJECT, "due_at": now, "payload": {}}
    insert_new(session, Timer, [row], ["kind", "subject"])
    wake(session, timers.TOPIC)


def handlers(keep: Keep) -> dict[str, Due]:
    """What the timer does."""

    def tidy(session: Session, subject: str, payload: Mapping[str, Any], now: datetime) -> None:
        # The borders are looked up once a round: counting so many rows takes a moment.
        given = payload.get("borders")
        borders = (
            {outcome: datetime.fromisoformat(at) for outcome, at in given.items()}
            if given
            else keep.borders(session, now)
        )
        if drop(session, borders) or _forget_forms(session, now):
            left = {outcome: at.isoformat() for outcome, at in borders.items()}
            timers.schedule(session, RESULTS, subject, now + SOON, borders=left)
        else:
            timers.schedule(session, RESULTS, subject, now + EVERY)

    return {RESULTS: tidy}


def _forget_forms(session: Session, now: datetime) -> bool:
    """Let keys of forms and of the API go that nobody sends again; whether there may be more."""
    table = table_of(FormKey)
    old = select(table.c.key).where(table.c.at < now - KEEP_FORMS).limit(FORMS_AT_ONCE)
    gone = session.execute(delete(table).where(table.c.key.in_(old)).returning(table.c.key))
    return len(gone.all()) == FORMS_AT_ONCE
