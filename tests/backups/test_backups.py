"""Backups that the hub makes by itself, in a folder and in a bucket."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hub import backups
from hub.app import Hub
from hub.backups.history import LATE, Standing, past, standing
from hub.calendars import MovedClock
from hub.store.restore import Backup
from hub.store.statements import table_of
from hub.store.tables import Customer
from tests.cli.payam import payam
from tests.desk import until
from tests.harness import people, rows, running_hub
from tests.s3_server import S3Server, s3_server

NIGHT = datetime(2026, 11, 22, 23, 58, tzinfo=UTC)
"""Two minutes before the hour that the tests set."""


@pytest.fixture
def server() -> Iterator[S3Server]:
    with s3_server() as running:
        yield running


async def ended(hub: Hub) -> Standing:
    """How it stands once nothing is made any more."""

    async def look() -> bool:
        found = await hub.database.read(past, 1)
        return bool(found) and found[0].state in ("done", "failed")

    await until(look, "a backup to be made")
    return await hub.database.read(standing, hub.clock.now())


async def test_at_its_hour_one_is_made_that_holds_everything(tmp_path: Path) -> None:
    place = tmp_path / "other-disk" / "payam"
    place.parent.mkdir()
    old = [place / f"payam-2025110{day}-000000.zip" for day in range(1, 8)]
    place.mkdir()
    for file in (*old, place / "mine.zip"):
        file.write_bytes(b"")
    more = f'backups = {{ to = "{place}", at = "00:00", keep_days = 2, keep_weeks = 0 }}'
    clock = MovedClock(NIGHT)
    async with running_hub(tmp_path, clock=clock, more=more) as hub:
        await people(hub).person("mina", "Mina").says("سلام")
        assert not await rows(hub, "SELECT 1 FROM job WHERE kind = 'backups.make'")
        clock.advance(timedelta(minutes=3))
        found = await ended(hub)
        assert found.well
        later = clock.now() + LATE + timedelta(minutes=1)
        assert not (await hub.database.read(standing, later)).well
        (made,) = await hub.database.read(past, 5)
        # The next one is due a day later, and what was made before is let go.
        (due,) = await rows(hub, "SELECT due_at FROM timer WHERE kind = 'backups.due'")
        assert str(due[0]).startswith("2026-11-24 00:00")
    lying = {file.name for file in place.iterdir()}
    assert lying == {made.name, old[-1].name, "mine.zip"}
    assert made.name is not None
    file = place / made.name
    assert file.stat().st_mode & 0o077 == 0
    assert made.size == file.stat().st_size
    with Backup(file) as backup:
        backup.verify()
        assert backup.manifest.rows[table_of(Customer).name] == 1
        assert not backup.manifest.has_key


async def test_what_hinders_is_told_and_the_next_one_mends_it(tmp_path: Path) -> None:
    place = tmp_path / "not-mounted" / "payam"
    async with running_hub(tmp_path, more=f'backups.to = "{place}"') as hub:
        first = await hub.database.write(backups.start, hub.clock.now())
        assert await hub.database.write(backups.start, hub.clock.now()) == first
        found = await ended(hub)
        assert found.failed
        assert not found.well
        (tried,) = await hub.database.read(past, 5)
        assert str(place) in (tried.error or "")
        place.parent.mkdir()
        await hub.database.write(backups.start, hub.clock.now())
        found = await ended(hub)
        assert found.well


async def test_one_that_was_begun_by_a_process_that_died_is_made_anew(tmp_path: Path) -> None:
    place = tmp_path / "backups"
    more = f'backups.to = "{place}"'
    async with running_hub(tmp_path, more=more) as hub:
        await hub.database.write(backups.start, hub.clock.now())
        # Leaving here kills the process that makes it, if it began.
    async with running_hub(tmp_path, more=more) as hub:
        assert (await ended(hub)).well
        assert len([one for one in place.iterdir() if one.suffix == ".zip"]) == 1


async def test_a_bucket_takes_them_and_gives_them_back(tmp_path: Path, server: S3Server) -> None:
    more = "\n".join(
        (
            f'backups.to = "s3://{server.bucket}/nightly"',
            "backups.with_key = true",
            f'backups.s3.endpoint = "{server.url}"',
            'backups.s3.access_key = "key-of-tests"',
            'backups.s3.secret_key = "secret-of-tests"',
        )
    )
    async with running_hub(tmp_path, more=more) as hub:
        await people(hub).person("mina", "Mina").says("سلام")
    made = payam(tmp_path, "backup")
    assert made.returncode == 0, made.stderr
    assert "The key is in it" in made.stdout
    listed = payam(tmp_path, "backups")
    assert listed.returncode == 0, listed.stderr
    name = listed.stdout.split()[0]
    assert f"nightly/{name}" in server.objects()
    (tmp_path / "data").rename(tmp_path / "lost")
    missing = payam(tmp_path, "restore", "payam-20200101-000000.zip")
    assert missing.returncode == 1
    assert "payam backups lists them" in missing.stderr
    restored = payam(tmp_path, "restore", name)
    assert restored.returncode == 0, restored.stderr
    async with running_hub(tmp_path, more=more) as hub:
        assert await rows(hub, "SELECT name FROM customer") == [("Mina",)]
        assert not await hub.database.read(past, 5)


def test_without_a_place_it_is_said(tmp_path: Path) -> None:
    for command in ("backup", "backups"):
        result = payam(tmp_path, command)
        assert result.returncode == 1
        assert "no place for backups is set" in result.stderr
