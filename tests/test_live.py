"""Open pages hear what happened, in order; who was away catches up and misses nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from hub.app import Hub
from hub.channel import HistoryItem, Presence, Typing
from hub.live import QUEUE, LiveEvent, Signal
from hub.store import events
from hub.store.events import Happening, Position
from tests.desk import GREETING, Desk, until
from tests.harness import people


class Listener:
    """Somebody who listens from a position on, and notes what they hear."""

    def __init__(self, hub: Hub, after: Position | None = None) -> None:
        self.heard: list[LiveEvent] = []
        self.hub = hub
        self.ended = False
        self.task = asyncio.create_task(self._listen(after))

    async def _listen(self, after: Position | None) -> None:
        async for event in self.hub.live.events(after):
            self.heard.append(event)
        self.ended = True

    @property
    def kinds(self) -> list[str]:
        return [event.kind for event in self.heard]

    async def stop(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


@pytest.mark.both
async def test_a_page_hears_of_a_message_by_its_ids(desk: Desk) -> None:
    await desk.rules(GREETING)
    listener = Listener(desk.hub)
    await asyncio.sleep(0.05)
    message_id = await desk.hears("a secret")
    await until(lambda: "message.sent" in listener.kinds, "the answer to be announced")
    received = next(event for event in listener.heard if event.kind == "message.received")
    assert received.message_id == message_id
    assert received.customer_id is not None
    assert "a secret" not in repr(listener.heard)
    positions = [event.position for event in listener.heard]
    assert positions == sorted(set(positions))
    await listener.stop()


@pytest.mark.both
async def test_who_was_away_misses_nothing_and_hears_nothing_twice(desk: Desk) -> None:
    position = await desk.hub.database.read(events.newest)
    steady = Listener(desk.hub, position)
    returning: list[LiveEvent] = []
    for number in range(6):
        listener = Listener(desk.hub, position)
        await asyncio.sleep(0.02)
        await desk.hears(f"message {number}")
        if number % 2:
            await until(lambda listener=listener: listener.heard, "anything")
        await listener.stop()
        returning += listener.heard
        if returning:
            position = returning[-1].position
    await until(lambda: steady.kinds.count("message.received") == 6, "all six")
    last = Listener(desk.hub, position)

    def whole() -> bool:
        return len(returning + last.heard) >= len(steady.heard)

    await until(whole, "the rest")
    together = [event.position for event in returning + last.heard]
    assert together == sorted(set(together))
    assert set(together) >= {event.position for event in steady.heard}
    await steady.stop()
    await last.stop()


async def test_who_is_too_slow_is_ended_and_starts_again(desk: Desk) -> None:
    """A listener who reads nothing must not fill the memory."""
    slow: AsyncIterator[LiveEvent] = desk.hub.live.events()
    first = asyncio.ensure_future(anext(slow))
    await asyncio.sleep(0.05)

    now = desk.hub.clock.now()
    many = [Happening("test.happened", str(number), now) for number in range(QUEUE + 600)]
    await desk.hub.database.write(events.append, many[:10])
    position = (await first).position
    await desk.hub.database.write(events.append, many[10:])
    newest = await desk.hub.database.read(events.newest)
    await until(lambda: desk.hub.live.position >= newest, "the log to be read")
    # What was in the queue is thrown away with it: the listener is ended and starts again.
    positions = [position] + [event.position async for event in slow]
    position = positions[-1]
    again = Listener(desk.hub, position)
    await until(lambda: again.heard and again.heard[-1].position >= newest, "the rest")
    await again.stop()


@pytest.mark.both
async def test_signals_pass_and_are_not_stored(desk: Desk) -> None:
    heard: list[Signal] = []

    async def listen() -> None:
        async for signal in desk.hub.live.signals():
            heard.extend([signal])

    task = asyncio.create_task(listen())
    conversation = await desk.conversation(await desk.hears("hello"))
    before = len(await desk.hub.database.read(events.read, Position()))
    host = desk.hub.accounts["people"].host
    await host.signal(Typing("sara", True, "Sara, \u0633\u0627\u0631\u0627"))
    await host.signal(Presence("sara", False))
    await host.signal(Typing("nobody we know", True))
    await until(lambda: len(heard) == 2, "the signals")
    assert [signal.conversation_id for signal in heard] == [conversation.id] * 2
    assert heard[0].what == Typing("sara", True, "Sara, \u0633\u0627\u0631\u0627")
    assert heard[1].what == Presence("sara", False)
    after = await desk.hub.database.read(events.read, Position())
    assert [row.kind for row in after[before:] if "typing" in row.kind] == []
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.mark.both
async def test_a_person_reads_what_changed_since(desk: Desk) -> None:
    """What a web chat does: the newest page, then by cursor whatever changed."""
    await desk.rules(GREETING)
    host = desk.hub.accounts["people"].host
    assert (await host.history("sara")).items == ()
    await desk.hears("hello")
    await until(lambda: people(desk.hub).to("sara"), "the welcome")
    conversation = (await desk.messages())[0].conversation_id

    async def both_shown() -> bool:
        return len((await host.history("sara")).items) == 2

    await until(both_shown, "the welcome to be shown")
    page = await host.history("sara")
    assert [item.direction for item in page.items] == ["in", "out"]
    assert page.items[1].automated

    async def nothing_new() -> bool:
        return (await host.history("sara", str(desk.hub.live.position))).items == ()

    await until(nothing_new, "the page to have everything")
    answer = await desk.answers(conversation, "and now a person")
    await desk.state(answer, "sent")

    async def news() -> HistoryItem | None:
        items = (await host.history("sara", page.cursor)).items
        return next((item for item in items if item.message_id == answer), None)

    assert (await until(news, "the answer to be read")).author == "Sample Agent"
    assert (await host.history("omid")).items == ()
    older = await host.history("sara", limit=1)
    assert (len(older.items), older.earlier) == (1, True)
