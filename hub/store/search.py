"""Full-text search over folded words, on either database.

SQLite: an FTS5 table that takes its text from `search_entry`. PostgreSQL: a `simple` text-search
vector for whole words and prefixes, and trigrams for parts of words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Boolean, ColumnElement, Connection, String, literal, select, text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlmodel import Session

from hub.store.statements import table_of
from hub.store.tables import SearchEntry
from hub.text.fold import fold

WORD = re.compile(r"\w+")
MOST_HELD: Final = 10_000


def candidates(
    session: Session,
    alternatives: Sequence[Sequence[str]],
    *,
    before: int | None = None,
    after: int | None = None,
    limit: int,
) -> list[int]:
    """Entries that hold every word of one of the alternatives, newest first, by their id.

    The words are folded. The last word of each also matches as a beginning, because people search
    while they type; on SQLite only where there are not enough that have it as a whole: reading
    off what has a word is lazy there, collecting what has a beginning is not. PostgreSQL looks at
    the newest entries one by one, where a frequent word stands often enough, and else collects
    what its index has of the rest. before, after: only entries with a smaller, a greater id.
    """
    wanted = [words for words in alternatives if words]
    if not wanted:
        return []
    values = {"before": before or _TOP, "after": after or 0, "limit": limit}
    if session.get_bind().dialect.name == "postgresql":
        ways = ((_NEWEST, _tsquery(wanted)), (_COLLECTED, _tsquery(wanted)))
    else:
        ways = ((_ON_SQLITE, _fts5(wanted, "")), (_ON_SQLITE, _fts5(wanted, "*")))
    found: list[int] = []
    for statement, expression in ways:
        found = list(session.execute(statement, {"query": expression, **values}).scalars())
        if len(found) == limit:
            break
    return found


def match(session: Session, query: str, *, limit: int = 50) -> list[tuple[UUID, UUID]]:
    """Messages that hold every word of the query, newest first, as (conversation, message) ids."""
    found = candidates(session, [WORD.findall(fold(query))[:16]], limit=limit)
    table = table_of(SearchEntry)
    rows = session.execute(
        select(table.c.conversation_id, table.c.message_id)
        .where(table.c.id.in_(found))
        .order_by(table.c.id.desc())
    )
    return [(row.conversation_id, row.message_id) for row in rows]


class _Holds(FunctionElement[bool]):
    """Whether an entry is among the newest MOST_HELD that hold what is asked for."""

    type = Boolean()
    inherit_cache = True


@compiles(_Holds, "sqlite")
def _on_sqlite(element: _Holds, compiler: SQLCompiler, **more: Any) -> str:
    asked = compiler.process(element.clauses, **more)
    return (
        "search_entry.id IN (SELECT rowid FROM search_index WHERE search_index MATCH "
        f"{asked} ORDER BY rowid DESC LIMIT {MOST_HELD})"
    )


@compiles(_Holds, "postgresql")
def _on_postgresql(element: _Holds, compiler: SQLCompiler, **more: Any) -> str:
    asked = compiler.process(element.clauses, **more)
    return (
        "search_entry.id IN (SELECT held.id FROM search_entry AS held"
        " WHERE to_tsvector('simple', held.folded) @@ websearch_to_tsquery('simple', "
        f"{asked}) ORDER BY held.id DESC LIMIT {MOST_HELD})"
    )


def holds(phrases: Sequence[str]) -> ColumnElement[bool]:
    """A condition on `search_entry`: one of these folded phrases stands in it, as whole words.

    Of those that hold a frequent word the newest MOST_HELD are known.
    """
    asked = " OR ".join(f'"{" ".join(WORD.findall(one))}"' for one in phrases)
    return _Holds(literal(asked, String()))


def _tsquery(alternatives: Sequence[Sequence[str]]) -> str:
    return " | ".join(
        "(" + " & ".join(f"'{word}'" for word in words) + ":*)" for words in alternatives
    )


def _fts5(alternatives: Sequence[Sequence[str]], end: str) -> str:
    return " OR ".join(
        "(" + " ".join(f'"{word}"' for word in words) + f"{end})" for words in alternatives
    )


_TOP: Final = 2**62
_ON_SQLITE: Final = text(
    "SELECT rowid FROM search_index WHERE search_index MATCH :query"
    " AND rowid < :before AND rowid > :after ORDER BY rowid DESC LIMIT :limit"
)
_NEWEST: Final = text(
    "SELECT id FROM search_entry"
    " WHERE to_tsvector('simple', folded) @@ to_tsquery('simple', :query) AND id < :before"
    " AND id > greatest(:after, least(:before, (SELECT max(id) FROM search_entry)) - 10 * :limit)"
    " ORDER BY id DESC LIMIT :limit"
)
# Materialized: left to itself, PostgreSQL walks back through a million entries to find the newest
# hundred, because it takes a word that it knows nothing of for a frequent one.
_COLLECTED: Final = text(
    "WITH found AS MATERIALIZED (SELECT id FROM search_entry"
    " WHERE to_tsvector('simple', folded) @@ to_tsquery('simple', :query))"
    " SELECT id FROM found WHERE id < :before AND id > :after ORDER BY id DESC LIMIT :limit"
)


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
