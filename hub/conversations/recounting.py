"""What a conversation's row repeats of its messages, counted anew."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, func, or_, select
from sqlmodel import Session

from hub.conversations.ledger.ledger import naming
from hub.conversations.state import SNIPPET, ConversationState
from hub.message import System, load_content
from hub.store.statements import table_of
from hub.store.tables import Content, Identity, Message, Outgoing, Participant
from hub.text.plain import snippet

LOOKED_AT: Final = 500
"""How many unanswered messages are looked at for one that waits for an answer."""


def recount(session: Session, conversation: ConversationState) -> None:
    """Bring what the row repeats of its messages in line with them; see `tables.Conversation`.

    The status, and whose it is, stay; a settled one waits for nobody.
    """
    table = table_of(Message)
    counted = session.execute(
        select(
            func.count(),
            func.coalesce(func.max(table.c.position), 0),
            func.count().filter(table.c.direction == "in"),
            func.count().filter(table.c.direction == "out", table.c.agent_id.is_not(None)),
            func.count().filter(table.c.direction == "out", table.c.rule.is_not(None)),
            func.max(table.c.at).filter(table.c.direction != "note"),
            func.max(table.c.received_at).filter(table.c.direction == "in", ~table.c.backlog),
        ).where(table.c.conversation_id == conversation.id)
    ).one()
    _, position, customer, agents, rules, latest, inbound = counted
    conversation.position = position
    conversation.from_customer = customer
    conversation.from_agents = agents
    conversation.from_rules = rules
    if latest is not None:
        conversation.last_message_at = latest
    conversation.last_inbound_at = inbound
    conversation.undelivered = _undelivered(session, conversation.id)
    conversation.channels = _channels(session, conversation.id)
    if (last := _last(session, conversation.id)) is not None:
        conversation.last_direction = last.direction
        content = load_content(last.blocks)
        conversation.snippet = snippet(last.text or naming(content), SNIPPET)
    settled = not conversation.is_open
    conversation.waiting_since = None if settled else _waiting_since(session, conversation.id)
    if conversation.status == "waiting" and conversation.waiting_since is not None:
        conversation.status = "open"
    _answer_to_the_last(session, conversation)


def _undelivered(session: Session, conversation_id: UUID) -> int:
    table = table_of(Outgoing)
    found: int = session.execute(
        select(func.count()).where(
            table.c.conversation_id == conversation_id,
            table.c.state.in_(("failed", "unconfirmed")),
        )
    ).scalar_one()
    return found


def _channels(session: Session, conversation_id: UUID) -> list[str]:
    table = table_of(Message)
    rows = session.execute(
        select(table.c.channel, func.max(table.c.position).label("last"))
        .where(
            table.c.conversation_id == conversation_id,
            table.c.direction != "note",
            table.c.channel.is_not(None),
        )
        .group_by(table.c.channel)
        .order_by("last")
    )
    return [channel for channel, _ in rows]


def _last(session: Session, conversation_id: UUID) -> Row[Any] | None:
    """The message whose words stand in the list: nobody's note, and no rule's thanks."""
    table, content = table_of(Message), table_of(Content)
    ours_by_rule = and_(table.c.direction == "out", table.c.rule.is_not(None))
    return session.execute(
        select(table.c.direction, content.c.text, content.c.blocks)
        .join(
            content,
            (content.c.message_id == table.c.id) & (content.c.revision == table.c.revision),
        )
        .where(
            table.c.conversation_id == conversation_id,
            table.c.direction != "note",
            ~ours_by_rule,
        )
        .order_by(table.c.position.desc())
        .limit(1)
    ).first()


def _answered_by(table: Any, outgoing: Any) -> ColumnElement[bool]:
    return and_(
        table.c.direction == "out",
        table.c.agent_id.is_not(None),
        or_(outgoing.c.state.is_(None), outgoing.c.state != "cancelled"),
    )


def _waiting_since(session: Session, conversation_id: UUID) -> datetime | None:
    """When the customer's oldest message came that no agent has answered."""
    table, outgoing, content = table_of(Message), table_of(Outgoing), table_of(Content)
    participant = table_of(Participant)
    answered = session.execute(
        select(func.max(table.c.position))
        .outerjoin(outgoing, outgoing.c.message_id == table.c.id)
        .where(table.c.conversation_id == conversation_id, _answered_by(table, outgoing))
    ).scalar()
    rows = session.execute(
        select(table.c.received_at, content.c.blocks)
        .join(
            content,
            (content.c.message_id == table.c.id) & (content.c.revision == table.c.revision),
        )
        .join(
            participant,
            (participant.c.conversation_id == table.c.conversation_id)
            & (participant.c.identity_id == table.c.identity_id),
        )
        .where(
            table.c.conversation_id == conversation_id,
            table.c.position > (answered or 0),
            table.c.direction == "in",
            ~table.c.automated,
            ~table.c.backlog,
            participant.c.role == "customer",
        )
        .order_by(table.c.position)
        .limit(LOOKED_AT)
    )
    for row in rows:
        # Pressing a button asks nobody for an answer.
        if not all(isinstance(block, System) for block in load_content(row.blocks)):
            at: datetime = row.received_at
            return at
    return None


def _answer_to_the_last(session: Session, conversation: ConversationState) -> None:
    """Answers go back by the last way in that somebody vouches for."""
    table, identity = table_of(Message), table_of(Identity)
    last = session.execute(
        select(table.c.identity_id, table.c.account)
        .join(identity, identity.c.id == table.c.identity_id)
        .where(
            table.c.conversation_id == conversation.id,
            table.c.direction == "in",
            identity.c.customer_id == conversation.customer_id,
        )
        .order_by((identity.c.proof == "verified").desc(), table.c.position.desc())
        .limit(1)
    ).first()
    if last is not None:
        conversation.reply_identity_id, conversation.reply_account = last
