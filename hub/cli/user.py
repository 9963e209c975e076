"""`payam user`: the people who sign in."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hub.cli.faults import Fault
from hub.cli.options import load_settings, with_config

if TYPE_CHECKING:
    from hub.settings import Settings


@click.group(name="user", help="The people who sign in.")
def command() -> None:
    """The group itself does nothing."""


@command.command(name="add")
@click.argument("mail")
@click.option("--name", help="The name that colleagues and customers read; the mail's otherwise.")
@click.option(
    "--role",
    type=click.Choice(["agent", "lead", "admin", "owner"]),
    default="agent",
    show_default=True,
    help="What the person may do.",
)
@click.option(
    "--password-stdin",
    is_flag=True,
    help="Read the password from standard input; otherwise one is made and printed.",
)
@with_config
def add(mail: str, name: str | None, role: str, password_stdin: bool, config: Path | None) -> None:
    """Let somebody sign in with the address MAIL."""
    import asyncio
    import secrets

    from hub.agents.directory import AgentExists
    from hub.security.passwords import hash_password, password_fault

    settings = load_settings(config).settings
    shown = name or mail.partition("@")[0]
    password = _read_password() if password_stdin else secrets.token_urlsafe(12)
    if fault := password_fault(password, personal=[shown, mail, settings.organisation.name]):
        raise Fault(f"the password is refused. {fault}")
    try:
        asyncio.run(_add(settings, mail, shown, role, hash_password(password)))
    except (AgentExists, ValueError) as error:
        raise Fault(str(error)) from error
    click.echo(f"{mail} can sign in at {settings.server.url} as {role}.")
    if not password_stdin:
        click.echo(f"password: {password}")


@command.command(name="second-step-off")
@click.argument("mail")
@with_config
def second_step_off(mail: str, config: Path | None) -> None:
    """Let MAIL sign in with the password alone, when device and recovery codes are lost.

    Make sure that it is they who ask.
    """
    import asyncio

    settings = load_settings(config).settings
    if not asyncio.run(_second_step_off(settings, mail)):
        raise Fault(f"{mail} signs in with the password alone already, or is no agent here")
    click.echo(f"{mail} signs in with the password alone now, and can set up a new device.")


async def _second_step_off(settings: Settings, mail: str) -> bool:
    from hub.agents import directory, second_step
    from hub.cli.store import database_of

    async with database_of(settings) as database:
        account = await database.read(directory.account_of, mail)
        if account is None:
            return False
        return await database.write(second_step.turn_off, account.agent_id, now=datetime.now(UTC))


async def _add(settings: Settings, mail: str, name: str, role: str, password_hash: str) -> None:
    from hub.agents.directory import add_agent
    from hub.cli.store import database_of

    organisation = settings.organisation
    async with database_of(settings) as database:
        await database.write(
            add_agent,
            name=name,
            mail=mail,
            password_hash=password_hash,
            role=role,
            locale=organisation.locale,
            calendar=organisation.calendar,
            time_zone=organisation.time_zone,
            now=datetime.now(UTC),
        )


def _read_password() -> str:
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise Fault("there is no password on standard input")
    return password
