"""How much room the disk has that the data lie on: enough, little, or so little that files are
refused, to leave the rest to the database."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from hub.settings.model import Data

Level = Literal["well", "low", "full"]


@dataclass(frozen=True)
class Room:
    """The disk of a folder, in bytes. free: what this process may still write."""

    folder: Path
    free: int
    total: int
    level: Level


def room(given: Data) -> Room:
    """The room there is now. Raises OSError where the data directory is not there."""
    found = shutil.disk_usage(given.directory)
    level: Level = "well"
    if found.free < given.warn_below:
        level = "full" if found.free < given.refuse_below else "low"
    return Room(given.directory, found.free, found.total, level)
