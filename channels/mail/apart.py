"""Large mail is parsed in a process of its own: parsing keeps a processor busy, and a thread that
does so would slow every other one of the hub down.

The process ends with its mail. It gets so much memory and so much time and no more, and a mail
that ends it is kept as it came and shown with the reason; those behind it are read.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import resource
import signal
from collections.abc import Callable
from datetime import datetime
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any, Final

from channels.mail.parse import Parsed, parse_mail, unread

IN_A_THREAD: Final = 64 * 1024
IN_A_PROCESS: Final = 512 * 1024
"""Bytes of a mail; a smaller one is parsed before a process would have started."""
SECONDS: Final = 120
MEMORY: Final = 2 * 1024**3
"""Bytes of address space. The largest mail that can be read by setting, 100 MB, needs 800 MB."""

Parses = Callable[..., Parsed]

_context = multiprocessing.get_context("spawn")


class _Ended(Exception):
    """The process has ended without an answer."""


async def parse(
    raw: bytes,
    *,
    account: str,
    internal_date: datetime,
    how: Parses = parse_mail,
    seconds: float = SECONDS,
    **more: Any,
) -> Parsed:
    """As `how`, which must be importable, without ever raising; large mail in a process."""
    wanted: dict[str, Any] = {"account": account, "internal_date": internal_date, **more}
    if len(raw) <= IN_A_THREAD:
        return how(raw, **wanted)
    if len(raw) <= IN_A_PROCESS:
        return await asyncio.to_thread(how, raw, **wanted)
    try:
        try:
            return await _apart(how, raw, wanted, seconds)
        except _Ended:
            # Perhaps not because of this mail: the machine was short of memory.
            return await _apart(how, raw, wanted, seconds)
    except _Ended as error:
        return unread(raw, account, internal_date, str(error))


async def _apart(how: Parses, raw: bytes, wanted: dict[str, Any], seconds: float) -> Parsed:
    receiver, sender = _context.Pipe(duplex=False)
    process = _context.Process(target=_work, args=(sender, how, raw, wanted), daemon=True)
    starting = asyncio.ensure_future(asyncio.to_thread(process.start))
    try:
        await asyncio.shield(starting)
        sender.close()
        return await asyncio.to_thread(_answer, receiver, seconds)
    except TimeoutError:
        reason = f"its parsing took longer than {seconds:g} s"
        return unread(raw, wanted["account"], wanted["internal_date"], reason)
    except (EOFError, OSError) as error:
        await _end(starting, process)
        raise _Ended(f"the process that parsed it ended ({process.exitcode})") from error
    finally:
        # Also when the reader is cancelled: the thread that waits then gets the end of the pipe.
        await _end(starting, process, kill=True)
        sender.close()
        receiver.close()


async def _end(
    starting: asyncio.Future[None], process: SpawnProcess, *, kill: bool = False
) -> None:
    """Wait for the end of a process, which may not have begun yet, or could not."""
    with contextlib.suppress(OSError):
        await starting
    if process.pid is not None:
        if kill:
            process.kill()
        await asyncio.to_thread(process.join)


def _answer(receiver: Connection, seconds: float) -> Parsed:
    if not receiver.poll(seconds):
        raise TimeoutError
    parsed: Parsed = receiver.recv()
    return parsed


def _work(sender: Connection, how: Parses, raw: bytes, wanted: dict[str, Any]) -> None:
    # The hub alone says when this ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(ValueError, OSError):  # where the system has lower limits, or none
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        # In case the hub is killed and nobody waits any more.
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    sender.send(how(raw, **wanted))
