"""One stream of changes for each browser: ids only, restricted to what its agent may see.

    event: hello                          {"front"}: the stream is open; the files of scripts and
                                          styles that pages have by now
    event: beat                           nothing happened, and the stream still stands
    id: <place in the log>
    event: change                         {"conversation", "kind", "message", "actor"}, and
                                          "customers": whose it is; of a customer as a whole also
                                          "others": more conversations of theirs
    event: typing                         {"conversation", "on", "name"}: the customer writes
    event: here                           {"conversation", "agent", "name", "on", "came",
                                          "typing"}: a colleague looks at it, or left
    event: told                           {"conversation", "occasion"}: this agent was told
    event: end                            {"reason"}: "signed-out", "stopping" or "behind"

While nothing happens a stream asks the database nothing: that its sign-in ended, or that its agent
may see something else, is told by whoever changes it, and when a sign-in runs out is known.

After a break the browser asks with Last-Event-ID, or ?after=, and misses nothing
(HTML Standard, section 9.2, "Server-sent events").
"""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID

from starlette.responses import Response, StreamingResponse

from hub.agents import sign_ins
from hub.agents.rights import Right, Viewer
from hub.channel import Presence, Typing
from hub.conversations import access, listing
from hub.conversations.customers import seeing
from hub.live import LiveEvent, Signal, Told
from hub.store.database import Database, Session
from hub.store.events import Position
from hub.store.versions import POLICY
from hub.web.asked import Asked
from hub.web.positions import dump_position, load_position

HEARTBEAT: Final = 15.0
"""Seconds. A page that hears nothing for longer knows that its connection is gone."""
TOPICS: Final = frozenset({sign_ins.TOPIC, POLICY, "*"})
"""What may have changed who listens, or what they may see."""
WAITING: Final = 1000


class Streams:
    """The open streams of this process, by sign-in."""

    def __init__(self, database: Database) -> None:
        self._open: defaultdict[str, set[_Stream]] = defaultdict(set)
        database.on_wake(self._woken)

    @property
    def count(self) -> int:
        return sum(len(streams) for streams in self._open.values())

    def begin(self, token_hash: str, stream: _Stream) -> None:
        self._open[token_hash].add(stream)

    def done(self, token_hash: str, stream: _Stream) -> None:
        self._open[token_hash].discard(stream)
        if not self._open[token_hash]:
            del self._open[token_hash]

    def end(self, token_hash: str) -> None:
        """End all streams of a sign-in."""
        for stream in self._open.get(token_hash, ()):
            stream.ended.set()

    def _woken(self, topics: frozenset[str]) -> None:
        if topics & TOPICS:
            for streams in self._open.values():
                for stream in streams:
                    stream.doubt()


async def live(asked: Asked) -> Response:
    """GET /live"""
    after = load_position(asked.request.headers.get("last-event-id") or asked.query("after"))
    return StreamingResponse(
        _Stream(asked, after).text(),
        media_type="text/event-stream",
        headers={"X-Accel-Buffering": "no"},
    )


class _Stream:
    def __init__(self, asked: Asked, after: Position | None) -> None:
        self.asked = asked
        self.context = asked.site.context
        self.after = after
        self.viewer: Viewer = asked.viewer
        self.sees_all = False
        self.ended = asyncio.Event()
        self.ends_at: datetime = asked.signed_in.ends_at
        self._doubted = False
        self._queue: asyncio.Queue[str | None] = asyncio.Queue(WAITING)

    def doubt(self) -> None:
        """Look again who listens, and what they may see, before anything else is told."""
        self._doubted = True
        with suppress(asyncio.QueueFull):
            self._queue.put_nowait("")

    async def text(self) -> AsyncIterator[str]:
        """The stream as text, until the sign-in ends, the process stops or the browser goes."""
        token_hash = self.asked.signed_in.token_hash
        streams = self.asked.site.streams
        streams.begin(token_hash, self)
        tab_id = self.context.attendance.opened(self.viewer.agent_id)
        tasks: list[asyncio.Task[None]] = []
        try:
            await self._look_again()
            tasks += [
                asyncio.create_task(self._pass_events()),
                asyncio.create_task(self._pass_signals()),
            ]
            yield _event("hello", {"front": self.asked.site.front})
            while True:
                what = await self._next()
                over = self.ends_at <= self.context.clock.now()
                if (self._doubted or over) and not await self._look_again():
                    what = _event("end", {"reason": "signed-out"})
                if what:
                    yield what
                if what.startswith("event: end"):
                    return
        finally:
            streams.done(token_hash, self)
            self.context.attendance.closed(tab_id)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _next(self) -> str:
        """What comes next; a beat when nothing does; "" for a look at who listens."""
        waits = [
            asyncio.create_task(self._queue.get()),
            asyncio.create_task(self.ended.wait()),
            asyncio.create_task(self.context.stopping.wait()),
        ]
        try:
            await asyncio.wait(waits, timeout=HEARTBEAT, return_when=asyncio.FIRST_COMPLETED)
            if self.ended.is_set():
                return _event("end", {"reason": "signed-out"})
            if self.context.stopping.is_set():
                return _event("end", {"reason": "stopping"})
            if waits[0].done():
                what = cast("str | None", waits[0].result())
                return _event("end", {"reason": "behind"}) if what is None else what
            return _event("beat", {})
        finally:
            for wait in waits:
                wait.cancel()
            for wait in waits:
                with suppress(asyncio.CancelledError):
                    await wait

    async def _look_again(self) -> bool:
        """Whether the sign-in still holds, and till when; and what the agent may see by now."""
        self._doubted = False
        database, now = self.context.database, self.context.clock.now()
        found = await database.read(sign_ins.find, self.asked.signed_in.token_hash, now)
        if found is None or not found.viewer.may(Right.READ):
            return False
        self.viewer, self.ends_at = found.viewer, found.ends_at
        self.sees_all = await database.read(access.sees_all, self.viewer)
        return True

    async def _pass_events(self) -> None:
        async for event in self.context.live.events(self.after):
            if event.conversation_id is None and event.customer_id is not None:
                theirs = await self.context.database.read(_seen_of, self.viewer, event.customer_id)
                if theirs is not None:
                    await self._queue.put(_change(event, *theirs))
            elif await self._may_see(event.conversation_id):
                await self._queue.put(_change(event, event.conversation_id))
        await self._queue.put(None)

    async def _pass_signals(self) -> None:
        async for signal in self.context.live.signals():
            told = _signal(signal, self.viewer)
            if told is not None and await self._may_see(signal.conversation_id):
                with suppress(asyncio.QueueFull):
                    self._queue.put_nowait(told)

    async def _may_see(self, conversation_id: UUID | None) -> bool:
        if conversation_id is None:
            return False
        if self.sees_all:
            return True
        visible = await self.context.database.read(
            access.visible_ids, self.viewer, [conversation_id]
        )
        return conversation_id in visible


def _seen_of(session: Session, viewer: Viewer, customer_id: UUID) -> tuple[UUID, ...] | None:
    """A customer's latest conversations, as far as the viewer may see them; None where the
    customer is not for them at all."""
    theirs = listing.latest_of(session, viewer, customer_id)
    return theirs if theirs or seeing.may_see(session, viewer, customer_id) else None


def _change(event: LiveEvent, conversation_id: UUID | None = None, *others: UUID) -> str:
    data: dict[str, Any] = {
        "conversation": str(conversation_id) if conversation_id else None,
        "kind": event.kind,
        "message": str(event.message_id) if event.message_id else None,
        "actor": event.actor,
    }
    if event.customer_id is not None:
        # Whoever became part of another has a page that is open somewhere, too.
        gone = [event.details["gone"]] if "gone" in event.details else []
        data["customers"] = [str(event.customer_id), *gone]
    if others:
        data["others"] = [str(one) for one in others]
    return f"id: {dump_position(event.position)}\n{_event('change', data)}"


def _signal(signal: Signal, viewer: Viewer) -> str | None:
    """What this viewer's pages are told of a signal; None where it does not concern them."""
    what, about = signal.what, {"conversation": str(signal.conversation_id)}
    if isinstance(what, Told):
        mine = what.agent_id == viewer.agent_id
        return _event("told", {**about, "occasion": what.occasion}) if mine else None
    if signal.side == "customer":
        if not isinstance(what, Typing):
            return None
        return _event("typing", {**about, "on": what.on, "name": what.name})
    if signal.conversation_id is None or what.address == str(viewer.agent_id):
        return None
    looks = isinstance(what, Typing)
    return _event(
        "here",
        {
            **about,
            "agent": what.address,
            "name": what.name if isinstance(what, Typing) else None,
            "on": looks or (isinstance(what, Presence) and what.online),
            "came": isinstance(what, Presence) and what.online,
            "typing": looks and isinstance(what, Typing) and what.on,
        },
    )


def _event(name: str, data: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"
