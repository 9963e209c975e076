"""Timers: one of a kind for a subject, their effect once, and one that raises holds up no other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Row
from sqlmodel import Session

from hub.store.statements import insert_or_update
from hub.store.tables import Counter, Timer
from hub.timers import (
    Due,
    Setting,
    Together,
    cancel,
    move_all,
    run_due,
    schedule,
    schedule_all,
)
from tests.desk import Desk, until

KINDS = ("strike", "trip", "again", "shared", "together")
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def strike(session: Session, subject: str, payload: Mapping[str, Any], now: datetime) -> None:
    """Counts how often it was run for this subject."""
    insert_or_update(
        session,
        Counter,
        [{"name": subject, "value": payload.get("by", 1)}],
        key=["name"],
        update=lambda old, new: {"value": old.value + new.value},
    )


async def strikes(desk: Desk, subject: str = "a") -> int:
    rows = await desk.all(Counter, name=subject)
    return rows[0].value if rows else 0


async def mine(desk: Desk) -> list[Any]:
    """The timers of this test; the hub has some that stand for good."""
    return [row for row in await desk.all(Timer, "due_at") if row.kind in KINDS]


def struck(desk: Desk, times: int, subject: str = "a") -> Callable[[], Any]:
    async def enough() -> bool:
        return await strikes(desk, subject) >= times

    return enough


@pytest.fixture
def now(desk: Desk) -> datetime:
    desk.hub.timer_handlers["strike"] = strike
    return desk.hub.clock.now()


@pytest.mark.both
async def test_a_timer_runs_when_it_is_due_and_is_gone(desk: Desk, now: datetime) -> None:
    await desk.hub.database.write(schedule, "strike", "a", now + HOUR, by=3)
    await desk.moves(HOUR - timedelta(seconds=1))
    (waiting,) = await mine(desk)
    assert waiting.due_at == now + HOUR
    assert await strikes(desk) == 0
    await desk.moves(timedelta(seconds=1))
    await until(struck(desk, 3), "the timer")
    assert await mine(desk) == []
    await desk.moves(10 * HOUR)
    assert await strikes(desk) == 3


@pytest.mark.both
async def test_setting_it_again_moves_it(desk: Desk, now: datetime) -> None:
    write = desk.hub.database.write
    await write(schedule, "strike", "a", now + HOUR)
    await write(schedule, "strike", "a", now + 3 * HOUR, by=5)
    await write(schedule, "strike", "b", now + 2 * HOUR)
    assert len(await mine(desk)) == 2
    await desk.moves(2 * HOUR)
    await until(struck(desk, 1, "b"), "the other timer")
    assert await strikes(desk, "a") == 0
    await desk.moves(HOUR)
    await until(struck(desk, 5), "the moved timer")


async def test_a_cancelled_timer_does_nothing(desk: Desk, now: datetime) -> None:
    write = desk.hub.database.write
    await write(schedule, "strike", "a", now + HOUR)
    await write(schedule, "strike", "b", now + HOUR)
    await write(cancel, "strike", "a")
    await write(cancel, "strike", "never set")
    await desk.moves(HOUR)
    await until(struck(desk, 1, "b"), "the timer that stayed")
    assert await strikes(desk, "a") == 0


@pytest.mark.both
async def test_one_that_raises_is_undone_and_holds_up_no_other(desk: Desk, now: datetime) -> None:
    well = asyncio.Event()

    def trip(session: Session, subject: str, payload: Mapping[str, Any], now: datetime) -> None:
        strike(session, "tripped", {}, now)
        if not well.is_set():
            raise LookupError("its subject is gone")

    desk.hub.timer_handlers["trip"] = trip
    write = desk.hub.database.write
    await write(schedule, "trip", "x", now + HOUR)
    await write(schedule, "strike", "a", now + 2 * HOUR)
    await desk.moves(2 * HOUR)
    await until(struck(desk, 1), "the timer behind it")
    assert await strikes(desk, "tripped") == 0
    (put_off,) = await mine(desk)
    assert now + 2 * HOUR < put_off.due_at <= now + 3 * HOUR
    well.set()
    await desk.moves(HOUR)
    await until(struck(desk, 1, "tripped"), "it to be tried again")


@pytest.mark.both
async def test_a_timer_can_set_itself_anew(desk: Desk, now: datetime) -> None:
    def again(session: Session, subject: str, payload: Mapping[str, Any], now: datetime) -> None:
        strike(session, subject, {}, now)
        schedule(session, "again", subject, now + HOUR)

    desk.hub.timer_handlers["again"] = again
    await desk.hub.database.write(schedule, "again", "a", now)
    for times in (1, 2, 3):
        await until(struck(desk, times), f"the strike {times}")
        await desk.moves(HOUR)


@pytest.mark.both
async def test_many_workers_run_each_timer_once(desk: Desk, now: datetime) -> None:
    """`run_due` is what every process does; all of them at one moment."""
    handlers: dict[str, Due] = {"shared": strike}
    write = desk.hub.database.write
    for number in range(10):
        await write(schedule, "shared", f"s{number}", now)
    await asyncio.gather(*(write(run_due, handlers, now) for _ in range(30)))
    while await mine(desk):
        await write(run_due, handlers, now)
    counts = {row.name: row.value for row in await desk.all(Counter) if row.name[1:].isdigit()}
    assert counts == {f"s{number}": 1 for number in range(10)}


@pytest.mark.both
async def test_one_that_is_moved_keeps_its_latest_moment_and_its_beginning(
    desk: Desk, now: datetime
) -> None:
    write = desk.hub.database.write
    for number in range(1, 6):
        setting = Setting(
            "strike", "a", now + number * HOUR, {"by": number}, latest=now + 150 * MINUTE
        )
        await write(schedule_all, [setting])
        (timer,) = await mine(desk)
        assert timer.due_at == min(now + number * HOUR, now + 150 * MINUTE)
    await desk.moves(3 * HOUR)
    await until(struck(desk, 1), "the timer")
    assert await strikes(desk) == 1, "what it was set for first"


@pytest.mark.both
async def test_one_that_is_gone_is_not_moved(desk: Desk, now: datetime) -> None:
    write = desk.hub.database.write
    await write(schedule, "strike", "a", now + HOUR)
    await write(move_all, [Setting("strike", one, now + 2 * HOUR) for one in ("a", "b")])
    (timer,) = await mine(desk)
    assert (timer.subject, timer.due_at) == ("a", now + 2 * HOUR)


@pytest.mark.both
async def test_many_run_together_and_alone_where_that_breaks(desk: Desk, now: datetime) -> None:
    calls: list[list[str]] = []

    def some(session: Session, due: Sequence[Row[Any]], now: datetime) -> None:
        calls.append([row.subject for row in due])
        for row in due:
            strike(session, row.subject, row.payload, now)
        if any(row.subject == "bad" for row in due):
            raise LookupError("bad")

    handlers = {"together": Together(some)}
    write = desk.hub.database.write
    for subject in ("a", "bad", "c"):
        await write(schedule, "together", subject, now)
    await write(run_due, handlers, now)
    assert [len(call) for call in calls] == [3, 1, 1, 1]
    counts = {row.name: row.value for row in await desk.all(Counter) if len(row.name) < 4}
    assert counts == {"a": 1, "c": 1}
    (put_off,) = await desk.all(Timer, kind="together")
    assert put_off.subject == "bad"
