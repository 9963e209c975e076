"""Where each source is read on, and by whom."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session

from hub.channel import LeaseLost
from hub.intake.prepared import Batch
from hub.store.statements import insert_or_update, table_of
from hub.store.tables import Cursor, Lease


def fence(session: Session, batches: Sequence[Batch]) -> None:
    """A process whose lease was taken over must not move a cursor any more: raises LeaseLost."""
    epochs = {
        f"receive:{batch.account.name}": batch.epoch for batch in batches if batch.epoch is not None
    }
    if not epochs:
        return
    table = table_of(Lease)
    held = dict(
        session.execute(
            select(table.c.name, table.c.epoch)
            .where(table.c.name.in_(epochs))
            .order_by(table.c.name)
            .with_for_update(read=True)
        ).all()
    )
    for name, epoch in epochs.items():
        if held.get(name) != epoch:
            raise LeaseLost(f"another process has taken over {name}")


def move_cursors(session: Session, batches: Sequence[Batch], now: datetime) -> None:
    """Note how far each source has been read, in the transaction of what was read."""
    rows = {
        (batch.account.name, batch.cursor.name): {
            "account": batch.account.name,
            "name": batch.cursor.name,
            "position": batch.cursor.position,
            "epoch": batch.epoch or 0,
            "at": now,
        }
        for batch in batches
        if batch.cursor is not None
    }
    insert_or_update(
        session,
        Cursor,
        list(rows.values()),
        key=["account", "name"],
        update=["position", "epoch", "at"],
    )
