"""A backup while messages flow, and what is restored of it."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from hub.message import Media
from tests.cli.payam import payam, running
from tests.harness import people, rows, running_hub, settings


@pytest.fixture
async def busy(tmp_path: Path) -> Path:
    """A folder with an installation whose backup `taken.zip` was made while people wrote.

    What was certainly stored before and after stands in `written.json`.
    """
    async with running_hub(tmp_path) as hub:
        host = hub.accounts["people"].host
        blob = await host.put_blob("پیوست".encode(), name="نامه.txt", media_type="text/plain")
        mina = people(hub).person("mina", "Mina", locale="fa")
        await mina.sends((Media(form="document", blob=blob),))
        before = [str(await mina.says(f"پیش {count} \x00 🌷")) for count in range(5)]
        await people(hub).wait_for("mina", 1)
        going_on = asyncio.Event()

        async def write() -> None:
            count = 0
            while not going_on.is_set():
                await mina.says(f"while {count}")
                count += 1

        writing = asyncio.create_task(write())
        made = await asyncio.to_thread(payam, tmp_path, "backup", "taken.zip")
        going_on.set()
        await writing
        assert made.returncode == 0, made.stderr
        assert "The key is not in it" in made.stdout
        after = str(await mina.says("after"))
        events = await rows(hub, "SELECT count(*) FROM event")
    (tmp_path / "written.json").write_text(
        json.dumps({"before": before, "after": after, "events": events[0][0]})
    )
    return tmp_path


@contextmanager
def database(folder: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(folder / "payam.sqlite")
    try:
        yield connection
    finally:
        connection.close()


def canonical(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """A row whose JSON has its keys in one order, as a backup writes it; order means nothing."""
    return tuple(ordered(value) for value in row)


def ordered(value: Any) -> Any:
    """Any other text is itself, also that of a template, which may look like JSON at first."""
    if not isinstance(value, str) or not value.startswith(("{", "[")):
        return value
    try:
        return json.dumps(json.loads(value), sort_keys=True)
    except ValueError:
        return value


def all_rows(folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    with database(folder) as connection:
        tables = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'search_index%'"
            " AND name NOT LIKE 'sqlite%'"
        ).fetchall()
        return {
            name: sorted(map(canonical, connection.execute(f"SELECT * FROM {name}")), key=repr)
            for (name,) in tables
        }


def test_what_was_stored_before_is_in_it_and_consistent(busy: Path, tmp_path: Path) -> None:
    written = json.loads((busy / "written.json").read_text())
    target = str(tmp_path / "restored")
    restored = payam(busy, "restore", "taken.zip", PAYAM_DATA__DIRECTORY=target)
    assert restored.returncode == 0, restored.stderr
    assert "put the key file to" in restored.stdout
    with database(Path(target)) as connection:
        ids = {row[0] for row in connection.execute("SELECT id FROM message")}
        assert {one.replace("-", "") for one in written["before"]} <= ids
        assert written["after"].replace("-", "") not in ids
        # Each message with its text, its place in the conversation and its words in the index.
        (count,) = connection.execute("SELECT count(*) FROM message").fetchone()
        (texts,) = connection.execute("SELECT count(*) FROM content").fetchone()
        (position,) = connection.execute("SELECT max(position) FROM conversation").fetchone()
        assert count == texts == position
        (found,) = connection.execute(
            "SELECT count(*) FROM search_index WHERE search_index MATCH '\"پیش\"'"
        ).fetchone()
        assert found == 5
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        (key,) = connection.execute("SELECT key FROM blob").fetchone()
    assert (Path(target) / "files" / key).read_text() == "پیوست"


async def test_a_restored_hub_goes_on(busy: Path) -> None:
    restored = payam(busy, "backup", "whole.zip", "--with-key")
    assert restored.returncode == 0, restored.stderr
    assert "The key is in it" in restored.stdout
    place = busy / "second"
    place.mkdir()
    done = payam(place, "restore", "../whole.zip", PAYAM_DATA__DIRECTORY="data")
    assert done.returncode == 0, done.stderr
    assert "key is not in it" not in done.stdout
    first, second = all_rows(busy / "data"), all_rows(place / "data")
    assert second.pop("sign_in") == []
    first.pop("sign_in")
    assert second == first
    assert (place / "data" / "key").stat().st_mode & 0o077 == 0
    async with running_hub(place) as hub:
        mina = people(hub).person("mina", "Mina", locale="fa")
        await mina.says("again")
        (conversation,) = await rows(hub, "SELECT number, position FROM conversation")
        assert conversation[0] == 1
        omid = people(hub).person("omid")
        await omid.says("a new one")
        numbers = await rows(hub, "SELECT number FROM conversation ORDER BY number")
        assert [row[0] for row in numbers] == [1, 2]


def test_nothing_is_overwritten(busy: Path) -> None:
    again = payam(busy, "backup", "taken.zip")
    assert again.returncode == 1
    assert again.stderr == "payam: taken.zip exists already; choose another name\n"
    data = str(busy / "data")
    onto = payam(busy, "restore", "taken.zip", PAYAM_DATA__DIRECTORY=data)
    assert onto.returncode == 1
    assert "a restore does not overwrite" in onto.stderr
    assert payam(busy, "backup", "key.zip", "--with-key").returncode == 0
    other = busy / "other"
    assert payam(busy, "db", "upgrade", PAYAM_DATA__DIRECTORY=str(other)).returncode == 0
    key = (other / "key").read_text()
    refused = payam(busy, "restore", "key.zip", PAYAM_DATA__DIRECTORY=str(other))
    assert refused.returncode == 1
    assert "is another key than the one in the backup" in refused.stderr
    assert (other / "key").read_text() == key


def test_a_running_hub_is_not_restored_onto(busy: Path) -> None:
    with running(busy, "run", PAYAM_SERVER__PORT="0") as hub:
        hub.wait_for("listening on")
        result = payam(busy, "restore", "taken.zip")
        assert result.returncode == 1
        assert "another Payam runs on" in result.stderr
        assert hub.stop() == 0


@pytest.mark.parametrize("damage", ["cut", "changed", "older", "foreign", "missing"])
def test_a_damaged_or_foreign_file_is_refused(busy: Path, damage: str) -> None:
    file = busy / "damaged.zip"
    whole = (busy / "taken.zip").read_bytes()
    if damage == "cut":
        file.write_bytes(whole[: len(whole) // 2])
        words = "is no backup of Payam, or is damaged"
    elif damage == "foreign":
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("hello.txt", "hello")
        words = "is no backup of Payam, or is damaged"
    else:
        with zipfile.ZipFile(busy / "taken.zip") as source, zipfile.ZipFile(file, "w") as target:
            for name in source.namelist():
                body = source.read(name)
                if damage == "changed" and name == "tables/customer.jsonl":
                    body = body.replace(b"Mina", b"Nima")
                if damage == "older" and name == "manifest.json":
                    body = json.dumps(json.loads(body) | {"schema": "0000"}).encode()
                if not (damage == "missing" and name == "tables/customer.jsonl"):
                    target.writestr(name, body)
        words = {
            "changed": "tables/customer.jsonl is not what was written",
            "older": "holds schema 0000, and this version needs",
            "missing": "tables/customer.jsonl can not be read",
        }[damage]
    result = payam(busy, "restore", "damaged.zip", PAYAM_DATA__DIRECTORY=str(busy / "new"))
    assert result.returncode == 1
    assert words in result.stderr
    assert "Traceback" not in result.stderr


def test_without_data_there_is_nothing_to_back_up(tmp_path: Path) -> None:
    settings(tmp_path)
    result = payam(tmp_path, "backup", "none.zip")
    assert result.returncode == 1
    assert "there are no data" in result.stderr
    assert not (tmp_path / "none.zip").exists()
