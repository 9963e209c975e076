"""A visitor of the web chat who never gives up: what was not acknowledged is sent again."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage

Frame = dict[str, Any]
AGAIN_SECONDS = 0.1


class ChatVisitor:
    """One browser tab with its queue and its timeline, as the widget keeps them.

    said: every text by the id that the visitor gave it, in order. unsent: those that were not
    acknowledged. seen: the timeline by message id, in the order of first appearance. urls: where
    the chat is served; after a loss the next one is tried.
    """

    def __init__(self, *urls: str) -> None:
        self._urls: Iterator[str] = itertools.cycle(urls)
        self.token: str | None = None
        self.cursor: str | None = None
        self.said: dict[str, str] = {}
        self.unsent: dict[str, str] = {}
        self.seen: dict[str, Frame] = {}
        self.refusals: list[Frame] = []
        self._socket: ClientConnection | None = None
        self._on_the_way: set[str] = set()
        self._sending = asyncio.Lock()

    async def say(self, text: str) -> None:
        """Write; it is sent now or when the connection is there again."""
        client_id = str(uuid4())
        self.said[client_id] = self.unsent[client_id] = text
        if self._socket is not None:
            with contextlib.suppress(ConnectionClosed):
                await self._send_queue(self._socket)

    async def stay(self) -> None:
        """Keep a connection open until cancelled, whatever happens to the far side."""
        while True:
            with contextlib.suppress(
                OSError, TimeoutError, ConnectionClosed, InvalidHandshake, InvalidMessage
            ):
                async with connect(next(self._urls), proxy=None) as socket:
                    await self._talk(socket)
            self._socket = None
            await asyncio.sleep(AGAIN_SECONDS)

    async def _talk(self, socket: ClientConnection) -> None:
        hello = {"type": "hello", "v": 1, "locale": "en"}
        known = {"token": self.token, "cursor": self.cursor}
        await socket.send(json.dumps(hello | {key: one for key, one in known.items() if one}))
        self._hear(json.loads(await socket.recv()))
        self._socket, self._on_the_way = socket, set()
        await self._send_queue(socket)
        async for data in socket:
            self._hear(json.loads(data))

    async def _send_queue(self, socket: ClientConnection) -> None:
        """Everything unsent that did not go over this connection yet, in the order of writing."""
        async with self._sending:
            for client_id, text in list(self.unsent.items()):
                if client_id not in self._on_the_way:
                    self._on_the_way.add(client_id)
                    frame = {"type": "send", "client_id": client_id, "text": text}
                    await socket.send(json.dumps(frame))

    def _hear(self, frame: Frame) -> None:
        match frame["type"]:
            case "welcome":
                self.token, self.cursor = frame["token"], frame["cursor"]
                self._note(frame["history"])
            case "history":
                self.cursor = frame["cursor"]
                self._note(frame["items"])
            case "ack":
                self.unsent.pop(frame["client_id"], None)
            case "error":
                self.refusals.append(frame)

    def _note(self, items: list[Frame]) -> None:
        for item in items:
            self.seen[item["id"]] = item
