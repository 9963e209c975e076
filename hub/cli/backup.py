"""`payam backup`: everything into one file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hub.cli.options import load_settings, with_config

if TYPE_CHECKING:
    from hub.settings import Settings


@click.command(name="backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--with-key",
    is_flag=True,
    help="Put the key in, too. Whoever has such a file can read stored credentials.",
)
@with_config
def command(file: Path, with_key: bool, config: Path | None) -> None:
    """Write all data into the new FILE, a ZIP. The hub may go on running meanwhile."""
    import asyncio

    from hub.cli.store import existing_engine
    from hub.store.backup import write_backup
    from hub.store.blobs import blob_store

    settings = load_settings(config).settings
    blobs = blob_store(settings)
    with existing_engine(settings) as engine:
        manifest = write_backup(
            file,
            engine,
            lambda key: asyncio.run(blobs.get(key)),
            key=_key(settings) if with_key else None,
            now=datetime.now(UTC),
        )
    rows = sum(manifest.rows.values())
    click.echo(f"{file}: {rows} rows, {len(manifest.files)} files, schema {manifest.schema}")
    if manifest.missing:
        click.echo(f"{len(manifest.missing)} files are named by rows but were not there any more.")
    if manifest.has_key:
        click.echo("The key is in it: keep this file as you keep a password.")
    else:
        click.echo(
            "The key is not in it: keep a copy of the key elsewhere. Without it stored credentials "
            "can not be read."
        )


def _key(settings: Settings) -> str:
    """The key file's text; made from the environment where the key is given there."""
    import os

    from hub.security.keys import FILE_NAME, VARIABLE, Keys

    Keys.load(settings.data.directory, os.environ, create=False)
    if given := os.environ.get(VARIABLE, "").strip():
        return "\n".join(given.replace(",", " ").split()) + "\n"
    return (settings.data.directory / FILE_NAME).read_text(encoding="ascii")
