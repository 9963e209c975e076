"""The databases that are measured: a SQLite file, and a PostgreSQL server that commits durably."""

from __future__ import annotations

import argparse
import asyncio
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import psycopg
from sqlalchemy import make_url

from hub.starting import FILE
from hub.store.postgres import postgres_engine
from hub.store.schema import upgrade
from tests.postgres import Cluster, programs

ENGINES = ("sqlite", "postgresql")
NAMES = {"sqlite": "SQLite, synchronous=FULL", "postgresql": "PostgreSQL, fsync on"}


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--only", choices=ENGINES, help="measure this database alone")
    parser.add_argument(
        "--postgres", default="", metavar="URL", help="a server to use in place of a private one"
    )


@dataclass
class Databases:
    """Makes databases on one engine, and copies them while nobody is connected to them.

    `server` is the address of any database of a PostgreSQL server; "" means SQLite.
    """

    dialect: str
    server: str = ""
    _made: list[str] = field(default_factory=list)

    def fresh(self) -> str:
        """What a new installation sets as database.url, migrated; "" for SQLite."""
        if self.dialect == "sqlite":
            return ""
        url = self._create()
        engine = postgres_engine(url, 1)
        upgrade(engine)
        engine.dispose()
        return url

    def copy(self, folder: Path, url: str) -> str:
        """A copy of the installation's database in `folder`, or of the one at `url`.

        Gives the copy's file or address.
        """
        if self.dialect == "sqlite":
            copy = folder / "copy.sqlite"
            for suffix in ("", "-wal"):
                source = folder / "data" / f"{FILE}{suffix}"
                if source.exists():
                    shutil.copy(source, f"{copy}{suffix}")
            return str(copy)
        return self._create(make_url(url).database)

    def drop(self) -> None:
        for name in self._made:
            self._execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        self._made.clear()

    def _create(self, template: str | None = None) -> str:
        name = f"payam_bench_{uuid4().hex[:12]}"
        self._execute(f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else ""))
        self._made.append(name)
        return make_url(self.server).set(database=name).render_as_string(hide_password=False)

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def databases(dialect: str, server: str = "") -> Iterator[Databases]:
    """One engine's databases, dropped in the end.

    Without the address of a PostgreSQL server a private one is started, durable as a real one
    (the tests' own never syncs).
    """
    if dialect == "sqlite" or server:
        opened = Databases(dialect, server if dialect == "postgresql" else "")
        try:
            yield opened
        finally:
            opened.drop()
        return
    cluster = Cluster.create()
    try:
        for setting in ("fsync", "full_page_writes", "autovacuum"):
            cluster.execute(f"ALTER SYSTEM SET {setting} = on")
        cluster.execute("SELECT pg_reload_conf()")
        yield Databases(dialect, cluster.url("postgres"))
    finally:
        cluster.destroy()


def wanted(given: argparse.Namespace) -> tuple[str, ...]:
    """The engines to measure; says so when PostgreSQL is not there."""
    engines = (given.only,) if given.only else ENGINES
    if "postgresql" in engines and not given.postgres and programs() is None:
        print("PostgreSQL is not installed and is left out")
        return tuple(engine for engine in engines if engine != "postgresql")
    return engines


def rest(*parts: str) -> None:
    """Stop these parts of the hub of this process, so that the others are measured alone."""
    names = {f"payam {part}" for part in parts}
    for task in asyncio.all_tasks():
        if task.get_name() in names:
            task.cancel()
