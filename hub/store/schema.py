"""Bringing a database to the schema that this version needs."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text

if TYPE_CHECKING:
    from alembic.config import Config


class OldSchema(Exception):
    """The database needs `payam db upgrade` first, or is newer than this version."""


def configuration(connection: Connection | None = None) -> Config:
    """Alembic's configuration, working on an open connection."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(files("hub.store") / "migrations"))
    config.attributes["connection"] = connection
    return config


def upgrade(engine: Engine) -> None:
    """Run all migrations that are missing, each in its own transaction.

    On SQLite foreign keys are off meanwhile, as its way of changing a table demands
    (SQLite manual, "ALTER TABLE", section 7).

    Raises OldSchema when the database is newer than this version.
    """
    current, head = state(engine)
    if current == head:
        return
    _refuse_unknown(current)
    from alembic import command

    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        command.upgrade(configuration(connection), "head")
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA foreign_keys=ON")


def state(engine: Engine) -> tuple[str | None, str]:
    """The revision that the database is at (None: empty), and the one that is needed."""
    with engine.connect() as connection:
        found = inspect(connection).has_table("alembic_version")
        current = connection.execute(text(_CURRENT)).scalar() if found else None
    return current, revisions()[-1]


_CURRENT = "SELECT version_num FROM alembic_version"


@cache
def revisions() -> tuple[str, ...]:
    """All that this version knows, oldest first, by their files' names (v0001_first.py).

    Alembic imports them to know; that would take longer than all else at a start where nothing
    is to be done.
    """
    folder = files("hub.store") / "migrations" / "versions"
    names = (entry.name for entry in folder.iterdir())
    return tuple(
        sorted(
            name.removeprefix("v").partition("_")[0]
            for name in names
            if name.startswith("v") and name.endswith(".py")
        )
    )


def require_current(engine: Engine) -> None:
    """Raise OldSchema unless the database is at the revision that is needed."""
    current, head = state(engine)
    if current == head:
        return
    _refuse_unknown(current)
    raise OldSchema(
        f"the database is at revision {current or 'none'} and this version needs {head}; "
        "run: payam db upgrade"
    )


def is_used(engine: Engine) -> bool:
    """Whether a hub has started on this database, whose schema is current, or one was restored."""
    with engine.connect() as connection:
        return connection.execute(text("SELECT 1 FROM brand LIMIT 1")).first() is not None


def _refuse_unknown(current: str | None) -> None:
    if current is not None and current not in revisions():
        raise OldSchema(
            f"the database is at revision {current}, which this version of Payam does not know; "
            "install the version that wrote it, or a newer one"
        )
