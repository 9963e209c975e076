"""Words and days within one conversation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session

from hub.agents.rights import Viewer
from hub.conversations import access
from hub.store.statements import table_of
from hub.store.tables import Content, Message, SearchEntry
from hub.text.fold import fold
from hub.text.plain import snippet

MOST: Final = 50
"""Messages that are found at once."""
AROUND: Final = 60
"""Characters of a found message before the words."""


@dataclass(frozen=True)
class Found:
    """A message that holds the words, and what it says around them."""

    message_id: UUID
    at: datetime
    direction: str
    text: str


def within(session: Session, viewer: Viewer, conversation_id: UUID, words: str) -> list[Found]:
    """Messages that hold every one of the words, or a part of it, the newest first; at most one
    more than `MOST`. Letters are folded as in search. Raises NotVisible."""
    access.require(session, viewer, conversation_id)
    wanted = fold(words).split()[:16]
    if not wanted:
        return []
    entry, message, content = table_of(SearchEntry), table_of(Message), table_of(Content)
    query = (
        select(message.c.id, message.c.at, message.c.direction, content.c.text)
        .join(message, message.c.id == entry.c.message_id)
        .join(
            content,
            (content.c.message_id == message.c.id) & (content.c.revision == message.c.revision),
        )
        .where(entry.c.conversation_id == conversation_id, message.c.deleted_at.is_(None))
        .order_by(message.c.position.desc())
        .limit(MOST + 1)
    )
    for word in wanted:
        query = query.where(entry.c.folded.contains(word, autoescape=True))
    return [
        Found(row.id, row.at, row.direction, _around(row.text, wanted[0]))
        for row in session.execute(query)
    ]


def _around(text: str, word: str) -> str:
    """The words with a little of what stands before them."""
    # Folding keeps the length of most texts, so its places are near enough for a beginning.
    start = max(fold(text).find(word) - AROUND, 0)
    return ("…" if start else "") + snippet(text[start:], 200)


def first_at(
    session: Session, viewer: Viewer, conversation_id: UUID, since: datetime, until: datetime
) -> list[tuple[datetime, UUID]]:
    """The messages of a stretch of time, in order, by when they were written. Raises NotVisible."""
    access.require(session, viewer, conversation_id)
    table = table_of(Message)
    rows = session.execute(
        select(table.c.at, table.c.id)
        .where(table.c.conversation_id == conversation_id, table.c.at >= since, table.c.at < until)
        .order_by(table.c.position)
    )
    return [(row.at, row.id) for row in rows]
