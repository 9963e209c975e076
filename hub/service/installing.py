"""Which steps make a service of an installed Payam, on a machine with systemd."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Final
from urllib.parse import urlsplit

from hub.service.steps import Command, File, Folder, Link, Step, User
from hub.shipped import shipped

SETTINGS: Final = Path("/etc/payam/payam.toml")
ENVIRONMENT: Final = Path("/etc/payam/environment")
UNIT: Final = Path("/etc/systemd/system/payam.service")
HIDDEN: Final = ("/home", "/root", "/run/user", "/tmp", "/var/tmp")  # noqa: S108 - not written to
"""What the unit does not see (ProtectHome=, PrivateTmp=): no program can be started from there."""
CURRENT: Final = "current"
"""The link beside the environments of all versions that names the one in use."""


class CanNotInstall(Exception):
    """This installation can not become a service; the text says what to do."""


@dataclass(frozen=True)
class Wanted:
    """What is installed. prefix: the Python environment that Payam lies in. address: how the world
    reaches it ("https://help.example.org"), empty if that is not known yet. backups: a place."""

    prefix: Path
    address: str = ""
    user: str = "payam"
    data: Path = Path("/var/lib/payam")
    backups: str = ""
    port: int = 8080
    start: bool = True


def steps(wanted: Wanted) -> list[Step]:
    """All that is to be done, in order."""
    return [*_steps(wanted)]


def command_of(prefix: Path) -> Path:
    """The program as the service starts it: by the link, so that an upgrade can move that."""
    beside = _current(prefix)
    return (beside or prefix) / "bin" / "payam"


def _current(prefix: Path) -> Path | None:
    """The link of an environment that lies where those of all versions do: /opt/payam/<any>."""
    return prefix.parent / CURRENT if prefix.parent.name == "payam" else None


def check_place(prefix: Path) -> None:
    """Raises CanNotInstall where the service could not reach the program."""
    program = command_of(prefix)
    for hidden in HIDDEN:
        if program.is_relative_to(hidden):
            raise CanNotInstall(
                f"{program} lies below {hidden}, where a service can not reach it\n"
                "Install Payam elsewhere and call that one:\n"
                "python3 -m venv /opt/payam/first\n"
                "/opt/payam/first/bin/pip install payam\n"
                "/opt/payam/first/bin/payam install"
            )


def _steps(wanted: Wanted) -> Iterator[Step]:
    program = command_of(wanted.prefix)
    yield User(wanted.user, wanted.data)
    if (link := _current(wanted.prefix)) is not None:
        yield Link(link, wanted.prefix)
    yield Folder(wanted.data, wanted.user)
    writable = [str(wanted.data)]
    if wanted.backups.startswith("/"):
        yield Folder(Path(wanted.backups), wanted.user)
        writable.append(wanted.backups)
    values = {
        "user": wanted.user,
        "data": wanted.data,
        "settings": SETTINGS,
        "environment": ENVIRONMENT,
        "folder": SETTINGS.parent,
        "command": program,
        "writable": " ".join(writable),
        "host": urlsplit(wanted.address).hostname or "help.example.org",
        "port": wanted.port,
    }
    yield File(SETTINGS, settings_text(wanted), 0o640, wanted.user, ours=False)
    yield File(ENVIRONMENT, _text("environment", values), 0o640, wanted.user, ours=False)
    for name in ("Caddyfile", "nginx.conf"):
        yield File(SETTINGS.parent / name, _text(name, values))
    yield File(UNIT, _text("payam.service", values))
    yield Command(("systemctl", "daemon-reload"))
    if wanted.start:
        yield Command(("systemctl", "enable", "--now", "payam.service"))


def settings_text(wanted: Wanted) -> str:
    """The settings file of a new installation."""
    values = {
        name: json.dumps(value, ensure_ascii=False)
        for name, value in (
            ("address", wanted.address),
            ("data", str(wanted.data)),
            ("backups", wanted.backups),
            ("port", wanted.port),
        )
    }
    return _text("payam.toml", values)


def variables(file: Path) -> dict[str, str]:
    """What the service's file of secrets sets (systemd.exec(5), EnvironmentFile=), for a command
    that acts for it. Nothing where there is none."""
    if not file.exists():
        return {}
    found: dict[str, str] = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        name, equals, value = line.strip().partition("=")
        if equals and not name.startswith(("#", ";")):
            found[name] = "".join(shlex.split(value))
    return found


def _text(name: str, values: Mapping[str, object]) -> str:
    source = (shipped("config") / "service" / name).read_text(encoding="utf-8")
    return Template(source).substitute(values)
