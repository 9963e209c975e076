"""Recording what the hub says to its database, and saying the same again without the hub.

The raw limit of a measurement is the same transactions with the same statements and values,
given to the driver by a loop: what is left is what the hub itself costs.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

Statement = tuple[str, Any, bool]


@dataclass
class Recording:
    """Transactions in order, each a list of (statement, values, many at once)."""

    transactions: list[list[Statement]] = field(default_factory=list)
    on: bool = False

    @property
    def statements(self) -> int:
        return sum(map(len, self.transactions))


def record(engine: Engine) -> Recording:
    """Note everything that write transactions of this engine execute while `on`."""
    recording = Recording()
    current: dict[int, list[Statement]] = {}

    @event.listens_for(engine, "before_cursor_execute")
    def executed(
        connection: Any, cursor: Any, statement: str, values: Any, context: Any, many: bool
    ) -> None:
        if not recording.on or statement.startswith(("BEGIN", "ROLLBACK", "PRAGMA")):
            return
        # An INSERT of many rows in one statement comes as one flat list of values.
        several = many and bool(values) and isinstance(values[0], tuple | dict)
        current.setdefault(id(connection), []).append((statement, values, several))

    @event.listens_for(engine, "commit")
    def committed(connection: Any) -> None:
        if statements := current.pop(id(connection), None):
            recording.transactions.append(statements)

    @event.listens_for(engine, "rollback")
    def undone(connection: Any) -> None:
        current.pop(id(connection), None)

    return recording


def replay_sqlite(path: Path, transactions: Sequence[Sequence[Statement]]) -> float:
    """Seconds that sqlite3 alone takes for them, one COMMIT each, synchronous=FULL."""
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "temp_store=MEMORY",
        "cache_size=-32000",
        "wal_autocheckpoint=4000",
    ):
        connection.execute(f"PRAGMA {pragma}")
    began = time.perf_counter()
    for statements in transactions:
        connection.execute("BEGIN IMMEDIATE")
        for statement, values, many in statements:
            if many:
                connection.executemany(statement, values)
            else:
                connection.execute(statement, values).fetchall()
        connection.execute("COMMIT")
    took = time.perf_counter() - began
    connection.close()
    return took


def replay_postgres(url: str, transactions: Sequence[Sequence[Statement]]) -> float:
    """Seconds that psycopg alone takes for them on one connection."""
    import psycopg

    with psycopg.connect(url, autocommit=False) as connection:
        connection.execute("SET timezone = 'UTC'")
        connection.commit()
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
