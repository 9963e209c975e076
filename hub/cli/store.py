"""The database of an installation, for a command that writes or reads a little and ends."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

from hub.cli.faults import Fault

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from hub.settings import Settings
    from hub.store.database import Database


@asynccontextmanager
async def database_of(settings: Settings) -> AsyncIterator[Database]:
    """The open database. A new one is made on SQLite, and an old one brought up to date, unless a
    hub runs on it; beside a running hub the command writes as one more process.

    Raises:
        OldSchema: PostgreSQL has another schema than this version needs.
        CannotStart: a hub of another version runs on the SQLite file.
        KeyFault: there are data but not their key.
    """
    from hub.security.keys import Keys
    from hub.starting import FILE, lock
    from hub.store.schema import require_current, state, upgrade

    url = settings.database.url.get_secret_value()
    database: Database
    if url:
        from hub.store.postgres import PostgresDatabase

        postgres = PostgresDatabase(url, pool_size=1)
        require_current(postgres.engine)
        database = postgres
    else:
        from hub.store.sqlite import SqliteDatabase

        folder = settings.data.directory
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / FILE
        Keys.load(folder, os.environ, create=not path.exists())
        sqlite = SqliteDatabase(path)
        current, head = state(sqlite.engine)
        if current != head:
            with lock(folder):
                upgrade(sqlite.engine)
        database = sqlite
    await database.open()
    try:
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def existing_database(settings: Settings) -> AsyncIterator[Database | None]:
    """The open database, or None where there is none yet or it has another schema or does not
    answer. Makes nothing."""
    from sqlalchemy.exc import OperationalError

    from hub.starting import FILE
    from hub.store.postgres import PostgresDatabase
    from hub.store.schema import state
    from hub.store.sqlite import SqliteDatabase

    url = settings.database.url.get_secret_value()
    file = settings.data.directory / FILE
    if not url and not file.exists():
        yield None
        return
    database = PostgresDatabase(url, pool_size=1) if url else SqliteDatabase(file)
    try:
        current, head = state(database.engine)
    except OperationalError:
        current = head = None
    if current is None or current != head:
        database.engine.dispose()
        yield None
        return
    await database.open()
    try:
        yield database
    finally:
        await database.close()


@contextmanager
def existing_engine(settings: Settings) -> Iterator[Engine]:
    """The engine of a database that is there, for a command that goes beside the one door.

    Raises Fault where there is none yet.
    """
    from hub.starting import FILE
    from hub.store.postgres import postgres_engine
    from hub.store.sqlite import sqlite_engine

    url = settings.database.url.get_secret_value()
    file = settings.data.directory / FILE
    if not url and not file.exists():
        raise Fault(f"there are no data: {file} does not exist")
    engine = postgres_engine(url, 1) if url else sqlite_engine(file)
    try:
        yield engine
    finally:
        engine.dispose()
