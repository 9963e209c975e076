"""Two conversations with which an agent does something at once: what is to be known of them, who
may, and what is written down of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Table, func, select
from sqlmodel import Session

from hub.agents.rights import Viewer
from hub.conversations import access
from hub.conversations.ledger import Ledger
from hub.conversations.state import ERASED, MERGED, ConversationState
from hub.store.statements import table_of
from hub.store.tables import Act, ConversationTag, Message, Outgoing


class CannotMerge(Exception):
    """These two can not be made one. `reason`: "same", "customer" (they are of two customers),
    "gone" (one is merged or erased already)."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"these conversations can not be merged: {reason}")
        self.reason = reason


@dataclass(frozen=True)
class Side:
    """A conversation as far as it matters for a merge. messages: how many it has."""

    id: UUID
    number: int
    subject: str | None
    snippet: str
    status: str
    channels: tuple[str, ...]
    messages: int
    queued: int
    at: datetime
    tags: tuple[str, ...]
    assignee_id: UUID | None
    team_id: UUID | None


def check(into: Any, other: Any) -> None:
    """Whether messages may go from one into the other. Raises CannotMerge."""
    if into is None or other is None or into.id == other.id:
        raise CannotMerge("same" if into is not None and other is not None else "gone")
    if any(one.status in (MERGED, ERASED) for one in (into, other)):
        raise CannotMerge("gone")
    if into.customer_id != other.customer_id:
        raise CannotMerge("customer")


def sides(session: Session, rows: Sequence[Row[Any]]) -> list[Side]:
    """Rows of the conversation table with what must be counted, in three queries."""
    ids = [row.id for row in rows]
    tag, message, outgoing = table_of(ConversationTag), table_of(Message), table_of(Outgoing)
    tags: defaultdict[UUID, list[str]] = defaultdict(list)
    for key, name in session.execute(
        select(tag.c.conversation_id, tag.c.tag)
        .where(tag.c.conversation_id.in_(ids))
        .order_by(tag.c.tag)
    ):
        tags[key].append(name)
    counted = _counted(session, message, message.c.conversation_id.in_(ids))
    waiting = outgoing.c.conversation_id.in_(ids) & (outgoing.c.state == "queued")
    queued = _counted(session, outgoing, waiting)
    return [
        Side(
            id=row.id,
            number=row.number,
            subject=row.subject,
            snippet=row.snippet,
            status=row.status,
            channels=tuple(row.channels),
            messages=counted.get(row.id, 0),
            queued=queued.get(row.id, 0),
            at=row.last_message_at,
            tags=tuple(tags[row.id]),
            assignee_id=row.assignee_id,
            team_id=row.team_id,
        )
        for row in rows
    ]


def _counted(session: Session, table: Table, condition: ColumnElement[bool]) -> dict[UUID, int]:
    rows = session.execute(
        select(table.c.conversation_id, func.count())
        .where(condition)
        .group_by(table.c.conversation_id)
    )
    return dict(rows.all())


def locked(session: Session, viewer: Viewer, now: datetime, *conversations: UUID) -> Ledger:
    """A ledger that holds them. Raises NotVisible where the viewer may not see one of them."""
    ledger = Ledger(session, now)
    ledger.load(conversations)
    for one in conversations:
        access.require(session, viewer, one)
    return ledger


Telling = tuple[str, ConversationState, str, ConversationState]
"""An event's kind, whose it is, and under which name it speaks of which other conversation."""


def tell_both(
    ledger: Ledger, viewer: Viewer, one: Telling, other: Telling, details: Mapping[str, Any]
) -> None:
    """Note in the log of each what was done, with the other one's number."""
    for kind, of, name, about in (one, other):
        told: dict[str, Any] = {name: str(about.id), "number": about.number, **details}
        ledger.happened(kind, viewer.actor, of, **told)


def note_act(
    ledger: Ledger,
    viewer: Viewer,
    conversation_id: UUID,
    kind: str,
    act_id: UUID,
    *,
    inverse: dict[str, Any],
    expected: dict[str, Any],
) -> None:
    """Write down how it is undone."""
    ledger.add(
        Act,
        id=act_id,
        conversation_id=conversation_id,
        agent_id=viewer.agent_id,
        kind=kind,
        inverse=inverse,
        expected=expected,
        together_id=None,
        at=ledger.now,
        undone_at=None,
    )
