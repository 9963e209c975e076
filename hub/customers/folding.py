"""Addresses of two customers who become one: moved, or folded together where both have one.

Whatever named the address that goes (messages, participants, reactions, the way back of a
conversation) names the one that stays; what it takes to part them again is written down.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, Table, Uuid, delete, insert, select, update
from sqlmodel import Session

from hub.store.statements import table_of
from hub.store.tables import Conversation, Identity, Message, Participant, Reaction
from hub.store.types import Utc

_identity = table_of(Identity)


_NAMING: Final = (table_of(Message), table_of(Participant), table_of(Reaction))
"""Tables whose rows name an identity."""


@dataclass
class Folded:
    """What became of the addresses: the ids of those that moved, and what was folded."""

    moved: list[str] = field(default_factory=list)
    folded: list[dict[str, Any]] = field(default_factory=list)


def move(session: Session, kept: UUID, gone: UUID) -> Folded:
    """An address that both have with the same proof becomes one; so does one that the other has
    proven and this one was only given."""
    record = Folded()
    own = {
        (row.kind, row.address, row.proof): row
        for row in session.execute(select(_identity).where(_identity.c.customer_id == kept))
    }
    theirs = session.execute(
        select(_identity).where(_identity.c.customer_id == gone).order_by(_identity.c.id)
    ).all()
    for row in theirs:
        into = own.get((row.kind, row.address, row.proof))
        if into is None and row.origin == "given":
            into = own.get((row.kind, row.address, "verified"))
        if into is None:
            session.execute(
                update(_identity).where(_identity.c.id == row.id).values(customer_id=kept)
            )
            record.moved.append(str(row.id))
        else:
            record.folded.append(_fold(session, row, into.id))
    return record


def _fold(session: Session, row: Row[Any], into: UUID) -> dict[str, Any]:
    """Whatever names one identity names the other; what it takes to undo that."""
    conversation = table_of(Conversation)
    messages = session.execute(
        update(_NAMING[0])
        .where(_NAMING[0].c.identity_id == row.id)
        .values(identity_id=into)
        .returning(_NAMING[0].c.id)
    ).scalars()
    answered = session.execute(
        update(conversation)
        .where(conversation.c.reply_identity_id == row.id)
        .values(reply_identity_id=into)
        .returning(conversation.c.id)
    ).scalars()
    record: dict[str, Any] = {
        "identity": _written(row),
        "into": str(into),
        "messages": sorted(str(one) for one in messages),
        "answered": sorted(str(one) for one in answered),
    }
    for table, other in ((_NAMING[1], "conversation_id"), (_NAMING[2], "message_id")):
        rows = session.execute(select(table).where(table.c.identity_id == row.id)).all()
        there = set(
            session.execute(
                select(table.c[other]).where(
                    table.c.identity_id == into,
                    table.c[other].in_([one._mapping[other] for one in rows]),
                )
            ).scalars()
        )
        session.execute(delete(table).where(table.c.identity_id == row.id))
        made = [one for one in rows if one._mapping[other] not in there]
        if made:
            session.execute(insert(table), [{**one._mapping, "identity_id": into} for one in made])
        record[table.name] = [_written(one) for one in rows]
        record[f"{table.name} made"] = [str(one._mapping[other]) for one in made]
    session.execute(delete(_identity).where(_identity.c.id == row.id))
    return record


def part(session: Session, record: Folded, kept: UUID, gone: UUID) -> None:
    """The opposite of `move`."""
    session.execute(
        update(_identity)
        .where(
            _identity.c.id.in_([UUID(one) for one in record.moved]),
            _identity.c.customer_id == kept,
        )
        .values(customer_id=gone)
    )
    for folded in record.folded:
        _unfold(session, folded)


def _unfold(session: Session, folded: Mapping[str, Any]) -> None:
    identity = _read(_identity, folded["identity"])
    into, back = UUID(folded["into"]), identity["id"]
    session.execute(insert(_identity).values(**identity))
    message, conversation = _NAMING[0], table_of(Conversation)
    session.execute(
        update(message)
        .where(
            message.c.id.in_([UUID(one) for one in folded["messages"]]),
            message.c.identity_id == into,
        )
        .values(identity_id=back)
    )
    session.execute(
        update(conversation)
        .where(
            conversation.c.id.in_([UUID(one) for one in folded["answered"]]),
            conversation.c.reply_identity_id == into,
        )
        .values(reply_identity_id=back)
    )
    for table, other in ((_NAMING[1], "conversation_id"), (_NAMING[2], "message_id")):
        made = [UUID(one) for one in folded[f"{table.name} made"]]
        session.execute(delete(table).where(table.c.identity_id == into, table.c[other].in_(made)))
        rows = [_read(table, one) for one in folded[table.name]]
        # Messages and conversations that are gone by now take their rows with them.
        there = _existing(session, table, other, rows)
        if there:
            session.execute(insert(table), there)


def _existing(
    session: Session, table: Table, other: str, rows: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    target = next(iter(table.c[other].foreign_keys)).column
    found = set(
        session.execute(select(target).where(target.in_([row[other] for row in rows]))).scalars()
    )
    return [row for row in rows if row[other] in found]


def _written(row: Row[Any]) -> dict[str, Any]:
    return {name: plain(value) for name, value in row._mapping.items()}


def _read(table: Table, written: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value_of(table, name, value) for name, value in written.items()}


def plain(value: Any) -> Any:
    """A value of a row as JSON has it."""
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def value_of(table: Table, name: str, value: Any) -> Any:
    """What `plain` wrote, as the column takes it."""
    if value is None:
        return None
    kind = table.c[name].type
    if isinstance(kind, Utc):
        return datetime.fromisoformat(value)
    return UUID(value) if isinstance(kind, Uuid) else value
