"""Customers come to belong to segments, and cease to: when something about them changes, and once
a day, because time alone moves some ("bought nothing for half a year")."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from sqlalchemy import Row, func, select
from sqlmodel import Session

from hub import jobs, timers
from hub.deciding.segments import follow
from hub.jobs import Chunk, Progress
from hub.policy import Policy
from hub.store.statements import table_of
from hub.store.tables import Customer, Timer
from hub.timers import Due

if TYPE_CHECKING:
    from hub.automation import Reacts

KIND: Final = "segments"
"""The kind of the timer, and of the job that looks at all customers."""
EVERY: Final = timedelta(days=1)
CHUNK: Final = 200

GetPolicy = Callable[[], Policy]


def reactions(policy: GetPolicy) -> Mapping[str, Sequence[Reacts]]:
    """What answers the events that may move somebody."""

    def follow_one(session: Session, event: Row[Any], now: datetime) -> None:
        if event.customer_id is None or "segment" in (event.details or {}).get("changed", {}):
            return
        follow(session, policy().segments, [event.customer_id], now, depth=event.depth)

    if not policy().segments.segments:
        return {}
    return {"customer.changed": (follow_one,), "rating.received": (follow_one,)}


def begin(session: Session, now: datetime) -> None:
    """Look at all customers once a day from now on, if nobody does yet."""
    table = table_of(Timer)
    if not session.execute(select(table.c.id).where(table.c.kind == KIND)).first():
        timers.schedule(session, KIND, "", now + EVERY)


def handlers() -> Mapping[str, Due]:
    """What happens once a day."""

    def due(session: Session, subject: str, payload: Mapping[str, Any], now: datetime) -> None:
        jobs.enqueue(session, KIND, now)
        timers.schedule(session, KIND, subject, now + EVERY)

    return {KIND: due}


def job_kinds(policy: GetPolicy) -> Mapping[str, Chunk]:
    """The job that looks at all customers, a chunk at a time."""

    def chunk(
        session: Session,
        params: Mapping[str, Any],
        cursor: Mapping[str, Any] | None,
        now: datetime,
    ) -> Progress | None:
        table = table_of(Customer)
        query = select(table.c.id).order_by(table.c.id).limit(CHUNK)
        if cursor is not None:
            query = query.where(table.c.id > UUID(cursor["after"]))
        ids = session.execute(query).scalars().all()
        if not ids:
            return None
        follow(session, policy().segments, ids, now)
        done = (cursor["done"] if cursor else 0) + len(ids)
        total = session.execute(select(func.count()).select_from(table)).scalar_one()
        return Progress({"after": str(ids[-1]), "done": done}, done, max(total, done))

    return {KIND: chunk}
