"""What happens because something happened: the rules for events other than a message's arrival.

The log is read in order from a remembered position; the effect and the new position are
committed together, so that every event is answered once, whatever stops in between.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Protocol

from sqlalchemy import Row, select, update
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from hub.automation.occurrences import MAX_DEPTH
from hub.automation.ruling import kinds_for, rule
from hub.calendars import Clock
from hub.live import Live
from hub.policy import Policy
from hub.store import events
from hub.store.database import Database
from hub.store.events import Position
from hub.store.statements import insert_new, table_of
from hub.store.tables import Consumer

__all__ = ["MAX_DEPTH", "NAME", "Automation", "Reacts", "advance", "look_ahead"]

log = logging.getLogger(__name__)

NAME = "automation"
BATCH = 100
NOTE_EVERY: Final = 30.0
"""Seconds after which a process remembers how far it has looked where nothing concerned it."""


class Reacts(Protocol):
    """Answers one kind of event, in the transaction that moves the position past it."""

    def __call__(self, session: Session, event: Row[Any], now: datetime) -> None: ...


Reactions = Mapping[str, Sequence[Reacts]]
_BEGINNING: Final = Position()


def advance(
    session: Session,
    reactions: Callable[[], Reactions],
    now: datetime,
    policy: Callable[[], Policy | None] = lambda: None,
    seen: Position = _BEGINNING,
) -> tuple[int, list[Row[Any]]]:
    """React to the next events; how many were read, and those that could not be answered.

    reactions, policy: asked for once the events are read, because the turn to write may come long
    after it was wanted, and what happened since is answered by what held when it happened; the
    policy's rules once for all the events. seen: up to where nothing is left that concerned
    anybody when it happened. What raises is undone alone; the
    event is told and passed by, because stopping at it would stop everything after it. What
    the database can not do now (a deadlock, a full disk) is raised: the events are answered when
    the transaction is run again. Processes take turns.
    """
    found = events.read(session, max(seen, _taken(session)), BATCH)
    answers, ruling = reactions(), policy()
    broken: list[Row[Any]] = []
    for event in found:
        if event.depth > MAX_DEPTH:
            continue
        broken += [
            event
            for reaction in answers.get(event.kind, ())
            if not _done(session, reaction, event, now)
        ]
    if ruling is not None:
        broken += _ruled(session, ruling, found, now)
    if found:
        _move(session, Position(found[-1].xid, found[-1].position))
    return len(found), broken


def pass_by(session: Session, seen: Position) -> None:
    """Remember that up to here nothing is left to be done.

    Without it, rules that are made later would be asked about what happened before them.
    """
    if _taken(session) < seen:
        _move(session, seen)


def reached(session: Session) -> Position:
    """How far the log has been answered."""
    table = table_of(Consumer)
    row = session.execute(select(table.c.xid, table.c.position).where(table.c.name == NAME)).first()
    return Position(row.xid, row.position) if row is not None else _BEGINNING


def _taken(session: Session) -> Position:
    """The same, with the turn to move it."""
    insert_new(session, Consumer, [{"name": NAME, "xid": 0, "position": 0}], ["name"])
    table = table_of(Consumer)
    row = session.execute(
        select(table.c.xid, table.c.position).where(table.c.name == NAME).with_for_update()
    ).one()
    return Position(row.xid, row.position)


def _move(session: Session, to: Position) -> None:
    table = table_of(Consumer)
    session.execute(
        update(table).where(table.c.name == NAME).values(xid=to.xid, position=to.position)
    )


def _done(session: Session, reaction: Reacts, event: Row[Any], now: datetime) -> bool:
    try:
        with session.begin_nested():
            reaction(session, event, now)
    except OperationalError:
        raise
    except Exception:
        log.exception("nothing could be done about %s at %s", event.kind, event.position)
        return False
    return True


def _ruled(
    session: Session, policy: Policy, found: Sequence[Row[Any]], now: datetime
) -> list[Row[Any]]:
    """Ask the rules about all of it together; where that breaks, about one after the other."""
    kinds = kinds_for(policy)
    concerned = [event for event in found if kinds is None or event.kind in kinds]
    if not concerned:
        return []
    try:
        with session.begin_nested():
            rule(session, policy, concerned, now)
    except OperationalError:
        raise
    except Exception:
        log.exception("the rules are asked about %s events one by one", len(concerned))
    else:
        return []

    def alone(session: Session, event: Row[Any], now: datetime) -> None:
        rule(session, policy, [event], now)

    return [event for event in concerned if not _done(session, alone, event, now)]


def look_ahead(
    session: Session, after: Position, kinds: Collection[str] | None
) -> tuple[bool, Position]:
    """Whether something to react to came after a position, and how far it was looked.

    kinds: None for any.
    """
    newest = events.newest(session)
    if kinds is None:
        return newest > after, newest
    return bool(kinds and events.read(session, after, 1, kinds=kinds)), newest


class Automation:
    """Reads the log until cancelled. policy: gives the policy of the moment.

    seen: up to here everything that concerns anybody was answered.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        live: Live,
        reactions: Callable[[], Reactions],
        policy: Callable[[], Policy | None] = lambda: None,
    ) -> None:
        self.database = database
        self.clock = clock
        self.live = live
        self.reactions = reactions
        self.policy = policy
        self.seen = self._noted = _BEGINNING

    async def run(self) -> None:
        """Most events concern no reaction: the process's one reader of the log tells which do."""
        self.seen = self._noted = await self.database.read(reached)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._note())
            group.create_task(self._follow())

    async def _follow(self) -> None:
        while True:
            await self._catch_up()
            async for event in self.live.events(self.seen):
                if event.position <= self.seen:
                    continue
                kinds = self._kinds()
                if kinds is None or event.kind in kinds:
                    await self._catch_up()
                else:
                    self.seen = event.position

    async def _note(self) -> None:
        while True:
            await asyncio.sleep(NOTE_EVERY)
            seen = self.seen
            if seen > self._noted:
                await self.database.write_bulk(pass_by, seen)
                self._noted = seen

    def _kinds(self) -> Collection[str] | None:
        """What concerns a reaction or a rule; None for everything."""
        policy = self.policy()
        about = kinds_for(policy) if policy is not None else frozenset[str]()
        return None if about is None else about | self.reactions().keys()

    async def _catch_up(self) -> None:
        """Answer everything up to now. Looking costs a read, and only reacting a write."""
        while True:
            kinds = self._kinds()
            concerned, newest = await self.database.read(look_ahead, self.seen, kinds)
            # What concerns us may have changed while we looked.
            if kinds == self._kinds():
                break
        while concerned:
            read, _ = await self.database.write_bulk(
                advance, self.reactions, self.clock.now(), self.policy, self.seen
            )
            concerned = read == BATCH
        self.seen = max(self.seen, newest)
