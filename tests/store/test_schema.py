"""The migrations and the tables say the same, on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect

from hub.store.postgres import PostgresDatabase
from hub.store.schema import (
    OldSchema,
    configuration,
    require_current,
    revisions,
    state,
    upgrade,
)
from hub.store.sqlite import SqliteDatabase, sqlite_engine
from hub.store.tables import metadata

Opened = SqliteDatabase | PostgresDatabase


def _ours(object: object, name: str | None, type_: str, *_: object) -> bool:
    """What hangs on the search index is made by hand on each database."""
    return not (name or "").startswith(("search_index", "ix_search_entry_words"))


@pytest.mark.both
def test_migrations_give_exactly_the_tables(database: Opened) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_object": _ours, "compare_type": True}
        )
        assert compare_metadata(context, metadata) == []


@pytest.mark.both
def test_upgrading_again_changes_nothing(database: Opened) -> None:
    before = _tables(database.engine)
    upgrade(database.engine)
    assert _tables(database.engine) == before
    require_current(database.engine)


def test_the_files_of_the_migrations_tell_what_alembic_knows() -> None:
    known = ScriptDirectory.from_config(configuration()).walk_revisions()
    assert revisions() == tuple(revision.revision for revision in known)[::-1]


def test_an_old_or_a_newer_schema_is_refused_by_name(tmp_path: Path) -> None:
    engine = sqlite_engine(tmp_path / "payam.sqlite")
    assert state(engine)[0] is None
    with pytest.raises(OldSchema, match="payam db upgrade"):
        require_current(engine)
    upgrade(engine)
    with engine.connect() as connection:
        _set_revision(connection, "9999")
    with pytest.raises(OldSchema, match="9999"):
        require_current(engine)
    engine.dispose()


def _tables(engine: Engine) -> set[str]:
    return set(inspect(engine).get_table_names())


def _set_revision(connection: Connection, revision: str) -> None:
    connection.exec_driver_sql("UPDATE alembic_version SET version_num = ?", (revision,))
