"""Things to look at later, kept in the database.

There is at most one timer of a kind for a subject. When one is due its handler runs and the
timer is deleted in the same transaction; the handler looks again at what is true by then,
because whatever the timer waited for may have happened meanwhile. Timers that fell due while
nothing ran are found at the next start, and run once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby, islice
from typing import Any, Protocol

from sqlalchemy import Row, case, delete, func, select, update
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from hub.calendars import Clock
from hub.store.compiled import Compiled
from hub.store.database import Database, wake
from hub.store.statements import insert_for, table_of
from hub.store.stirring import Stirred
from hub.store.tables import Timer
from hub.store.types import new_id

log = logging.getLogger(__name__)

TOPIC = "timers"
LOOK = timedelta(seconds=5)
LATER = timedelta(minutes=1)
AT_ONCE = 64
"""So many timers that are due run in one transaction."""
A_MOMENT = timedelta(milliseconds=5)
_IN_A_STATEMENT = 500


class Due(Protocol):
    """What happens when a timer of one kind is due, in the transaction that deletes it."""

    def __call__(
        self, session: Session, subject: str, payload: Mapping[str, Any], now: datetime
    ) -> None: ...


@dataclass(frozen=True)
class Together:
    """What happens when timers of a kind of which many fall due at a time are due.

    run: gets rows with kind, subject, payload and due_at, the earliest first. If it raises, each
    is run again alone.
    """

    run: Callable[[Session, Sequence[Row[Any]], datetime], None]


Handlers = Mapping[str, Due | Together]
"""What happens, by the timer's kind."""


@dataclass(frozen=True)
class Setting:
    """A timer to be set. latest: however often it is moved, it is due by then."""

    kind: str
    subject: str
    due_at: datetime
    payload: Mapping[str, Any] = field(default_factory=dict)
    latest: datetime | None = None


def schedule(
    session: Session, kind: str, subject: str, due_at: datetime, /, **payload: Any
) -> None:
    """Set the timer of this kind for this subject, or move it."""
    schedule_all(session, [Setting(kind, subject, due_at, payload)])


def schedule_all(session: Session, settings: Sequence[Setting]) -> None:
    """Set or move timers, in the order of their subjects so that no two calls deadlock.

    A timer with a latest moment that is moved keeps that moment and its payload: they tell where
    its waiting began.
    """
    rows = [
        {
            "id": new_id(),
            "kind": one.kind,
            "subject": one.subject,
            "due_at": one.due_at if one.latest is None else min(one.due_at, one.latest),
            "latest_at": one.latest,
            "payload": one.payload,
        }
        for one in sorted(settings, key=lambda one: (one.kind, one.subject))
    ]
    if rows:
        _SET.each(session, rows)
        wake(session, TOPIC)


def _set(dialect: str) -> Any:
    statement, old = insert_for(dialect, Timer), table_of(Timer).c
    new = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=["kind", "subject"],
        set_={
            "due_at": case((old.latest_at < new.due_at, old.latest_at), else_=new.due_at),
            "payload": case((old.latest_at.is_not(None), old.payload), else_=new.payload),
        },
    )


_SET = Compiled(_set)


def move_all(session: Session, settings: Sequence[Setting]) -> None:
    """Move those of these timers that stand; one that is gone stays gone."""
    table = table_of(Timer)
    for one in sorted(settings, key=lambda one: (one.kind, one.subject)):
        session.execute(
            update(table)
            .where(table.c.kind == one.kind, table.c.subject == one.subject)
            .values(due_at=one.due_at)
        )
    if settings:
        wake(session, TOPIC)


def cancel(session: Session, kind: str, subject: str) -> None:
    """The reason is gone. No timer of that kind and subject is no fault."""
    cancel_all(session, kind, [subject])


def cancel_all(session: Session, kind: str, subjects: Sequence[str]) -> None:
    """The same for many subjects."""
    table = table_of(Timer)
    left = iter(sorted(subjects))
    while some := list(islice(left, _IN_A_STATEMENT)):
        session.execute(delete(table).where(table.c.kind == kind, table.c.subject.in_(some)))


def run_due(session: Session, handlers: Handlers, now: datetime) -> datetime | None:
    """Run timers that are due, the earliest first; then when the next one is due.

    A handler that raises undoes nothing but itself, and its timer is put off for a while, so
    that others come to their turn. What the database can not do now is raised: the transaction
    is run again.
    """
    table = table_of(Timer)
    known = table.c.kind.in_(list(handlers))
    rows = session.execute(
        select(table)
        .where(known, table.c.due_at <= now)
        .order_by(table.c.due_at)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    for kind, some in groupby(rows, key=lambda row: row.kind):
        _run(session, handlers[kind], list(some), now)
    if rows:
        return now
    following: datetime | None = session.execute(
        select(func.min(table.c.due_at)).where(known)
    ).scalar()
    # One that is due and was not found is in another worker's hands.
    return max(following, now + A_MOMENT) if following is not None else None


def _run(
    session: Session, handler: Due | Together, rows: Sequence[Row[Any]], now: datetime
) -> None:
    if isinstance(handler, Together) and len(rows) > 1:
        try:
            with session.begin_nested():
                _delete(session, rows)
                handler.run(session, rows, now)
        except OperationalError:
            raise
        except Exception:
            log.exception("timers of the kind %s are run one by one", rows[0].kind)
        else:
            return
    for row in rows:
        _run_one(session, handler, row, now)


def _run_one(session: Session, handler: Due | Together, row: Row[Any], now: datetime) -> None:
    try:
        with session.begin_nested():
            # Deleted first: a handler may set the same timer anew.
            _delete(session, [row])
            if isinstance(handler, Together):
                handler.run(session, [row], now)
            else:
                handler(session, row.subject, row.payload, now)
    except OperationalError:
        raise
    except Exception:
        log.exception("the timer %s of %s is tried again in a minute", row.kind, row.subject)
        table = table_of(Timer)
        session.execute(update(table).where(table.c.id == row.id).values(due_at=now + LATER))


def _delete(session: Session, rows: Sequence[Row[Any]]) -> None:
    table = table_of(Timer)
    session.execute(delete(table).where(table.c.id.in_([row.id for row in rows])))


class Timers:
    """Runs what is due until cancelled."""

    def __init__(self, database: Database, clock: Clock, handlers: Handlers) -> None:
        self.database = database
        self.clock = clock
        self.handlers = handlers
        self._stirred = Stirred(database, TOPIC)

    async def run(self) -> None:
        while True:
            self._stirred.look()
            now = self.clock.now()
            due = await self.database.write(run_due, self.handlers, now)
            if due is not None and due <= now:
                continue
            wait = LOOK if due is None else min(LOOK, due - self.clock.now())
            await self._stirred.wait(max(A_MOMENT, wait).total_seconds())
