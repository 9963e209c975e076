"""Bringing a database to the schema that this version needs."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text


class OldSchema(Exception):
    """The database needs `payam db upgrade` first, or is newer than this version."""


def configuration(connection: Connection | None = None) -> Config:
    """Alembic's configuration, working on an open connection."""
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
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        command.upgrade(configuration(connection), "head")
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA foreign_keys=ON")


def state(engine: Engine) -> tuple[str | None, str]:
    """The revision that the database is at (None: empty), and the one that is needed."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision(), _head()


@cache
def _head() -> str:
    """The newest revision. Alembic compiles every migration anew to find it."""
    head = ScriptDirectory.from_config(configuration()).get_current_head()
    assert head is not None
    return head


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
    known = {
        revision.revision
        for revision in ScriptDirectory.from_config(configuration()).walk_revisions()
    }
    if current is not None and current not in known:
        raise OldSchema(
            f"the database is at revision {current}, which this version of Payam does not know; "
            "install the version that wrote it, or a newer one"
        )
