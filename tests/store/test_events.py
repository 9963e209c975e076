"""The event log: in order, complete, and nothing that commits late is missed."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import threading
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.store import events
from hub.store.compiled import connection_of
from hub.store.database import Database, Session
from hub.store.events import Happening, Position
from tests.desk import until
from tests.store.test_door import Held

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)


def happen(session: Session, *actors: str) -> None:
    events.append(session, [Happening("test.happened", actor, NOW) for actor in actors])


async def settled(database: Database) -> None:
    """Wait until all that was committed can be read: on PostgreSQL a transaction of any database
    on the same server holds the log back while it runs."""
    await database.write(happen, "settled")

    async def last() -> bool:
        return (await read_all(database))[-1:] == ["settled"]

    await until(last, "the log to be complete")


async def read_all(database: Database, after: Position = Position()) -> list[str]:  # noqa: B008
    return [row.actor for row in await database.read(events.read, after)]


@pytest.mark.both
async def test_events_come_in_the_order_in_which_they_happened(database: Database) -> None:
    await database.write(happen, "a", "b")
    await database.write(happen, "c")
    await settled(database)
    assert await read_all(database) == ["a", "b", "c", "settled"]
    middle = (await database.read(events.read, Position(), 2))[-1]
    assert await read_all(database, Position(middle.xid, middle.position)) == ["c", "settled"]
    newest = await database.read(events.newest)
    assert await read_all(database, newest) == []


async def test_what_is_new_is_found_without_walking_through_what_is_old(
    database: Database,
) -> None:
    """A log of a million is read several times a second."""

    def plan(session: Session) -> list[str]:
        connection = connection_of(session)
        driver, told = connection.connection.driver_connection, list[str]()
        assert isinstance(driver, sqlite3.Connection)
        driver.set_trace_callback(told.append)
        events.read(session, Position(0, 1), kinds=["test.happened"])
        events.read(session, Position(0, 1))
        driver.set_trace_callback(None)
        return [driver.execute(f"EXPLAIN QUERY PLAN {one}").fetchone()[3] for one in told]

    searched = "SEARCH event USING INTEGER PRIMARY KEY (rowid>?)"
    assert await database.read(plan) == [searched, searched]


@pytest.mark.both
async def test_a_reader_waits_for_a_late_committer(database: Database) -> None:
    await _late_committer(database)


async def _late_committer(database: Database) -> None:
    """On PostgreSQL the late one has the lower position and commits after the early one."""
    late = _Late()
    writing = asyncio.create_task(database.write(late))
    await late.has_begun()
    early = asyncio.create_task(database.write(happen, "early"))
    if database.dialect == "postgresql":
        await early
        assert await read_all(database) == []
    position = await database.read(events.newest)
    late.go_on.set()
    await asyncio.gather(writing, early)
    await settled(database)
    assert sorted(await read_all(database, position)) == ["early", "late", "settled"]


class _Late(Held):
    def __call__(self, session: Session, name: str = "late") -> None:
        happen(session, name)
        self.begun.set()
        assert self.go_on.wait(20)


@pytest.mark.both
async def test_a_reader_misses_nothing_among_many_writers(database: Database) -> None:
    """Writers whose transactions last differently; a reader who follows by position."""
    random_ = random.Random(7)
    waits = [random_.random() * 0.01 for _ in range(60)]
    pause = threading.Event()

    def slow(session: Session, name: str, wait: float) -> None:
        happen(session, name)
        pause.wait(wait)
        happen(session, f"{name}'")

    writing = asyncio.gather(
        *(database.write(slow, str(number), wait) for number, wait in enumerate(waits))
    )
    heard: list[str] = []
    position = Position()
    async with asyncio.timeout(30):
        while len(heard) < 120:
            found = await database.read(events.read, position, 7)
            heard += [row.actor for row in found]
            if found:
                position = Position(found[-1].xid, found[-1].position)
    await writing
    assert len(set(heard)) == 120
    assert heard == await read_all(database)


@given(st.integers(min_value=0), st.integers(min_value=0))
def test_a_position_reads_back(xid: int, position: int) -> None:
    at = Position(xid, position)
    assert Position.parse(str(at)) == at


@given(st.text())
def test_whatever_a_browser_sends_as_a_position_does_not_raise(text: str) -> None:
    parsed = Position.parse(text)
    assert parsed is None or isinstance(parsed, Position)
