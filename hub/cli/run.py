"""`payam run`: the hub itself."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hub.cli.options import load_settings, log_as_set, with_config

if TYPE_CHECKING:
    from hub.app import Hub


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

    # What a start makes stays: looking through it again and again for garbage costs a tenth.
    gc.disable()
    from hub.app import PARTS
    from hub.server import serve

    loaded = load_settings(config)
    log_as_set(loaded)
    chosen = [part for part in PARTS if part in parts] or PARTS
    asyncio.run(serve(loaded, parts=chosen, ready=_started, beside=_welcome))


def _started(hub: Hub) -> None:
    gc.freeze()
    gc.enable()


async def _welcome(hub: Hub) -> None:
    """Say how to begin, while nobody can sign in."""
    from hub.web.organisation.set_up import link_to_begin, nobody

    if "web" in hub.parts and await hub.database.read(nobody):
        link = link_to_begin(hub.keys, hub.settings.server.url, hub.clock.now())
        click.echo(f"Nobody can sign in yet. Make the first account here, within a day:\n{link}")
