"""Rate limits that all processes share, and that outlive them."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable

from sqlalchemy import delete, select, update
from sqlmodel import Session

from hub.security.limits import Verdict, judge
from hub.store.database import Database
from hub.store.statements import insert_new, table_of
from hub.store.tables import RateLimit

FREE = 0.0
"""The arrival of a key that was never hit."""


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
    # An arrival in the past says the same as no row.
    session.execute(delete(table).where(table.c.arrival < now, table.c.key != key))
    insert_new(session, RateLimit, [{"key": key, "arrival": FREE}], ["key"])
    arrival = session.execute(
        select(table.c.arrival).where(table.c.key == key).with_for_update()
    ).scalar_one()
    verdict = judge(arrival or None, now, limit, period_s)
    session.execute(update(table).where(table.c.key == key).values(arrival=verdict.arrival))
    return verdict
