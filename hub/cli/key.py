"""`payam key`: the secret that signs links and encrypts credentials."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hub.cli.faults import Fault
from hub.cli.options import load_settings, with_config

if TYPE_CHECKING:
    from sqlmodel import Session

    from hub.security.keys import Keys
    from hub.settings import Settings


@click.group(name="key", help="The installation's secret key.")
def command() -> None:
    """The group itself does nothing."""


@command.command(name="rotate")
@with_config
def rotate(config: Path | None) -> None:
    """Put a new key in front of those in the key file, and encrypt stored credentials with it.

    The hub is stopped meanwhile. Links that were sent stay good: the old key is still accepted.
    """
    import asyncio

    from hub.security.keys import VARIABLE
    from hub.security.keys import rotate as put_new_in_front
    from hub.starting import lock

    settings = load_settings(config).settings
    if os.environ.get(VARIABLE, "").strip():
        raise Fault(
            f"the key is given in {VARIABLE}: put a new one in front there, separated by a comma, "
            "then run payam key encrypt"
        )
    with lock(settings.data.directory):
        file = put_new_in_front(settings.data.directory)
        count = asyncio.run(_encrypt(settings))
    click.echo(f"{file} begins with a new key; {count} stored credentials are encrypted with it.")
    click.echo("Copy the file to every machine that shares the database, and into your backup.")


@command.command(name="encrypt")
@with_config
def encrypt(config: Path | None) -> None:
    """Encrypt stored credentials with the first key, as after a new one was put in front."""
    import asyncio

    count = asyncio.run(_encrypt(load_settings(config).settings))
    click.echo(f"{count} stored credentials are encrypted with the first key.")


async def _encrypt(settings: Settings) -> int:
    from hub.cli.store import database_of
    from hub.security.keys import Keys

    keys = Keys.load(settings.data.directory, os.environ, create=False)
    async with database_of(settings) as database:
        return await database.write(_reencrypt, keys)


def _reencrypt(session: Session, keys: Keys) -> int:
    from hub.accounts import changing
    from hub.agents import second_step
    from hub.subscriptions import endpoints

    return sum(one.reencrypt(session, keys) for one in (changing, second_step, endpoints))
