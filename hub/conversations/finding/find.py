"""Searching messages and conversations, a page at a time.

Words are looked for newest first in the full-text index, in rounds: what an operator leaves out of
one round is made up for by the next, and after some rounds the page ends where the search stands,
so that no request takes long. Without words, conversations are listed, the latest first.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, Row, Select, and_, bindparam, func, select, tuple_
from sqlmodel import Session

from hub.agents.rights import Viewer
from hub.conversations.finding.query import Query
from hub.conversations.finding.restrictions import (
    customers,
    of_conversations,
    of_messages,
    of_order,
)
from hub.conversations.finding.snippets import Part, snippet
from hub.store import search
from hub.store.statements import table_of
from hub.store.tables import (
    Attachment,
    Content,
    Conversation,
    Customer,
    Identity,
    Message,
    SearchEntry,
)

PAGE: Final = 25
ROUNDS: Final = (100, 300, 900, 2_700)
"""How many entries are looked at in each round."""
IN_A_ROW: Final = 12
"""Characters before the first find in a row of the list, which is narrow."""
SLACK: Final = timedelta(hours=1)
_TOP: Final = 2**62
LISTED: Final = ("open", "waiting", "snoozed", "resolved", "spam")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

_entry, _message, _content = table_of(SearchEntry), table_of(Message), table_of(Content)
_conversation, _customer = table_of(Conversation), table_of(Customer)
_identity = table_of(Identity)


@dataclass(frozen=True)
class Hit:
    """A message that was found, or (message_id None) a conversation. file: the name of a file that
    the words stand in, where they do not stand in the message."""

    conversation_id: UUID
    number: int
    status: str
    subject: str | None
    channels: tuple[str, ...]
    customer_id: UUID
    customer_name: str | None
    address_kind: str | None
    address: str | None
    address_name: str | None
    at: datetime
    parts: tuple[Part, ...]
    message_id: UUID | None = None
    direction: str = "in"
    file: str | None = None


@dataclass(frozen=True)
class Found:
    """A page of hits, and where the next one begins (None: this was the last)."""

    hits: tuple[Hit, ...]
    following: str | None = None


def find(
    session: Session,
    viewer: Viewer,
    query: Query,
    after: str | None = None,
    limit: int = PAGE,
) -> Found:
    """The next hits of a query. after: as `Found.following` gave it."""
    if query.empty:
        return Found(())
    rows, following = _page(session, viewer, query, after, limit)
    if _lists(query):
        return Found(tuple(map(_listed, rows)), following)
    return Found(_told(session, query, rows), following)


def _lists(query: Query) -> bool:
    """Whether conversations are asked for, and no message of them."""
    return not query.alternatives and not of_messages(query)


def _page(
    session: Session, viewer: Viewer, query: Query, after: str | None, limit: int
) -> tuple[list[Row[Any]], str | None]:
    """The rows of the next hits, and where the next page begins."""
    if _lists(query):
        wanted = of_conversations(session, viewer, query, listed=True)
        return _conversations(session, query, wanted, after, limit)
    narrowed = of_messages(query)
    wanted = of_conversations(session, viewer, query)
    before = int(after) if after and after.isdecimal() and len(after) < 19 else None
    if query.senders:
        return _of_few(session, query, and_(wanted, *narrowed), before, limit)
    return _messages(session, query, and_(wanted, *narrowed), before, limit)


def conversation_ids(session: Session, viewer: Viewer, query: Query, limit: int = 40) -> list[UUID]:
    """The conversations that a query finds, each once, for the list."""
    return list(conversations(session, viewer, query, limit))


def conversations(
    session: Session, viewer: Viewer, query: Query, limit: int
) -> dict[UUID, tuple[Part, ...]]:
    """The conversations that a query finds, and of each the newest words that it was found by;
    none of those that were found without words."""
    found: dict[UUID, str] = {}
    after: str | None = None
    for hit in direct(session, viewer, query):
        found.setdefault(hit.conversation_id, "")
    for _ in range(0 if query.empty else 4):
        rows, after = _page(session, viewer, query, after, limit)
        for row in rows:
            if not found.get(row.conversation_id):
                found[row.conversation_id] = row.snippet or ""
        if after is None or len(found) >= limit:
            break
    return {one: _marked(words, query.alternatives) for one, words in list(found.items())[:limit]}


def _marked(words: str, alternatives: Sequence[Sequence[str]]) -> tuple[Part, ...]:
    parts = snippet(words, alternatives, IN_A_ROW) if words and alternatives else ()
    return parts if any(found for _, found in parts) else ()


def direct(session: Session, viewer: Viewer, query: Query) -> list[Hit]:
    """Conversations that are meant by their number, by an order's, by a name or an address."""
    if not query.alternatives or query.senders:
        return []
    conditions: list[ColumnElement[bool]] = []
    known: list[UUID] = []
    if query.number is not None:
        conditions.append(_conversation.c.number == int(query.number))
        known += of_order(session, query.number)
    if len(query.text) > 1:
        known += customers(session, query.text, 5)
    if known:
        conditions.append(_conversation.c.customer_id.in_(known))
    hits: dict[UUID, Hit] = {}
    wanted = of_conversations(session, viewer, query)
    for condition in conditions:
        rows = session.execute(
            _select().where(condition, wanted)
            .order_by(_conversation.c.last_message_at.desc()).limit(5)
        )  # fmt: skip
        for row in rows:
            hits.setdefault(row.conversation_id, _listed(row))
    return list(hits.values())


def _messages(
    session: Session, query: Query, wanted: ColumnElement[bool], before: int | None, limit: int
) -> tuple[list[Row[Any]], str | None]:
    hits: list[Row[Any]] = []
    first, last = _span(session, query)
    before = min(before or last, last)
    entries: Any = bindparam("some", expanding=True)
    statement = (
        _spoken()
        .where(_entry.c.id.in_(entries), wanted)
        .order_by(_entry.c.id.desc())
        .limit(bindparam("most", type_=Integer))
    )
    for size in ROUNDS:
        if query.alternatives:
            some = search.candidates(
                session, query.alternatives, before=before, after=first, limit=size
            )
        else:
            some = _newest(session, before, first, size)
        if not some:
            return hits, None
        most = limit + 1 - len(hits)
        hits += session.execute(statement, {"some": some, "most": most}).all()
        if len(hits) > limit:
            return hits[:limit], str(hits[limit - 1].entry_id)
        before = some[-1]
        if len(some) < size:
            return hits, None
    return hits, str(before)


def _of_few(
    session: Session, query: Query, wanted: ColumnElement[bool], before: int | None, limit: int
) -> tuple[list[Row[Any]], str | None]:
    """What few customers wrote is read off their conversations; parts of words are found too."""
    statement = _spoken().where(wanted)
    if before is not None:
        statement = statement.where(_entry.c.id < before)
    if query.alternatives:
        folded = _entry.c.folded
        statement = statement.where(
            *(folded.contains(word, autoescape=True) for word in query.words)
        )
    rows = session.execute(statement.order_by(_entry.c.id.desc()).limit(limit + 1)).all()
    following = str(rows[limit - 1].entry_id) if len(rows) > limit else None
    return list(rows[:limit]), following


def _newest(session: Session, before: int, after: int, limit: int) -> list[int]:
    query = select(_entry.c.id).where(_entry.c.id < before, _entry.c.id > after)
    return list(session.execute(query.order_by(_entry.c.id.desc()).limit(limit)).scalars())


def _span(session: Session, query: Query) -> tuple[int, int]:
    """Between which entries the days lie that are asked for: entries follow each other in time, but
    for what is stored side by side."""
    first = last = None
    if query.after is not None:
        first = _entry_at(session, query.after - SLACK) - 1
    if query.before is not None:
        last = _entry_at(session, query.before + SLACK)
    return first or 0, last if last is not None else _TOP


def _entry_at(session: Session, at: datetime) -> int:
    """The first entry that was stored at that time or later, by halving."""
    # One by one: SQLite reads both ends of an index only when it is asked for one of them.
    low = session.execute(select(func.min(_entry.c.id))).scalar()
    high = session.execute(select(func.max(_entry.c.id))).scalar()
    if low is None or high is None:
        return 0
    high += 1
    while low < high:
        middle = (low + high) // 2
        row = session.execute(_STORED, {"middle": middle}).first()
        if row is None or row.received_at >= at:
            high = middle
        else:
            low = row.id + 1
    return int(low)


_STORED: Final = (
    select(_entry.c.id, _message.c.received_at)
    .join(_message, _message.c.id == _entry.c.message_id)
    .where(_entry.c.id >= bindparam("middle"))
    .order_by(_entry.c.id)
    .limit(1)
)


def _conversations(
    session: Session, query: Query, wanted: ColumnElement[bool], after: str | None, limit: int
) -> tuple[list[Row[Any]], str | None]:
    """Every status is read off its index; what comes first of all is taken."""
    place = _place(after)
    found: list[Row[Any]] = []
    last, key = _conversation.c.last_message_at, _conversation.c.id
    for status in sorted(query.statuses) or LISTED:
        statement = _select().where(_conversation.c.status == status, wanted)
        if place is not None:
            statement = statement.where(tuple_(last, key) < place)
        found += session.execute(statement.order_by(last.desc(), key.desc()).limit(limit + 1)).all()
    rows = heapq.nlargest(limit + 1, found, key=lambda row: (row.at, row.conversation_id))
    following = None
    if len(rows) > limit:
        end = rows[limit - 1]
        following = f"{(end.at - _EPOCH) // timedelta(microseconds=1)}~{end.conversation_id}"
    return rows[:limit], following


def _place(after: str | None) -> tuple[datetime, UUID] | None:
    try:
        at, last = (after or "").split("~")
        return _EPOCH + timedelta(microseconds=int(at)), UUID(last)
    except (ValueError, OverflowError):
        return None


def _columns() -> tuple[Any, ...]:
    return (
        _conversation.c.id.label("conversation_id"),
        _conversation.c.number,
        _conversation.c.status,
        _conversation.c.subject,
        _conversation.c.channels,
        _conversation.c.customer_id,
        _customer.c.name.label("customer_name"),
        _identity.c.kind.label("address_kind"),
        _identity.c.address,
        _identity.c.name.label("address_name"),
    )


def _select() -> Select[Any]:
    return (
        select(
            *_columns(),
            _conversation.c.last_message_at.label("at"),
            _conversation.c.snippet,
            _conversation.c.last_direction.label("direction"),
        )
        .join(_customer, _customer.c.id == _conversation.c.customer_id)
        .outerjoin(_identity, _identity.c.id == _conversation.c.reply_identity_id)
    )


def _spoken() -> Select[Any]:
    return (
        select(
            *_columns(),
            _entry.c.id.label("entry_id"),
            _message.c.id.label("message_id"),
            _message.c.at,
            _message.c.direction,
            _content.c.text.label("snippet"),
        )
        .select_from(_entry)
        .join(_message, _message.c.id == _entry.c.message_id)
        .join(_conversation, _conversation.c.id == _entry.c.conversation_id)
        .join(_customer, _customer.c.id == _conversation.c.customer_id)
        .outerjoin(_identity, _identity.c.id == _conversation.c.reply_identity_id)
        .outerjoin(
            _content,
            and_(
                _content.c.message_id == _message.c.id, _content.c.revision == _message.c.revision
            ),
        )
    )


def _listed(row: Row[Any]) -> Hit:
    values = dict(row._mapping)
    words = values.pop("snippet") or ""
    values["channels"] = tuple(values["channels"])
    return Hit(**values, parts=((words, False),) if words else ())


def _told(session: Session, query: Query, rows: list[Row[Any]]) -> tuple[Hit, ...]:
    hits, without = [], []
    for row in rows:
        values = dict(row._mapping)
        values.pop("entry_id")
        parts = snippet(values.pop("snippet") or "", query.alternatives)
        values["channels"] = tuple(values["channels"])
        if query.alternatives and not any(found for _, found in parts):
            without.append(row.message_id)
        hits.append(Hit(**values, parts=parts))
    files = [row.message_id for row in rows] if "file" in query.has else without
    names = _files(session, files)
    return tuple(
        replace(hit, file=names[hit.message_id]) if hit.message_id in names else hit for hit in hits
    )


def _files(session: Session, messages: list[UUID]) -> dict[UUID, str]:
    """The name of the first file of each of these messages."""
    if not messages:
        return {}
    table = table_of(Attachment)
    rows = session.execute(
        select(table.c.message_id, table.c.name)
        .where(table.c.message_id.in_(messages))
        .order_by(table.c.position.desc())
    )
    return {row.message_id: row.name for row in rows}
