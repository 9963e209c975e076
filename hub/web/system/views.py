"""What the page about the hub itself shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from hub.backups.history import Past, Standing
from hub.space import Room


@dataclass(frozen=True)
class SystemPage:
    """GET /system. at, kept: when backups are made, and how many are kept; None without a place.
    due: when the next one is. running: one is being made or waits to be."""

    template: ClassVar[str] = "system/page.html"

    version: str
    database: Literal["SQLite", "PostgreSQL"]
    folder: str
    room: Room
    backups_to: str
    standing: Standing | None
    past: tuple[Past, ...]
    due: datetime | None
    kept: tuple[int, int, int]

    @property
    def running(self) -> bool:
        return any(one.state in ("queued", "running") for one in self.past)

    @property
    def used(self) -> int:
        """Of the disk, in bytes."""
        return self.room.total - self.room.free
