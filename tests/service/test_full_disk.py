"""A disk that is really full, beneath a whole hub: what was acknowledged is there, and afterwards
it goes on by itself."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from hub.store.database import TransactionLost
from tests.desk import until
from tests.harness import people, rows, running_hub

MEGABYTE = 1_000_000
LETTER = "این دیسک پر است. " * 2_000


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64m", "payam-test", str(place)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no file system can be mounted here")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


async def test_nothing_that_was_acknowledged_is_lost_and_it_goes_on(disk: Path) -> None:
    more = 'data.warn_below = "0B"\ndata.refuse_below = "0B"'
    async with running_hub(disk, more=more) as hub:
        mina = people(hub).person("mina", "Mina")
        acknowledged = [await mina.says("hello, a question")]
        await people(hub).wait_for("mina", 1)
        ballast = disk / "ballast"
        with ballast.open("wb", buffering=0) as file:
            free = _free(disk)
            file.write(bytes(max(0, free - MEGABYTE)))
        refused = 0
        for _ in range(60):
            try:
                async with asyncio.timeout(3):
                    acknowledged.append(await mina.says(LETTER))
            except (OSError, OperationalError, TransactionLost, TimeoutError):
                refused += 1
                if refused == 2:
                    break
        assert refused == 2, f"{_free(disk)} bytes are free, and everything was taken"
        stored = await rows(hub, "SELECT id FROM message WHERE direction = 'in'")
        assert {one.hex for one in acknowledged} <= {str(one[0]) for one in stored}
        ballast.unlink()

        async def again() -> bool:
            try:
                acknowledged.append(await mina.says("after"))
            except (OSError, OperationalError, TransactionLost):
                return False
            return True

        await until(again, "the hub to take messages again")
        await people(hub).person("omid").says("a new one")
        await people(hub).wait_for("omid", 1)
        stored = await rows(hub, "SELECT id FROM message WHERE direction = 'in'")
        assert {one.hex for one in acknowledged} <= {str(one[0]) for one in stored}
        # What was not acknowledged was kept by its source, and came again.
        assert len(stored) >= len(acknowledged) + 1 + refused
        assert (await rows(hub, "PRAGMA integrity_check"))[0][0] == "ok"


def _free(disk: Path) -> int:
    return shutil.disk_usage(disk).free
