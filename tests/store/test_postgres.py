"""PostgreSQL: conflicts between processes, and a server that goes away, are ridden out."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from hub.store.database import Session, wake
from hub.store.postgres import PostgresDatabase
from tests import postgres
from tests.store.test_door import names, put


@pytest.fixture
def own_cluster() -> Iterator[postgres.Cluster]:
    """A server that this test alone may stop."""
    cluster = postgres.Cluster.create()
    cluster.make_template()
    yield cluster
    cluster.destroy()


@pytest.fixture
def dialect() -> str:
    return "postgresql"


async def test_a_deadlock_is_run_again(database: PostgresDatabase) -> None:
    await database.write(put, "a", 0)
    await database.write(put, "b", 0)
    both_hold_one = threading.Barrier(2, timeout=10)
    runs: list[str] = []

    def add(session: Session, first: str, second: str) -> None:
        runs.append(first)
        _add_one(session, first)
        if len(runs) <= 2:
            both_hold_one.wait()
        _add_one(session, second)

    await asyncio.gather(database.write(add, "a", "b"), database.write(add, "b", "a"))
    assert len(runs) == 3
    assert await database.read(_values) == {"a": 2, "b": 2}


async def test_a_lost_connection_is_replaced_and_the_function_run_again(
    database: PostgresDatabase,
) -> None:
    runs = 0

    def cut(session: Session) -> None:
        nonlocal runs
        runs += 1
        put(session, "kept")
        if runs == 1:
            session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    await database.write(cut)
    assert runs == 2
    assert await database.read(names) == {"kept"}


async def test_what_can_not_go_through_is_told_at_once(database: PostgresDatabase) -> None:
    runs = 0

    def wrong(session: Session) -> None:
        nonlocal runs
        runs += 1
        session.execute(text("INSERT INTO counter (name, value) VALUES (NULL, 1)"))

    with pytest.raises(Exception, match="null value"):
        await database.write(wrong)
    assert runs == 1


async def test_a_restarted_server_loses_nothing_that_was_told(
    own_cluster: postgres.Cluster,
) -> None:
    with own_cluster.database() as url:
        database = PostgresDatabase(url, pool_size=4)
        await database.open()
        told: set[str] = set()
        stop = asyncio.Event()

        async def write_on() -> None:
            while not stop.is_set():
                name = uuid4().hex
                try:
                    await database.write(put, name)
                except Exception:  # noqa: BLE001 - whoever was not told ok tries again by himself
                    await asyncio.sleep(0.05)
                else:
                    told.add(name)

        writers = [asyncio.create_task(write_on()) for _ in range(4)]
        for mode in ("fast", "immediate"):
            before = len(told)
            await _until(lambda before=before: len(told) > before + 20)
            await asyncio.to_thread(own_cluster.restart, mode)
        before = len(told)
        await _until(lambda: len(told) > before + 20)
        stop.set()
        await asyncio.gather(*writers)
        assert told <= await database.read(names)

        # Listening is taken up again, too.
        heard: set[str] = set()
        database.on_wake(lambda topics: heard.update(topics))
        async with asyncio.timeout(20):
            while "after" not in heard:
                await database.write(wake, "after")
                await asyncio.sleep(0.1)
        await database.close()


async def test_what_one_process_wakes_another_hears(
    database: PostgresDatabase, database_url: str
) -> None:
    other = PostgresDatabase(database_url, pool_size=2)
    await other.open()
    heard: set[str] = set()
    other.on_wake(lambda topics: heard.update(topics))
    await _until(lambda: "*" in heard)
    await database.write(wake, "outbox")
    await _until(lambda: "outbox" in heard)

    def fails(session: Session) -> None:
        wake(session, "never")
        raise LookupError

    with pytest.raises(LookupError):
        await database.write(fails)
    await database.write(wake, "last")
    await _until(lambda: "last" in heard)
    assert "never" not in heard
    await other.close()


async def _until(condition: Any) -> None:
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.01)


def _add_one(session: Session, name: str) -> None:
    session.execute(text("UPDATE counter SET value = value + 1 WHERE name = :name"), {"name": name})


def _values(session: Session) -> dict[str, int]:
    return dict(session.execute(text("SELECT name, value FROM counter")).all())  # type: ignore[arg-type]
