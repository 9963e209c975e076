"""`payam upgrade`: another version of Payam, with a way back."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from hub.cli.faults import Fault
from hub.cli.options import load_settings, with_config


@click.command(name="upgrade")
@click.argument("what", default="payam")
@click.option("--dry-run", is_flag=True, help="Print what would be done, and do nothing.")
@click.option(
    "--unit", default="payam.service", show_default=True, help="The systemd unit of the hub."
)
@click.option(
    "--no-service",
    is_flag=True,
    help="No unit runs the hub: it stands still, and is started by hand afterwards.",
)
@with_config
def command(what: str, dry_run: bool, unit: str, no_service: bool, config: Path | None) -> None:
    """Bring an installed Payam to the version WHAT, and back if that does not work.

    WHAT is what pip understands: payam, payam==1.2.0, or the path of a wheel.
    """
    from hub.service.installing import CURRENT, ENVIRONMENT, variables
    from hub.service.upgrading import Failed, NoService, Service, SystemdService, Upgrade

    os.environ.update(variables(ENVIRONMENT))
    loaded = load_settings(config)
    environment = Path(sys.prefix).resolve()
    link = environment.parent / CURRENT
    if not link.is_symlink() or link.resolve() != environment:
        raise Fault(
            f"{environment} is not an environment that payam install knows\n"
            "With pipx or uv: make a backup, stop the hub, pipx upgrade payam, payam db upgrade,\n"
            "and start it again. A container: make a backup, and start one of the new image."
        )
    if dry_run:
        _show(environment, link, what, None if no_service else unit)
        return
    service: Service = NoService() if no_service else SystemdService(unit)
    server = loaded.settings.server
    upgrade = Upgrade(
        environment=environment,
        link=link,
        config=loaded.file.absolute() if loaded.file else None,
        data=loaded.settings.data.directory.absolute(),
        health=f"{server.model_copy(update={'public_url': ''}).url}/healthz",
        what=what,
        service=service,
        tell=click.echo,
    )
    if not no_service and not service.alive():
        raise Fault(f"{unit} does not run\nStart it, or say --no-service.")
    try:
        upgrade.run(datetime.now(UTC))
    except Failed as error:
        raise Fault(str(error)) from error


def _show(environment: Path, link: Path, what: str, unit: str | None) -> None:
    new = link.parent / "<new>"
    for line in (
        f"python3 -m venv {new}",
        f"{new}/bin/pip install --upgrade {what}",
        f"{new}/bin/payam settings                      # does it understand the settings?",
        *([f"systemctl stop {unit}"] if unit else []),
        f"{environment}/bin/payam backup <data>/before-<new>.zip --with-key --without-files",
        f"{new}/bin/payam db upgrade",
        f"ln -sfn {new} {link}",
        *([f"systemctl start {unit}", "# does it answer at /healthz?"] if unit else []),
        "# and if anything of that fails:",
        *([f"systemctl stop {unit}"] if unit else []),
        f"ln -sfn {environment} {link}",
        f"{environment}/bin/payam restore <data>/before-<new>.zip --replace",
        *([f"systemctl start {unit}"] if unit else []),
    ):
        click.echo(line)
