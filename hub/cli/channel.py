"""`payam channel`: the connected accounts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hub.cli.faults import Fault
from hub.cli.options import load_settings, with_config

if TYPE_CHECKING:
    from hub.channel import Finding


@click.group(name="channel", help="The connected accounts.")
def command() -> None:
    """The group itself does nothing."""


@command.command(name="test")
@click.argument("name")
@with_config
@click.pass_context
def test(ctx: click.Context, name: str, config: Path | None) -> None:
    """Look whether the account NAME can be reached with its settings; change nothing there."""
    import asyncio

    from hub.cli.findings import report

    ctx.exit(report({name: asyncio.run(_look(name, config))}))


async def _look(name: str, config: Path | None) -> Sequence[Finding]:
    from hub.cli.accounts import check_account, connected

    loaded = load_settings(config)
    found = await connected(loaded)
    if name not in found:
        known = ", ".join(sorted(found)) or "none"
        raise Fault(f"there is no account '{name}'; there are: {known}")
    return await check_account(loaded, found[name])
