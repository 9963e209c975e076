"""The moved clock wakes whoever it passes, and nobody else; the system's clock waits for real."""

import asyncio
import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest

from hub.calendars import Clock, MovedClock, SystemClock

START = datetime(2026, 11, 20, 19, 42, tzinfo=UTC)


async def settle() -> None:
    """Let every task that can run do so."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_the_clock_stands_until_it_is_moved() -> None:
    clock: Clock = MovedClock(START)
    sleeper = asyncio.create_task(clock.sleep(60))
    await settle()
    assert clock.now() == START
    assert not sleeper.done()
    sleeper.cancel()


async def test_advancing_wakes_whoever_is_due() -> None:
    clock = MovedClock(START)
    woken: list[str] = []

    async def sleeper(name: str, seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append(name)

    async def until(name: str, at: datetime) -> None:
        await clock.sleep_until(at)
        woken.append(name)

    tasks = [
        asyncio.create_task(sleeper("in a minute", 60)),
        asyncio.create_task(until("at eight", START.replace(hour=20, minute=0))),
        asyncio.create_task(sleeper("in an hour", 3600)),
    ]
    await settle()
    assert clock.sleepers == 3
    clock.advance(timedelta(seconds=59))
    await settle()
    assert woken == []
    clock.advance(timedelta(seconds=1))
    await settle()
    assert woken == ["in a minute"]
    clock.set(START.replace(hour=20, minute=0))
    await settle()
    assert woken == ["in a minute", "at eight"]
    clock.advance(timedelta(hours=1))
    await asyncio.gather(*tasks)
    assert woken[-1] == "in an hour"
    assert clock.sleepers == 0


async def test_many_small_steps_add_up_exactly() -> None:
    clock = MovedClock(START)
    sleeper = asyncio.create_task(clock.sleep(1.0))
    await settle()
    for _ in range(10):
        clock.advance(timedelta(milliseconds=100))
    await settle()
    assert sleeper.done()
    assert clock.monotonic() == 1.0


async def test_putting_the_clock_back_changes_the_time_and_no_length() -> None:
    clock = MovedClock(START)
    waiting = asyncio.create_task(clock.sleep(60))
    due = asyncio.create_task(clock.sleep_until(START + timedelta(seconds=30)))
    await settle()
    clock.set(START - timedelta(days=1))
    assert clock.now() == START - timedelta(days=1)
    assert clock.monotonic() == 0
    clock.advance(timedelta(seconds=60))
    await settle()
    assert waiting.done()
    assert not due.done()
    due.cancel()


async def test_what_is_due_already_does_not_wait() -> None:
    clock = MovedClock(START)
    await clock.sleep(0)
    await clock.sleep(-5)
    await clock.sleep_until(START)
    await clock.sleep_until(START - timedelta(days=1))


async def test_a_cancelled_sleeper_is_forgotten() -> None:
    clock = MovedClock(START)
    sleeper = asyncio.create_task(clock.sleep(60))
    await settle()
    sleeper.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sleeper
    assert clock.sleepers == 0
    clock.advance(timedelta(hours=1))


async def test_another_thread_can_move_the_clock() -> None:
    clock = MovedClock(START)
    sleeper = asyncio.create_task(clock.sleep(3600))
    await settle()
    mover = threading.Thread(target=clock.advance, args=(timedelta(hours=1),))
    mover.start()
    await sleeper
    mover.join()
    assert clock.now() == START + timedelta(hours=1)


def test_times_are_aware_and_utc() -> None:
    tehran = timezone(timedelta(hours=3, minutes=30))
    clock = MovedClock(START.astimezone(tehran))
    assert clock.now().tzinfo is UTC
    assert clock.now() == START
    with pytest.raises(ValueError, match="no time zone"):
        MovedClock(datetime(2026, 11, 20))  # noqa: DTZ001
    with pytest.raises(ValueError, match="backwards"):
        clock.advance(timedelta(seconds=-1))


async def test_the_system_clock_reaches_the_moment_it_waits_for() -> None:
    clock = SystemClock()
    before = clock.monotonic()
    at = clock.now() + timedelta(milliseconds=20)
    await clock.sleep_until(at)
    assert clock.now() >= at
    await clock.sleep(0.001)
    assert clock.monotonic() > before
    assert clock.now().tzinfo is UTC
