"""The one door: what it promises to those who write and read through it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from hub.store.database import Database, Session
from hub.store.statements import insert_or_update, table_of
from hub.store.tables import Counter


def put(session: Session, name: str, value: int = 1) -> str:
    insert_or_update(
        session, Counter, [{"name": name, "value": value}], key=["name"], update=["value"]
    )
    return name


def names(session: Session) -> set[str]:
    return set(session.execute(select(table_of(Counter).c.name)).scalars())


class Batches:
    """A coalesced function that notes how many items came together, and can refuse some."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def put_each(self, session: Session, items: Sequence[str]) -> list[str]:
        self.sizes.append(len(items))
        for item in items:
            if item.startswith("bad"):
                raise ValueError(item)
            put(session, item)
        return [item.upper() for item in items]


class Held:
    """A write that stands still until it is told to go on."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.go_on = threading.Event()

    def __call__(self, session: Session, name: str) -> None:
        put(session, name)
        self.begun.set()
        assert self.go_on.wait(20)

    async def has_begun(self) -> None:
        assert await asyncio.to_thread(self.begun.wait, 20)


@pytest.mark.both
async def test_an_exception_in_the_middle_leaves_nothing(database: Database) -> None:
    def half(session: Session) -> None:
        put(session, "half")
        raise LookupError("in the middle")

    with pytest.raises(LookupError, match="in the middle"):
        await database.write(half)
    assert await database.read(names) == set()


@pytest.mark.both
async def test_what_runs_out_is_told_too(database: Database) -> None:
    def empty(session: Session) -> str:
        put(session, "empty")
        return next(iter(()))

    async with asyncio.timeout(20):
        with pytest.raises(RuntimeError, match="StopIteration"):
            await database.write(empty)
        with pytest.raises(RuntimeError, match="StopIteration"):
            await database.read(lambda session: next(iter(())))
    assert await database.read(names) == set()


@pytest.mark.both
async def test_nobody_but_the_door_commits(database: Database) -> None:
    def greedy(session: Session) -> None:
        put(session, "greedy")
        session.commit()

    with pytest.raises(RuntimeError, match="only the door"):
        await database.write(greedy)
    assert await database.read(names) == set()


@pytest.mark.both
async def test_a_reader_can_not_write(database: Database) -> None:
    with pytest.raises(DBAPIError, match=r"read-?only"):
        await database.read(put, "stolen")
    assert await database.read(names) == set()
    assert await database.write(put, "given") == "given"


@pytest.mark.both
async def test_a_reader_sees_one_moment(database: Database) -> None:
    between = Held()

    def look_twice(session: Session) -> tuple[set[str], set[str]]:
        before = names(session)
        between.begun.set()
        assert between.go_on.wait(20)
        session.expire_all()
        return before, names(session)

    reading = asyncio.create_task(database.read(look_twice))
    await between.has_begun()
    await database.write(put, "meanwhile")
    between.go_on.set()
    assert await reading == (set(), set())
    assert await database.read(names) == {"meanwhile"}


@pytest.mark.both
async def test_what_waits_at_one_moment_goes_together_64_at_a_time(database: Database) -> None:
    batches, held = Batches(), Held()
    holding = asyncio.create_task(database.write(held, "first"))
    await held.has_begun()
    items = [f"n{number:03}" for number in range(200)]
    waiting = asyncio.gather(*(database.write_each(batches.put_each, item) for item in items))
    await asyncio.sleep(0.05)
    held.go_on.set()
    await holding
    assert await waiting == [item.upper() for item in items]
    assert sum(batches.sizes) == 200
    assert max(batches.sizes) == 64
    assert len(batches.sizes) <= 5
    assert await database.read(names) == {"first", *items}


@pytest.mark.both
async def test_those_who_were_answered_together_go_on_together(database: Database) -> None:
    batches = Batches()

    def prepare() -> None:
        time.sleep(0.001)  # other threads may run meanwhile

    async def caller(name: str) -> None:
        for number in range(5):
            prepare()
            await database.write_each(batches.put_each, f"{name}-{number}")

    await asyncio.gather(*(caller(f"c{index}") for index in range(16)))
    assert batches.sizes == [16] * 5


@pytest.mark.both
async def test_an_item_that_fails_fails_alone(database: Database) -> None:
    batches, held = Batches(), Held()
    holding = asyncio.create_task(database.write(held, "first"))
    await held.has_begun()
    waiting = asyncio.gather(
        *(database.write_each(batches.put_each, item) for item in ("a", "bad one", "b", "bad two")),
        return_exceptions=True,
    )
    await asyncio.sleep(0.05)
    held.go_on.set()
    await holding
    first, second, third, fourth = await waiting
    assert (first, third) == ("A", "B")
    assert (str(second), str(fourth)) == ("bad one", "bad two")
    assert await database.read(names) == {"first", "a", "b"}


@pytest.mark.both
async def test_a_batch_with_too_few_answers_is_refused(database: Database) -> None:
    def forgetful(session: Session, items: Sequence[str]) -> list[str]:
        put(session, items[0])
        return []

    with pytest.raises(RuntimeError, match="0 for 1"):
        await database.write_each(forgetful, "a")
    assert await database.read(names) == set()


@pytest.mark.both
async def test_cancelling_whoever_waits_does_not_cancel_a_begun_write(database: Database) -> None:
    held = Held()
    waiting = asyncio.create_task(database.write(held, "begun"))
    await held.has_begun()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    held.go_on.set()
    async with asyncio.timeout(20):
        while await database.read(names) != {"begun"}:
            await asyncio.sleep(0.01)


async def test_what_was_cancelled_before_it_began_is_not_done(database: Database) -> None:
    held, batches = Held(), Batches()
    holding = asyncio.create_task(database.write(held, "first"))
    await held.has_begun()
    waiting: list[asyncio.Task[Any]] = [
        asyncio.create_task(database.write(put, "alone")),
        asyncio.create_task(database.write_each(batches.put_each, "in a batch")),
    ]
    await asyncio.sleep(0.05)
    for task in waiting:
        task.cancel()
    held.go_on.set()
    await holding
    await database.write(put, "last")
    assert await database.read(names) == {"first", "last"}
    assert database.waiting == 0


async def test_people_go_before_bulk(database: Database) -> None:
    held, order = Held(), []

    def note(session: Session, name: str) -> None:
        order.append(name)

    holding = asyncio.create_task(database.write(held, "first"))
    await held.has_begun()
    bulk = asyncio.create_task(database.write_bulk(note, "bulk"))
    await asyncio.sleep(0.05)
    person = asyncio.create_task(database.write(note, "person"))
    await asyncio.sleep(0.05)
    held.go_on.set()
    await asyncio.gather(holding, bulk, person)
    assert order == ["person", "bulk"]


@pytest.mark.both
async def test_closing_finishes_what_has_begun(database: Database) -> None:
    held = Held()
    writing = asyncio.create_task(database.write(held, "begun"))
    await held.has_begun()
    closing = asyncio.create_task(database.close())
    await asyncio.sleep(0.05)
    held.go_on.set()
    await writing
    await closing
    with pytest.raises(RuntimeError, match="not open"):
        await database.write(put, "too late")


@pytest.mark.both
async def test_times_come_back_aware_and_in_utc(database: Database) -> None:
    def zone(session: Session) -> Any:
        return session.execute(text("SELECT CURRENT_TIMESTAMP")).scalar_one()

    told = await database.read(zone)
    if database.dialect == "postgresql":
        assert told.utcoffset().total_seconds() == 0
