"""Small copies of the pictures that people send, made where a hostile one can do no harm.

The thread shows small copies only: a picture that would take a browser's memory is not given to
one, what a camera noted about place and time stays here, and a page of photographs loads at once.
Each is made once, when somebody first looks at it, and kept beside the file's row.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import select
from sqlmodel import Session

from hub.security import shrinking
from hub.security.shrinking import ANSWER, LENGTH
from hub.store.statements import insert_new, table_of
from hub.store.tables import SmallPicture

log = logging.getLogger(__name__)

PICTURES: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"})
"""Media types that are shown in place."""
LONGEST: Final = 20.0
"""Seconds until the process is ended, whatever it does; the kernel limits its processor time."""
IDLE: Final = 60.0
"""Seconds that the process waits for the next picture, in 40 MB of memory."""
SMALL_TYPE: Final = "image/webp"


@dataclass(frozen=True)
class Small:
    """A small copy as WebP, and the size of the whole picture; or why there is none."""

    body: bytes | None = None
    width: int = 0
    height: int = 0
    refused: str | None = None


class Pictures:
    """Makes small copies, one at a time, by a process that begins with the first."""

    def __init__(self) -> None:
        self._process: Process | None = None
        self._one = asyncio.Lock()
        self._ends: asyncio.TimerHandle | None = None

    async def small(self, body: bytes) -> Small:
        """The small copy of a picture. Never raises for what is wrong with it."""
        async with self._one:
            if self._ends is not None:
                self._ends.cancel()
            try:
                async with asyncio.timeout(LONGEST):
                    return await self._asked(body)
            except (TimeoutError, asyncio.IncompleteReadError, OSError) as error:
                log.warning("a picture ended the process that looks at pictures: %r", error)
                await self._end()
                return Small(refused="it takes more time or memory than a picture should")
            except BaseException:
                # What it still says would be taken for the answer to the next one.
                await self._end()
                raise
            finally:
                loop = asyncio.get_running_loop()
                self._ends = loop.call_later(IDLE, self._kill)

    async def close(self) -> None:
        """End the process."""
        if self._ends is not None:
            self._ends.cancel()
        await self._end()

    async def _asked(self, body: bytes) -> Small:
        process = await self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(LENGTH.pack(len(body)))
        process.stdin.write(body)
        await process.stdin.drain()
        worked, width, height, length = ANSWER.unpack(await process.stdout.readexactly(ANSWER.size))
        said = await process.stdout.readexactly(length)
        if worked:
            return Small(said, width, height)
        return Small(refused=said.decode("utf-8", "replace"))

    async def _running(self) -> Process:
        if self._process is None or self._process.returncode is not None:
            await self._end()
            script = Path(shrinking.__file__)
            # Isolated: nothing of the environment, of the working directory or of the hub.
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-I", str(script), stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env={}
            )
        return self._process

    def _kill(self) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        # Reads what is left, so that the pipe is closed as well.
        await process.communicate()


def kept(session: Session, blob_key: str) -> Small | None:
    """The small copy of a file that was made before."""
    table = table_of(SmallPicture)
    row = session.execute(
        select(table.c.body, table.c.width, table.c.height, table.c.refused).where(
            table.c.blob_key == blob_key
        )
    ).first()
    return Small(*row) if row is not None else None


def keep(session: Session, blob_key: str, small: Small, now: datetime) -> None:
    """Keep a small copy, unless another process was faster."""
    insert_new(
        session,
        SmallPicture,
        [
            {
                "blob_key": blob_key,
                "body": small.body,
                "width": small.width,
                "height": small.height,
                "refused": small.refused,
                "at": now,
            }
        ],
        returning=["blob_key"],
    )
