"""Backups that the hub makes by itself: once a day, to another place.

The clock puts a job in line; it is carried out in a process of its own, beside everything else, and
what became of it stands in the job's row: where the page, the metrics and /healthz look.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import multiprocessing
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta, tzinfo
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlmodel import Session

from hub import jobs, timers
from hub.apart import stand_apart
from hub.backups.history import JOB
from hub.calendars import Clock
from hub.jobs import Progress
from hub.settings import Settings
from hub.settings.model import Backups as Given
from hub.store.database import Database, TransactionLost
from hub.store.statements import table_of
from hub.store.stirring import Stirred
from hub.store.tables import Job, Timer
from hub.timers import Due

if TYPE_CHECKING:
    from hub.backups.making import Made

log = logging.getLogger(__name__)

TIMER: Final = "backups.due"
HOLD: Final = 20.0
"""Seconds after which the job's lease is renewed."""


def start(session: Session, now: datetime, *, agent_id: UUID | None = None) -> UUID:
    """Put a backup in line, unless one is in line or being made already; its job."""
    table = table_of(Job)
    before: UUID | None = session.execute(
        select(table.c.id)
        .where(table.c.kind == JOB, table.c.state.in_(jobs.UNFINISHED))
        .order_by(table.c.created_at)
        .limit(1)
    ).scalar()
    return before or jobs.enqueue(session, JOB, now, agent_id=agent_id)


def following(given: Given, zone: tzinfo, now: datetime) -> datetime:
    """When the next one is due after `now`."""
    local = now.astimezone(zone)
    at = local.replace(hour=given.at.hour, minute=given.at.minute, second=0, microsecond=0, fold=0)
    return at if at > local else at + timedelta(days=1)


def begin(session: Session, given: Given, zone: tzinfo, now: datetime) -> None:
    """Set the timer, where there is a place to put backups to. One that fell due while nothing ran
    stays due."""
    if not given.to:
        timers.cancel(session, TIMER, "")
        return
    table = table_of(Timer)
    due = session.execute(select(table.c.due_at).where(table.c.kind == TIMER)).scalar()
    wanted = following(given, zone, now)
    if due is None or due > wanted:
        timers.schedule(session, TIMER, "", wanted)


def handlers(given: Given, zone: tzinfo) -> Mapping[str, Due]:
    """What happens when the time has come."""

    def due(session: Session, subject: str, payload: Mapping[str, Any], now: datetime) -> None:
        if given.to:
            start(session, now)
            timers.schedule(session, TIMER, subject, following(given, zone, now))

    return {TIMER: due}


@dataclass(frozen=True)
class Order:
    """What is to be saved. sqlite: the database's file, None for the address in the settings.
    key: the text of the key file, where it is to be put in."""

    settings: Settings
    sqlite: Path | None
    key: str | None = field(default=None, repr=False)


class NoPlace(Exception):
    """A backup was wanted and no place is set."""


class Unwanted(Exception):
    """The backup was stopped, or somebody else makes it."""


class Backups:
    """Makes those that are in line until cancelled, one after another.

    order: what is to be done at a moment; None where no place is set.
    """

    def __init__(
        self, database: Database, clock: Clock, order: Order | None, *, worker: str
    ) -> None:
        self.database = database
        self.clock = clock
        self.order = order
        self.worker = worker
        self._stirred = Stirred(database, jobs.TOPIC)

    async def run(self) -> None:
        while True:
            self._stirred.look()
            if not await self._step():
                await self._stirred.wait(jobs.LOOK)

    async def _step(self) -> bool:
        """One backup; whether there was one."""
        now = self.clock.now()
        job_id = await self.database.write_bulk(jobs.claim, {JOB: _elsewhere}, self.worker, now)
        if job_id is None:
            return False
        try:
            made = await self._make(job_id, now)
            await self._tell(job_id, Progress(asdict(made), made.rows, made.rows))
            await self._tell(job_id, None)
            log.info("a backup was made: %s, %d bytes", made.name, made.size)
        except Unwanted:
            log.warning("the backup %s was stopped", job_id)
        except (OperationalError, InterfaceError, TransactionLost):
            raise
        except Exception as error:
            log.exception("the backup %s could not be made", job_id)
            await self.database.write_bulk(jobs.fail, self.worker, job_id, str(error), now)
        return True

    async def _make(self, job_id: UUID, now: datetime) -> Made:
        """Let it be made in a process of its own, and keep the job meanwhile."""
        if self.order is None:
            raise NoPlace("no place for backups is set: see backups.to in the settings")
        context = multiprocessing.get_context("spawn")
        receiver, sender = context.Pipe(duplex=False)
        process = context.Process(
            target=_apart, args=(self.order, now, sender), name="payam backup", daemon=True
        )
        loop, answered = asyncio.get_running_loop(), asyncio.Event()
        starting = asyncio.create_task(asyncio.to_thread(process.start))
        try:
            await asyncio.shield(starting)
            sender.close()
            loop.add_reader(receiver.fileno(), answered.set)
            while not answered.is_set():
                try:
                    async with asyncio.timeout(HOLD):
                        await answered.wait()
                except TimeoutError:
                    await self._tell(job_id, Progress({}, 0))
            try:
                answer = receiver.recv()
            except EOFError as error:
                raise RuntimeError("the process that makes it has ended by itself") from error
        finally:
            loop.remove_reader(receiver.fileno())
            receiver.close()
            # A thread that starts it goes on also when nobody waits for it any more.
            with contextlib.suppress(Exception):
                await starting
            if process.pid is not None:
                process.kill()
                process.join()
        if isinstance(answer, Exception):
            raise answer
        made: Made = answer
        return made

    async def _tell(self, job_id: UUID, progress: Progress | None) -> None:
        """Store what became of it, and keep the lease. Raises Unwanted."""

        def advance(session: Session, now: datetime) -> bool:
            kinds: dict[str, jobs.Chunk] = {JOB: lambda *_: progress}
            jobs.advance(session, kinds, self.worker, job_id, now)
            return progress is None or jobs.hold(session, self.worker, job_id, now)

        if not await self.database.write_bulk(advance, self.clock.now()):
            raise Unwanted


def _elsewhere(
    session: Session, params: Mapping[str, Any], cursor: Mapping[str, Any] | None, now: datetime
) -> Progress | None:
    raise AssertionError("a backup is advanced by what was made")


def _apart(order: Order, now: datetime, answers: Connection) -> None:
    """The process: make it, and say what became of it."""
    from hub.backups.making import make

    stand_apart()
    try:
        answer: Made | Exception = make(order, now)
    except Exception as error:  # noqa: BLE001 - it is told by the hub
        # Libraries' own exceptions can not always be carried to another process.
        answer = RuntimeError(_reason(error))
    answers.send(answer)
    answers.close()


def _reason(error: Exception) -> str:
    """Why a backup could not be made, for whoever runs the hub."""
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return str(error) or type(error).__name__
