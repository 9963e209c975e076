"""`payam channel`: the connected accounts."""

from __future__ import annotations

from pathlib import Path

import click

from hub.cli.faults import Fault
from hub.cli.options import load_settings, with_config


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

    from hub.cli.accounts import check_account
    from hub.cli.findings import report

    loaded = load_settings(config)
    if name not in loaded.settings.channels:
        known = ", ".join(sorted(loaded.settings.channels)) or "none"
        raise Fault(f"there is no account '{name}' in the settings; there are: {known}")
    findings = asyncio.run(check_account(loaded, name))
    ctx.exit(report({name: findings}))
