"""From what a query asks of conversations to conditions in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, String, and_, cast, exists, false, or_, select
from sqlmodel import Session

from hub.agents import directory
from hub.agents.rights import Viewer
from hub.conversations.access import visible
from hub.conversations.finding.query import Query
from hub.customers import index
from hub.store.statements import table_of
from hub.store.tables import (
    Attachment,
    Conversation,
    ConversationTag,
    CustomerKey,
    Message,
    Purchase,
)
from hub.text import fold, normalise_mail_address, normalise_phone

MOST_CUSTOMERS: Final = 200
HIDDEN: Final = ("merged", "erased")
"""What is left of conversations that are no conversations any more."""
_LAST: Final = "\U0010ffff"

_conversation, _message = table_of(Conversation), table_of(Message)


def of_conversations(
    session: Session, viewer: Viewer, query: Query, *, listed: bool = False
) -> ColumnElement[bool]:
    """What a conversation must be. listed: conversations are looked for, and rare tags lead to
    them; else each that some words led to is looked at, which SQLite must not turn around."""
    conditions: list[ColumnElement[bool]] = [
        visible(viewer),
        _conversation.c.status.not_in(HIDDEN),
    ]
    if query.statuses:
        conditions.append(_conversation.c.status.in_(sorted(query.statuses)))
    conditions += [_is(viewer, one) for one in sorted(query.is_also)]
    for sender in query.senders:
        found = customers(session, sender)
        conditions.append(_conversation.c.customer_id.in_(found) if found else false())
    for tag in query.tags:
        conditions.append(_tagged(tag, listed=listed))
    if query.channels:
        conditions.append(or_(*(_by(one) for one in query.channels)))
    for one in query.assignees:
        conditions.append(_assigned(session, viewer, one))
    for one in query.teams:
        wanted = fold(one)
        teams = directory.teams(session, viewer.agent_id, viewer.locale)
        ids = [team.id for team in teams if wanted in fold(team.name)]
        conditions.append(_conversation.c.team_id.in_(ids))
    return and_(*conditions)


def of_messages(query: Query) -> list[ColumnElement[bool]]:
    """What a message must be besides."""
    conditions: list[ColumnElement[bool]] = []
    if query.before is not None:
        conditions.append(_message.c.received_at < query.before)
    if query.after is not None:
        conditions.append(_message.c.received_at >= query.after)
    if "file" in query.has:
        attachment = table_of(Attachment)
        conditions.append(exists().where(attachment.c.message_id == _message.c.id))
    if "note" in query.has:
        conditions.append(_message.c.direction == "note")
    return conditions


def customers(session: Session, text: str, limit: int = MOST_CUSTOMERS) -> list[UUID]:
    """Customers whose name has words that begin so, or who have this address or number."""
    key = table_of(CustomerKey)
    queries: list[Select[tuple[UUID]]] = []
    if (mail := normalise_mail_address(text)) is not None:
        queries.append(select(key.c.customer_id).where(key.c.kind == "mail", key.c.value == mail))
    elif (phone := normalise_phone(text, "IR")) is not None:
        queries.append(_of_phone(phone))
    else:
        words = index.name_words(text)
        if words:
            queries.append(_of_words(session, words))
            handle = fold(text).lstrip("@")
            queries.append(
                select(key.c.customer_id).where(
                    key.c.kind == "handle", _begins(session, key.c.value, handle)
                )
            )
    found: dict[UUID, None] = {}
    for query in queries:
        for one in session.execute(query.limit(limit)).scalars():
            found.setdefault(one)
    return list(found)[:limit]


def of_order(session: Session, number: str) -> Sequence[UUID]:
    """The customers of an order's number."""
    purchase = table_of(Purchase)
    query = select(purchase.c.customer_id).where(purchase.c.number == number).limit(5)
    return list(session.execute(query).scalars())


def _of_phone(phone: str) -> Select[tuple[UUID]]:
    key = table_of(CustomerKey)
    return select(key.c.customer_id).where(key.c.kind == "phone", key.c.value == phone)


def _of_words(session: Session, words: Sequence[str]) -> Select[tuple[UUID]]:
    """Every word begins a word of the name."""
    key = table_of(CustomerKey)
    query = select(key.c.customer_id).where(
        key.c.kind == "word", _begins(session, key.c.value, words[0])
    )
    for word in words[1:]:
        other = table_of(CustomerKey).alias()
        query = query.where(
            exists().where(
                other.c.customer_id == key.c.customer_id,
                other.c.kind == "word",
                _begins(session, other.c.value, word),
            )
        )
    return query.distinct()


def _begins(session: Session, column: ColumnElement[str], word: str) -> ColumnElement[bool]:
    """As a range on SQLite, whose LIKE uses no index; PostgreSQL's order depends on its locale."""
    if session.get_bind().dialect.name == "postgresql":
        return column.startswith(word, autoescape=True)
    return and_(column >= word, column < word + _LAST)


def _is(viewer: Viewer, state: str) -> ColumnElement[bool]:
    table = _conversation
    match state:
        case "unread":
            return and_(table.c.seen_position < table.c.position, table.c.status == "open")
        case "urgent":
            return table.c.priority >= 1
        case "unassigned":
            return table.c.assignee_id.is_(None)
        case _:
            return table.c.assignee_id == viewer.agent_id


def _tagged(tag: str, *, listed: bool) -> ColumnElement[bool]:
    table = table_of(ConversationTag)
    fits = table.c.tag.in_({tag, tag.lower(), fold(tag)})
    if listed:
        return _conversation.c.id.in_(select(table.c.conversation_id).where(fits))
    return exists().where(table.c.conversation_id == _conversation.c.id, fits)


def _by(channel: str) -> ColumnElement[bool]:
    """By its kind, or by an account's name."""
    kinds = cast(_conversation.c.channels, String)
    return or_(
        _conversation.c.reply_account == channel,
        kinds.contains(f'"{channel}"', autoescape=True),
    )


def _assigned(session: Session, viewer: Viewer, name: str) -> ColumnElement[bool]:
    wanted = fold(name)
    if wanted in ("me", "من"):
        return _conversation.c.assignee_id == viewer.agent_id
    if wanted in ("nobody", "none", "هیچکس"):
        return _conversation.c.assignee_id.is_(None)
    names = directory.agent_names(session)
    ids = [key for key, known in names.items() if wanted in fold(known)]
    return _conversation.c.assignee_id.in_(ids)
