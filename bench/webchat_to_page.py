"""Web chat: milliseconds from a visitor's message to the agent's page.

    python -m bench.webchat_to_page [--messages N]

A visitor writes over a WebSocket; an agent is signed in and holds the pages' stream of changes
open. Measured is the time from sending a message to hearing on that stream that it is there:
stored durably, decided on, seen through the event log. Compared with a bare relay in the same
process, through the same uvicorn, which writes each WebSocket message straight to the stream.
Visitor and agent are another process; one message is under way at a time, and between two of them
is a pause, as there is between people's.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import socket
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Generator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.asyncio.client import connect

from bench._served import served
from hub.agents.directory import add_agent
from hub.app import Hub
from tests.web.desk import PASSWORD, Browser, hashed

MAIL = "sample@example.com"
PAUSE = 0.05
"""Seconds between two messages."""
WARM_UP = 5
WORDS = "Where is my order {0}? سفارش من کجاست؟"


@dataclass(frozen=True)
class Far:
    """What visitor and agent need to know of a server."""

    socket: str
    stream: str
    cookie: str = ""
    hello: str = ""
    heard: str = ""
    """What the line of the stream holds that tells of a message."""


def exchange(far: Far, count: int) -> list[float]:
    """Send so many messages, one after the other; milliseconds until each was heard of."""
    return asyncio.run(_exchange(far, count))


async def _exchange(far: Far, count: int) -> list[float]:
    parts = urlsplit(far.stream)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(
        f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
        f"Accept: text/event-stream\r\nCookie: {far.cookie}\r\n\r\n".encode()
    )
    status = await reader.readline()
    if b" 200 " not in status:
        raise RuntimeError(f"the stream was answered {status!r}")
    await _hear(reader, "hello")
    times: list[float] = []
    async with connect(far.socket, proxy=None, compression=None) as visitor:
        if far.hello:
            await visitor.send(far.hello)
            await visitor.recv()
        reading = asyncio.create_task(_ignore(visitor.__aiter__()))
        for number in range(count + WARM_UP):
            frame = {"type": "send", "client_id": str(uuid4()), "text": WORDS.format(number)}
            began = time.perf_counter()
            await visitor.send(json.dumps(frame))
            async with asyncio.timeout(30):
                await _hear(reader, far.heard)
            times.append((time.perf_counter() - began) * 1000)
            await asyncio.sleep(PAUSE)
        reading.cancel()
    writer.close()
    return times[WARM_UP:]


async def _hear(reader: asyncio.StreamReader, wanted: str) -> None:
    while wanted not in (line := await reader.readline()).decode():
        if not line:
            raise RuntimeError("the stream ended")


async def _ignore(frames: AsyncIterator[str | bytes]) -> None:
    async for _ in frames:
        pass


def relay() -> Starlette:
    """The least that carries a WebSocket message to a stream."""
    listeners: set[asyncio.Queue[str]] = set()

    async def hear(websocket: WebSocket) -> None:
        await websocket.accept()
        try:
            while True:
                text = await websocket.receive_text()
                for listener in listeners:
                    listener.put_nowait(text)
        except WebSocketDisconnect:
            pass

    async def told() -> AsyncIterator[str]:
        queue: asyncio.Queue[str] = asyncio.Queue()
        listeners.add(queue)
        try:
            yield "event: hello\n\n"
            while True:
                yield f"event: change\ndata: {await queue.get()}\n\n"
        finally:
            listeners.discard(queue)

    async def tell(request: Request) -> Response:
        return StreamingResponse(told(), media_type="text/event-stream")

    return Starlette(routes=[WebSocketRoute("/socket", hear), Route("/live", tell)])


class _Server(uvicorn.Server):
    """`begun` is set when it listens. Signals are for the hub's own server."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.begun = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.begun.set()

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


@asynccontextmanager
async def relaying() -> AsyncIterator[Far]:
    """The relay on a port of its own, by the same server with the same settings."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = _Server(
        uvicorn.Config(
            relay(),
            ws="websockets-sansio",
            lifespan="off",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=1,
        )
    )
    serving = asyncio.create_task(server.serve([listener]))
    await server.begun.wait()
    port = listener.getsockname()[1]
    try:
        yield Far(f"ws://127.0.0.1:{port}/socket", f"http://127.0.0.1:{port}/live", heard="data: ")
    finally:
        server.should_exit = True
        await serving


async def signed_in(hub: Hub) -> str:
    """The cookie of an agent who has signed in through the pages."""
    await hub.database.write(
        add_agent,
        name="Sample agent",
        mail=MAIL,
        password_hash=await asyncio.to_thread(hashed),
        role="agent",
        locale="en",
        calendar="gregorian",
        time_zone="UTC",
        now=hub.clock.now(),
    )
    async with httpx.AsyncClient(base_url=hub.settings.server.url, trust_env=False) as client:
        answer = await Browser(client).sign_in(MAIL, PASSWORD)
        if answer.status_code != 303:
            raise SystemExit(f"signing in was answered {answer.status_code}")
        return "; ".join(f"{name}={value}" for name, value in client.cookies.items())


async def measure(folder: Path, count: int) -> tuple[list[float], list[float]]:
    """Milliseconds of each message by the hub, and by the relay."""
    loop = asyncio.get_running_loop()
    chat = {
        "kind": "webchat",
        "messages_per_minute": 1_000_000,
        "messages_per_minute_per_network": 1_000_000,
    }
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        async with served(folder, {"web": chat}) as hub, relaying() as bare:
            url = hub.settings.server.url
            far = Far(
                socket=url.replace("http://", "ws://", 1) + "/c/web/socket",
                stream=f"{url}/live",
                cookie=await signed_in(hub),
                hello=json.dumps({"type": "hello", "v": 1, "locale": "en"}),
                heard='"kind": "message.received"',
            )
            by_hub = await loop.run_in_executor(pool, exchange, far, count)
            by_relay = await loop.run_in_executor(pool, exchange, bare, count)
    return by_hub, by_relay


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--messages", type=int, default=100)
    given = parser.parse_args(arguments)
    logging.disable(logging.ERROR)
    with tempfile.TemporaryDirectory(prefix="payam-bench-", dir=".") as folder:
        hub, bare = asyncio.run(measure(Path(folder), given.messages))
    p50: Callable[[Sequence[float]], float] = statistics.median
    print("web chat to an agent's page, ms from sending to the stream")
    print(f"{'':<6} {'hub':>8} {'relay':>8} {'ratio':>6}")
    for name, of in (("p50", p50), ("p99", _p99)):
        print(f"{name:<6} {of(hub):>8.2f} {of(bare):>8.2f} {of(hub) / of(bare):>6.1f}")


def _p99(times: Sequence[float]) -> float:
    return sorted(times)[max(0, -(-len(times) * 99 // 100) - 1)]


if __name__ == "__main__":
    main()
