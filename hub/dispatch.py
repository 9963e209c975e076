"""Takes up what waits for somebody, the moment that something happened which may free capacity.

It reads no clock and sweeps nothing: the process's one reader of the log tells what happened, and
a read of one row tells whether anything waits at all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from sqlalchemy import select
from sqlmodel import Session

from hub.calendars import Clock
from hub.live import Live
from hub.routing import RoutingPolicy
from hub.routing.presence import CHANGED
from hub.routing.waiting import take_up
from hub.store.database import Database
from hub.store.statements import table_of
from hub.store.tables import RoutingWait

STIRRING: Final = frozenset({CHANGED, "routing.waiting", "routing.changed", "message.queued"})
"""Besides everything that happens to a conversation itself, and what is undone."""


def stirs(kind: str) -> bool:
    """Whether an event may have freed somebody, or begun to wait."""
    return kind in STIRRING or kind.startswith(("conversation.", "act."))


def anything_waits(session: Session) -> bool:
    """Whether there is a line at all."""
    return session.execute(select(table_of(RoutingWait).c.rank).limit(1)).first() is not None


class Dispatch:
    """Gives what waits to those who are free, until cancelled."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        live: Live,
        policy: Callable[[], RoutingPolicy],
    ) -> None:
        self.database = database
        self.clock = clock
        self.live = live
        self.policy = policy
        self._stirred = asyncio.Event()

    async def run(self) -> None:
        listening = asyncio.create_task(self._listen())
        try:
            while True:
                waiting = asyncio.create_task(self._stirred.wait())
                try:
                    await asyncio.wait([waiting, listening], return_when=asyncio.FIRST_COMPLETED)
                finally:
                    waiting.cancel()
                if listening.done():
                    listening.result()
                    return
                self._stirred.clear()
                await self._give()
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)

    async def _listen(self) -> None:
        """Whatever happened before is caught up with at once, and after being too slow too."""
        while True:
            self._stirred.set()
            async for event in self.live.events():
                if stirs(event.kind):
                    self._stirred.set()

    async def _give(self) -> None:
        if not await self.database.read(anything_waits):
            return
        while await self.database.write_bulk(take_up, self.policy(), self.clock.now()):
            pass
