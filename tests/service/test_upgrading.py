"""From one version to the next and, where that one is no good, back."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from hub.service.installing import variables
from hub.service.upgrading import Failed, NoService, Upgrade
from tests.cli.payam import environment, free_port, healthy, payam
from tests.harness import people, running_hub, settings

ROOT = Path(__file__).parents[2]
NOW = datetime(2027, 3, 21, 12, 0, tzinfo=UTC)
MIGRATION = """
import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{before}"
branch_labels = None
depends_on = None

def upgrade():
    op.add_column("customer", sa.Column("shoe_size", sa.Integer()))
    op.execute("UPDATE customer SET name = 'by the new version'")
    {more}
"""


def old(folder: Path) -> None:
    """An environment with the Payam of this checkout."""
    _program(folder, ROOT)


def newer(folder: Path, *, more: str = "", spoilt: str = "") -> None:
    """One with a Payam that has a migration more. spoilt: a line that its `run` begins with."""
    source = folder / "source"
    for name in ("hub", "channels"):
        shutil.copytree(ROOT / name, source / name, ignore=_needless)
    for name in ("templates", "config", "requirements"):
        (source / name).symlink_to(ROOT / name)
    versions = source / "hub/store/migrations/versions"
    last = max(file.name for file in versions.glob("v*.py"))[1:5]
    (versions / "v9999_more.py").write_text(MIGRATION.format(before=last, more=more))
    (source / "hub/__init__.py").write_text('__version__ = "9.9"\n')
    if spoilt:
        server = source / "hub/server.py"
        server.write_text(server.read_text() + f"\n{spoilt}\n")
    _program(folder, source)


def _needless(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if name in ("node_modules", "__pycache__")]


def _program(folder: Path, source: Path) -> None:
    program = folder / "bin" / "payam"
    program.parent.mkdir(parents=True)
    program.write_text(
        f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(source)!r})\n"
        "from hub.__main__ import main\nmain()\n"
    )
    program.chmod(0o755)


class Started:
    """A service that runs what the link names, as a unit would."""

    def __init__(self, link: Path, folder: Path) -> None:
        self.link, self.folder = link, folder
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                (self.link / "bin" / "payam", "run"),
                cwd=self.folder,
                env=environment(),
                stdout=log,
                stderr=log,
            )

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(60)

    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None


@dataclass
class Place:
    """An installation in the version of this checkout, and what is said of its upgrade."""

    folder: Path
    port: int
    service: Started
    said: list[str] = field(default_factory=list)

    def upgrade(self, make: Callable[[Path], None], *, running: bool = True) -> Upgrade:
        return Upgrade(
            environment=self.folder / "first",
            link=self.folder / "current",
            config=self.folder / "payam.toml",
            data=self.folder / "data",
            health=f"http://127.0.0.1:{self.port}/healthz",
            what="payam",
            service=self.service if running else NoService(),
            tell=self.said.append,
            make=lambda folder, what: make(folder),
            patience=60,
        )

    def names(self) -> list[str]:
        with closing(sqlite3.connect(self.folder / "data" / "payam.sqlite")) as connection:
            return [name for (name,) in connection.execute("SELECT name FROM customer")]


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    port = free_port()
    async with running_hub(tmp_path) as hub:
        await people(hub).person("mina", "Mina").says("سلام")
    settings(tmp_path, port=port)
    old(tmp_path / "first")
    link = tmp_path / "current"
    link.symlink_to(tmp_path / "first")
    found = Place(tmp_path, port, Started(link, tmp_path))
    yield found
    found.service.stop()


def test_a_version_that_works_is_in_use_afterwards(place: Place) -> None:
    new = place.upgrade(newer, running=False).run(NOW)
    assert (place.folder / "current").resolve() == new
    assert place.names() == ["by the new version"]
    assert "from 0.1.0.dev0 to 9.9" in place.said
    # And by hand the way back, as it was said.
    saved = str(place.folder / "data" / f"before-{new.name}.zip")
    assert saved in place.said[-1]
    back = payam(place.folder, "restore", saved, "--replace")
    assert back.returncode == 0, back.stderr
    assert place.names() == ["Mina"]


@pytest.mark.parametrize(
    ("make", "why"),
    [
        pytest.param(
            partial(newer, more="raise ValueError('a migration that fails')"),
            "fails",
            marks=pytest.mark.long,
        ),
        (partial(newer, spoilt="raise SystemExit('a version that ends')"), "ends by itself"),
    ],
)
def test_one_that_does_not_leaves_everything_as_it_was(
    place: Place, make: Callable[[Path], None], why: str
) -> None:
    place.service.start()
    upgrade = place.upgrade(make)
    with pytest.raises(Failed, match="The hub runs as before"):
        upgrade.run(NOW)
    assert any(why in line for line in place.said), place.said
    assert (place.folder / "current").resolve() == place.folder / "first"
    assert place.names() == ["Mina"]
    upgrade.wait_until_well()
    assert healthy(f"http://127.0.0.1:{place.port}")["database"] == "ok"
    assert not (place.folder / f"{NOW:%Y%m%d-%H%M%S}").exists()


def test_one_that_can_not_be_made_stops_nothing(place: Place) -> None:
    def broken(folder: Path) -> None:
        folder.mkdir()
        raise subprocess.CalledProcessError(1, ["pip"], stderr="No matching distribution")

    with pytest.raises(Failed, match=r"No matching distribution\nNothing was stopped"):
        place.upgrade(broken).run(NOW)
    assert not place.service.alive()
    assert place.names() == ["Mina"]


def test_it_says_what_it_would_do_and_where_it_can_not(place: Place) -> None:
    result = payam(place.folder, "upgrade", "--dry-run")
    assert result.returncode == 1
    assert "is not an environment that payam install knows" in result.stderr


def test_secrets_of_the_service_are_read_as_the_service_reads_them(tmp_path: Path) -> None:
    file = tmp_path / "environment"
    assert variables(file) == {}
    file.write_text("# a remark\nPAYAM_KEY='a b'\n\nPAYAM_DATABASE__URL=postgresql://x/y?z=1\n")
    assert variables(file) == {"PAYAM_KEY": "a b", "PAYAM_DATABASE__URL": "postgresql://x/y?z=1"}
