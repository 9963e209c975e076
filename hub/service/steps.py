"""What is done to a machine, as values: shown by a dry run, carried out by a real one."""

from __future__ import annotations

import grp
import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class Step(Protocol):
    """One thing that is done. `done` is asked first: a step can be carried out again and again."""

    def shown(self) -> str:
        """The step as a person would do it by hand."""
        ...

    def done(self) -> bool: ...

    def carry_out(self) -> None:
        """Raises OSError or subprocess.CalledProcessError."""
        ...


@dataclass(frozen=True)
class File:
    """A file with this text. group: who may read it beside root. ours: it is written anew when it
    was changed; otherwise one that is there is left alone."""

    path: Path
    text: str
    mode: int = 0o644
    group: str | None = None
    ours: bool = True

    def shown(self) -> str:
        lines = "".join(f"    {line}\n" for line in self.text.splitlines())
        return f"write {self.path} ({self.mode:o})\n{lines}".rstrip()

    def done(self) -> bool:
        if not self.path.exists():
            return False
        return not self.ours or self.path.read_text(encoding="utf-8") == self.text

    def carry_out(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self.path.with_name(f".{self.path.name}.part")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, self.mode)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(self.text)
            os.fchmod(descriptor, self.mode)
            if self.group is not None:
                os.fchown(descriptor, -1, grp.getgrnam(self.group).gr_gid)
        part.rename(self.path)


@dataclass(frozen=True)
class User:
    """A user of the system's own, who can not log in."""

    name: str
    home: Path

    @property
    def _command(self) -> list[str]:
        return [
            "useradd", "--system", "--user-group", "--no-create-home",
            "--home-dir", str(self.home), "--shell", "/usr/sbin/nologin", self.name,
        ]  # fmt: skip

    def shown(self) -> str:
        return " ".join(self._command)

    def done(self) -> bool:
        try:
            pwd.getpwnam(self.name)
        except KeyError:
            return False
        return True

    def carry_out(self) -> None:
        subprocess.run(self._command, check=True)


@dataclass(frozen=True)
class Folder:
    """A directory of a user's own, that nobody else looks into."""

    path: Path
    owner: str

    def shown(self) -> str:
        return f"install --directory --mode 700 --owner {self.owner} {self.path}"

    def done(self) -> bool:
        return self.path.is_dir()

    def carry_out(self) -> None:
        self.path.mkdir(mode=0o700, parents=True)
        found = pwd.getpwnam(self.owner)
        os.chown(self.path, found.pw_uid, found.pw_gid)


@dataclass(frozen=True)
class Link:
    """A symbolic link, put there or moved in one act."""

    path: Path
    target: Path

    def shown(self) -> str:
        return f"ln --symbolic --force --no-dereference {self.target} {self.path}"

    def done(self) -> bool:
        return self.path.is_symlink() and self.path.readlink() == self.target

    def carry_out(self) -> None:
        new = self.path.with_name(f".{self.path.name}.new")
        new.unlink(missing_ok=True)
        new.symlink_to(self.target)
        new.rename(self.path)


@dataclass(frozen=True)
class Command:
    """A command that can be given again without harm."""

    words: Sequence[str]

    def shown(self) -> str:
        return " ".join(self.words)

    def done(self) -> bool:
        return False

    def carry_out(self) -> None:
        subprocess.run(self.words, check=True)
