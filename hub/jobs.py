"""Background work in chunks: durable, resumable, to be cancelled at any time.

A job is a row. Each chunk of it runs in a transaction together with the new cursor and the
progress, so that a process that dies in the middle repeats nothing and leaves nothing out. A
cursor goes by a key ("after this id"), never by a number of rows, because rows come and go
meanwhile. Whoever holds the lease works on a job; when it ran out, any other process goes on.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import Select, insert, or_, select, tuple_, update
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlmodel import Session

from hub.agents.rights import Missing
from hub.calendars import Clock
from hub.store.database import Database, TransactionLost, lease_time, wake
from hub.store.statements import table_of
from hub.store.stirring import Stirred
from hub.store.tables import Job
from hub.store.types import new_id

log = logging.getLogger(__name__)

TOPIC = "jobs"
LEASE = timedelta(seconds=60)
LOOK = 5.0
UNFINISHED = ("queued", "running")


@dataclass(frozen=True)
class Progress:
    """How far a job has come. cursor: where the next chunk begins, as JSON. total: if known."""

    cursor: Mapping[str, Any]
    done: int
    total: int | None = None


class Chunk(Protocol):
    """A bounded piece of a job's work, in the transaction that stores its progress.

    `cursor` is None for the first chunk, then what the one before gave. Gives None when nothing
    is left. What it raises ends the job as failed, with the chunk undone; the job can be resumed.
    """

    def __call__(
        self,
        session: Session,
        params: Mapping[str, Any],
        cursor: Mapping[str, Any] | None,
        now: datetime,
    ) -> Progress | None: ...


class NoSuchJob(Missing):
    """There is no job of this id, or it is in another state by now."""


@dataclass(frozen=True)
class Standing:
    """How a job stands. agent_id: who wanted it. cursor: what its kind keeps of it."""

    id: UUID
    kind: str
    state: str
    done: int
    total: int | None
    error: str | None
    agent_id: UUID | None
    created_at: datetime
    finished_at: datetime | None
    cursor: Mapping[str, Any] | None


def standing(session: Session, job_id: UUID) -> Standing:
    """One job. Raises NoSuchJob."""
    row = session.execute(_standing().where(table_of(Job).c.id == job_id)).first()
    if row is None:
        raise NoSuchJob(f"there is no job {job_id}")
    return Standing(*row)


def of_agent(
    session: Session, agent_id: UUID, before: tuple[datetime, UUID] | None, limit: int
) -> list[Standing]:
    """The jobs that an agent wanted, the newest first, below a place."""
    table = table_of(Job)
    place = (table.c.created_at, table.c.id)
    query = _standing().where(table.c.agent_id == agent_id)
    if before is not None:
        query = query.where(tuple_(*place) < before)
    rows = session.execute(query.order_by(*(one.desc() for one in place)).limit(limit))
    return [Standing(*row) for row in rows]


def _standing() -> Select[Any]:
    table = table_of(Job)
    return select(*(table.c[one.name] for one in fields(Standing)))


def enqueue(
    session: Session, kind: str, now: datetime, /, *, agent_id: UUID | None = None, **params: Any
) -> UUID:
    """Put a job in line; its id. `params` must be expressible as JSON."""
    job_id = new_id()
    session.execute(
        insert(table_of(Job)).values(
            id=job_id, kind=kind, params=params, agent_id=agent_id, created_at=now
        )
    )
    wake(session, TOPIC)
    return job_id


def going(session: Session, kind: str) -> list[Mapping[str, Any]]:
    """The parameters of the jobs of a kind that are not finished."""
    table = table_of(Job)
    found = session.execute(
        select(table.c.params).where(table.c.kind == kind, table.c.state.in_(UNFINISHED))
    )
    return list(found.scalars())


def cancel(session: Session, job_id: UUID, now: datetime) -> None:
    """Stop a job after its present chunk; what it did so far stays.

    Raises NoSuchJob when it has ended already.
    """
    table = table_of(Job)
    row = session.execute(
        update(table)
        .where(table.c.id == job_id, table.c.state.in_(UNFINISHED))
        .values(cancel_wanted=True)
        .returning(table.c.id)
    ).first()
    if row is None:
        raise NoSuchJob(f"there is no job {job_id} that could be cancelled")
    wake(session, TOPIC)


def resume(session: Session, job_id: UUID) -> None:
    """Go on with a failed or cancelled job where it stopped. Raises NoSuchJob."""
    table = table_of(Job)
    row = session.execute(
        update(table)
        .where(table.c.id == job_id, table.c.state.in_(("failed", "cancelled")))
        .values(state="queued", cancel_wanted=False, error=None, finished_at=None)
        .returning(table.c.id)
    ).first()
    if row is None:
        raise NoSuchJob(f"there is no job {job_id} that could be resumed")
    wake(session, TOPIC)


def claim(session: Session, kinds: Mapping[str, Chunk], worker: str, now: datetime) -> UUID | None:
    """Take the job whose turn it is, one's own included; its id, or None when there is none.

    The one that waited longest comes first, so that a long job does not hold up others.
    """
    leased = lease_time(session, now)
    table = table_of(Job)
    free = or_(table.c.lease_until.is_(None), table.c.lease_until < leased)
    job_id: UUID | None = session.execute(
        select(table.c.id)
        .where(
            table.c.kind.in_(list(kinds)),
            table.c.state.in_(UNFINISHED),
            or_(table.c.worker == worker, free),
        )
        .order_by(table.c.lease_until.nulls_first(), table.c.created_at, table.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).scalar()
    if job_id is not None:
        session.execute(
            update(table)
            .where(table.c.id == job_id)
            .values(state="running", worker=worker, lease_until=leased + LEASE)
        )
    return job_id


def advance(
    session: Session, kinds: Mapping[str, Chunk], worker: str, job_id: UUID, now: datetime
) -> None:
    """Run one chunk of a job that this worker has claimed, unless it was taken over meanwhile."""
    table = table_of(Job)
    row = session.execute(
        select(table)
        .where(table.c.id == job_id, table.c.state == "running", table.c.worker == worker)
        .with_for_update()
    ).first()
    if row is None:
        return
    if row.cancel_wanted:
        _settle(session, job_id, "cancelled", now)
        return
    progress = kinds[row.kind](session, row.params, row.cursor, now)
    if progress is None:
        _settle(session, job_id, "done", now)
        return
    session.execute(
        update(table)
        .where(table.c.id == job_id)
        .values(cursor=dict(progress.cursor), done=progress.done, total=progress.total)
    )


def hold(session: Session, worker: str, job_id: UUID, now: datetime) -> bool:
    """Keep the lease of a job that is worked on outside of its chunks; whether it is still this
    worker's."""
    table = table_of(Job)
    row = session.execute(
        update(table)
        .where(table.c.id == job_id, table.c.state == "running", table.c.worker == worker)
        .values(lease_until=lease_time(session, now) + LEASE)
        .returning(table.c.id)
    ).first()
    return row is not None


def fail(session: Session, worker: str, job_id: UUID, error: str, now: datetime) -> None:
    """Note why a job of this worker can not go on."""
    table = table_of(Job)
    mine = session.execute(
        select(table.c.id)
        .where(table.c.id == job_id, table.c.state == "running", table.c.worker == worker)
        .with_for_update()
    ).first()
    if mine is not None:
        _settle(session, job_id, "failed", now, error=error[:1000])


def _settle(
    session: Session, job_id: UUID, state: str, now: datetime, *, error: str | None = None
) -> None:
    table = table_of(Job)
    session.execute(
        update(table)
        .where(table.c.id == job_id)
        .values(state=state, error=error, finished_at=now, worker=None, lease_until=None)
    )
    wake(session, TOPIC)


class Jobs:
    """Works on jobs until cancelled, a chunk at a time, behind the writes of people.

    A cancelled `run` leaves its jobs to the next process: the lease runs out, or on SQLite, where
    there is one process, it is free at the next start.
    """

    def __init__(
        self, database: Database, clock: Clock, kinds: Mapping[str, Chunk], *, worker: str
    ) -> None:
        self.database = database
        self.clock = clock
        self.kinds = kinds
        self.worker = worker
        self._stirred = Stirred(database, TOPIC)

    async def run(self) -> None:
        while True:
            self._stirred.look()
            if not await self._step():
                await self._stirred.wait(LOOK)

    async def _step(self) -> bool:
        """One chunk; whether there was one.

        What the database itself can not do now (it is away, the disk is full) is no fault of the
        job: it is raised, and the job goes on under its lease when this part begins again.
        """
        job_id = await self.database.write_bulk(claim, self.kinds, self.worker, self.clock.now())
        if job_id is None:
            return False
        # Asked again: the job may have come into line after the moment at which it was claimed.
        now = self.clock.now()
        try:
            await self.database.write_bulk(advance, self.kinds, self.worker, job_id, now)
        except (OperationalError, InterfaceError, TransactionLost):
            raise
        except Exception as error:
            log.exception("the job %s can not go on", job_id)
            reason = f"{type(error).__name__}: {error}"
            await self.database.write_bulk(fail, self.worker, job_id, reason, now)
        return True
