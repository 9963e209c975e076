"""The messages that events are about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, and_, case, func, select
from sqlmodel import Session

from hub.store.statements import table_of, together
from hub.store.tables import Content, Message, Participant

LONGEST: Final = 50
"""Of a longer burst the last so many messages count."""
_message, _participant = table_of(Message), table_of(Participant)
_COLUMNS: Final = (
    _message.c.id,
    _message.c.conversation_id,
    _message.c.position,
    _message.c.direction,
    _message.c.identity_id,
    _message.c.account,
    _message.c.channel,
    _message.c.agent_id,
    _message.c.automated,
    _participant.c.role,
    _participant.c.chat,
)


@dataclass(frozen=True, slots=True)
class Said:
    """A message without its words, and how whoever it came from takes part."""

    id: UUID
    conversation_id: UUID
    position: int
    direction: str
    identity_id: UUID | None
    account: str | None
    channel: str | None
    agent_id: UUID | None
    automated: bool
    role: str | None
    chat: str | None


def said(session: Session, ids: Iterable[UUID]) -> dict[UUID, Said]:
    """These messages, by id; those that are gone are left out."""
    wanted = list(set(ids))
    if not wanted:
        return {}
    rows = session.execute(_with_participant().where(_message.c.id.in_(wanted)))
    return {row.id: Said(*row) for row in rows}


def newest(session: Session, conversations: Iterable[UUID]) -> dict[UUID, Said]:
    """The customer's newest message of each conversation, else the newest that went out."""
    wanted = list(set(conversations))
    if not wanted:
        return {}
    inbound = func.max(case((_message.c.direction == "in", _message.c.position)))
    last = (
        select(
            _message.c.conversation_id.label("of"),
            func.coalesce(inbound, func.max(_message.c.position)).label("position"),
        )
        .where(_message.c.conversation_id.in_(wanted), _message.c.direction != "note")
        .group_by(_message.c.conversation_id)
        .subquery()
    )
    rows = session.execute(
        _with_participant().join(
            last,
            and_(last.c.of == _message.c.conversation_id, last.c.position == _message.c.position),
        )
    )
    return {row.conversation_id: Said(*row) for row in rows}


def burst(
    session: Session, bursts: Sequence[tuple[UUID, UUID, int, int]]
) -> dict[tuple[UUID, UUID | None], list[tuple[Said, str]]]:
    """What people wrote in a row: (conversation, identity, first and last position) each.

    Gives the messages in order with their words, by conversation and identity. What a machine
    wrote in between is left out, unless there is nothing else.
    """
    if not bursts:
        return {}
    content = table_of(Content)
    places = {
        (conversation_id, position)
        for conversation_id, _, first, last in bursts
        for position in range(max(first, last - LONGEST + 1), last + 1)
    }
    wanted = {(conversation_id, identity_id) for conversation_id, identity_id, *_ in bursts}
    rows = session.execute(
        _with_participant()
        .add_columns(content.c.text)
        .join(
            content,
            and_(content.c.message_id == _message.c.id, content.c.revision == _message.c.revision),
        )
        .where(
            together((_message.c.conversation_id, _message.c.position), places),
            _message.c.direction == "in",
            _message.c.deleted_at.is_(None),
        )
        .order_by(_message.c.conversation_id, _message.c.position)
    )
    found: dict[tuple[UUID, UUID | None], list[tuple[Said, str]]] = {}
    for *columns, words in rows:
        one = Said(*columns)
        key = (one.conversation_id, one.identity_id)
        if key in wanted:
            found.setdefault(key, []).append((one, words))
    return {
        key: [pair for pair in pairs if not pair[0].automated] or pairs
        for key, pairs in found.items()
    }


def _with_participant() -> Select[Any]:
    return select(*_COLUMNS).outerjoin(
        _participant,
        and_(
            _participant.c.conversation_id == _message.c.conversation_id,
            _participant.c.identity_id == _message.c.identity_id,
        ),
    )
