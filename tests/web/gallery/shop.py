"""What the gallery remembers while it runs: rows, threads and a log of changes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from hub.web.views import Delivery, Happened, Item, Note, Person, Row, Said, Toast
from tests.web.gallery import sample


@dataclass
class Thread:
    """One conversation: its items with the position at which each last changed."""

    row: Row
    items: list[Item]
    changed: dict[str, int] = field(default_factory=dict)
    resolved: bool = False


class Shop:
    """One sample shop in one language. All methods run in the event loop's thread."""

    def __init__(self, words: sample.Words) -> None:
        self.words = words
        self.position = 100
        self.log: list[tuple[int, dict[str, Any]]] = []
        self.news = asyncio.Condition()
        self.threads: dict[UUID, Thread] = {}
        self.keys = 100
        self.streams = 0
        self.form_keys: set[str] = set()
        for row in sample.rows(words):
            self.threads[row.id] = Thread(row, sample.thread(words))

    def key(self) -> str:
        self.keys += 1
        return f"{self.keys:06}"

    async def changed(self, thread: Thread, kind: str, item: Item | None = None) -> None:
        """Log a change and wake the streams."""
        self.position += 1
        if item is not None:
            thread.changed[item.key] = self.position
        data = {
            "conversation": str(thread.row.id),
            "kind": kind,
            "message": str(item.id) if isinstance(item, Said) else None,
        }
        self.log.append((self.position, data))
        async with self.news:
            self.news.notify_all()

    def put(self, thread: Thread, item: Item) -> None:
        """Add the item, or put it in the place of the one with its key."""
        for index, one in enumerate(thread.items):
            if one.key == item.key:
                thread.items[index] = item
                return
        thread.items.append(item)

    async def receive(self, thread: Thread, text: str, channel: str = "telegram") -> Said:
        """A message of the customer."""
        said = Said(
            uuid4(), self.key(), "customer", thread.row.customer, channel, datetime.now(UTC), text
        )
        self.put(thread, said)
        thread.row = replace(
            thread.row, snippet=text, by="customer", waiting=True, unread=True,
            at=sample.NOW, sort=f"{-self.keys:010}",
        )  # fmt: skip
        await self.changed(thread, "message.received", said)
        return said

    async def answer(self, thread: Thread, text: str, channel: str, form_key: str) -> None:
        """An answer of the agent; it is sent a moment later."""
        if form_key in self.form_keys:
            return
        self.form_keys.add(form_key)
        sara = self.words.agents[0].split()[0]
        now = datetime.now(UTC)
        said = Said(
            uuid4(), self.key(), "team", sara, channel, now, text,
            delivery=Delivery("queued", until=now), form_key=form_key,
        )  # fmt: skip
        self.put(thread, said)
        thread.row = replace(thread.row, snippet=text, by="viewer", waiting=False, due=None)
        await self.changed(thread, "message.sent", said)
        asyncio.get_running_loop().call_later(
            1.5, lambda: asyncio.ensure_future(self.state(thread, said, "sent"))
        )

    async def state(self, thread: Thread, said: Said, state: Any) -> None:
        """What became of an answer."""
        latest = replace(said, delivery=Delivery(state, datetime.now(UTC)))
        self.put(thread, latest)
        await self.changed(thread, "message.state", latest)

    async def note(self, thread: Thread, text: str, form_key: str) -> None:
        if form_key in self.form_keys:
            return
        self.form_keys.add(form_key)
        sara = self.words.agents[0].split()[0]
        note = Note(uuid4(), self.key(), sara, datetime.now(UTC), text, form_key=form_key)
        self.put(thread, note)
        await self.changed(thread, "conversation.changed", note)

    async def resolve(self, thread: Thread, resolved: bool) -> None:
        thread.resolved = resolved
        await self._happen(thread, "resolved" if resolved else "reopened")

    async def assign(self, thread: Thread, person: Person | None) -> None:
        thread.row = replace(thread.row, assignee=person)
        await self._happen(thread, "assigned" if person else "unassigned", person)

    async def _happen(self, thread: Thread, what: Any, thing: Person | None = None) -> None:
        sara = self.words.agents[0].split()[0]
        happened = Happened(
            str(uuid4()), self.key(), what, datetime.now(UTC), actor=sara,
            thing=thing.name if thing else None,
        )  # fmt: skip
        self.put(thread, happened)
        await self.changed(thread, "conversation.changed", happened)

    def since(self, thread: Thread, position: int) -> tuple[Item, ...]:
        return tuple(one for one in thread.items if thread.changed.get(one.key, 0) > position)

    def undoable(self, thread: Thread, text: str) -> Toast:
        return Toast(text, f"/conversations/{thread.row.id}/undo/1")
