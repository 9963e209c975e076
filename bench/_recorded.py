"""Recording what the hub says to its database, and saying the same again without the hub.

The raw limit of a measurement is the same transactions with the same statements and values,
given to the driver by a loop: what is left is what the hub itself costs.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import psycopg
from sqlalchemy import Engine, event

from hub.store import compiled

Statement = tuple[str, Any, bool]
Transaction = list[Statement]


@dataclass
class Recording:
    """Transactions in order, each a list of (statement, values, many at once)."""

    transactions: list[Transaction] = field(default_factory=list)


@contextmanager
def recording(engine: Engine) -> Iterator[Recording]:
    """Note everything that write transactions of this engine execute within the block."""
    noted = Recording()
    current: dict[int, Transaction] = {}

    def executed(
        connection: Any, cursor: Any, statement: str, values: Any, context: Any, many: bool
    ) -> None:
        if statement.startswith(("BEGIN", "ROLLBACK", "PRAGMA")):
            return
        # An INSERT of many rows in one statement comes with all their values in one.
        several = many and isinstance(values, list) and isinstance(values[0], tuple | dict)
        current.setdefault(id(connection), []).append((statement, values, several))

    def committed(connection: Any) -> None:
        if statements := current.pop(id(connection), None):
            noted.transactions.append(statements)

    def undone(connection: Any) -> None:
        current.pop(id(connection), None)

    listeners = (("commit", committed), ("rollback", undone))
    for name, listener in listeners:
        event.listen(engine, name, listener)
    try:
        with _hearing(engine, executed):
            yield noted
    finally:
        for name, listener in listeners:
            event.remove(engine, name, listener)


@contextmanager
def reading(engine: Engine) -> Iterator[list[tuple[str, Any]]]:
    """Note every SELECT of this engine within the block, with its values."""
    noted: list[tuple[str, Any]] = []

    def executed(
        connection: Any, cursor: Any, statement: str, values: Any, context: Any, many: bool
    ) -> None:
        if statement.startswith(("SELECT", "WITH")):
            noted.append((statement, values))

    with _hearing(engine, executed):
        yield noted


@contextmanager
def _hearing(engine: Engine, executed: Callable[..., None]) -> Iterator[None]:
    """Call `executed` as SQLAlchemy's event "before_cursor_execute" does, also for what the hub
    gives to the driver itself: no event tells of that."""

    def given(connection: Any, text: str, values: Any, *, many: bool = False) -> Sequence[Any]:
        executed(connection, None, text, values, None, many)
        return give(connection, text, values, many=many)

    event.listen(engine, "before_cursor_execute", executed)
    give, compiled.give = compiled.give, given
    try:
        yield
    finally:
        compiled.give = give
        event.remove(engine, "before_cursor_execute", executed)


class Replay(Protocol):
    """A bare connection that says recorded transactions again."""

    def run(self, transactions: Iterable[Transaction]) -> float:
        """Seconds that they take, one COMMIT each."""
        ...

    def counts(self, tables: Iterable[str]) -> dict[str, int]:
        """How many rows each table holds."""
        ...

    def close(self) -> None: ...


class SqliteReplay:
    """sqlite3 alone, set as the hub sets it."""

    def __init__(self, path: str) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None, cached_statements=512)
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "temp_store=MEMORY",
            "cache_size=-32000",
            "wal_autocheckpoint=4000",
        ):
            self.connection.execute(f"PRAGMA {pragma}")

    def run(self, transactions: Iterable[Transaction]) -> float:
        connection = self.connection
        began = time.perf_counter()
        for statements in transactions:
            connection.execute("BEGIN IMMEDIATE")
            for statement, values, many in statements:
                if many:
                    connection.executemany(statement, values)
                else:
                    connection.execute(statement, values).fetchall()
            connection.execute("COMMIT")
        return time.perf_counter() - began

    def counts(self, tables: Iterable[str]) -> dict[str, int]:
        found = self.connection.execute
        return {name: found(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables}

    def close(self) -> None:
        self.connection.close()


class PostgresReplay:
    """psycopg alone, on one connection."""

    def __init__(self, url: str) -> None:
        self.connection: psycopg.Connection[Any] = psycopg.connect(
            url, options="-c timezone=UTC -c lock_timeout=20s"
        )

    def run(self, transactions: Iterable[Transaction]) -> float:
        connection = self.connection
        began = time.perf_counter()
        for statements in transactions:
            with connection.cursor() as cursor:
                for statement, values, many in statements:
                    if many:
                        cursor.executemany(statement, values)
                    else:
                        cursor.execute(statement, values)
                        if cursor.description:
                            cursor.fetchall()
            connection.commit()
        return time.perf_counter() - began

    def counts(self, tables: Iterable[str]) -> dict[str, int]:
        counted = {}
        for name in tables:
            row = self.connection.execute(f"SELECT count(*) FROM {name}").fetchone()
            assert row is not None
            counted[name] = row[0]
        return counted

    def close(self) -> None:
        self.connection.close()


def tables_of(transactions: Sequence[Transaction]) -> list[str]:
    """The tables into which something was inserted."""
    found = set()
    for statements in transactions:
        for statement, _, _ in statements:
            words = statement.split(maxsplit=3)
            if words[0] == "INSERT":
                found.add(words[2].strip('"'))
    return sorted(found)
