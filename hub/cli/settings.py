"""`payam settings`: what is set, and where it came from."""

from __future__ import annotations

from pathlib import Path

import click

from hub.cli.options import load_settings, with_config


@click.command(name="settings")
@with_config
def command(config: Path | None) -> None:
    """Show every setting, its value and where it came from. Secrets are masked."""
    from hub.adapters import channel_kinds
    from hub.settings import describe

    loaded = load_settings(config)
    models = {name: kind.settings for name, kind in channel_kinds().items()}
    rows = describe(loaded, models)
    setting = max(len(row.setting) for row in rows)
    value = min(40, max(len(row.value) for row in rows))
    for row in rows:
        place = row.origin.place or f"the {row.origin.source} of the adapter"
        click.echo(f"{row.setting:<{setting}}  {row.value:<{value}}  {place}")
