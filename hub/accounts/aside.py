"""What an account received and could not be handled: kept whole, shown, read again on demand."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Row, delete, func, select, tuple_
from sqlmodel import Session

from hub.store.statements import table_of
from hub.store.tables import RawOriginal

PAGE: Final = 50
Place = tuple[datetime, UUID]
"""When something arrived, and its id: where a page ends."""


@dataclass(frozen=True)
class Aside:
    """One original. size: its bytes, None where it lies in the blob store, under `blob_key`."""

    id: UUID
    account: str
    external_id: str
    media_type: str
    reason: str
    at: datetime
    size: int | None
    blob_key: str | None
    body: bytes | None = field(default=None, repr=False)


def count(session: Session, account: str) -> int:
    """How much of an account is set aside."""
    table = table_of(RawOriginal)
    query = select(func.count()).where(table.c.account == account, table.c.reason.is_not(None))
    found: int = session.execute(query).scalar_one()
    return found


def page(
    session: Session, account: str, *, before: Place | None = None, limit: int = PAGE
) -> list[Aside]:
    """What is set aside, the latest first, without the bytes."""
    table = table_of(RawOriginal)
    query = (
        select(*_columns())
        .where(table.c.account == account, table.c.reason.is_not(None))
        .order_by(table.c.at.desc(), table.c.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(tuple_(table.c.at, table.c.id) < before)
    return [_aside(row) for row in session.execute(query)]


def one(session: Session, account: str, original_id: UUID) -> Aside | None:
    """One of them with its bytes, where they lie in the database."""
    table = table_of(RawOriginal)
    row = session.execute(
        select(*_columns(), table.c.body).where(
            table.c.id == original_id, table.c.account == account, table.c.reason.is_not(None)
        )
    ).first()
    return _aside(row) if row is not None else None


def settle(session: Session, original_id: UUID, external_id: str) -> str | None:
    """Drop what was read again; why it was set aside once more, if it was."""
    table = table_of(RawOriginal)
    again: str | None = session.execute(
        select(table.c.reason)
        .where(
            table.c.external_id == external_id,
            table.c.id != original_id,
            table.c.reason.is_not(None),
        )
        .order_by(table.c.at.desc())
        .limit(1)
    ).scalar()
    session.execute(delete(table).where(table.c.id == original_id))
    return again


def _columns() -> list[ColumnElement[Any]]:
    table = table_of(RawOriginal)
    return [
        table.c.id,
        table.c.account,
        table.c.external_id,
        table.c.media_type,
        table.c.reason,
        table.c.at,
        func.length(table.c.body).label("size"),
        table.c.blob_key,
    ]


def _aside(row: Row[Any]) -> Aside:
    return Aside(**row._mapping)
