"""Waiting for what a transaction has woken, in this process or another."""

from __future__ import annotations

import asyncio
import contextlib

from hub.store.database import Database


class Stirred:
    """Tells a worker that there may be something for it: its topic was woken, or time passed."""

    def __init__(self, database: Database, topic: str) -> None:
        self._topic = topic
        self._event = asyncio.Event()
        database.on_wake(self._stir)

    def _stir(self, topics: frozenset[str]) -> None:
        if self._topic in topics or "*" in topics:
            self._event.set()

    def stir(self) -> None:
        """Look again, because of something in this process that no transaction tells."""
        self._event.set()

    def look(self) -> None:
        """What was woken until now is about to be seen; call it before looking."""
        self._event.clear()

    async def wait(self, seconds: float) -> None:
        """Until the topic is woken, at most so long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._event.wait()
