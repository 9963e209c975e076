"""`payam check`: is everything well, and if not, how to mend it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from hub.cli.options import load_settings, with_config

if TYPE_CHECKING:
    from hub.channel import Finding
    from hub.settings import Loaded


@click.command(name="check")
@with_config
@click.option("--offline", is_flag=True, help="Do not ask the far sides of the accounts.")
@click.pass_context
def command(ctx: click.Context, config: Path | None, offline: bool) -> None:
    """Look at settings, database, rules, templates and the accounts' credentials.

    Changes nothing. Says how to mend what is wrong, and then ends with 1.
    """
    import asyncio

    from hub.cli.findings import report

    loaded = load_settings(config)
    ctx.exit(report(asyncio.run(_look(loaded, offline=offline))))


async def _look(loaded: Loaded, *, offline: bool) -> dict[str, list[Finding]]:
    from hub.cli import installation
    from hub.cli.accounts import check_account, check_settings_of, connected

    found = {
        "settings": installation.settings(loaded),
        "data": [
            *installation.data(loaded),
            *([] if offline else await installation.files(loaded)),
            *([] if offline else installation.backups(loaded)),
        ],
        "rules and templates": await installation.deciding(loaded),
    }
    for name, account in (await connected(loaded)).items():
        if not account.paused:
            look = (
                check_settings_of(loaded, account)
                if offline
                else await check_account(loaded, account)
            )
            found[f"account {name} ({account.kind})"] = list(look)
    return found
