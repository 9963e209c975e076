"""The hub as `payam run` serves it, within this process, on a port of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from hub.app import Hub
from hub.server import serve
from tests.harness import settings


@asynccontextmanager
async def served(
    folder: Path, accounts: Mapping[str, Mapping[str, Any]], *, more: str = ""
) -> AsyncIterator[Hub]:
    """A hub that takes messages and shows its pages at `hub.settings.server.url`."""
    ready: asyncio.Future[Hub] = asyncio.get_running_loop().create_future()
    loaded = settings(folder, accounts, more=more)
    serving = asyncio.create_task(serve(loaded, environ={}, ready=ready.set_result))
    waiting: set[asyncio.Future[Any]] = {serving, ready}
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    if serving.done():
        await serving
    try:
        yield ready.result()
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
