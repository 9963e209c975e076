"""Rate limits in the database: shared by processes, kept over restarts, and never piling up."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import func, select

from hub.security.limits import Limiter
from hub.store.database import Database, Session
from hub.store.limiting import StoredLimiter
from hub.store.statements import table_of
from hub.store.tables import RateLimit

pytestmark = pytest.mark.both


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def limiter(database: Database, clock: Clock) -> Limiter:
    return StoredLimiter(database, clock=clock)


def count(session: Session) -> int:
    found: int = session.execute(select(func.count()).select_from(table_of(RateLimit))).scalar_one()
    return found


async def test_a_burst_up_to_the_limit_passes_and_then_one_at_a_time(
    limiter: Limiter, clock: Clock
) -> None:
    assert [await limiter.hit("a", 5, 60) for _ in range(5)] == [None] * 5
    assert await limiter.hit("a", 5, 60) == pytest.approx(12)
    clock.now += 11.9
    assert await limiter.hit("a", 5, 60) == pytest.approx(0.1)
    clock.now += 0.1
    assert await limiter.hit("a", 5, 60) is None
    assert await limiter.hit("b", 5, 60) is None
    clock.now += 60
    assert [await limiter.hit("a", 3, 60) for _ in range(3)] == [None] * 3


async def test_processes_share_a_limit_and_what_counts_no_more_is_gone(
    database: Database, limiter: Limiter, clock: Clock
) -> None:
    other = StoredLimiter(database, clock=clock)
    found = await asyncio.gather(*(one.hit("a", 6, 60) for one in (limiter, other) * 5))
    assert sum(wait is None for wait in found) == 6

    for number in range(10):
        await limiter.hit(str(number), 1, 1)
    clock.now += 100
    await limiter.hit("new", 1, 1)
    assert await database.read(count) == 1


async def test_a_row_that_says_nothing_is_taken_away_under_nobody(database: Database) -> None:
    limiter = StoredLimiter(database)
    # A hit counts for a hundredth of a millisecond, so that each finds the others' rows useless.
    hits = [limiter.hit(f"key {number % 7}", 1000, 0.01) for number in range(210)]
    assert await asyncio.gather(*hits) == [None] * 210
