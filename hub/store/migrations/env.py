"""Alembic's entry: run the migrations on the connection that `hub.store.schema` opened."""

from typing import Any, Literal

import sqlalchemy as sa
from alembic import context
from sqlalchemy import Connection

from hub.store.tables import metadata
from hub.store.types import Utc, transaction_id


def render_item(kind: str, item: Any, autogenerate_context: Any) -> str | Literal[False]:
    """Write our own column types by their names into new migrations."""
    autogenerate_context.imports.add("import sqlmodel")
    if kind == "type":
        if isinstance(item, Utc):
            autogenerate_context.imports.add("from hub.store.types import Utc")
            return "Utc()"
        if getattr(item, "_variant_mapping", None):
            name = "Json" if isinstance(item, sa.JSON) else "Serial"
            autogenerate_context.imports.add(f"from hub.store.types import {name}")
            return name
    if kind == "server_default" and isinstance(getattr(item, "arg", None), transaction_id):
        autogenerate_context.imports.add("from hub.store.types import transaction_id")
        return "transaction_id()"
    return False


def ignore(entity: Any, name: str | None, kind: str, reflected: bool, other: Any) -> bool:
    """The search index is made by hand on each database."""
    return not (name or "").startswith(("search_index", "ix_search_entry_words"))


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        render_item=render_item,
        include_object=ignore,
        compare_type=True,
        transaction_per_migration=True,
    )
    if connection.dialect.name == "sqlite":
        # The driver opens no transaction by itself; one migration is all or nothing.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    with context.begin_transaction():
        context.run_migrations()
    if connection.in_transaction():
        connection.commit()


connection = context.config.attributes["connection"]
assert connection is not None, "migrations run through hub.store.schema"
run(connection)
