"""What the command says, in an empty directory and when something is wrong."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from hub import __version__
from hub.cli.faults import SAID
from tests.cli.payam import free_port, payam


def test_version_is_answered_without_store_or_pages(tmp_path: Path) -> None:
    assert payam(tmp_path, "--version").stdout == f"payam {__version__}\n"
    code = (
        "import sys; from hub.cli import run; run(['--version']);"
        "print([name for name in ('sqlalchemy', 'starlette', 'uvicorn', 'pydantic', 'httpx')"
        " if name in sys.modules])"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert found.stdout.splitlines()[-1] == "[]"


SAMPLE_TOKEN = "123456:" + "sample" * 6


@pytest.mark.parametrize("name", sorted(SAID))
def test_faults_that_are_said_exist(name: str) -> None:
    module, _, kind = name.rpartition(".")
    assert issubclass(getattr(import_module(module), kind), Exception)


def test_help_names_every_command(tmp_path: Path) -> None:
    result = payam(tmp_path)
    assert result.returncode == 2
    assert "backup" in result.stderr
    result = payam(tmp_path, "--help")
    assert result.returncode == 0
    for name in ("run", "demo", "check", "settings", "user", "channel", "db", "backup", "restore"):
        assert f"\n  {name} " in result.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("rum",), "No such command 'rum'"),
        (("run", "--only", "pages"), "'pages' is not one of"),
        (("restore",), "Missing argument 'FILE'"),
    ],
)
def test_a_wrong_command_line_ends_with_2(
    tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    result = payam(tmp_path, *arguments)
    assert result.returncode == 2
    assert result.stderr.startswith("payam: ")
    assert words in result.stderr
    assert "--help" in result.stderr


@pytest.mark.parametrize("command", [("run",), ("check",), ("settings",), ("db", "upgrade")])
def test_an_unknown_setting_is_refused_with_the_nearest_name(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    (tmp_path / "payam.toml").write_text('[database]\nulr = "x"\n\n[servr]\nport = 1\n')
    result = payam(tmp_path, *command)
    assert result.returncode == 1
    assert result.stderr.startswith("payam: the settings have 2 faults:\n")
    assert (
        "payam.toml:2: database.ulr: unknown setting; did you mean database.url?" in result.stderr
    )
    assert "did you mean server?" in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "payam-data").exists()


def test_a_wrong_value_and_a_missing_file_are_said(tmp_path: Path) -> None:
    wrong = payam(tmp_path, "check", PAYAM_SERVER__PORT="many")
    assert wrong.returncode == 1
    assert wrong.stderr.startswith("payam: PAYAM_SERVER__PORT: server.port: ")
    missing = payam(tmp_path, "check", "--config", "none.toml")
    assert missing.returncode == 1
    assert missing.stderr == "payam: none.toml: there is no such file\n"


def test_check_is_content_with_an_empty_directory_and_makes_nothing(tmp_path: Path) -> None:
    result = payam(tmp_path, "check")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "FAULT" not in result.stdout
    assert "examples hold" in result.stdout
    assert list(tmp_path.iterdir()) == []


def test_check_says_what_is_wrong_with_an_account(tmp_path: Path) -> None:
    (tmp_path / "payam.toml").write_text(
        '[channels.bot]\nkind = "telegram"\ntokn = "1"\n\n[channels.pigeons]\nkind = "pigeon"\n'
    )
    result = payam(tmp_path, "check", "--offline")
    assert result.returncode == 1
    assert "payam.toml:3: channels.bot.tokn: unknown setting; did you mean channels.bot.token?" in (
        result.stdout
    )
    assert "set channels.pigeons.kind to one of: mail, memory, telegram, webchat" in result.stdout
    assert "3 faults found." in result.stdout


def test_check_asks_the_far_sides(tmp_path: Path) -> None:
    (tmp_path / "payam.toml").write_text(
        f'[channels.bot]\nkind = "telegram"\ntoken = "{SAMPLE_TOKEN}"\n'
        f'base_url = "http://127.0.0.1:{free_port()}/bot"\n'
    )
    result = payam(tmp_path, "check")
    assert result.returncode == 1
    assert "can not be reached" in result.stdout
    assert SAMPLE_TOKEN not in result.stdout + result.stderr
    assert "Traceback" not in result.stderr
    assert payam(tmp_path, "check", "--offline").returncode == 0


def test_check_finds_a_lost_key(tmp_path: Path) -> None:
    assert payam(tmp_path, "db", "upgrade").returncode == 0
    (tmp_path / "payam-data" / "key").unlink()
    result = payam(tmp_path, "check")
    assert result.returncode == 1
    assert "Restore it from the backup" in result.stdout
    started = payam(tmp_path, "run", PAYAM_SERVER__PORT="0")
    assert started.returncode == 1
    assert "Restore it from the backup" in started.stderr


def test_channel_test_asks_one_account(tmp_path: Path) -> None:
    (tmp_path / "payam.toml").write_text('[channels.people]\nkind = "memory"\n')
    result = payam(tmp_path, "channel", "test", "people")
    assert result.returncode == 0, result.stderr
    assert "ok     people in this process" in result.stdout
    unknown = payam(tmp_path, "channel", "test", "peple")
    assert unknown.returncode == 1
    assert unknown.stderr == "payam: there is no account 'peple'; there are: people\n"


def test_settings_tell_origins_and_mask_secrets(tmp_path: Path) -> None:
    (tmp_path / "payam.toml").write_text(
        '[organisation]\nname = "پیام"\n\n'
        '[channels.bot]\nkind = "telegram"\ntoken = "123456:abcdefgh"\n'
    )
    result = payam(
        tmp_path,
        "settings",
        PAYAM_SERVER__PORT="9001",
        PAYAM_DATABASE__URL="postgresql://payam:hidden@db/payam",
    )
    assert result.returncode == 0, result.stderr
    lines = {line.split()[0]: line for line in result.stdout.splitlines()}
    assert lines["organisation.name"].endswith("payam.toml:2")
    assert "پیام" in lines["organisation.name"]
    assert lines["server.port"].endswith("PAYAM_SERVER__PORT")
    assert "abcdefgh" not in result.stdout
    assert "hidden" not in result.stdout


def test_db_upgrade_says_what_it_did(tmp_path: Path) -> None:
    assert "was brought from empty to revision" in payam(tmp_path, "db", "upgrade").stdout
    assert "Nothing to do" in payam(tmp_path, "db", "upgrade").stdout


def test_a_schema_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    payam(tmp_path, "db", "upgrade")
    connection = sqlite3.connect(tmp_path / "payam-data" / "payam.sqlite")
    with connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    for command in (("run",), ("db", "upgrade"), ("user", "add", "sara@example.com")):
        result = payam(tmp_path, *command, PAYAM_SERVER__PORT="0")
        assert result.returncode == 1
        assert result.stderr.startswith("payam: the database is at revision 9999")


def test_users_are_added_and_said_to_exist(tmp_path: Path) -> None:
    added = payam(tmp_path, "user", "add", "Sara@Example.com", "--name", "Sara", "--role", "owner")
    assert added.returncode == 0, added.stderr
    assert "as owner" in added.stdout
    assert "password: " in added.stdout
    again = payam(tmp_path, "user", "add", "sara@example.com")
    assert again.returncode == 1
    assert again.stderr == "payam: an agent with the address sara@example.com exists already\n"


def test_passwords_come_by_standard_input_and_are_judged(tmp_path: Path) -> None:
    arguments = ("user", "add", "omid@example.com", "--password-stdin")
    short = payam(tmp_path, *arguments, given="secret\n")
    assert short.returncode == 1
    assert "at least 12 characters" in short.stderr
    good = payam(tmp_path, *arguments, given="four unrelated words here\n")
    assert good.returncode == 0, good.stderr
    assert "password:" not in good.stdout
    assert "four" not in good.stdout


def test_an_address_that_is_none_is_said(tmp_path: Path) -> None:
    result = payam(tmp_path, "user", "add", "omid")
    assert result.returncode == 1
    assert "is no mail address" in result.stderr
