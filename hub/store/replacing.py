"""Putting what a database holds aside, so that a backup can be restored in its place."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, text

_SQLITE_FILES: Final = ("", "-wal", "-shm")


def stamp(now: datetime) -> str:
    """A moment as a part of a name."""
    return f"{now.astimezone(UTC):%Y%m%d%H%M%S}"


def set_file_aside(file: Path, now: datetime) -> Path | None:
    """Move an SQLite database, which nobody may have open, into a folder beside it; the folder.
    None where there is no database."""
    if not file.exists():
        return None
    aside = file.parent / f"replaced-{stamp(now)}"
    aside.mkdir(mode=0o700)
    for ending in _SQLITE_FILES:
        one = file.with_name(file.name + ending)
        if one.exists():
            one.rename(aside / one.name)
    return aside


def set_schema_aside(engine: Engine, now: datetime) -> str:
    """Give the schema of a PostgreSQL database another name and make an empty one; the name.

    The user has to own the schema, as the owner of a database does (PostgreSQL 15 and later).
    """
    with engine.begin() as connection:
        schema = connection.execute(text("SELECT current_schema()")).scalar_one()
        aside = re.sub(r"\W", "_", f"{schema}_replaced_{stamp(now)}")
        quote = connection.dialect.identifier_preparer.quote
        connection.execute(text(f"ALTER SCHEMA {quote(schema)} RENAME TO {quote(aside)}"))
        connection.execute(text(f"CREATE SCHEMA {quote(schema)}"))
    return aside
