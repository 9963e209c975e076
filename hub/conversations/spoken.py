"""Messages and notes as they stand in a thread: words, author, and how far an answer has come."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, Select, select
from sqlmodel import Session

from hub.message import Content, load_content
from hub.store.statements import table_of
from hub.store.tables import (
    Agent,
    Customer,
    Identity,
    Message,
    Outgoing,
    Participant,
)
from hub.store.tables import Content as ContentTable

Key = tuple[int, int, int]
"""Where an item stands: after which message, whether it is that message, and its sequence."""


@dataclass(frozen=True)
class Spoken:
    """A message or a note. `outgoing` is None for what came in, and for notes.

    direction: "in", "out" or "note". author: who wrote it, as far as that is a name; `rule` is the
    rule that did, and `why` the result that says so.
    """

    key: Key
    id: UUID
    position: int
    direction: str
    channel: str | None
    account: str | None
    content: Content
    text: str
    subject: str | None
    at: datetime
    received_at: datetime
    author: str | None
    address_kind: str | None
    address: str | None
    participant: bool
    agent_id: UUID | None
    rule: str | None
    edited: bool
    deleted: bool
    form_key: str | None
    outgoing: Sent | None
    why: UUID | None = None


@dataclass(frozen=True)
class Sent:
    """How far an answer has come; the columns of `Outgoing`."""

    state: str
    due_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None
    error: str | None
    error_code: str | None


def select_spoken() -> Select[tuple[object, ...]]:
    """Messages with all that is shown of them; `read_spoken` reads its rows."""
    message, content, identity = table_of(Message), table_of(ContentTable), table_of(Identity)
    agent, outgoing, customer = table_of(Agent), table_of(Outgoing), table_of(Customer)
    participant = table_of(Participant)
    return (
        select(
            message.c.id,
            message.c.position,
            message.c.direction,
            message.c.channel,
            message.c.account,
            message.c.subject,
            message.c.at,
            message.c.received_at,
            message.c.agent_id,
            message.c.rule,
            message.c.revision,
            message.c.deleted_at,
            message.c.client_id,
            content.c.blocks,
            content.c.text,
            identity.c.kind.label("address_kind"),
            identity.c.address,
            identity.c.name.label("address_name"),
            customer.c.name.label("customer_name"),
            participant.c.role,
            agent.c.name.label("agent_name"),
            outgoing.c.state,
            outgoing.c.due_at,
            outgoing.c.sent_at,
            outgoing.c.delivered_at,
            outgoing.c.read_at,
            outgoing.c.error,
            outgoing.c.error_code,
        )
        .join(
            content,
            (content.c.message_id == message.c.id) & (content.c.revision == message.c.revision),
        )
        .outerjoin(identity, identity.c.id == message.c.identity_id)
        .outerjoin(customer, customer.c.id == identity.c.customer_id)
        .outerjoin(
            participant,
            (participant.c.conversation_id == message.c.conversation_id)
            & (participant.c.identity_id == message.c.identity_id),
        )
        .outerjoin(agent, agent.c.id == message.c.agent_id)
        .outerjoin(outgoing, outgoing.c.message_id == message.c.id)
    )


def read_spoken(row: Row[tuple[object, ...]]) -> Spoken:
    """A row of `select_spoken`."""
    inward = row.direction == "in"
    return Spoken(
        key=(row.position, 0, 0),
        id=row.id,
        position=row.position,
        direction=row.direction,
        channel=row.channel,
        account=row.account,
        content=load_content(row.blocks),
        text=row.text,
        subject=row.subject,
        at=row.at,
        received_at=row.received_at,
        author=(row.customer_name or row.address_name) if inward else row.agent_name,
        address_kind=row.address_kind,
        address=row.address,
        participant=inward and row.role == "participant",
        agent_id=row.agent_id,
        rule=row.rule,
        edited=row.revision > 0,
        deleted=row.deleted_at is not None,
        form_key=row.client_id if not inward else None,
        outgoing=Sent(
            row.state,
            row.due_at,
            row.sent_at,
            row.delivered_at,
            row.read_at,
            row.error,
            row.error_code,
        )
        if row.state is not None
        else None,
    )


def before_each(
    session: Session, conversation_id: UUID, spoken: Iterable[Spoken]
) -> dict[UUID, Spoken]:
    """For each message the one that stands right before it."""
    wanted = {one.position - 1: one.id for one in spoken}
    table = table_of(Message)
    rows = session.execute(
        select_spoken().where(
            table.c.conversation_id == conversation_id, table.c.position.in_(list(wanted))
        )
    )
    return {wanted[row.position]: read_spoken(row) for row in rows}


def stored_after(session: Session, conversation_id: UUID, position: int | None) -> datetime | None:
    """When the message after this position was stored."""
    if position is None:
        return None
    table = table_of(Message)
    return session.execute(
        select(table.c.received_at)
        .where(table.c.conversation_id == conversation_id, table.c.position > position)
        .order_by(table.c.position)
        .limit(1)
    ).scalar()
