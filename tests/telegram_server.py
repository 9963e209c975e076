"""A Bot API server for tests: real HTTP, a memory of its own, and customers that act.

In a test:

    async with TelegramServer() as far:
        far.url, far.token            # what a bot is configured with
        await far.people.write(7, "hello")
        far.people.texts(7)

As a process that outlives the hub, with its state on disk:

    python -m tests.telegram_server --port 8081 --state far.json

and `RemotePeople(url)` (or any HTTP client under /_control) for the customers.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import uvicorn

from tests.telegram.botapi.hooks import Deliveries
from tests.telegram.botapi.methods import Methods
from tests.telegram.botapi.people import People
from tests.telegram.botapi.web import Door
from tests.telegram.botapi.world import Bot, Json, World

SAMPLE_TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
"""The example of https://core.telegram.org/bots/features#botfather, a token of nobody's."""


class _Server(uvicorn.Server):
    """Leaves the signals to whoever runs it; uvicorn would end the process on its own."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class TelegramServer:
    """The server within this process, on a free port of 127.0.0.1 unless told another.

    The port stays the same over `stop` and `start`, so that a network loss can be played.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        token: str = SAMPLE_TOKEN,
        state: Path | None = None,
        demand_https: bool = False,
    ) -> None:
        self.world = World()
        self.methods = Methods(self.world, demand_https=demand_https)
        self.people = People(self.world)
        self.token = token
        self.port = port
        self._state = state
        if state is not None and state.exists():
            self.world.restore(json.loads(state.read_text()))
        if token not in self.world.bots:
            self.add_bot(token)
        self._server: _Server | None = None
        self._tasks: list[asyncio.Task[None]] = []

    def add_bot(self, token: str, username: str = "sample_shop_bot") -> Bot:
        """Another bot; its id is the number before the colon of its token."""
        bot = Bot(token, int(token.partition(":")[0]), username)
        self.world.bots[token] = bot
        return bot

    @property
    def bot(self) -> Bot:
        return self.world.bots[self.token]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Listen. Returns when connections are taken."""
        self.world.closing = False
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        self.port = listener.getsockname()[1]
        app = Door(self.world, self.methods, self.people).application()
        config = uvicorn.Config(
            app, log_level="critical", lifespan="off", timeout_graceful_shutdown=1
        )
        self._server = _Server(config)
        self._tasks = [
            asyncio.create_task(self._server.serve(sockets=[listener])),
            asyncio.create_task(Deliveries(self.world, self.methods).run()),
        ]
        if self._state is not None:
            self._tasks.append(asyncio.create_task(self._keep(self._state)))
        while not self._server.started:
            await asyncio.sleep(0.005)

    async def stop(self) -> None:
        """Break all connections and stop listening; the memory stays."""
        if self._server is None:
            return
        await self.world.close()
        self._server.should_exit = True
        serving, *others = self._tasks
        await serving
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        self._server = None
        if self._state is not None:
            self._save(self._state)

    async def _keep(self, path: Path) -> None:
        while True:
            await asyncio.sleep(0.25)
            self._save(path)

    def _save(self, path: Path) -> None:
        draft = path.with_suffix(".new")
        draft.write_text(json.dumps(self.world.snapshot()))
        draft.replace(path)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()


class RemotePeople:
    """The customers of a server in another process: `people.do("write", chat=7, text="hello")`."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=url, trust_env=False, timeout=10)

    def do(self, act: str, *args: Any, **arguments: Any) -> Any:
        """One act of `People` by name. Returns its result."""
        body: Json = {"args": args, **arguments}
        response = self._client.post(f"/_control/{act}", json=body)
        response.raise_for_status()
        return response.json()["result"]

    def close(self) -> None:
        self._client.close()


async def _serve(port: int, state: Path | None, token: str) -> None:
    server = TelegramServer(port=port, state=state, token=token)
    await server.start()
    print(server.url, flush=True)  # noqa: T201 - whoever started the process reads where it is
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    await told.wait()
    await server.stop()


def main() -> None:
    """Serve until a signal comes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--state", type=Path, help="a file that keeps the memory")
    parser.add_argument("--token", default=SAMPLE_TOKEN)
    given = parser.parse_args()
    asyncio.run(_serve(given.port, given.state, given.token))


if __name__ == "__main__":
    main()
