"""`payam backups`: what lies where backups are put."""

from __future__ import annotations

from pathlib import Path

import click

from hub.cli.faults import Fault
from hub.cli.options import load_settings, with_config


@click.command(name="backups")
@with_config
def command(config: Path | None) -> None:
    """List the backups at the place that backups.to names, the newest first."""
    from hub.backups.places import place_of

    given = load_settings(config).settings.backups
    if not given.to:
        raise Fault("no place for backups is set: see backups.to in the settings")
    found = place_of(given).lying()
    for one in found:
        click.echo(f"{one.name}  {one.size:>14,} bytes")
    if not found:
        click.echo(f"{given.to} holds no backup yet.")
