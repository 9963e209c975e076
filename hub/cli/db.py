"""`payam db`: the database and its schema."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from hub.cli.options import load_settings, with_config

if TYPE_CHECKING:
    from sqlalchemy import Engine


@click.group(name="db", help="The database.")
def command() -> None:
    """The group itself does nothing."""


@command.command(name="upgrade")
@with_config
def upgrade_schema(config: Path | None) -> None:
    """Bring the database to the schema that this version needs.

    PostgreSQL needs this before the first start and after an update; SQLite is upgraded by
    itself when Payam starts.
    """
    from hub.security.keys import Keys
    from hub.starting import FILE, lock

    settings = load_settings(config).settings
    url = settings.database.url.get_secret_value()
    if url:
        from sqlalchemy import make_url

        from hub.store.postgres import postgres_engine

        _upgrade(postgres_engine(url, 1), str(make_url(url)))
        return

    import os

    from hub.store.sqlite import sqlite_engine

    folder = settings.data.directory
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with lock(folder):
        path = folder / FILE
        Keys.load(folder, os.environ, create=not path.exists())
        _upgrade(sqlite_engine(path), str(path))


def _upgrade(engine: Engine, shown: str) -> None:
    from hub.store.schema import state, upgrade

    try:
        before, head = state(engine)
        if before == head:
            click.echo(f"{shown} is at revision {head}, which is the newest. Nothing to do.")
            return
        upgrade(engine)
        came_from = f"from revision {before}" if before else "from empty"
        click.echo(f"{shown} was brought {came_from} to revision {head}.")
    finally:
        engine.dispose()
