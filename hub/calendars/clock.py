"""The one clock: whoever needs the time, or to wait, is given a clock and asks it.

`SystemClock` is the computer's. `MovedClock` stands still until it is moved; the demo and the tests
move it, so that a reminder of next week can be seen today.
"""

import asyncio
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from hub.calendars.zones import utc

# The computer's clock is corrected and stands still while the computer sleeps. Looking again this
# often bounds how late a sleeper notices.
_LOOK_AGAIN: Final = 30.0


class Clock(Protocol):
    """The time, and waiting for it. Safe to ask from any thread."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC. May jump, also back."""

    def monotonic(self) -> float:
        """Seconds since some fixed moment; never goes back. For measuring and for timeouts."""

    async def sleep(self, seconds: float) -> None:
        """Wait for `seconds`; zero or less lets other tasks run once."""

    async def sleep_until(self, at: datetime) -> None:
        """Wait until `now() >= at`. Raises ValueError when `at` has no time zone."""


class SystemClock:
    """The computer's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def sleep_until(self, at: datetime) -> None:
        at = utc(at)
        await asyncio.sleep(0)
        while (left := (at - self.now()).total_seconds()) > 0:
            await self.sleep(min(left, _LOOK_AGAIN))


class _Sleeper:
    """Somebody who waits: for a moment of the clock, or for a length of time to pass."""

    __slots__ = ("_future", "_loop", "at", "elapsed")

    def __init__(self, *, at: datetime | None = None, elapsed: timedelta | None = None) -> None:
        self.at = at
        self.elapsed = elapsed
        self._loop = asyncio.get_running_loop()
        self._future: asyncio.Future[None] = self._loop.create_future()

    def due(self, now: datetime, elapsed: timedelta) -> bool:
        if self.at is not None:
            return now >= self.at
        return self.elapsed is not None and elapsed >= self.elapsed

    def wake(self) -> None:
        """From any thread. A loop that was closed meanwhile has nobody left to wake."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._finish)

    def _finish(self) -> None:
        if not self._future.done():
            self._future.set_result(None)

    async def wait(self) -> None:
        await self._future


class MovedClock:
    """A clock that stands at `start` until `advance` or `set` moves it, and then wakes sleepers.

    Sleepers wake in the order in which they fell asleep and all see the new time: a loop that
    sleeps for a minute runs once, not sixty times, when the clock is advanced by an hour.
    Raises ValueError for a datetime without time zone.
    """

    def __init__(self, start: datetime) -> None:
        self._lock = threading.Lock()
        self._now = utc(start)
        self._elapsed = timedelta()
        self._sleepers: list[_Sleeper] = []

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._elapsed.total_seconds()

    @property
    def sleepers(self) -> int:
        """How many wait at present; lets a test move the clock only when somebody sleeps."""
        return len(self._sleepers)

    def advance(self, by: timedelta) -> None:
        """Let `by` pass. Raises ValueError when it is negative; `set` goes back."""
        if by < timedelta():
            raise ValueError("Time does not run backwards; use set() to put the clock back")
        with self._lock:
            self._move(self._now + by, by)

    def set(self, at: datetime) -> None:
        """Put the clock to `at`. Putting it back changes `now()` and not `monotonic()`."""
        at = utc(at)
        with self._lock:
            self._move(at, max(at - self._now, timedelta()))

    def _move(self, now: datetime, passed: timedelta) -> None:
        self._now = now
        self._elapsed += passed
        for sleeper in self._sleepers:
            if sleeper.due(self._now, self._elapsed):
                sleeper.wake()

    async def sleep(self, seconds: float) -> None:
        length = timedelta(seconds=seconds)
        with self._lock:
            sleeper = _Sleeper(elapsed=self._elapsed + length)
        await self._wait(sleeper)

    async def sleep_until(self, at: datetime) -> None:
        await self._wait(_Sleeper(at=utc(at)))

    async def _wait(self, sleeper: _Sleeper) -> None:
        with self._lock:
            self._sleepers.append(sleeper)
            if sleeper.due(self._now, self._elapsed):
                sleeper.wake()
        try:
            await sleeper.wait()
        finally:
            with self._lock:
                self._sleepers.remove(sleeper)
