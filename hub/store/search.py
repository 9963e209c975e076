"""Full-text search over folded words, on either database.

SQLite: an FTS5 table that takes its text from `search_entry`. PostgreSQL: a `simple` text-search
vector for whole words and prefixes, and trigrams for parts of words.
"""

from __future__ import annotations

import re
from uuid import UUID

from sqlalchemy import Connection, text
from sqlmodel import Session

from hub.text.fold import fold

WORD = re.compile(r"\w+")


def match(session: Session, query: str, *, limit: int = 50) -> list[tuple[UUID, UUID]]:
    """Messages that hold every word of the query, newest first, as (conversation, message) ids.

    The last word also matches as a beginning, because people search while they type.
    """
    words = WORD.findall(fold(query))[:16]
    if not words:
        return []
    if session.get_bind().dialect.name == "postgresql":
        statement = text(
            "SELECT conversation_id, message_id FROM search_entry"
            " WHERE to_tsvector('simple', folded) @@ to_tsquery('simple', :query)"
            " ORDER BY id DESC LIMIT :limit"
        )
        expression = " & ".join(f"'{word}'" for word in words) + ":*"
    else:
        statement = text(
            "SELECT conversation_id, message_id FROM search_entry WHERE id IN"
            " (SELECT rowid FROM search_index WHERE search_index MATCH :query"
            "  ORDER BY rowid DESC LIMIT :limit) ORDER BY id DESC"
        )
        expression = " ".join(f'"{word}"' for word in words) + "*"
    rows = session.execute(statement, {"query": expression, "limit": limit}).all()
    return [(_uuid(row[0]), _uuid(row[1])) for row in rows]


def _uuid(value: str | UUID) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)


ON_SQLITE = (
    """CREATE VIRTUAL TABLE search_index USING fts5(
        folded, content='search_entry', content_rowid='id', tokenize='unicode61', prefix='2 3')""",
    """CREATE TRIGGER search_entry_insert AFTER INSERT ON search_entry BEGIN
        INSERT INTO search_index(rowid, folded) VALUES (new.id, new.folded); END""",
    """CREATE TRIGGER search_entry_delete AFTER DELETE ON search_entry BEGIN
        INSERT INTO search_index(search_index, rowid, folded)
        VALUES ('delete', old.id, old.folded); END""",
    """CREATE TRIGGER search_entry_update AFTER UPDATE OF folded ON search_entry BEGIN
        INSERT INTO search_index(search_index, rowid, folded)
        VALUES ('delete', old.id, old.folded);
        INSERT INTO search_index(rowid, folded) VALUES (new.id, new.folded); END""",
)
ON_POSTGRESQL = (
    "CREATE INDEX ix_search_entry_words ON search_entry USING gin (to_tsvector('simple', folded))",
)


def create_index(connection: Connection) -> None:
    """What the migrations run after `search_entry` exists."""
    statements = ON_POSTGRESQL if connection.dialect.name == "postgresql" else ON_SQLITE
    for statement in statements:
        connection.exec_driver_sql(statement)
