"""The event log: what happened, in an order that every reader can trust.

A position is `(xid, position)`. On PostgreSQL `position` is handed out before COMMIT, so the log
is read only below the oldest running transaction; what is read is complete and never changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
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


def read(
    session: Session,
    after: Position,
    limit: int = 500,
    *,
    conversations: Iterable[UUID] | None = None,
    kinds: Iterable[str] | None = None,
) -> list[Row[tuple[Event]]]:
    """Events after a position, oldest first, as rows of the event table's columns."""
    values: dict[str, Any] = {
        "after_xid": after.xid,
        "after_position": after.position,
        "most": limit,
    }
    if conversations is not None:
        values["conversations"] = list(conversations)
    if kinds is not None:
        values["kinds"] = list(kinds)
    if [] in values.values():
        return []
    return _news(conversations is not None, kinds is not None).all(session, values)


def newest(session: Session) -> Position:
    """The position up to which the log can be trusted now."""
    for row in _NEWEST.all(session, {}):
        return Position(row.xid, row.position)
    return Position()


_event = table_of(Event)


def _settled(dialect: str) -> Any:
    if dialect == "postgresql":
        oldest = "(pg_snapshot_xmin(pg_current_snapshot())::text::bigint)"
        return _event.c.xid < literal_column(oldest)
    return literal_column("1") == literal_column("1")


@cache
def _news(of_conversations: bool, of_kinds: bool) -> Compiled:
    """Everything after a place, or what concerns some conversations or is of some kinds."""

    def news(dialect: str) -> Select[Any]:
        found = select(*_event.c).where(_settled(dialect)).limit(bindparam("most", type_=Integer))
        if of_conversations:
            wanted: Any = bindparam("conversations", expanding=True)
            found = found.where(_event.c.conversation_id.in_(wanted))
        if of_kinds:
            found = found.where(_event.c.kind.in_(bindparam("kinds", expanding=True)))
        position = bindparam("after_position", type_=Serial)
        if dialect == "sqlite":
            # All of one xid there; compared as a pair, the whole log would be walked through.
            return found.where(_event.c.position > position).order_by(_event.c.position)
        key = tuple_(_event.c.xid, _event.c.position)
        place = tuple_(bindparam("after_xid", type_=BigInteger), position)
        return found.where(key > place).order_by(_event.c.xid, _event.c.position)

    return Compiled(news)


_NEWEST = Compiled(
    lambda dialect: (
        select(_event.c.xid, _event.c.position)
        .where(_settled(dialect))
        .order_by(_event.c.xid.desc(), _event.c.position.desc())
        .limit(1)
    )
)
