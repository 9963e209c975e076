"""Keeping a part of the hub going: what breaks begins again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 10.0


def start(name: str, run: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
    """Run until cancelled, or until `run` returns; what raises (the database was away) begins
    again, each time after a longer pause."""
    return asyncio.create_task(_forever(name, run), name=f"payam {name}")


async def stop(task: asyncio.Task[None]) -> None:
    """Cancel, and wait for the end."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _forever(name: str, run: Callable[[], Awaitable[None]]) -> None:
    pause = FIRST_PAUSE
    while True:
        try:
            await run()
            return
        except Exception:
            log.exception("%s broke and begins again", name)
        await asyncio.sleep(pause)
        pause = min(LONGEST_PAUSE, pause * 2)
