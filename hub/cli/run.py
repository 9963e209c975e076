"""`payam run`: the hub itself."""

from __future__ import annotations

from pathlib import Path

import click

from hub.cli.options import load_settings, log_as_set, with_config


@click.command(name="run")
@with_config
@click.option(
    "--only",
    "parts",
    multiple=True,
    type=click.Choice(["web", "worker", "channels"]),
    help="Run this part alone; may be given twice. The parts share a PostgreSQL database.",
)
def command(config: Path | None, parts: tuple[str, ...]) -> None:
    """Run the hub: channels, workers and pages, until Ctrl+C or SIGTERM."""
    import asyncio

    from hub.app import PARTS
    from hub.server import serve

    loaded = load_settings(config)
    log_as_set(loaded)
    asyncio.run(serve(loaded, parts=[part for part in PARTS if part in parts] or PARTS))
