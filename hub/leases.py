"""Who alone may do something now: a row with an owner, an end and an epoch."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlmodel import Session

from hub.store.database import lease_time
from hub.store.statements import insert_new, table_of
from hub.store.tables import Job, Lane, Lease

LENGTH = timedelta(seconds=15)
RENEW = LENGTH.total_seconds() / 3


def take(session: Session, name: str, owner: str, now: datetime) -> int | None:
    """Take a lease, or renew one's own; its epoch, or None while somebody else holds it.

    The epoch grows with each new owner, so that whoever was thought dead and is not can be told
    apart: what is written under an old epoch is refused.
    """
    now = lease_time(session, now)
    table = table_of(Lease)
    insert_new(session, Lease, [{"name": name, "epoch": 0}], ["name"])
    row = session.execute(
        select(table.c.owner, table.c.until, table.c.epoch)
        .where(table.c.name == name)
        .with_for_update()
    ).one()
    mine = row.owner == owner
    if not mine and row.until is not None and row.until > now:
        return None
    epoch: int = row.epoch if mine else row.epoch + 1
    session.execute(
        update(table)
        .where(table.c.name == name)
        .values(owner=owner, until=now + LENGTH, epoch=epoch)
    )
    return epoch


def give_back(session: Session, name: str, owner: str) -> None:
    """Let go at once, so that another process need not wait for the end."""
    table = table_of(Lease)
    session.execute(
        update(table)
        .where(table.c.name == name, table.c.owner == owner)
        .values(until=None, owner=None)
    )


def free_all(session: Session) -> None:
    """Let go of all that is held, for a process that knows itself to be the only one.

    What a killed predecessor held is free at once; nobody waits for a lease of the dead to end.
    """
    lease, lane, job = table_of(Lease), table_of(Lane), table_of(Job)
    session.execute(update(lease).where(lease.c.until.is_not(None)).values(until=None, owner=None))
    session.execute(update(lane).where(lane.c.lease_until.is_not(None)).values(lease_until=None))
    session.execute(update(job).where(job.c.lease_until.is_not(None)).values(lease_until=None))
