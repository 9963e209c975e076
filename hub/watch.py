"""Looks once a minute at what an admin has to know before it is too late: whether the disk has
room, whether backups are made, and whether a webhook was switched off. It stands in the log, and on
the pages of admins."""

from __future__ import annotations

import logging
from typing import Final, Literal

from hub.backups.history import Standing, standing
from hub.calendars import Clock
from hub.settings import Settings
from hub.space import Level, Room, room
from hub.store.database import Database
from hub.subscriptions import endpoints

log = logging.getLogger(__name__)

LOOK: Final = 60.0
AGAIN: Final = 60
"""What is still not well is written down again after so many looks."""

Worry = Literal["disk low", "disk full", "no backup", "webhook off"]


class Watch:
    """What was seen last. worries: what is not well, the worst first."""

    def __init__(self, database: Database, clock: Clock, settings: Settings) -> None:
        self.database = database
        self.clock = clock
        self.settings = settings
        self.worries: tuple[Worry, ...] = ()
        self._looks = 0

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await self.look()
            await self.clock.sleep(LOOK)

    async def look(self) -> tuple[Room, Standing | None]:
        """Look now: the disk, and the backups where there is a place for them."""
        space = room(self.settings.data)
        backups = (
            await self.database.read(standing, self.clock.now())
            if self.settings.backups.to
            else None
        )
        found = worries(space.level, backups)
        if await self.database.read(endpoints.any_ended):
            found += ("webhook off",)
        self._looks = 0 if found != self.worries else self._looks + 1
        if self._looks % AGAIN == 0:
            self._tell(found, space)
        self.worries = found
        return space, backups

    def _tell(self, found: tuple[Worry, ...], space: Room) -> None:
        megabytes = space.free // 1_000_000
        for worry in self.worries:
            if worry not in found:
                log.info("not a worry any more: %s", worry)
        if "disk full" in found:
            log.error(
                "the disk of %s has only %d MB left: files are refused, messages still taken",
                space.folder,
                megabytes,
            )
        if "disk low" in found:
            log.warning("the disk of %s has only %d MB left", space.folder, megabytes)
        if "no backup" in found:
            log.error("no backup was made lately: the page System, or payam backup, says why")
        if "webhook off" in found:
            log.warning("a webhook is told nothing any more: its page says why")


def worries(level: Level, backups: Standing | None) -> tuple[Worry, ...]:
    """What is not well of this."""
    found: list[Worry] = []
    if level != "well":
        found.append("disk full" if level == "full" else "disk low")
    if backups is not None and not backups.well:
        found.append("no backup")
    return tuple(found)
