"""The event log: what happened, in an order that every reader can trust.

A position is `(xid, position)`. On PostgreSQL `position` is handed out before COMMIT, so the log
is read only below the oldest running transaction; what is read is complete and never changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Integer,
    Row,
    Select,
    bindparam,
    insert,
    literal_column,
    select,
    tuple_,
)
from sqlmodel import Session

from hub.store.compiled import Compiled
from hub.store.database import wake
from hub.store.statements import table_of
from hub.store.tables import Event
from hub.store.types import Serial

TOPIC = "events"


@dataclass(frozen=True, order=True)
class Position:
    """A place in the log; everything up to it has been read."""

    xid: int = 0
    position: int = 0

    def __str__(self) -> str:
        return f"{self.xid}.{self.position}"

    @classmethod
    def parse(cls, text: str | None) -> Position | None:
        """Read what `str` wrote; None for anything else."""
        try:
            xid, position = (text or "").split(".")
            return cls(int(xid), int(position))
        except ValueError:
            return None


@dataclass(frozen=True)
class Happening:
    """An event to be appended. `actor`: "customer", "agent:<id>", "rule:<id>" or "hub"."""

    kind: str
    actor: str
    at: datetime
    conversation_id: UUID | None = None
    sequence: int | None = None
    message_id: UUID | None = None
    customer_id: UUID | None = None
    details: dict[str, Any] = field(default_factory=dict)
    depth: int = 0


def append(session: Session, happenings: Sequence[Happening]) -> None:
    """Add to the log. `sequence` was taken while the conversation's row was locked."""
    if not happenings:
        return
    _APPEND.each(session, [vars(happening) for happening in happenings])
    wake(session, TOPIC)


_APPEND = Compiled(insert(table_of(Event)))


def _settled(dialect: str) -> Any:
    if dialect == "postgresql":
        return Event.xid < literal_column("(pg_snapshot_xmin(pg_current_snapshot())::text::bigint)")
    return literal_column("1") == literal_column("1")


def read(
    session: Session,
    after: Position,
    limit: int = 500,
    *,
    conversations: Iterable[UUID] | None = None,
    kinds: Iterable[str] | None = None,
) -> list[Row[tuple[Event]]]:
    """Events after a position, oldest first, as rows of the event table's columns."""
    place = {"after_xid": after.xid, "after_position": after.position, "most": limit}
    if conversations is None and kinds is None:
        return _ALL_NEWS.all(session, place)
    table = table_of(Event)
    query = _news(session.get_bind().dialect.name)
    if conversations is not None:
        query = query.where(table.c.conversation_id.in_(list(conversations)))
    if kinds is not None:
        query = query.where(table.c.kind.in_(list(kinds)))
    return list(session.execute(query, place).all())


def _news(dialect: str) -> Select[Any]:
    """Everything after a place."""
    table = table_of(Event)
    place = tuple_(
        bindparam("after_xid", type_=BigInteger), bindparam("after_position", type_=Serial)
    )
    return (
        select(*table.c)
        .where(tuple_(table.c.xid, table.c.position) > place)
        .where(_settled(dialect))
        .order_by(table.c.xid, table.c.position)
        .limit(bindparam("most", type_=Integer))
    )


_ALL_NEWS = Compiled(_news)


def newest(session: Session) -> Position:
    """The position up to which the log can be trusted now."""
    table = Event.__table__  # type: ignore[attr-defined]
    row = session.execute(
        select(table.c.xid, table.c.position)
        .where(_settled(session.get_bind().dialect.name))
        .order_by(table.c.xid.desc(), table.c.position.desc())
        .limit(1)
    ).first()
    return Position(row.xid, row.position) if row else Position()
