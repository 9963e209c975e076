"""Everything that is known of a customer, as values that JSON can hold, for whoever may see it.

Conversations come one after another and their messages in pages, so that a customer of twenty
years needs no more memory than one of yesterday. What is hidden from the viewer stays out.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlmodel import Session, SQLModel

from hub.agents.rights import Viewer
from hub.conversations.access import visible
from hub.store.statements import table_of
from hub.store.tables import (
    Agent,
    Attachment,
    Consent,
    Content,
    Conversation,
    ConversationTag,
    Customer,
    CustomerNote,
    CustomerSegment,
    CustomerTag,
    Identity,
    Message,
    Outgoing,
    Purchase,
    PurchaseLine,
    Rating,
    RawOriginal,
    Reaction,
    SourceVisit,
    StageChange,
)

MESSAGES: Final = 200
FORMAT: Final = "payam-customer"
FORMAT_VERSION: Final = 1
_message, _conversation = table_of(Message), table_of(Conversation)

Row = dict[str, Any]


@dataclass(frozen=True)
class Extent:
    """How much there is: conversations that the viewer may see, by id, and their messages."""

    conversations: tuple[UUID, ...]
    messages: int


def extent(session: Session, viewer: Viewer, customer_id: UUID) -> Extent:
    """Look how much there is."""
    theirs = (_conversation.c.customer_id == customer_id, visible(viewer))
    ids = session.execute(
        select(_conversation.c.id).where(*theirs).order_by(_conversation.c.number)
    ).scalars()
    count = session.execute(
        select(func.count())
        .select_from(_message)
        .join(_conversation, _conversation.c.id == _message.c.conversation_id)
        .where(*theirs)
    ).scalar_one()
    return Extent(tuple(ids), count)


def about(session: Session, viewer: Viewer, customer_id: UUID, now: datetime) -> Row:
    """All but the conversations. Raises LookupError where the customer is gone."""
    customer = table_of(Customer)
    row = session.execute(select(customer).where(customer.c.id == customer_id)).first()
    if row is None or row.erased_at is not None:
        raise LookupError(f"there is no customer {customer_id} any more")
    line, purchase, agent = table_of(PurchaseLine), table_of(Purchase), table_of(Agent)
    note, rating = table_of(CustomerNote), table_of(Rating)
    lines: dict[UUID, list[Row]] = {}
    for one in session.execute(
        select(line)
        .join(purchase, purchase.c.id == line.c.purchase_id)
        .where(purchase.c.customer_id == customer_id)
        .order_by(line.c.position)
    ):
        lines.setdefault(one.purchase_id, []).append(
            {"name": one.name, "quantity": one.quantity, "unit_amount": one.unit_amount}
        )
    return {
        "format": FORMAT,
        "version": FORMAT_VERSION,
        "exported_at": now,
        "customer": _bare(row._mapping, "merged_into_id", "version", "erased_at"),
        "identities": _all(session, Identity, customer_id, "created_at"),
        "tags": [one["tag"] for one in _all(session, CustomerTag, customer_id, "tag")],
        "segments": _all(session, CustomerSegment, customer_id, "since"),
        "stages": _all(session, StageChange, customer_id, "at"),
        "consents": _all(session, Consent, customer_id, "at"),
        "visits": _all(session, SourceVisit, customer_id, "at"),
        "notes": _rows(
            session,
            select(note.c.at, note.c.text, agent.c.name.label("agent"))
            .outerjoin(agent, agent.c.id == note.c.agent_id)
            .where(note.c.customer_id == customer_id)
            .order_by(note.c.at),
        ),
        "purchases": [
            {**one, "lines": lines.get(one["id"], [])}
            for one in _all(session, Purchase, customer_id, "placed_at")
        ],
        "ratings": _rows(
            session,
            select(
                rating.c.at,
                rating.c.source,
                rating.c.form,
                rating.c.score,
                rating.c.scale,
                rating.c.comment,
                _conversation.c.number.label("conversation"),
            )
            .join(_conversation, _conversation.c.id == rating.c.conversation_id)
            .where(rating.c.customer_id == customer_id, visible(viewer))
            .order_by(rating.c.at),
        ),
    }


def conversation(session: Session, conversation_id: UUID) -> Row:
    """What is known of a conversation besides its messages."""
    tag = table_of(ConversationTag)
    row = session.execute(
        select(
            _conversation.c.number,
            _conversation.c.subject,
            _conversation.c.status,
            _conversation.c.channels,
            _conversation.c.created_at,
            _conversation.c.last_message_at,
            _conversation.c.resolved_at,
        ).where(_conversation.c.id == conversation_id)
    ).one()
    tags = session.execute(select(tag.c.tag).where(tag.c.conversation_id == conversation_id))
    return {**row._mapping, "tags": sorted(tags.scalars())}


def messages(session: Session, conversation_id: UUID, after: int) -> list[Row]:
    """The next messages after a position, each with its revisions, reactions and files."""
    agent, identity, outgoing = table_of(Agent), table_of(Identity), table_of(Outgoing)
    rows = session.execute(
        select(
            _message.c.id,
            _message.c.position,
            _message.c.direction,
            _message.c.channel,
            _message.c.account,
            _message.c.subject,
            _message.c.rule,
            _message.c.at,
            _message.c.received_at,
            _message.c.deleted_at,
            _message.c.addressed,
            agent.c.name.label("agent"),
            identity.c.address,
            outgoing.c.state.label("delivery"),
        )
        .outerjoin(agent, agent.c.id == _message.c.agent_id)
        .outerjoin(identity, identity.c.id == _message.c.identity_id)
        .outerjoin(outgoing, outgoing.c.message_id == _message.c.id)
        .where(_message.c.conversation_id == conversation_id, _message.c.position > after)
        .order_by(_message.c.position)
        .limit(MESSAGES)
    ).all()
    found: dict[UUID, Row] = {
        row.id: {**row._mapping, "revisions": [], "reactions": [], "files": []} for row in rows
    }
    content, file = table_of(Content), table_of(Attachment)
    reaction, original = table_of(Reaction), table_of(RawOriginal)
    ids = list(found)
    for one in session.execute(
        select(content).where(content.c.message_id.in_(ids)).order_by(content.c.revision)
    ):
        revision = {"at": one.at, "text": one.text, "blocks": json.loads(one.blocks)}
        found[one.message_id]["revisions"].append(revision)
    for one in session.execute(select(reaction).where(reaction.c.message_id.in_(ids))):
        found[one.message_id]["reactions"].append({"at": one.at, "reactions": one.reactions})
    for one in session.execute(
        select(file).where(file.c.message_id.in_(ids)).order_by(file.c.position)
    ):
        found[one.message_id]["files"].append(_bare(one._mapping, "message_id", "position"))
    for one in session.execute(select(original).where(original.c.message_id.in_(ids))):
        found[one.message_id]["original"] = _bare(one._mapping, "message_id", "id", "reason")
    return list(found.values())


def _all(session: Session, model: type[SQLModel], customer_id: UUID, order: str) -> list[Row]:
    table = table_of(model)
    query = select(table).where(table.c.customer_id == customer_id).order_by(table.c[order])
    return [_bare(row, "customer_id") for row in _rows(session, query)]


def _rows(session: Session, query: Select[Any]) -> list[Row]:
    return [dict(row._mapping) for row in session.execute(query)]


def _bare(row: Any, *left_out: str) -> Row:
    return {name: value for name, value in dict(row).items() if name not in left_out}
