"""What is known of customers, agents and conversations beyond their rows, for many at once.

Each function is one query. They are called only where the rules ask for what they read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, case, func, select
from sqlmodel import Session

from hub.rules.engine.facts import Purchases, Satisfaction
from hub.satisfaction.surveys import share
from hub.store.compiled import Compiled
from hub.store.statements import table_of
from hub.store.tables import (
    Availability,
    Conversation,
    ConversationTag,
    Customer,
    CustomerTag,
    Message,
    Purchase,
    Rating,
)
from hub.store.types import Utc

DAY: Final = timedelta(hours=24)

NOT_BOUGHT: Final = ("cancelled", "refunded")
"""The states of orders that do not count as purchases."""


@dataclass
class Answered:
    """What a customer was answered automatically: template to when, and counts of a day."""

    last: dict[str, datetime] = field(default_factory=dict)
    to_customer: int = 0
    in_conversation: defaultdict[UUID, int] = field(default_factory=lambda: defaultdict(int))


@dataclass(frozen=True, slots=True)
class Sources:
    """Where a customer came from, the first time and the last."""

    first: dict[str, str] = field(default_factory=dict)
    last: dict[str, str] = field(default_factory=dict)


def answered(session: Session, customers: Sequence[UUID], now: datetime) -> Mapping[UUID, Answered]:
    """What each of them was answered by rules."""
    found: defaultdict[UUID, Answered] = defaultdict(Answered)
    for row in _ANSWERED.all(session, {"customers": list(customers), "since": now - DAY}):
        one = found[row.customer_id]
        if row.template is not None:
            last = one.last.get(row.template, row.last)
            one.last[row.template] = max(last, row.last)
        one.to_customer += row.lately
        one.in_conversation[row.conversation_id] += row.lately
    return found


def purchases(session: Session, customers: Sequence[UUID]) -> Mapping[UUID, Purchases]:
    """What each of them bought; who bought nothing is left out."""
    found: dict[UUID, Purchases] = {}
    for row in _PURCHASES.all(session, {"customers": list(customers), "not": list(NOT_BOUGHT)}):
        one = found.get(row.customer_id, Purchases())
        found[row.customer_id] = Purchases(
            count=one.count + row.orders,
            total={**one.total, row.currency: int(row.total)},
            last_at=row.last if one.last_at is None else max(one.last_at, row.last),
        )
    return found


def satisfaction(session: Session, customers: Sequence[UUID]) -> Mapping[UUID, Satisfaction]:
    """What each of them answered to surveys; who answered none is left out."""
    scores: defaultdict[UUID, list[float]] = defaultdict(list)
    for row in _RATINGS.all(session, {"customers": list(customers)}):
        scores[row.customer_id].append(1 + 4 * share(row.form, row.scale, row.score))
    return {
        customer: Satisfaction(
            answers=len(given), last=round(given[-1], 2), mean=round(sum(given) / len(given), 2)
        )
        for customer, given in scores.items()
    }


def customer_tags(session: Session, customers: Sequence[UUID]) -> Mapping[UUID, frozenset[str]]:
    """The tags that each customer has."""
    found: defaultdict[UUID, set[str]] = defaultdict(set)
    for row in _CUSTOMER_TAGS.all(session, {"customers": list(customers)}):
        found[row.customer_id].add(row.tag)
    return {customer: frozenset(tags) for customer, tags in found.items()}


def sources(session: Session, customers: Sequence[UUID]) -> Mapping[UUID, Sources]:
    """Where each of them came from."""
    return {
        row.id: Sources(dict(row.first_source or {}), dict(row.last_source or {}))
        for row in _SOURCES.all(session, {"customers": list(customers)})
    }


def tags(session: Session, conversations: Sequence[UUID]) -> Mapping[UUID, frozenset[str]]:
    """The tags that each conversation carries."""
    found: defaultdict[UUID, set[str]] = defaultdict(set)
    for row in _TAGS.all(session, {"conversations": list(conversations)}):
        found[row.conversation_id].add(row.tag)
    return {conversation: frozenset(carried) for conversation, carried in found.items()}


def presence(session: Session, agents: Sequence[UUID]) -> Mapping[UUID, str]:
    """Whether each agent is "online", "away" or "offline"; who never came is left out."""
    return {row.agent_id: row.state for row in _PRESENCE.all(session, {"agents": list(agents)})}


_message, _conversation = table_of(Message), table_of(Conversation)
_ANSWERED = Compiled(
    select(
        _conversation.c.customer_id,
        _message.c.conversation_id,
        _message.c.template,
        func.max(_message.c.at).label("last"),
        func.sum(case((_message.c.at > bindparam("since", type_=Utc), 1), else_=0)).label("lately"),
    )
    .join(_conversation, _conversation.c.id == _message.c.conversation_id)
    .where(
        _conversation.c.customer_id.in_(bindparam("customers", expanding=True)),
        _message.c.rule.is_not(None),
        _message.c.direction == "out",
    )
    .group_by(_conversation.c.customer_id, _message.c.conversation_id, _message.c.template)
)
_purchase = table_of(Purchase)
_PURCHASES = Compiled(
    select(
        _purchase.c.customer_id,
        _purchase.c.currency,
        func.count().label("orders"),
        func.sum(_purchase.c.amount).label("total"),
        func.max(_purchase.c.placed_at).label("last"),
    )
    .where(
        _purchase.c.customer_id.in_(bindparam("customers", expanding=True)),
        _purchase.c.status.not_in(bindparam("not", expanding=True)),
    )
    .group_by(_purchase.c.customer_id, _purchase.c.currency)
)
_rating = table_of(Rating)
_RATINGS = Compiled(
    select(_rating.c.customer_id, _rating.c.form, _rating.c.scale, _rating.c.score)
    .where(
        _rating.c.customer_id.in_(bindparam("customers", expanding=True)),
        _rating.c.source == "survey",
    )
    .order_by(_rating.c.customer_id, _rating.c.at, _rating.c.id)
)
_CUSTOMER_TAGS = Compiled(
    select(table_of(CustomerTag).c.customer_id, table_of(CustomerTag).c.tag).where(
        table_of(CustomerTag).c.customer_id.in_(bindparam("customers", expanding=True))
    )
)
_SOURCES = Compiled(
    select(
        table_of(Customer).c.id,
        table_of(Customer).c.first_source,
        table_of(Customer).c.last_source,
    ).where(table_of(Customer).c.id.in_(bindparam("customers", expanding=True)))
)
_TAGS = Compiled(
    select(table_of(ConversationTag).c.conversation_id, table_of(ConversationTag).c.tag).where(
        table_of(ConversationTag).c.conversation_id.in_(bindparam("conversations", expanding=True))
    )
)
_PRESENCE = Compiled(
    select(table_of(Availability).c.agent_id, table_of(Availability).c.state).where(
        table_of(Availability).c.agent_id.in_(bindparam("agents", expanding=True))
    )
)
