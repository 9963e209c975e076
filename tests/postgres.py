"""A private PostgreSQL server for the tests: a real one, in a folder of its own.

One server serves a whole run of the tests, its worker processes included: whoever needs it first
starts it, the process that began the run stops it. Each test gets a database of its own, cloned
from one that was migrated once. A test that stops the server starts a `Cluster` for itself.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from uuid import uuid4

import psycopg

from hub.store.postgres import postgres_engine
from hub.store.schema import upgrade

TEMPLATE = "payam_template"
CONFIGURATION = """
listen_addresses = ''
max_connections = 200
shared_buffers = 32MB
fsync = off
full_page_writes = off
autovacuum = off
timezone = 'Asia/Tehran'
log_min_messages = fatal
"""
"""Nobody pulls the plug of a test. The zone is far from UTC, so that a forgotten one shows."""


@cache
def programs() -> Path | None:
    """The folder of PostgreSQL's programs, the newest installed; None when there is none."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3])
    )
    if found:
        return found[-1].parent
    initdb = shutil.which("initdb")
    return Path(initdb).parent if initdb else None


class Cluster:
    """One server with its data, reached by a socket in its folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def create(cls) -> Cluster:
        """A new one, started. PostgreSQL refuses to run as root, so then it runs as `postgres`."""
        folder = Path(tempfile.mkdtemp(prefix="payam-postgres-"))
        folder.chmod(0o755)
        cluster = cls(folder)
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(folder, user.pw_uid, user.pw_gid)
        cluster._run(
            "initdb", "-D", str(cluster.data), "-U", "payam", "-A", "trust",
            "-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions",
        )  # fmt: skip
        with (cluster.data / "postgresql.conf").open("a") as file:
            file.write(f"{CONFIGURATION}unix_socket_directories = '{folder}'\n")
        cluster.start()
        return cluster

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def url(self, database: str) -> str:
        """The address as it stands in the settings."""
        return f"postgresql://payam@/{database}?host={self.folder}"

    def start(self) -> None:
        self._control("start", "-l", str(self.folder / "log"))

    def stop(self, mode: str = "fast") -> None:
        """mode: "fast" ends connections in order, "immediate" as a crash would."""
        self._control("stop", "-m", mode)

    def restart(self, mode: str = "fast") -> None:
        self.stop(mode)
        self.start()

    def destroy(self) -> None:
        self.stop("immediate")
        shutil.rmtree(self.folder)

    def execute(self, statement: str) -> None:
        """Run a statement that stands outside of every test's database."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)

    def make_template(self) -> None:
        self.execute(f"CREATE DATABASE {TEMPLATE}")
        engine = postgres_engine(self.url(TEMPLATE), 1)
        upgrade(engine)
        engine.dispose()

    @contextmanager
    def database(self, template: str = TEMPLATE) -> Iterator[str]:
        """The address of a fresh database, which is dropped afterwards."""
        name = f"test_{uuid4().hex}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield self.url(name)
        finally:
            self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _control(self, *arguments: str) -> None:
        self._run("pg_ctl", "-D", str(self.data), "-w", "-s", *arguments)

    def _run(self, program: str, *arguments: str) -> None:
        folder = programs()
        assert folder is not None, "PostgreSQL is not installed"
        become = ("runuser", "-u", "postgres", "--") if os.geteuid() == 0 else ()
        # Not piped: the server keeps its parent's output open, and a reader would wait for it.
        subprocess.run(
            [*become, str(folder / program), *arguments],
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            cwd="/",
        )


def shared_cluster(folder: Path) -> Cluster:
    """The server of this run of the tests; `folder` is the one that its processes share."""
    with (folder / "postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        known = folder / "postgres"
        if known.exists():
            return Cluster(Path(known.read_text()))
        cluster = Cluster.create()
        known.write_text(str(cluster.folder))
        cluster.make_template()
        return cluster


def destroy_shared_cluster(folder: Path) -> None:
    """Stop the server of this run, if there was any."""
    known = folder / "postgres"
    if known.exists():
        Cluster(Path(known.read_text())).destroy()
        known.unlink()
