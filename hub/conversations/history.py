"""What a customer may see of their own conversations: messages to and fro, notes never."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, or_, select, tuple_
from sqlmodel import Session

from hub.channel import History, HistoryItem
from hub.message import load_content
from hub.store import events
from hub.store.events import Position
from hub.store.statements import table_of
from hub.store.tables import Agent, Content, Identity, Message, Outgoing, Participant

KINDS = (
    "message.received",
    "message.sent",
    "message.edited",
    "message.deleted",
    "message.state",
    "button.pressed",
)
VISIBLE = ("sent", "unconfirmed")
CHANGES = 500


def customer_of(session: Session, kind: str, address: str) -> tuple[UUID, UUID] | None:
    """The identity and the customer of a proven address, or None before its first message."""
    table = table_of(Identity)
    row = session.execute(
        select(table.c.id, table.c.customer_id).where(
            table.c.kind == kind, table.c.address == address, table.c.proof == "verified"
        )
    ).first()
    return (row.id, row.customer_id) if row else None


def addresses_of(session: Session, kind: str, customer_id: UUID) -> list[str]:
    """A customer's proven addresses of one kind."""
    table = table_of(Identity)
    return list(
        session.execute(
            select(table.c.address).where(
                table.c.customer_id == customer_id,
                table.c.kind == kind,
                table.c.proof == "verified",
            )
        ).scalars()
    )


def history(session: Session, kind: str, address: str, after: str | None, limit: int) -> History:
    """See `hub.channel.Host.history`. Everybody but the customer themselves sees nothing."""
    until = events.newest(session)
    found = customer_of(session, kind, address)
    if found is None:
        return History((), str(until))
    identity_id, _ = found
    conversations = _own(session, identity_id)
    start = Position.parse(after)
    if start is None:
        return _page(_rows(session, conversations, limit=limit + 1), identity_id, until, limit)
    changed = events.read(session, start, CHANGES, conversations=conversations, kinds=KINDS)
    more = len(changed) == CHANGES
    if more:
        until = Position(changed[-1].xid, changed[-1].position)
    wanted = {row.message_id for row in changed} | {
        UUID(row.details["press"]) for row in changed if row.details.get("press")
    }
    rows = _rows(session, conversations, messages=list(wanted))
    return History(tuple(_item(row, identity_id) for row in reversed(rows)), str(until), more=more)


def earlier(session: Session, kind: str, address: str, before: UUID, limit: int) -> History:
    """The page that ends before a message which the customer may see; else an empty one."""
    until = events.newest(session)
    found = customer_of(session, kind, address)
    if found is None:
        return History((), str(until))
    identity_id, _ = found
    conversations = _own(session, identity_id)
    message = table_of(Message)
    place = session.execute(
        select(message.c.received_at, message.c.position).where(
            message.c.id == before, message.c.conversation_id.in_(conversations)
        )
    ).first()
    if place is None:
        return History((), str(until))
    rows = _rows(
        session, conversations, before=(place.received_at, place.position), limit=limit + 1
    )
    return _page(rows, identity_id, until, limit)


def _own(session: Session, identity_id: UUID) -> list[UUID]:
    """The conversations that somebody has as the customer."""
    participant = table_of(Participant)
    return list(
        session.execute(
            select(participant.c.conversation_id).where(
                participant.c.identity_id == identity_id, participant.c.role == "customer"
            )
        ).scalars()
    )


def _page(
    newest_first: Sequence[Row[Any]], identity_id: UUID, until: Position, limit: int
) -> History:
    """At most `limit` rows in order; one more says that there are earlier ones."""
    items = tuple(_item(row, identity_id) for row in reversed(newest_first[:limit]))
    return History(items, str(until), earlier=len(newest_first) > limit)


def _rows(
    session: Session,
    conversations: Sequence[UUID],
    *,
    messages: Sequence[UUID | None] | None = None,
    before: tuple[datetime, int] | None = None,
    limit: int | None = None,
) -> list[Row[Any]]:
    message, content, outgoing = table_of(Message), table_of(Content), table_of(Outgoing)
    agent, participant = table_of(Agent), table_of(Participant)
    query = (
        select(
            message.c.id,
            message.c.at,
            message.c.received_at,
            message.c.direction,
            message.c.revision,
            message.c.client_id,
            message.c.deleted_at,
            message.c.automated,
            message.c.identity_id,
            content.c.blocks,
            agent.c.name.label("author"),
        )
        .join(
            content,
            (content.c.message_id == message.c.id) & (content.c.revision == message.c.revision),
        )
        .join(
            participant,
            (participant.c.conversation_id == message.c.conversation_id)
            & (participant.c.identity_id == message.c.identity_id),
        )
        .outerjoin(outgoing, outgoing.c.message_id == message.c.id)
        .outerjoin(agent, agent.c.id == message.c.agent_id)
        .where(
            message.c.conversation_id.in_(conversations),
            participant.c.role == "customer",
            or_(
                message.c.direction == "in",
                (message.c.direction == "out") & outgoing.c.state.in_(VISIBLE),
            ),
        )
        .order_by(message.c.received_at.desc(), message.c.position.desc())
    )
    if messages is not None:
        query = query.where(message.c.id.in_(messages))
    if before is not None:
        query = query.where(tuple_(message.c.received_at, message.c.position) < before)
    if limit is not None:
        query = query.limit(limit)
    return list(session.execute(query))


def _item(row: Row[Any], identity_id: UUID) -> HistoryItem:
    deleted = row.deleted_at is not None
    return HistoryItem(
        message_id=row.id,
        at=row.at,
        direction=row.direction,
        content=() if deleted else load_content(row.blocks),
        revision=row.revision,
        author=row.author,
        client_id=row.client_id,
        deleted=deleted,
        automated=row.automated,
        mine=row.direction == "out" or row.identity_id == identity_id,
    )
