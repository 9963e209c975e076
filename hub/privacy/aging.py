"""Conversations that were settled long enough ago are erased, by the ages of their channels.

Once a day a timer puts a job in line, which works through what is too old in small chunks and can
be stopped and gone on with. A conversation of several channels is kept as long as the one of them
that is kept longest. What has no age is kept for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlmodel import Session

from hub import jobs, timers
from hub.jobs import Chunk, Progress
from hub.privacy.ages import SETTLED, Ages
from hub.privacy.erasing import bare, drop_messages
from hub.rules.results import forget
from hub.store.statements import table_of
from hub.store.tables import Conversation, Timer
from hub.timers import Due

JOB: Final = "conversations.age"
EVERY: Final = timedelta(days=1)
CHUNK: Final = 20
"""Conversations that one transaction looks at."""
MOST_MESSAGES: Final = 400
_table = table_of(Conversation)
Live = Callable[[Session], Ages]
"""Reads how long conversations are kept now."""


def begin(session: Session, now: datetime) -> None:
    """Look once a day from now on, if nobody does yet."""
    table = table_of(Timer)
    if not session.execute(select(table.c.id).where(table.c.kind == JOB)).first():
        timers.schedule(session, JOB, "", now + EVERY)


def handlers(live: Live) -> Mapping[str, Due]:
    """What happens once a day."""

    def due(session: Session, subject: str, payload: Mapping[str, Any], now: datetime) -> None:
        if live(session):
            jobs.enqueue(session, JOB, now)
        timers.schedule(session, JOB, subject, now + EVERY)

    return {JOB: due}


def job_kinds(live: Live) -> Mapping[str, Chunk]:
    """The job that erases what is too old."""

    def chunk(
        session: Session,
        params: Mapping[str, Any],
        cursor: Mapping[str, Any] | None,
        now: datetime,
    ) -> Progress | None:
        ages = live(session)
        if not ages:
            return None
        border = now - ages.least
        done = cursor["done"] if cursor else 0
        if cursor and cursor["dropping"]:
            return _drop(session, cursor)
        old = (_table.c.status.in_(SETTLED), _table.c.last_message_at < border)
        query = (
            select(_table.c.id, _table.c.last_message_at, _table.c.channels)
            .where(*old)
            .order_by(_table.c.last_message_at, _table.c.id)
            .limit(CHUNK)
        )
        if cursor is not None and cursor["at"]:
            place = (datetime.fromisoformat(cursor["at"]), UUID(cursor["after"]))
            query = query.where(tuple_(_table.c.last_message_at, _table.c.id) > place)
        rows = session.execute(query).all()
        if not rows:
            return None
        total = cursor["total"] if cursor else _count(session, old)
        gone = [
            row.id
            for row in rows
            if (age := ages.of(row.channels or [])) is not None and row.last_message_at < now - age
        ]
        bare(session, gone)
        looked = done + len(rows)
        last = rows[-1]
        kept = {
            "at": last.last_message_at.isoformat(),
            "after": str(last.id),
            "done": looked,
            "total": total,
            "dropping": [str(one) for one in gone],
        }
        return Progress(kept, looked, max(total, looked))

    return {JOB: chunk}


def _drop(session: Session, cursor: Mapping[str, Any]) -> Progress:
    """Drop the messages of the conversations that were laid bare before."""
    conversations = [UUID(one) for one in cursor["dropping"]]
    done, total = cursor["done"], cursor["total"]
    if drop_messages(session, conversations, limit=MOST_MESSAGES):
        return Progress(cursor, done, max(total, done))
    after: UUID | None = None
    while (after := forget(session, conversations, after=after)) is not None:
        pass
    return Progress({**cursor, "dropping": []}, done, max(total, done))


def _count(session: Session, old: Any) -> int:
    found: int = session.execute(select(func.count()).select_from(_table).where(*old)).scalar_one()
    return found
