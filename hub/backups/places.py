"""Where backups are put: a directory, better of another disk, or a bucket."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from hub.store.blobs import sync_folder

if TYPE_CHECKING:
    from obstore.store import S3Store

    from hub.settings.model import Backups as Given

BUCKET: Final = "s3://"
_NAME: Final = re.compile(r"payam-(\d{8}-\d{6})\.zip", re.ASCII)
_STAMP: Final = "%Y%m%d-%H%M%S"


def name_of(made_at: datetime) -> str:
    """The file's name of a backup of this moment."""
    return f"payam-{made_at.astimezone(UTC):{_STAMP}}.zip"


def moment_of(name: str) -> datetime | None:
    """When a backup was made, by its name; None for a file that is none of ours."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    try:
        return datetime.strptime(found[1], _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None


@dataclass(frozen=True)
class Lying:
    """A backup that lies at a place. size: in bytes."""

    name: str
    made_at: datetime
    size: int


class Place(Protocol):
    """Where backups lie. What hinders is raised as OSError, or as
    `obstore.exceptions.BaseError`."""

    def lying(self) -> list[Lying]:
        """Those that are there, the newest first. Other files are not looked at."""
        ...

    def put(self, file: Path, name: str) -> None:
        """Move a finished file there, under this name."""
        ...

    def get(self, name: str, target: Path) -> None:
        """Copy one into a new file. Raises FileNotFoundError."""
        ...

    def delete(self, name: str) -> None: ...

    def work_in(self, data: Path) -> Path:
        """The folder in which a file for this place is best written; data: the hub's own."""
        ...


def place_of(given: Given) -> Place:
    """The place that is set. Raises ValueError where none is."""
    if not given.to:
        raise ValueError("no place for backups is set")
    if given.to.startswith(BUCKET):
        return Bucket(given)
    return Folder(Path(given.to))


class Folder:
    """A directory. Files appear in it whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __str__(self) -> str:
        return str(self.folder)

    def lying(self) -> list[Lying]:
        found = [
            Lying(entry.name, made_at, entry.stat().st_size)
            for entry in os.scandir(self.folder)
            if entry.is_file() and (made_at := moment_of(entry.name)) is not None
        ]
        return _newest_first(found)

    def put(self, file: Path, name: str) -> None:
        target = self.folder / name
        if target.exists():
            raise FileExistsError(f"{target} exists already")
        file.rename(target)
        sync_folder(self.folder)

    def get(self, name: str, target: Path) -> None:
        if moment_of(name) is None:
            raise FileNotFoundError(name)
        with (self.folder / name).open("rb") as source, target.open("xb") as copy:
            shutil.copyfileobj(source, copy, 1024 * 1024)

    def delete(self, name: str) -> None:
        (self.folder / name).unlink(missing_ok=True)

    def work_in(self, data: Path) -> Path:
        # Made on demand, but not the disk above it: one that is not mounted is a fault to tell.
        self.folder.mkdir(mode=0o700, exist_ok=True)
        return self.folder


class Bucket:
    """A bucket, below a prefix."""

    def __init__(self, given: Given) -> None:
        self.address = given.to
        self._given = given

    def __str__(self) -> str:
        return self.address

    @property
    def _store(self) -> S3Store:
        from hub.store.s3 import bucket

        return bucket(self.address, self._given.s3)

    def lying(self) -> list[Lying]:
        import obstore

        found = [
            Lying(one["path"], made_at, one["size"])
            for page in obstore.list(self._store)
            for one in page
            if (made_at := moment_of(one["path"])) is not None
        ]
        return _newest_first(found)

    def put(self, file: Path, name: str) -> None:
        import obstore

        size = file.stat().st_size
        obstore.put(self._store, name, file)
        there = obstore.head(self._store, name)["size"]
        if there != size:
            raise OSError(f"{self}/{name} has {there} bytes there, not {size}")
        file.unlink()

    def get(self, name: str, target: Path) -> None:
        import obstore

        if moment_of(name) is None:
            raise FileNotFoundError(name)
        found = obstore.get(self._store, name)
        with target.open("xb") as copy:
            for chunk in found:
                copy.write(chunk)

    def delete(self, name: str) -> None:
        import obstore

        obstore.delete(self._store, name)

    def work_in(self, data: Path) -> Path:
        return data


def _newest_first(found: list[Lying]) -> list[Lying]:
    return sorted(found, key=lambda one: one.made_at, reverse=True)
