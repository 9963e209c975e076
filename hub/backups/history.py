"""What became of the backups, for people and machines that look."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, cast
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session

from hub.store.statements import table_of
from hub.store.tables import Agent, Job

JOB: Final = "backups.make"
LATE: Final = timedelta(hours=36)
"""One is made each day; half a day more, and something hinders it."""

State = Literal["queued", "running", "done", "failed", "cancelled"]


@dataclass(frozen=True)
class Past:
    """A backup that was made, is being made, or could not be.

    by: the agent who asked for it, None where the clock did. name, size (bytes), rows, files:
    of one that was made. error: why there is none.
    """

    id: UUID
    state: State
    began_at: datetime
    ended_at: datetime | None
    by: str | None = None
    name: str | None = None
    size: int | None = None
    rows: int | None = None
    files: int | None = None
    error: str | None = None


def past(session: Session, limit: int) -> list[Past]:
    """The newest backups first, those that failed among them."""
    job, agent = table_of(Job), table_of(Agent)
    rows = session.execute(
        select(job, agent.c.name.label("agent"))
        .outerjoin(agent, agent.c.id == job.c.agent_id)
        .where(job.c.kind == JOB)
        .order_by(job.c.created_at.desc())
        .limit(limit)
    )
    return [
        Past(
            row.id,
            cast(State, row.state),
            row.created_at,
            row.finished_at,
            row.agent,
            error=row.error,
            **{name: (row.cursor or {}).get(name) for name in ("name", "size", "rows", "files")},
        )
        for row in rows
    ]


@dataclass(frozen=True)
class Standing:
    """How the backups stand. made_at: when the data of the newest were looked at, None while there
    is none; size: its bytes. failed: the last one that was tried could not be made. well: neither
    that, nor is the newest too old."""

    made_at: datetime | None
    size: int | None
    failed: bool
    well: bool


def standing(session: Session, now: datetime) -> Standing:
    """How the backups stand by their rows."""
    tried = past(session, 30)
    made = next((one for one in tried if one.state == "done"), None)
    ended = next((one for one in tried if one.state in ("done", "failed")), None)
    failed = ended is not None and ended.state == "failed"
    late = made is not None and now - made.began_at > LATE
    return Standing(
        made.began_at if made else None,
        made.size if made else None,
        failed,
        not failed and not late,
    )
