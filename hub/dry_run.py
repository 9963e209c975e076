"""Trying a draft of the rules on what has happened: durable, to be cancelled, in pieces.

A dry run is a job. Each piece of it is read, decided by both rule sets in a process of its own,
and written together with the progress, so that the hub answers while thousands of events are
decided again, and a process that dies repeats no more than the piece it was at. Nothing is sent
and nothing is changed.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlmodel import Session

from hub import jobs
from hub.apart import stand_apart
from hub.calendars import Clock
from hub.jobs import Progress
from hub.rules.trial import Compared, compare
from hub.rules.trials import KIND, Work, keep_differences, next_piece
from hub.store.database import Database, TransactionLost
from hub.store.stirring import Stirred

log = logging.getLogger(__name__)

LONGEST: Final = 366
"""Days that a dry run can look back."""


def start(
    session: Session, source: str, days: int, *, agent_id: UUID | None, now: datetime
) -> UUID:
    """Put a dry run of a draft in line; its id. Raises ValueError for impossible days."""
    if not 1 <= days <= LONGEST:
        raise ValueError(f"a dry run looks back 1 to {LONGEST} days, not {days}")
    return jobs.enqueue(session, KIND, now, agent_id=agent_id, source=source, days=days)


def _undecided(
    session: Session, params: Mapping[str, Any], cursor: Mapping[str, Any] | None, now: datetime
) -> Progress | None:
    raise AssertionError("a dry run is advanced by what was decided")


class _Piece:
    """The chunk of the job that stores what was decided."""

    def __init__(self, work: Work, compared: Sequence[Compared]) -> None:
        self.work = work
        self.compared = compared

    def __call__(
        self,
        session: Session,
        params: Mapping[str, Any],
        cursor: Mapping[str, Any] | None,
        now: datetime,
    ) -> Progress | None:
        """See `hub.jobs.Chunk`."""
        work = self.work
        if not work.recalled:
            return None
        keep_differences(session, work, self.compared)
        looked_at = work.counts.looked_at + len(self.compared)
        return Progress(work.cursor(self.compared), looked_at, max(work.total, looked_at))


class DryRuns:
    """Carries out dry runs until cancelled. The deciding process lives as long as one runs."""

    def __init__(self, database: Database, clock: Clock, *, worker: str) -> None:
        self.database = database
        self.clock = clock
        self.worker = worker
        self._stirred = Stirred(database, jobs.TOPIC)
        self._pool: ProcessPoolExecutor | None = None

    async def run(self) -> None:
        try:
            while True:
                self._stirred.look()
                if await self._step():
                    continue
                self._close()
                await self._stirred.wait(jobs.LOOK)
        finally:
            self._close()

    async def _step(self) -> bool:
        """One piece; whether there was one."""
        kinds: dict[str, jobs.Chunk] = {KIND: _undecided}
        now = self.clock.now()
        job_id = await self.database.write_bulk(jobs.claim, kinds, self.worker, now)
        if job_id is None:
            return False
        try:
            work = await self.database.read(next_piece, job_id, now)
            compared = await self._decide(work)
            kinds[KIND] = _Piece(work, compared)
            await self.database.write_bulk(jobs.advance, kinds, self.worker, job_id, now)
        except (OperationalError, InterfaceError, TransactionLost):
            raise
        except Exception as error:
            log.exception("the dry run %s can not go on", job_id)
            reason = f"{type(error).__name__}: {error}"
            await self.database.write_bulk(jobs.fail, self.worker, job_id, reason, now)
        return True

    async def _decide(self, work: Work) -> list[Compared]:
        if not work.recalled:
            return []
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                1, mp_context=multiprocessing.get_context("spawn"), initializer=stand_apart
            )
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(
                self._pool, compare, work.live, work.draft, work.cases, work.revisions
            )
        except BrokenProcessPool as error:
            self._close()
            raise RuntimeError("the process that decides has ended; resume the dry run") from error

    def _close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None
