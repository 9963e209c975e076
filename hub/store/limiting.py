"""Rate limits that all processes share, and that outlive them."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable

from sqlalchemy import delete, select, update
from sqlmodel import Session

from hub.security.limits import Verdict, judge
from hub.store.database import Database
from hub.store.statements import insert, table_of
from hub.store.tables import RateLimit

FREE = 0.0
"""The arrival of a key that was never hit."""
AT_ONCE = 100
"""So many rows that say nothing any more are taken away with a hit."""


class StoredLimiter:
    """A `hub.security.limits.Limiter` over the database: one row for each key that counts."""

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    async def hit(self, key: str, limit: int, period_s: float) -> float | None:
        """See `hub.security.limits.Limiter.hit`."""
        return (await self.weigh(key, limit, period_s)).retry_after

    async def weigh(self, key: str, limit: int, period_s: float) -> Verdict:
        """See `hub.security.limits.Limiter.weigh`."""
        # Keys hold addresses of people; what is counted needs none.
        hashed = hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
        return await self._database.write(_hit, hashed, limit, period_s, self._clock())


def _hit(session: Session, key: str, limit: int, period_s: float, now: float) -> Verdict:
    table = table_of(RateLimit)
    # The row is there and held from here on, whoever takes rows away that say nothing any more.
    statement = insert(session, RateLimit).values(key=key, arrival=FREE)
    arrival = session.execute(
        statement.on_conflict_do_update(
            index_elements=["key"], set_={"arrival": table.c.arrival}
        ).returning(table.c.arrival)
    ).scalar_one()
    verdict = judge(arrival or None, now, limit, period_s)
    session.execute(update(table).where(table.c.key == key).values(arrival=verdict.arrival))
    # An arrival in the past says the same as no row. One that somebody holds is in use.
    past = (
        select(table.c.key)
        .where(table.c.arrival < now, table.c.key != key)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    session.execute(delete(table).where(table.c.key.in_(past)))
    return verdict
