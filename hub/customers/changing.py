"""What is changed of a customer: the stage with its history, attributes, tags, blocking.

Each tells what was before, so that whoever changes it can note the event where it belongs.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlmodel import Session

from hub.store.statements import insert_new, table_of
from hub.store.tables import Customer, CustomerTag, StageChange
from hub.store.types import new_id

MOST_ATTRIBUTES: Final = 200


class TooManyAttributes(ValueError):
    """A customer has as many attributes as one can have."""


def set_stage(session: Session, customer_id: UUID, stage: str, by: str, now: datetime) -> str:
    """Move a customer to a stage and note it in the history; the stage before.

    `by` is an actor of the event log: "agent:<id>", "rule:<id>".
    """
    table = table_of(Customer)
    was: str = session.execute(
        select(table.c.stage).where(table.c.id == customer_id).with_for_update()
    ).scalar_one()
    if was == stage:
        return was
    session.execute(
        update(table)
        .where(table.c.id == customer_id)
        .values(stage=stage, version=table.c.version + 1)
    )
    session.execute(
        insert(table_of(StageChange)).values(
            id=new_id(), customer_id=customer_id, stage=stage, at=now, by=by
        )
    )
    return was


def set_attribute(
    session: Session, customer_id: UUID, name: str, value: str | int | float | bool | None
) -> bool:
    """Set an attribute, or remove it with None; whether that changed anything.

    Raises TooManyAttributes.
    """
    table = table_of(Customer)
    before = session.execute(
        select(table.c.attributes).where(table.c.id == customer_id).with_for_update()
    ).scalar_one()
    after = {key: kept for key, kept in (before or {}).items() if key != name}
    if value is not None:
        after[name] = value
    if after == (before or {}):
        return False
    if len(after) > MOST_ATTRIBUTES:
        raise TooManyAttributes(f"a customer has at most {MOST_ATTRIBUTES} attributes")
    session.execute(
        update(table)
        .where(table.c.id == customer_id)
        .values(attributes=after, version=table.c.version + 1)
    )
    return True


def retag(
    session: Session, customer_id: UUID, *, add: Iterable[str] = (), remove: Iterable[str] = ()
) -> tuple[list[str], list[str]]:
    """Put tags on a customer and take others off; those that came, and those that went."""
    table = table_of(CustomerTag)
    rows = [{"customer_id": customer_id, "tag": tag} for tag in dict.fromkeys(add)]
    added = [row.tag for row in insert_new(session, CustomerTag, rows, ["tag"])]
    gone = session.execute(
        delete(table)
        .where(table.c.customer_id == customer_id, table.c.tag.in_(list(remove)))
        .returning(table.c.tag)
    )
    return sorted(added), sorted(gone.scalars())


def block(
    session: Session, customer_id: UUID, now: datetime, *, by: str, reason: str | None = None
) -> bool:
    """What this customer writes is spam from now on; whether that is news. by: as `set_stage`."""
    table = table_of(Customer)
    found = session.execute(
        update(table)
        .where(table.c.id == customer_id, table.c.blocked_at.is_(None))
        .values(blocked_at=now, blocked_by=by, blocked_reason=reason, version=table.c.version + 1)
        .returning(table.c.id)
    )
    return found.first() is not None


def unblock(session: Session, customer_id: UUID) -> bool:
    """What this customer writes is taken as everybody's again; whether that is news."""
    table = table_of(Customer)
    found = session.execute(
        update(table)
        .where(table.c.id == customer_id, table.c.blocked_at.is_not(None))
        .values(blocked_at=None, blocked_by=None, blocked_reason=None, version=table.c.version + 1)
        .returning(table.c.id)
    )
    return found.first() is not None
