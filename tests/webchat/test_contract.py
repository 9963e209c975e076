"""The web chat keeps the contract: visitors on real sockets, who never give up."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import uuid4

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from hub.app import Hub
from hub.server import application
from hub.text import storable
from tests.contract import ChannelContract, Delivered, FarSide
from tests.webchat.serving import served
from tests.webchat.visitor import Frame

LONGEST = 8_000


class Page:
    """One visitor's page: sends its queue until all of it is acknowledged, keeps what it shows."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.acts: dict[str, Frame] = {}
        self.queue: dict[str, Frame] = {}
        self.shown: dict[str, Frame] = {}
        self.token: str | None = None
        self.cursor: str | None = None
        self.filled = asyncio.Event()
        self.task = asyncio.create_task(self._stay())

    def write(self, text: str) -> None:
        client_id = str(uuid4())
        self.acts[client_id] = {"type": "send", "client_id": client_id, "text": text}
        self.queue[client_id] = self.acts[client_id]
        self.filled.set()

    def again(self) -> None:
        self.queue |= self.acts
        self.filled.set()

    async def _stay(self) -> None:
        while True:
            with contextlib.suppress(ConnectionClosed, OSError):
                async with connect(self.url, proxy=None, max_size=None) as socket:
                    await self._talk(socket)
            await asyncio.sleep(0.02)

    async def _talk(self, socket: ClientConnection) -> None:
        hello: dict[str, Any] = {"type": "hello", "v": 1, "locale": "en"}
        if self.token:
            hello |= {"token": self.token, "cursor": self.cursor}
        await socket.send(json.dumps(hello))
        self._hear(json.loads(await socket.recv()))
        sending = asyncio.create_task(self._send(socket))
        try:
            async for data in socket:
                self._hear(json.loads(data))
        finally:
            sending.cancel()

    async def _send(self, socket: ClientConnection) -> None:
        while True:
            self.filled.clear()
            for frame in list(self.queue.values()):
                # As JavaScript writes it: a lone surrogate is escaped, the rest is not.
                await socket.send(json.dumps(frame))
            await self.filled.wait()

    def _hear(self, frame: Frame) -> None:
        match frame["type"]:
            case "welcome":
                self.token, self.cursor = frame["token"], frame["cursor"]
                self._show(frame["history"])
            case "history":
                self.cursor = frame["cursor"]
                self._show(frame["items"])
            case "ack":
                self.queue.pop(frame["client_id"], None)
            case "error":
                pytest.fail(f"the hub refused: {frame}")

    def _show(self, items: Sequence[Frame]) -> None:
        for item in items:
            if item["direction"] == "out":
                self.shown[item["id"]] = item


class Shop(FarSide):
    """A site whose visitors chat."""

    kind = "webchat"
    marks_machines = False
    quotes = False

    def __init__(self) -> None:
        self.options = {"messages_per_minute": 6_000, "messages_per_minute_per_network": 6_000}
        self.pages: dict[str, Page] = {}
        self.ending = contextlib.AsyncExitStack()

    async def connect(self, hub: Hub, account: str) -> None:
        port = await self.ending.enter_async_context(served(application(hub)))
        self.url = f"ws://127.0.0.1:{port}/c/{account}/socket"

    async def write(
        self,
        text: str,
        *,
        who: str = "sara",
        automated: bool = False,
        reply_to: Delivered | None = None,
    ) -> None:
        if who not in self.pages:
            self.pages[who] = Page(self.url)
        self.pages[who].write(text)

    async def redeliver(self) -> None:
        for page in self.pages.values():
            page.again()

    async def unacknowledged(self) -> int:
        return sum(len(page.queue) for page in self.pages.values())

    async def delivered(self) -> Sequence[Delivered]:
        return [
            Delivered("\n".join(words(item["blocks"])), item["automated"], native=item["id"])
            for page in self.pages.values()
            for item in page.shown.values()
        ]

    def carried(self, text: str) -> str | None:
        carried = storable(text)
        return carried if len(carried) <= LONGEST else None

    async def close(self) -> None:
        for page in self.pages.values():
            page.task.cancel()
        for page in self.pages.values():
            with contextlib.suppress(asyncio.CancelledError):
                await page.task
        await self.ending.aclose()


def words(value: object) -> list[str]:
    """Every text in a block, however deep."""
    match value:
        case str():
            return [value]
        case list():
            return [word for part in value for word in words(part)]
        case dict():
            return [word for part in value.values() for word in words(part)]
        case _:
            return []


@pytest.mark.both(full=True)
class TestWebchat(ChannelContract):
    side = Shop

    @pytest.fixture
    async def far(self) -> AsyncIterator[FarSide]:
        shop = Shop()
        yield shop
        await shop.close()
