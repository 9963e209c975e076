"""Payam as a service: what is done to a machine, and what the service's files are worth."""

from __future__ import annotations

import getpass
import re
import subprocess
from pathlib import Path

import pytest

from hub.service.installing import CanNotInstall, Wanted, check_place, command_of, steps
from hub.service.steps import File, Folder, Link, User
from hub.settings import load
from tests.cli.payam import payam

PREFIX = Path("/opt/payam/first")


def files(wanted: Wanted) -> dict[str, File]:
    """What is written, by the last part of its name."""
    return {step.path.name: step for step in steps(wanted) if isinstance(step, File)}


def test_a_dry_run_prints_everything_and_does_nothing(tmp_path: Path) -> None:
    given = ["--address", "https://help.example.org", "--backups", "/mnt/other/payam"]
    shown = payam(tmp_path, "install", "--dry-run", *given)
    assert shown.returncode == 0, shown.stderr
    order = ["useradd", "/etc/payam/payam.toml", "Caddyfile", "payam.service", "daemon-reload"]
    places = [shown.stdout.index(word) for word in order]
    assert places == sorted(places)
    assert "ReadWritePaths=/var/lib/payam /mnt/other/payam" in shown.stdout
    assert "systemctl enable --now payam.service" in shown.stdout
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["--address", "help.example.org"], "server.public_url"),
        (["--address", 'https://x"\nport = 1'], "server.public_url"),
        (["--user", "root; rm"], "is no name for a user"),
        (["--data", "data"], "from the root on"),
        (["--data", "/srv/with space"], "without spaces"),
        (["--backups", "ftp://x"], "backups.to"),
        (["--port", "99999"], "server.port"),
    ],
)
def test_what_the_settings_would_refuse_is_refused_at_once(
    tmp_path: Path, given: list[str], words: str
) -> None:
    result = payam(tmp_path, "install", "--dry-run", *given)
    assert result.returncode == 1, result.stdout
    assert words in result.stderr


def test_the_settings_that_are_written_are_read(tmp_path: Path) -> None:
    wanted = Wanted(PREFIX, "https://help.example.org", backups="s3://payam-backups")
    file = tmp_path / "payam.toml"
    file.write_text(files(wanted)["payam.toml"].text)
    settings = load(file, {}).settings
    assert settings.server.url == "https://help.example.org"
    assert settings.data.directory == wanted.data
    assert settings.backups.to == "s3://payam-backups"


def test_the_service_starts_what_an_upgrade_moves() -> None:
    assert command_of(PREFIX) == Path("/opt/payam/current/bin/payam")
    [link] = [step for step in steps(Wanted(PREFIX)) if isinstance(step, Link)]
    assert (link.path, link.target) == (Path("/opt/payam/current"), PREFIX)
    assert command_of(Path("/usr/local")) == Path("/usr/local/bin/payam")
    with pytest.raises(CanNotInstall, match="can not reach it"):
        check_place(Path("/root/.local/share/pipx/venvs/payam"))


def test_a_step_is_done_once_and_settings_are_left_alone(tmp_path: Path) -> None:
    ours = File(tmp_path / "a" / "unit", "new", 0o640)
    ours.carry_out()
    assert ours.done()
    assert ours.path.stat().st_mode & 0o777 == 0o640
    ours.path.write_text("changed")
    assert not ours.done()
    assert File(ours.path, "new", ours=False).done()
    first, second = (Link(tmp_path / "current", tmp_path / name) for name in ("one", "two"))
    first.carry_out()
    assert first.done()
    second.carry_out()
    assert second.done()
    assert not first.done()
    folder = Folder(tmp_path / "data", getpass.getuser())
    folder.carry_out()
    assert folder.done()
    assert folder.path.stat().st_mode & 0o777 == 0o700
    assert User(getpass.getuser(), tmp_path).done()
    assert not User("nobody-of-this-name", tmp_path).done()


def test_systemd_understands_the_unit_and_finds_it_well_kept(tmp_path: Path) -> None:
    """What the machine has not (the user, the program) is put in the place of what it has."""
    text = files(Wanted(PREFIX, data=tmp_path))["payam.service"].text
    text = re.sub(r"^(User|Group)=payam$", r"\1=root", text, flags=re.MULTILINE)
    text = text.replace(str(command_of(PREFIX)), "/bin/true")
    unit = tmp_path / "payam.service"
    unit.write_text(text)
    found = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)],
        check=False,
        capture_output=True,
        text=True,
    )
    about_us = [line for line in found.stderr.splitlines() if "payam.service" in line]
    assert not about_us, found.stderr
    judged = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", "--threshold=25", str(unit)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert judged.returncode == 0, judged.stdout[-600:]
