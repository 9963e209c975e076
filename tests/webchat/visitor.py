"""A visitor without a browser: speaks the frames of the protocol over a real WebSocket."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Protocol
from uuid import UUID, uuid4

from websockets.asyncio.client import ClientConnection, connect

Frame = dict[str, Any]
PATIENCE = 10


class Site(Protocol):
    """Wherever a web chat is served."""

    @property
    def socket(self) -> str: ...


class Visitor:
    """An open socket after its hello."""

    def __init__(self, socket: ClientConnection, welcome: Frame) -> None:
        self.socket = socket
        self.welcome = welcome
        self.token: str = welcome["token"]
        self.seen: list[Frame] = []

    async def send(self, frame: Frame) -> None:
        await self.socket.send(json.dumps(frame))

    async def until(self, wanted: str | Callable[[Frame], bool]) -> Frame:
        """The next frame of this type, or for which this holds; the ones before are kept."""
        matches = wanted if callable(wanted) else lambda frame: frame["type"] == wanted
        async with asyncio.timeout(PATIENCE):
            while True:
                frame: Frame = json.loads(await self.socket.recv())
                self.seen.append(frame)
                if matches(frame):
                    return frame

    async def write(self, text: str, client_id: UUID | None = None) -> Frame:
        """Send a text and wait for what the hub says of it."""
        return await self.act({"text": text}, client_id)

    async def act(self, act: Frame, client_id: UUID | None = None) -> Frame:
        name = str(client_id or uuid4())
        await self.send({"type": "send", "client_id": name, **act})
        return await self.until(lambda frame: frame.get("client_id") == name)

    async def closed(self) -> int | None:
        """The close code, once the far side has closed."""
        async with asyncio.timeout(PATIENCE):
            await self.socket.wait_closed()
        return self.socket.close_code


@asynccontextmanager
async def knocking(site: Site, **options: Any) -> AsyncIterator[ClientConnection]:
    """An open socket before any hello."""
    async with connect(site.socket, proxy=None, **options) as socket:
        yield socket


@asynccontextmanager
async def visiting(
    site: Site, *, token: str | None = None, cursor: str | None = None, **hello: Any
) -> AsyncIterator[Visitor]:
    """A visitor who has been welcomed."""
    async with knocking(site) as socket:
        frame = {"type": "hello", "v": 1, "locale": "en", **hello}
        if token:
            frame["token"] = token
        if cursor:
            frame["cursor"] = cursor
        await socket.send(json.dumps(frame))
        welcome = json.loads(await socket.recv())
        assert welcome["type"] == "welcome", welcome
        yield Visitor(socket, welcome)
