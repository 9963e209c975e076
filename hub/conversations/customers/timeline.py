"""Everything about a customer in one order, newest first: messages of every channel, purchases,
stages, ratings, notes, visits, consents, what agents changed.

Each source gives its newest rows before a place; a page is the newest of all of them. The place
is (time, kind, id), so that no two lines share one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Table, and_, or_, select
from sqlmodel import Session

from hub.agents.rights import Viewer
from hub.conversations.access import visible
from hub.store.statements import table_of
from hub.store.tables import (
    Consent,
    Content,
    Conversation,
    Customer,
    CustomerAct,
    CustomerMerge,
    CustomerNote,
    Message,
    Purchase,
    Rating,
    SourceVisit,
    StageChange,
)
from hub.text import snippet

PAGE: Final = 40
KINDS: Final = (
    "message",
    "purchase",
    "stage",
    "rating",
    "note",
    "visit",
    "consent",
    "act",
    "merge",
)
"""What the lines are, in the order of those that share a moment."""
_WORDS: Final = 280

Place = tuple[datetime, int, UUID]


@dataclass(frozen=True)
class Line:
    """One thing that happened. kind: one of `KINDS`; values: its columns, see `_SOURCES`."""

    kind: str
    id: UUID
    at: datetime
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def place(self) -> Place:
        return self.at, KINDS.index(self.kind), self.id


def page(
    session: Session,
    viewer: Viewer,
    customer_id: UUID,
    before: Place | None = None,
    *,
    kinds: Sequence[str] = KINDS,
    limit: int = PAGE,
) -> list[Line]:
    """At most `limit` + 1 lines before a place, newest first. The caller has checked that the
    viewer may see the customer; conversations that are hidden from the viewer stay hidden."""
    lines: list[Line] = []
    for kind in kinds:
        query = _SOURCES[kind](viewer, customer_id)
        at, key = query.selected_columns["at"], query.selected_columns["id"]
        if before is not None:
            query = query.where(_earlier(at, key, KINDS.index(kind), before))
        rows = session.execute(query.order_by(at.desc(), key.desc()).limit(limit + 1))
        for row in rows:
            values = dict(row._mapping)
            lines.append(Line(kind, values.pop("id"), values.pop("at"), values))
    lines.sort(key=lambda line: line.place, reverse=True)
    return _worded(session, lines[: limit + 1])


def _earlier(
    at: ColumnElement[Any], key: ColumnElement[Any], kind: int, before: Place
) -> ColumnElement[bool]:
    moment, last_kind, last_id = before
    if kind < last_kind:
        return at <= moment
    if kind > last_kind:
        return at < moment
    return or_(at < moment, and_(at == moment, key < last_id))


def _messages(viewer: Viewer, customer_id: UUID) -> Select[Any]:
    message, conversation = table_of(Message), table_of(Conversation)
    return (
        select(
            message.c.id,
            message.c.received_at.label("at"),
            message.c.conversation_id,
            message.c.direction,
            message.c.channel,
            message.c.agent_id,
            message.c.rule,
            message.c.revision,
            message.c.deleted_at,
            conversation.c.number,
            conversation.c.subject,
            conversation.c.status,
        )
        .join(conversation, conversation.c.id == message.c.conversation_id)
        .where(conversation.c.customer_id == customer_id, visible(viewer))
    )


def _ratings(viewer: Viewer, customer_id: UUID) -> Select[Any]:
    rating, conversation = table_of(Rating), table_of(Conversation)
    columns = ("source", "form", "score", "scale", "comment", "conversation_id")
    return (
        select(rating.c.id, rating.c.at, *(rating.c[name] for name in columns))
        .join(conversation, conversation.c.id == rating.c.conversation_id)
        .where(rating.c.customer_id == customer_id, visible(viewer))
    )


def _acts(viewer: Viewer, customer_id: UUID) -> Select[Any]:
    table = table_of(CustomerAct)
    return select(
        table.c.id, table.c.at, table.c.kind, table.c.agent_id, table.c.inverse, table.c.undone_at
    ).where(table.c.customer_id == customer_id, table.c.kind.not_in(("stage", "note")))


def _merges(viewer: Viewer, customer_id: UUID) -> Select[Any]:
    table, gone = table_of(CustomerMerge), table_of(Customer)
    return (
        select(table.c.id, table.c.at, table.c.agent_id, gone.c.name, table.c.undone_at)
        .join(gone, gone.c.id == table.c.gone_id)
        .where(table.c.kept_id == customer_id)
    )


def _plain(table: Table, at: str, *columns: str) -> Callable[[Viewer, UUID], Select[Any]]:
    """The rows of a table that belong to the customer and to nobody else."""

    def rows(viewer: Viewer, customer_id: UUID) -> Select[Any]:
        return select(
            table.c.id, table.c[at].label("at"), *(table.c[name] for name in columns)
        ).where(table.c.customer_id == customer_id)

    return rows


_SOURCES: Final[dict[str, Callable[[Viewer, UUID], Select[Any]]]] = {
    "message": _messages,
    "purchase": _plain(table_of(Purchase), "placed_at", "number", "amount", "currency", "status"),
    "stage": _plain(table_of(StageChange), "at", "stage", "by"),
    "rating": _ratings,
    "note": _plain(table_of(CustomerNote), "at", "text", "agent_id"),
    "visit": _plain(table_of(SourceVisit), "at", "source"),
    "consent": _plain(table_of(Consent), "at", "purpose", "granted", "source"),
    "act": _acts,
    "merge": _merges,
}


def _worded(session: Session, lines: list[Line]) -> list[Line]:
    """The lines, messages with their words."""
    ids = [line.id for line in lines if line.kind == "message"]
    content, message = table_of(Content), table_of(Message)
    words = {
        row.message_id: row.text
        for row in session.execute(
            select(content.c.message_id, content.c.text)
            .join(message, message.c.id == content.c.message_id)
            .where(content.c.message_id.in_(ids), content.c.revision == message.c.revision)
        )
    }
    for line in lines:
        if line.kind == "message":
            gone = line.values["deleted_at"] is not None
            line.values["text"] = None if gone else snippet(words.get(line.id, ""), _WORDS)
    return lines
