"""Bringing an installed service to another version, with a way back.

Each version lies in an environment of its own beside the others; a link names the one in use. A
new one is made and tried while the old one runs. Then the service stops for a moment: the rows are
saved, the database is upgraded, the link is moved. If the new version does not come up, link and
database are put back as they were and the old one starts again.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import urlsplit

from hub.service.steps import Link

PATIENCE: Final = 90.0
"""Seconds that a new version gets to answer."""
STEADY: Final = 3.0
"""For so long it has to go on answering."""

Tell = Callable[[str], None]


class Failed(Exception):
    """The upgrade did not come about; the text says why, and that all is as it was before."""


class Service(Protocol):
    """What runs the hub."""

    def stop(self) -> None: ...

    def start(self) -> None: ...

    def alive(self) -> bool:
        """Whether it runs, however well."""
        ...


@dataclass(frozen=True)
class SystemdService:
    """A unit of the machine."""

    unit: str

    def stop(self) -> None:
        self._ask("stop")

    def start(self) -> None:
        self._ask("start")

    def alive(self) -> bool:
        asked = ("systemctl", "is-active", "--quiet", self.unit)
        return subprocess.run(asked, check=False).returncode == 0

    def _ask(self, verb: str) -> None:
        subprocess.run(("systemctl", verb, self.unit), check=True)  # noqa: S607 - root's own path


class NoService:
    """The hub is started and stopped by a person; here it stands still."""

    def stop(self) -> None:
        return

    def start(self) -> None:
        return

    def alive(self) -> bool:
        return False


def new_environment(folder: Path, what: str) -> None:
    """Make a Python environment with Payam in it. what: as pip is told ("payam", "payam==1.2", a
    wheel). Raises subprocess.CalledProcessError."""
    # Not our own interpreter's link: that lies in the environment which may go one day.
    python = Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}"
    subprocess.run((python, "-m", "venv", folder), check=True)
    pip = (folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--upgrade", what)
    subprocess.run(pip, check=True)


@dataclass(frozen=True)
class Upgrade:
    """What is upgraded.

    environment: of the version in use; link: names it. config: the settings file. data: the data
    directory; its owner runs the commands, so that the files that they write stay the service's.
    health: the address of /healthz. what: as for `new_environment`, which is `make`.
    """

    environment: Path
    link: Path
    config: Path | None
    data: Path
    health: str
    what: str
    service: Service
    tell: Tell
    make: Callable[[Path, str], None] = new_environment
    patience: float = PATIENCE
    variables: Mapping[str, str] = field(default_factory=dict)

    def run(self, now: datetime) -> Path:
        """Do it; the environment in use from then on.

        Raises Failed, with everything as it was before.
        """
        new = self.link.parent / f"{now.astimezone(UTC):%Y%m%d-%H%M%S}"
        try:
            self.tell(f"making {new}")
            self.make(new, self.what)
            before, after = self._version(self.environment), self._version(new)
            self._payam(new, "settings", quiet=True)
        except (OSError, subprocess.CalledProcessError) as error:
            shutil.rmtree(new, ignore_errors=True)
            raise Failed(f"{_why(error)}\nNothing was stopped and nothing was changed.") from error
        self.tell(f"from {before} to {after}")
        self._change(new, self.data / f"before-{new.name}.zip")
        self.tell(f"the way back: {self._by_hand(new)}")
        return new

    def _change(self, new: Path, saved: Path) -> None:
        self.tell("stopping the hub")
        began = upgraded = False
        try:
            self.service.stop()
            self._payam(self.environment, "backup", str(saved), "--with-key", "--without-files")
            upgraded = True
            self._payam(new, "db", "upgrade")
            Link(self.link, new).carry_out()
            self.tell("starting the new version")
            began = True
            self.service.start()
            self.wait_until_well()
        except (OSError, subprocess.CalledProcessError, NotWell) as error:
            self.tell(f"it does not work: {_why(error)}")
            self.tell("going back")
            self._go_back(saved, began=began, upgraded=upgraded)
            shutil.rmtree(new, ignore_errors=True)
            again = " Everybody has to sign in again." if upgraded else ""
            raise Failed(f"{_why(error)}\nThe hub runs as before.{again}") from error

    def _go_back(self, saved: Path, *, began: bool, upgraded: bool) -> None:
        if began:
            self.service.stop()
        Link(self.link, self.environment).carry_out()
        if upgraded:
            # What waited then has certainly not been sent since, unless the new version ran.
            waiting = () if began else ("--send-waiting",)
            self._payam(self.environment, "restore", str(saved), "--replace", *waiting)
        self.service.start()

    def wait_until_well(self) -> None:
        """Raises NotWell unless it answers in time, and still a moment later."""
        if isinstance(self.service, NoService):
            return
        end = time.monotonic() + self.patience
        well_since = None
        while time.monotonic() < end:
            if not self.service.alive():
                raise NotWell("the new version ends by itself; its log says why")
            if not _answers(self.health):
                well_since = None
            elif well_since is None:
                well_since = time.monotonic()
            elif time.monotonic() - well_since >= STEADY:
                return
            time.sleep(0.2)
        raise NotWell(f"the new version does not answer at {self.health}")

    def _version(self, environment: Path) -> str:
        found = self._start(environment, ("--version",), quiet=True)
        return found.strip().rpartition(" ")[2]

    def _payam(self, environment: Path, *words: str, quiet: bool = False) -> None:
        config = ("--config", str(self.config)) if self.config is not None else ()
        self._start(environment, (*words, *config), quiet=quiet)

    def _start(self, environment: Path, words: Sequence[str], *, quiet: bool) -> str:
        """Run a command of an environment, as the owner of the data where we may be anybody."""
        owner = self.data.stat()
        as_owner = os.geteuid() == 0 and owner.st_uid != 0
        found = subprocess.run(
            (environment / "bin" / "payam", *words),
            check=True,
            capture_output=True,
            text=True,
            cwd=self.data,
            env={**os.environ, **self.variables},
            user=owner.st_uid if as_owner else None,
            group=owner.st_gid if as_owner else None,
            extra_groups=() if as_owner else None,
        )
        if not quiet:
            self.tell(found.stdout.strip())
        return found.stdout

    def _by_hand(self, new: Path) -> str:
        saved = self.data / f"before-{new.name}.zip"
        return (
            f"stop the hub, ln -sfn {self.environment} {self.link}, payam restore {saved} "
            "--replace, start the hub"
        )


class NotWell(Exception):
    """A version does not answer, or not for long."""


def _answers(url: str) -> bool:
    place = urlsplit(url)
    connection = HTTPConnection(place.hostname or "", place.port, timeout=5)
    try:
        connection.request("GET", place.path)
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _why(error: Exception) -> str:
    if isinstance(error, subprocess.CalledProcessError):
        words = (error.stderr or "").strip()
        return words or f"{' '.join(map(str, error.cmd))} ended with {error.returncode}"
    return str(error)
