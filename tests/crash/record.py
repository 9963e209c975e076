"""What the hub has on record at the end, read in one go."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlmodel import Session, SQLModel

from hub.store.statements import table_of
from hub.store.tables import (
    Content,
    Conversation,
    Delivery,
    Event,
    Identity,
    Lane,
    Message,
    Outgoing,
    RawOriginal,
    RuleResult,
    Timer,
)

UNFINISHED = ("queued", "sending")


@dataclass(frozen=True)
class Kept:
    """One message on record, with its way out if it goes out."""

    id: UUID
    conversation_id: UUID
    position: int
    direction: str
    channel: str | None
    account: str | None
    address: str | None
    text: str
    rule: str | None
    client_id: str | None
    external_id: str | None
    state: str | None
    attempt: int | None
    begun_at: datetime | None
    error: str | None

    def __str__(self) -> str:
        way = f", {self.state} at attempt {self.attempt}: {self.error}" if self.state else ""
        return (
            f"{self.direction} #{self.position} of {self.conversation_id} by {self.account} "
            f"({self.address}) {self.text!r}{way}"
        )


@dataclass(frozen=True)
class Record:
    """All tables that the audit looks at. `messages` by conversation and position."""

    messages: Sequence[Kept]
    conversations: Sequence[Row[Any]]
    deliveries: Sequence[Row[Any]]
    originals: Sequence[Row[Any]]
    results: Sequence[Row[Any]]
    lanes: Sequence[Row[Any]]
    timers: Sequence[Row[Any]]
    events: Sequence[Row[Any]]

    def directed(self, direction: str) -> list[Kept]:
        return [message for message in self.messages if message.direction == direction]

    def by_conversation(self) -> dict[UUID, list[Kept]]:
        grouped: defaultdict[UUID, list[Kept]] = defaultdict(list)
        for message in self.messages:
            grouped[message.conversation_id].append(message)
        return grouped

    def history(self, message: Kept) -> str:
        """Everything that the record says of a message, for whoever looks for the fault."""
        lines = [str(message), f"  id {message.id}, far side's id {message.external_id}"]
        lines += [
            f"  delivered: {row.account} {row.external_id} {row.digest} at {row.at}"
            for row in self.deliveries
            if row.message_id == message.id
        ]
        lines += [
            f"  original: {row.external_id} {row.reason or ''}"
            for row in self.originals
            if row.message_id == message.id
        ]
        lines += [
            f"  rules: {row.event} {row.outcome} {row.result}"
            for row in self.results
            if row.message_id == message.id
        ]
        if message.begun_at:
            lines.append(f"  sending was begun at {message.begun_at}")
        lines += [
            f"  event {row.sequence}: {row.kind} by {row.actor} at {row.at} {row.details}"
            for row in self.events
            if row.message_id == message.id
        ]
        return "\n".join(lines)


def read(session: Session) -> Record:
    """Read the whole record."""
    message, content = table_of(Message), table_of(Content)
    identity, outgoing = table_of(Identity), table_of(Outgoing)
    rows = session.execute(
        select(
            message.c.id,
            message.c.conversation_id,
            message.c.position,
            message.c.direction,
            message.c.channel,
            message.c.account,
            identity.c.address,
            content.c.text,
            message.c.rule,
            message.c.client_id,
            message.c.external_id,
            outgoing.c.state,
            outgoing.c.attempt,
            outgoing.c.begun_at,
            outgoing.c.error,
        )
        .join(content, content.c.message_id == message.c.id)
        .outerjoin(identity, identity.c.id == message.c.identity_id)
        .outerjoin(outgoing, outgoing.c.message_id == message.c.id)
        .order_by(message.c.conversation_id, message.c.position)
    )

    def everything(model: type[SQLModel], *order: str) -> list[Row[Any]]:
        table = table_of(model)
        return list(session.execute(select(table).order_by(*(table.c[name] for name in order))))

    return Record(
        messages=[Kept(*row) for row in rows],
        conversations=everything(Conversation),
        deliveries=everything(Delivery),
        originals=everything(RawOriginal),
        results=everything(RuleResult),
        lanes=everything(Lane),
        timers=everything(Timer),
        events=everything(Event, "conversation_id", "sequence"),
    )
