"""Telling open pages and chats what happened.

Events carry ids only; whoever hears of one reads what it may see. The log is read once for all
listeners of a process, from a position, so a listener that was away catches up and misses
nothing. Signals (somebody is writing) are not stored and may be lost.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote
from uuid import UUID

from sqlalchemy import Row
from sqlmodel import Session

from hub.channel import Presence, Typing
from hub.conversations.telling import TOLD, told
from hub.store import events
from hub.store.database import Database, wake
from hub.store.events import Position
from hub.store.stirring import Stirred

log = logging.getLogger(__name__)

LOOK = 1.0
PAUSE = 0.02
"""Between two reads of the log, in seconds: the first change of a burst is told at once, the
others together."""
BATCH = 500
QUEUE = 2000
SIGNAL = "signal:"


@dataclass(frozen=True)
class LiveEvent:
    """What happened, by ids. See `hub.store.tables.Event`."""

    position: Position
    kind: str
    conversation_id: UUID | None
    message_id: UUID | None
    customer_id: UUID | None
    actor: str
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Told:
    """An agent was told of a conversation; see `hub.conversations.telling`."""

    agent_id: UUID
    occasion: str


@dataclass(frozen=True)
class Signal:
    """Somebody is writing, or came or went, or was told. side: "customer", "agent" or "hub".

    Of agents who look at a conversation the address is their id: `Typing` says that they look,
    and whether they write, `Presence` that they came or left.
    """

    side: str
    what: Typing | Presence | Told
    conversation_id: UUID | None = None


class Live:
    """One reader of the log for all listeners of this process."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.position = Position()
        self._queues: set[asyncio.Queue[LiveEvent | None]] = set()
        self._signals: set[asyncio.Queue[Signal]] = set()
        self._stirred = Stirred(database, events.TOPIC)
        self._ready = asyncio.Event()
        database.on_wake(self._woken)

    def _woken(self, topics: frozenset[str]) -> None:
        for topic in topics:
            if topic.startswith(SIGNAL):
                self._hear(_load(topic.removeprefix(SIGNAL)))
            elif topic.startswith(TOLD):
                self._hear(_told(topic))

    async def run(self) -> None:
        """Read the log until cancelled. On PostgreSQL other processes' events come by here."""
        self.position = await self.database.read(events.newest)
        self._ready.set()
        while True:
            self._stirred.look()
            found = await self.database.read(events.read, self.position, BATCH)
            for row in found:
                event = _event(row)
                self.position = event.position
                for queue in self._queues:
                    _put(queue, event)
            if len(found) == BATCH:
                continue
            if found:
                await asyncio.sleep(PAUSE)
            await self._stirred.wait(LOOK)

    async def events(self, after: Position | None = None) -> AsyncIterator[LiveEvent]:
        """Everything after a position (None: from now on), in order, without end.

        A listener that is too slow is ended; it starts again from its last position.
        """
        await self._ready.wait()
        queue: asyncio.Queue[LiveEvent | None] = asyncio.Queue(QUEUE)
        self._queues.add(queue)
        try:
            seen = self.position if after is None else after
            while seen < self.position:
                found = await self.database.read(events.read, seen, BATCH)
                for row in found:
                    event = _event(row)
                    seen = event.position
                    yield event
                if not found:
                    break
            while (following := await queue.get()) is not None:
                if following.position > seen:
                    yield following
        finally:
            self._queues.discard(queue)

    async def signal(self, signal: Signal) -> None:
        """Pass a signal on, to every process. On SQLite there is only this one."""
        if self.database.dialect == "sqlite":
            self._hear(signal)
        else:
            await self.database.write(_wake_only, SIGNAL + _dump(signal))

    async def signals(self) -> AsyncIterator[Signal]:
        """Signals from now on."""
        queue: asyncio.Queue[Signal] = asyncio.Queue(100)
        self._signals.add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            self._signals.discard(queue)

    def _hear(self, signal: Signal | None) -> None:
        for queue in self._signals:
            if signal is not None and not queue.full():
                queue.put_nowait(signal)


def _wake_only(session: Session, topic: str) -> None:
    wake(session, topic)


def _put(queue: asyncio.Queue[LiveEvent | None], event: LiveEvent) -> None:
    if queue.full():
        while not queue.empty():
            queue.get_nowait()
        queue.put_nowait(None)
    else:
        queue.put_nowait(event)


def _event(row: Row[Any]) -> LiveEvent:
    return LiveEvent(
        position=Position(row.xid, row.position),
        kind=row.kind,
        conversation_id=row.conversation_id,
        message_id=row.message_id,
        customer_id=row.customer_id,
        actor=row.actor,
        details=row.details or {},
    )


def _dump(signal: Signal) -> str:
    """As text without commas, because topics are joined by commas."""
    what = signal.what
    assert not isinstance(what, Told), "who was told is told by the transaction that told them"
    stored = {
        "side": signal.side,
        "address": what.address,
        "on": what.on if isinstance(what, Typing) else what.online,
        "typing": isinstance(what, Typing),
        "name": what.name if isinstance(what, Typing) else None,
        "conversation": str(signal.conversation_id) if signal.conversation_id else None,
    }
    return quote(json.dumps(stored), safe="")


def _told(topic: str) -> Signal | None:
    try:
        agent_id, conversation_id, occasion = told(topic)
    except ValueError:
        log.warning("a signal could not be read: %.200s", topic)
        return None
    return Signal("hub", Told(agent_id, occasion), conversation_id)


def _load(text: str) -> Signal | None:
    try:
        stored = json.loads(unquote(text))
        what: Typing | Presence = (
            Typing(stored["address"], stored["on"], stored["name"])
            if stored["typing"]
            else Presence(stored["address"], stored["on"])
        )
        conversation = stored["conversation"]
        return Signal(stored["side"], what, UUID(conversation) if conversation else None)
    except (ValueError, KeyError, TypeError):
        log.warning("a signal could not be read: %.200s", text)
        return None
