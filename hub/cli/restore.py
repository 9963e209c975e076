"""`payam restore`: everything out of a backup."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hub.cli.faults import Fault
from hub.cli.options import load_settings, with_config

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from hub.settings import Settings
    from hub.store.restore import Backup


@click.command(name="restore")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--send-waiting",
    is_flag=True,
    help="Send what waited to be sent when the backup was made. Without this it is shown as "
    "unconfirmed, because it may have been sent since.",
)
@click.option(
    "--replace",
    is_flag=True,
    help="Put what the database holds aside first: into a folder of the data directory, or into a "
    "schema of another name on PostgreSQL.",
)
@with_config
def command(file: Path, send_waiting: bool, replace: bool, config: Path | None) -> None:
    """Put the backup FILE into an empty installation, on SQLite or PostgreSQL.

    FILE can also be the name of one that `payam backups` lists. Nothing is overwritten: the
    database must be empty, or put aside by --replace, and the key the same or not there.
    """
    import asyncio

    from hub.starting import FILE, lock
    from hub.store.blobs import blob_store
    from hub.store.restore import Backup

    settings = load_settings(config).settings
    folder = settings.data.directory
    blobs = blob_store(settings)
    url = settings.database.url.get_secret_value()
    with ExitStack() as stack:
        file = stack.enter_context(_at_hand(file, settings))
        backup = stack.enter_context(Backup(file))
        _refuse_other_key(settings, backup)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not url:
            stack.enter_context(lock(folder))
        if replace:
            backup.check()
            aside = _set_aside(url, folder / FILE)
            if aside is not None:
                click.echo(f"What was there is kept: {aside}")
        engine = _engine(url, folder / FILE)
        stack.callback(engine.dispose)
        backup.check(engine)
        # Before the rows: whoever finds data without their key has lost it.
        _put_key(settings, backup)
        backup.restore(
            engine,
            lambda key, body: asyncio.run(blobs.put_back(key, body)),
            send_waiting=send_waiting,
        )
        manifest = backup.manifest
        rows = sum(manifest.rows.values())
        click.echo(
            f"{file} of {manifest.made_at} was restored: {rows} rows, {len(manifest.files)} files."
        )
        if not _has_key(settings):
            click.echo(
                f"The key is not in it: put the key file to {folder / 'key'} before you start."
            )


@contextmanager
def _at_hand(file: Path, settings: Settings) -> Iterator[Path]:
    """The file; a copy of it where only the place of backups has one of that name."""
    from hub.backups.places import moment_of, place_of

    if file.exists():
        yield file
        return
    if not settings.backups.to or file.name != str(file) or moment_of(file.name) is None:
        raise Fault(f"{file} does not exist")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / file.name
        try:
            place_of(settings.backups).get(file.name, copy)
        except FileNotFoundError as error:
            raise Fault(
                f"{file.name} is not at {settings.backups.to} either; payam backups lists them"
            ) from error
        yield copy


def _engine(url: str, file: Path) -> Engine:
    if url:
        from hub.store.postgres import postgres_engine

        return postgres_engine(url, 1)
    from hub.store.sqlite import sqlite_engine

    return sqlite_engine(file)


def _set_aside(url: str, file: Path) -> object:
    """Where what the database holds was put; None where it holds nothing."""
    from hub.store.replacing import set_file_aside, set_schema_aside

    now = datetime.now(UTC)
    if not url:
        return set_file_aside(file, now)
    engine = _engine(url, file)
    try:
        return f"the schema {set_schema_aside(engine, now)}"
    finally:
        engine.dispose()


def _has_key(settings: Settings) -> bool:
    from hub.security.keys import FILE_NAME, VARIABLE

    return bool(os.environ.get(VARIABLE)) or (settings.data.directory / FILE_NAME).exists()


def _refuse_other_key(settings: Settings, backup: Backup) -> None:
    from hub.security.keys import FILE_NAME

    file = settings.data.directory / FILE_NAME
    if backup.key is not None and file.exists() and _words(file.read_text()) != _words(backup.key):
        raise Fault(
            f"{file} is another key than the one in the backup, and a restore does not overwrite\n"
            "Move it away, or restore into another data directory."
        )


def _put_key(settings: Settings, backup: Backup) -> None:
    from hub.security.keys import FILE_NAME

    file = settings.data.directory / FILE_NAME
    if backup.key is None or file.exists():
        return
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        stream.write(backup.key)
        stream.flush()
        os.fsync(descriptor)


def _words(key: str) -> list[str]:
    """The keys themselves, without the comments around them."""
    return [line for line in key.split("\n") if line and not line.startswith("#")]
