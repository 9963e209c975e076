"""`payam backup`: everything into one file."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hub.cli.faults import Fault
from hub.cli.options import load_settings, with_config

if TYPE_CHECKING:
    from hub.settings import Settings


@click.command(name="backup")
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--with-key",
    is_flag=True,
    help="Put the key in, too. Whoever has such a file can read stored credentials.",
)
@click.option(
    "--without-files",
    is_flag=True,
    help="Leave attachments out: for a moment to come back to, where they stay as they are.",
)
@with_config
def command(file: Path | None, with_key: bool, without_files: bool, config: Path | None) -> None:
    """Write all data into the new FILE, a ZIP. The hub may go on running meanwhile.

    Without FILE it is put where backups.to says, and older ones there are let go.
    """
    settings = load_settings(config).settings
    with_key = with_key or (file is None and settings.backups.with_key)
    if file is not None:
        _write(file, settings, with_key=with_key, with_files=not without_files)
    elif without_files:
        raise click.UsageError("--without-files needs a FILE")
    else:
        _put_to_its_place(settings, with_key=with_key)
    if with_key:
        click.echo("The key is in it: keep this file as you keep a password.")
    else:
        click.echo(
            "The key is not in it: keep a copy of the key elsewhere. Without it stored credentials "
            "can not be read."
        )


def _write(file: Path, settings: Settings, *, with_key: bool, with_files: bool) -> None:
    import asyncio

    from hub.cli.store import existing_engine
    from hub.security.keys import key_text
    from hub.store.backup import write_backup
    from hub.store.blobs import blob_store

    blobs = blob_store(settings)
    with existing_engine(settings) as engine:
        manifest = write_backup(
            file,
            engine,
            (lambda key: asyncio.run(blobs.get(key))) if with_files else None,
            key=key_text(settings.data.directory, os.environ) if with_key else None,
            now=datetime.now(UTC),
        )
    rows = sum(manifest.rows.values())
    click.echo(f"{file}: {rows} rows, {len(manifest.files)} files, schema {manifest.schema}")
    _tell_missing(len(manifest.missing))


def _put_to_its_place(settings: Settings, *, with_key: bool) -> None:
    from hub.backups import Order
    from hub.backups.making import make
    from hub.cli.store import existing_engine
    from hub.security.keys import key_text
    from hub.starting import FILE

    place = settings.backups.to
    if not place:
        raise Fault(
            "no place for backups is set\n"
            "Name a file, as in payam backup payam.zip, or set backups.to."
        )
    with existing_engine(settings):
        pass
    made = make(
        Order(
            settings,
            None if settings.database.url.get_secret_value() else settings.data.directory / FILE,
            key_text(settings.data.directory, os.environ) if with_key else None,
        ),
        datetime.now(UTC),
    )
    click.echo(f"{place}/{made.name}: {made.rows} rows, {made.files} files, {made.size} bytes")
    _tell_missing(made.missing)
    for name in made.dropped:
        click.echo(f"{name} was let go.")


def _tell_missing(count: int) -> None:
    if count:
        click.echo(f"{count} files are named by rows but were not there any more.")
