"""How much may be done in one life of the hub."""

from __future__ import annotations

import asyncio
from random import Random


class Ration:
    """So many acts until the next refill, so that a slow machine has no more to do than a fast one.

    Whoever acts takes one before each act, and is told when to stop.
    """

    def __init__(self, random: Random, acts: int) -> None:
        self._random = random
        self._acts = acts
        self._left = acts
        self._filled = asyncio.Event()
        self._filled.set()
        self._over = False

    def refill(self) -> None:
        """Another life begins."""
        self._left = self._acts
        self._filled.set()

    def stop(self) -> None:
        """Everybody has done enough."""
        self._over = True
        self._filled.set()

    async def take(self) -> bool:
        """Wait a moment, then for something that is left. False when nothing more is to be done."""
        if not self._over:
            await asyncio.sleep(self._random.uniform(0.05, 0.5))
        while not self._over and self._left == 0:
            self._filled.clear()
            await self._filled.wait()
        self._left -= 1
        return not self._over
