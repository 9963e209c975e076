"""`payam install`: this Payam as a service of the machine."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from hub.cli.faults import Fault

if TYPE_CHECKING:
    from hub.service.installing import Wanted

_USER: Final = re.compile(r"[a-z_][a-z0-9_-]{0,31}", re.ASCII)
_PLACE: Final = re.compile(r"[\w.:/@+-]*")


@click.command(name="install")
@click.option("--dry-run", is_flag=True, help="Print what would be done, and do nothing.")
@click.option("--address", default="", help="How the world reaches it: https://help.example.org")
@click.option("--user", default="payam", show_default=True, help="The user who runs it.")
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    default=Path("/var/lib/payam"),
    show_default=True,
    help="Where its data lie.",
)
@click.option("--backups", default="", help="Where backups go: a directory, or s3://bucket.")
@click.option("--port", default=8080, show_default=True, help="The port behind the proxy.")
@click.option("--no-start", is_flag=True, help="Do not start it yet.")
def command(
    dry_run: bool,
    address: str,
    user: str,
    data: Path,
    backups: str,
    port: int,
    no_start: bool,
) -> None:
    """Make a systemd service of this Payam: user, settings, unit, examples for a reverse proxy.

    Settings that are there already are left alone, so it can be run again.
    """
    from hub.service.installing import SETTINGS, CanNotInstall, Wanted, check_place, steps

    wanted = Wanted(
        Path(sys.prefix).resolve(),
        address.rstrip("/"),
        user,
        data,
        backups,
        port,
        start=not no_start,
    )
    _check(wanted)
    try:
        check_place(wanted.prefix)
    except CanNotInstall as fault:
        if not dry_run:
            raise
        click.echo(textwrap.indent(f"Refused as it stands: {fault}\n", "# "))
    todo = steps(wanted)
    if dry_run:
        for step in todo:
            click.echo(f"# is so already\n{step.shown()}" if step.done() else step.shown())
            click.echo()
        return
    if os.geteuid() != 0:
        raise Fault("only root can install a service\nLook at it first: payam install --dry-run")
    for step in todo:
        if step.done():
            continue
        click.echo(step.shown().partition("\n")[0])
        try:
            step.carry_out()
        except subprocess.CalledProcessError as error:
            raise Fault(
                f"{' '.join(error.cmd)} ended with {error.returncode}\n"
                "Mend that and run payam install again; what is done is not done twice."
            ) from error
        except FileNotFoundError as error:
            raise Fault(f"{error.filename} is missing on this machine") from error
    click.echo(
        f"\nDone. The settings are {SETTINGS}; {SETTINGS.parent} has examples for Caddy and nginx."
    )
    if not wanted.address:
        click.echo("Set server.public_url there, so that links in mail lead to this hub.")
    if not no_start:
        click.echo("The link for the first account is in the log: journalctl --unit payam")


def _check(wanted: Wanted) -> None:
    """Say what the service or the settings would refuse, before anything is written."""
    from hub.service.installing import settings_text
    from hub.settings import SettingsError, load

    if not _USER.fullmatch(wanted.user):
        raise Fault(f"{wanted.user!r} is no name for a user of the system")
    for option, path in (("--data", str(wanted.data)), ("--backups", wanted.backups)):
        if not _PLACE.fullmatch(path) or (option == "--data" and not path.startswith("/")):
            raise Fault(f"{option} {path}: wanted a directory from the root on, without spaces")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "payam.toml"
        file.write_text(settings_text(wanted), encoding="utf-8")
        try:
            load(file, {})
        except SettingsError as error:
            raise Fault(
                "\n".join(f"{one.setting}: {one.problem}" for one in error.faults)
            ) from None
