"""The restore drill: rows in every table there is, from SQLite to PostgreSQL and back, all equal.

What a backup is while people write, and what a restored hub does, is in tests/cli.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Column, Engine, Table, insert

from hub.store.backup import write_backup
from hub.store.portable import python_type, tables
from hub.store.postgres import postgres_engine
from hub.store.replacing import set_file_aside, set_schema_aside
from hub.store.restore import Backup
from hub.store.schema import upgrade
from hub.store.sqlite import sqlite_engine
from tests.postgres import Cluster

NOW = datetime(2027, 3, 21, 0, 0, tzinfo=UTC)
ROWS = 3
NEVER_THERE = {"open_tab"}
"""A browser that was open is not connected to the hub that is restored."""
SPECIAL: dict[tuple[str, str], Any] = {
    ("availability", "state"): "offline",
    ("event", "xid"): 0,
    ("consumer", "xid"): 0,
    ("consumer", "position"): 2,
}
"""What a restore sets, set already; and the transactions' numbers that SQLite has none of."""
KEYS = [f"{number:02x}/{'0' * 30}" for number in range(ROWS)]


def value(column: Column[Any], number: int) -> object:
    """Something that this column can hold, another for each row, and not the easiest."""
    table = column.table.name
    if (table, column.name) in SPECIAL:
        return SPECIAL[table, column.name]
    if (table, column.name) == ("blob", "key"):
        return KEYS[number]
    kind = python_type(column.type)
    if column.nullable and not column.foreign_keys and number == 1:
        return None
    made: dict[type, object] = {
        str: f"{table}.{column.name} {number} «یک‌دو» 👨‍👩‍👧 \\ \" '\n\t\u2028",
        int: 2**31 - 1 - number if not column.primary_key else number + 1,
        bool: number % 2 == 0,
        float: 0.1 + number,
        datetime: NOW - timedelta(days=number, microseconds=number),
        UUID: UUID(int=sum(table.encode()) * 1000 + number),
        bytes: bytes(range(256)) * (number + 1),
        dict: {"z": [1, "۲", None, {"": 1.5}], "a": number, "é\u200c": True},
    }
    # The rest is JSON.
    return made.get(kind, made[dict])


def fill(engine: Engine) -> None:
    """Rows in every table, each referring to rows of those before it."""
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        known: dict[Table, list[dict[str, Any]]] = {}
        for table in tables():
            if table.name in NEVER_THERE:
                continue
            made: list[dict[str, Any]] = []
            for number in range(ROWS):
                row = {column.name: value(column, number) for column in table.columns}
                for column in table.columns:
                    for key in column.foreign_keys:
                        of = made if key.column.table is table else known[key.column.table]
                        at = number - 1 if of is made else number
                        row[column.name] = of[at][key.column.name] if 0 <= at < len(of) else None
                made.append(row)
            for row in made:
                connection.execute(insert(table).values(row))
            known[table] = made


def contents(file: Path) -> dict[str, bytes]:
    """What a backup holds, by member, without what tells of itself."""
    with zipfile.ZipFile(file) as archive:
        # PostgreSQL counts by sequences, where SQLite has rows.
        left_out = {"manifest.json", "tables/counter.jsonl"}
        return {name: archive.read(name) for name in archive.namelist() if name not in left_out}


@contextmanager
def engine_of(url: str | Path) -> Iterator[Engine]:
    engine = sqlite_engine(url) if isinstance(url, Path) else postgres_engine(url, 1)
    try:
        yield engine
    finally:
        engine.dispose()


def saved(engine: Engine, target: Path, files: dict[str, bytes]) -> dict[str, bytes]:
    """A backup of everything; what it holds."""
    write_backup(target, engine, files.__getitem__, key="a key\n", now=NOW)
    return contents(target)


def restored(file: Path, engine: Engine) -> dict[str, bytes]:
    """Put a backup into an empty database; the files that came with it."""
    files: dict[str, bytes] = {}
    with Backup(file) as backup:
        backup.check(engine)
        backup.restore(engine, files.__setitem__, send_waiting=True)
    return files


def test_every_row_of_every_table_is_the_same_after_both_ways(
    tmp_path: Path, cluster: Cluster
) -> None:
    files = {key: key.encode() * 1000 for key in KEYS}
    with engine_of(tmp_path / "first.sqlite") as engine:
        upgrade(engine)
        fill(engine)
        first = saved(engine, tmp_path / "first.zip", files)
    for name, body in first.items():
        rows = len(body.splitlines()) - 1
        assert not name.startswith("tables/") or rows == ROWS or NEVER_THERE & {name[7:-6]}, name
    with cluster.database("template1") as url, engine_of(url) as engine:
        there = restored(tmp_path / "first.zip", engine)
        assert there == files
        second = saved(engine, tmp_path / "second.zip", there)
        assert second == first
        # Once more onto what is there now, which is put aside and not lost.
        aside = set_schema_aside(engine, NOW)
        engine.dispose()
        assert restored(tmp_path / "second.zip", engine) == files
        assert saved(engine, tmp_path / "third.zip", files) == first
        with engine.connect() as connection:
            kept = connection.exec_driver_sql(f"SELECT count(*) FROM {aside}.customer").scalar()
        assert kept == ROWS
    with engine_of(tmp_path / "last.sqlite") as engine:
        assert restored(tmp_path / "second.zip", engine) == files
        assert saved(engine, tmp_path / "last.zip", files) == first
        with engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall() == []
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"


def test_a_file_that_is_put_aside_takes_its_log_along(tmp_path: Path) -> None:
    file = tmp_path / "payam.sqlite"
    assert set_file_aside(file, NOW) is None
    for ending in ("", "-wal", "-shm"):
        file.with_name(file.name + ending).write_text(ending)
    aside = set_file_aside(file, NOW)
    assert aside is not None
    assert {one.name for one in aside.iterdir()} == {
        "payam.sqlite",
        "payam.sqlite-wal",
        "payam.sqlite-shm",
    }
    assert not file.exists()
    file.write_text("again")
    with pytest.raises(FileExistsError):
        set_file_aside(file, NOW)
