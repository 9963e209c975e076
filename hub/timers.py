"""Things to look at later, kept in the database.

There is at most one timer of a kind for a subject. When one is due its handler runs and the
timer is deleted in the same transaction; the handler looks again at what is true by then,
because whatever the timer waited for may have happened meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import delete, select, update
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from hub.calendars import Clock
from hub.store.database import Database, wake
from hub.store.statements import insert_or_update, table_of
from hub.store.tables import Timer
from hub.store.types import new_id

log = logging.getLogger(__name__)

TOPIC = "timers"
LOOK = timedelta(seconds=5)
LATER = timedelta(minutes=1)


class Due(Protocol):
    """What happens when a timer of one kind is due, in the transaction that deletes it."""

    def __call__(
        self, session: Session, subject: str, payload: Mapping[str, Any], now: datetime
    ) -> None: ...


def schedule(
    session: Session, kind: str, subject: str, due_at: datetime, /, **payload: Any
) -> None:
    """Set the timer of this kind for this subject, or move it."""
    insert_or_update(
        session,
        Timer,
        [
            {
                "id": new_id(),
                "kind": kind,
                "subject": subject,
                "due_at": due_at,
                "payload": payload,
            }
        ],
        key=["kind", "subject"],
        update=["due_at", "payload"],
    )
    wake(session, TOPIC)


def cancel(session: Session, kind: str, subject: str) -> None:
    """The reason is gone. No timer of that kind and subject is no fault."""
    table = table_of(Timer)
    session.execute(delete(table).where(table.c.kind == kind, table.c.subject == subject))


def run_due(session: Session, handlers: Mapping[str, Due], now: datetime) -> datetime | None:
    """Run the timer that is due first, if any is; then when the next one is due.

    One timer a transaction. A handler that raises undoes nothing but itself, and its timer is
    put off for a while, so that others come to their turn. What the database can not do now is
    raised: the transaction is run again.
    """
    table = table_of(Timer)
    row = session.execute(
        select(table)
        .where(table.c.kind.in_(list(handlers)))
        .order_by(table.c.due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    if row is None:
        return None
    if row.due_at > now:
        due: datetime = row.due_at
        return due
    try:
        with session.begin_nested():
            # Deleted first: a handler may set the same timer anew.
            session.execute(delete(table).where(table.c.id == row.id))
            handlers[row.kind](session, row.subject, row.payload, now)
    except OperationalError:
        raise
    except Exception:
        log.exception("the timer %s of %s is tried again in a minute", row.kind, row.subject)
        session.execute(update(table).where(table.c.id == row.id).values(due_at=now + LATER))
    return now


class Timers:
    """Runs what is due until cancelled."""

    def __init__(self, database: Database, clock: Clock, handlers: Mapping[str, Due]) -> None:
        self.database = database
        self.clock = clock
        self.handlers = handlers
        self._stirred = asyncio.Event()
        database.on_wake(self._stir)

    def _stir(self, topics: frozenset[str]) -> None:
        if TOPIC in topics or "*" in topics:
            self._stirred.set()

    async def run(self) -> None:
        while True:
            self._stirred.clear()
            now = self.clock.now()
            due = await self.database.write(run_due, self.handlers, now)
            if due is not None and due <= now:
                continue
            wait = LOOK if due is None else min(LOOK, due - self.clock.now())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.005, wait.total_seconds())):
                    await self._stirred.wait()
