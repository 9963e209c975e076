"""What happens because something happened: the rules for events other than a message's arrival.

The log is read in order from a remembered position; the effect and the new position are
committed together, so that every event is answered once, whatever stops in between.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Row, select, update
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from hub.calendars import Clock
from hub.live import Live
from hub.store import events
from hub.store.database import Database
from hub.store.events import Position
from hub.store.statements import insert_new, table_of
from hub.store.tables import Consumer

log = logging.getLogger(__name__)

NAME = "automation"
BATCH = 100
MAX_DEPTH = 3
"""What a rule changed is one deeper; beyond this it is recorded and evaluated no more."""


class Reacts(Protocol):
    """Answers one kind of event, in the transaction that moves the position past it."""

    def __call__(self, session: Session, event: Row[Any], now: datetime) -> None: ...


def advance(
    session: Session, reactions: Mapping[str, Sequence[Reacts]], now: datetime
) -> tuple[int, list[Row[Any]]]:
    """React to the next events; how many were read, and those that could not be answered.

    A reaction that raises is undone alone; the event is told and passed by, because stopping at
    it would stop everything after it. What the database can not do now (a deadlock, a full disk)
    is raised: the events are answered when the transaction is run again. Processes take turns.
    """
    insert_new(session, Consumer, [{"name": NAME, "xid": 0, "position": 0}], ["name"])
    table = table_of(Consumer)
    row = session.execute(
        select(table.c.xid, table.c.position).where(table.c.name == NAME).with_for_update()
    ).one()
    found = events.read(session, Position(row.xid, row.position), BATCH)
    broken: list[Row[Any]] = []
    for event in found:
        if event.depth > MAX_DEPTH:
            continue
        for reaction in reactions.get(event.kind, ()):
            try:
                with session.begin_nested():
                    reaction(session, event, now)
            except OperationalError:
                raise
            except Exception:
                log.exception("nothing could be done about %s at %s", event.kind, event.position)
                broken.append(event)
    if found:
        session.execute(
            update(table)
            .where(table.c.name == NAME)
            .values(xid=found[-1].xid, position=found[-1].position)
        )
    return len(found), broken


def look_ahead(session: Session, after: Position, kinds: Sequence[str]) -> tuple[bool, Position]:
    """Whether something to react to came after a position, and how far it was looked."""
    newest = events.newest(session)
    return bool(kinds and events.read(session, after, 1, kinds=kinds)), newest


class Automation:
    """Reads the log until cancelled."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        live: Live,
        reactions: Callable[[], Mapping[str, Sequence[Reacts]]],
    ) -> None:
        self.database = database
        self.clock = clock
        self.live = live
        self.reactions = reactions
        self._seen = Position()

    async def run(self) -> None:
        """Most events concern no reaction: the process's one reader of the log tells which do."""
        while True:
            await self._catch_up(self.reactions())
            async for event in self.live.events(self._seen):
                reactions = self.reactions()
                if event.kind in reactions and event.position > self._seen:
                    await self._catch_up(reactions)

    async def _catch_up(self, reactions: Mapping[str, Sequence[Reacts]]) -> None:
        """Answer everything up to now. Looking costs a read, and only reacting a write."""
        concerned, newest = await self.database.read(look_ahead, self._seen, list(reactions))
        while concerned:
            read, _ = await self.database.write_bulk(advance, reactions, self.clock.now())
            concerned = read == BATCH
        self._seen = max(self._seen, newest)
