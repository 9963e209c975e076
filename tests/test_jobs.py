"""Background work: each chunk once, whatever stops in between."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlmodel import Session

from hub import jobs
from hub.app import Hub
from hub.calendars import MovedClock
from hub.jobs import Jobs, NoSuchJob, Progress
from hub.leases import free_all
from hub.store.database import Database
from hub.store.statements import insert_or_update, table_of
from hub.store.tables import Counter, Job
from tests.harness import MONDAY, rows

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)


def count(
    session: Session, params: Mapping[str, Any], cursor: Mapping[str, Any] | None, now: datetime
) -> Progress | None:
    """Adds one to a counter with each chunk, `until` times."""
    done = cursor["done"] if cursor else 0
    if done == params["until"]:
        return None
    insert_or_update(
        session,
        Counter,
        [{"name": params["name"], "value": 1}],
        key=["name"],
        update=lambda old, new: {"value": old.value + new.value},
    )
    if done == params.get("raises_at"):
        raise ValueError("this one can not be done")
    return Progress({"done": done + 1}, done + 1, params["until"])


KINDS = {"count": count}


async def counted(database: Database, name: str) -> int:
    table = table_of(Counter)
    found = await database.read(
        lambda session: session.execute(select(table.c.value).where(table.c.name == name)).scalar()
    )
    return found or 0


async def job(database: Database, job_id: UUID) -> Any:
    table = table_of(Job)
    return await database.read(
        lambda session: session.execute(select(table).where(table.c.id == job_id)).one()
    )


async def step(database: Database, worker: str = "one", now: datetime = NOW) -> UUID | None:
    """What a worker does in one turn."""
    job_id = await database.write(jobs.claim, KINDS, worker, now)
    if job_id is not None:
        await database.write(jobs.advance, KINDS, worker, job_id, now)
    return job_id


@pytest.mark.both
async def test_a_job_runs_to_its_end_and_shows_how_far_it_is(database: Database) -> None:
    job_id = await database.write(jobs.enqueue, "count", NOW, name="a", until=3)
    await step(database)
    row = await job(database, job_id)
    assert (row.state, row.done, row.total, row.cursor) == ("running", 1, 3, {"done": 1})
    while await step(database):
        pass
    row = await job(database, job_id)
    assert (row.state, row.done, row.finished_at, row.error) == ("done", 3, NOW, None)
    assert await counted(database, "a") == 3


@pytest.mark.both
async def test_a_cancelled_job_keeps_what_it_did_and_can_be_resumed(database: Database) -> None:
    job_id = await database.write(jobs.enqueue, "count", NOW, name="a", until=3)
    await step(database)
    await database.write(jobs.cancel, job_id, NOW)
    while await step(database):
        pass
    assert (await job(database, job_id)).state == "cancelled"
    assert await counted(database, "a") == 1
    with pytest.raises(NoSuchJob):
        await database.write(jobs.cancel, job_id, NOW)

    await database.write(jobs.resume, job_id)
    while await step(database):
        pass
    assert (await job(database, job_id)).state == "done"
    assert await counted(database, "a") == 3
    with pytest.raises(NoSuchJob):
        await database.write(jobs.resume, job_id)
    with pytest.raises(NoSuchJob):
        await database.write(jobs.cancel, uuid4(), NOW)


@pytest.mark.both
async def test_a_dead_worker_s_job_goes_on_where_it_stopped(database: Database) -> None:
    await database.write(jobs.enqueue, "count", NOW, name="a", until=3)
    await step(database, "dead")
    assert await step(database, "other") is None
    if database.dialect == "sqlite":
        # Whoever opens the file is alone, so nothing is held by anybody else.
        await database.write(free_all)
    else:
        await database.write(_lapse)
    while await step(database, "other"):
        pass
    assert await counted(database, "a") == 3


@pytest.mark.both
async def test_a_worker_thought_dead_does_nothing_more(database: Database) -> None:
    job_id = await database.write(jobs.enqueue, "count", NOW, name="a", until=3)
    await database.write(jobs.claim, KINDS, "slow", NOW)
    await database.write(_lapse)
    await database.write(jobs.claim, KINDS, "other", NOW)
    await database.write(jobs.advance, KINDS, "slow", job_id, NOW)
    await database.write(jobs.fail, "slow", job_id, "too slow", NOW)
    assert await counted(database, "a") == 0
    assert (await job(database, job_id)).state == "running"


@pytest.mark.both
async def test_jobs_take_turns(database: Database) -> None:
    long = await database.write(jobs.enqueue, "count", NOW, name="long", until=50)
    for _ in range(3):
        await step(database)
    short = await database.write(jobs.enqueue, "count", NOW, name="short", until=1)
    now = NOW
    for _ in range(5):
        now += timedelta(seconds=1)
        await step(database, now=now)
    assert (await job(database, short)).state == "done"
    assert (await job(database, long)).state == "running"


@pytest.mark.both
async def test_two_workers_share_jobs_and_double_nothing(database: Database) -> None:
    for number in range(4):
        await database.write(jobs.enqueue, "count", NOW, name="a", until=5 + number)
    clock = MovedClock(MONDAY)
    workers = [
        asyncio.create_task(Jobs(database, clock, KINDS, worker=name).run())
        for name in ("one", "two")
    ]
    async with asyncio.timeout(20):
        while await counted(database, "a") < 5 + 6 + 7 + 8:
            await asyncio.sleep(0.01)
        while await database.read(_unfinished):
            await asyncio.sleep(0.01)
    for worker in workers:
        worker.cancel()
    await asyncio.gather(*workers, return_exceptions=True)
    assert await counted(database, "a") == 5 + 6 + 7 + 8


@pytest.mark.both
async def test_a_job_that_raises_fails_alone_and_undoes_its_chunk(hub: Hub) -> None:
    hub.job_kinds["count"] = count
    write = hub.database.write
    bad = await write(jobs.enqueue, "count", NOW, name="bad", until=3, raises_at=1)
    good = await write(jobs.enqueue, "count", NOW, name="good", until=3)
    async with asyncio.timeout(20):
        while await hub.database.read(_unfinished):
            await asyncio.sleep(0.01)
    row = await job(hub.database, bad)
    assert (row.state, row.done) == ("failed", 1)
    assert "this one can not be done" in row.error
    assert await counted(hub.database, "bad") == 1
    assert (await job(hub.database, good)).state == "done"
    mine = await rows(hub, "SELECT count(*) FROM job WHERE kind = 'count'")
    assert [tuple(row) for row in mine] == [(2,)]


def _lapse(session: Session) -> None:
    session.execute(table_of(Job).update().values(lease_until=datetime(2020, 1, 1, tzinfo=UTC)))


def _unfinished(session: Session) -> bool:
    table = table_of(Job)
    states = session.execute(select(table.c.state)).scalars()
    return any(state in jobs.UNFINISHED for state in states)
