"""Serving: the pages, the adapters' routes and the moving parts in one process, until a signal."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import signal
import socket
from collections.abc import (
    AsyncIterator,
    Callable,
    Coroutine,
    Generator,
    Iterator,
    Mapping,
    Sequence,
)
from typing import TYPE_CHECKING, Final

import uvicorn

from hub.app import PARTS, Hub, Part
from hub.channel import ChannelKind
from hub.settings import Loaded, Server
from hub.starting import CannotStart

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from hub.web.context import WebContext

log = logging.getLogger(__name__)

GRACE: Final = 4
"""Seconds that open requests get to end when the hub stops."""
LONGEST_FRAME: Final = 1024 * 1024
"""Bytes of the longest WebSocket message; files come by other ways."""

Ready = Callable[[Hub], None]
Beside = Callable[[Hub], Coroutine[None, None, None]]


async def _nothing(hub: Hub) -> None:
    return None


async def serve(
    loaded: Loaded,
    *,
    environ: Mapping[str, str] = os.environ,
    parts: Sequence[Part] = PARTS,
    kinds: Mapping[str, ChannelKind] | None = None,
    ready: Ready = lambda hub: None,
    beside: Beside = _nothing,
) -> None:
    """Run the hub until SIGTERM or SIGINT; everything begun is ended in order.

    kinds: as for `Hub`. ready: called once, when people can sign in and messages are taken.
    beside: what runs along with the hub and is cancelled with it.

    Raises:
        CannotStart: the address is taken, or another reason of `Hub`.
        SettingsError, OldSchema, KeyFault: as `Hub`.
    """
    with _listening(loaded.settings.server, parts) as sockets:
        if sockets:
            loaded = _with_port(loaded, sockets[0].getsockname()[1])
        async with (
            Hub(loaded, environ=environ, parts=parts, kinds=kinds) as hub,
            _along(beside(hub)),
        ):
            stopping = asyncio.Event()
            with _until_signal(stopping):
                if sockets:
                    await _serve_pages(hub, sockets, stopping, ready)
                else:
                    log.info("running: %s", ", ".join(hub.parts))
                    ready(hub)
                    await stopping.wait()
            log.info("stopping")


@contextlib.asynccontextmanager
async def _along(running: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Run beside the block; what breaks there is told and breaks nothing else."""
    task = asyncio.create_task(running)
    try:
        yield
    finally:
        task.cancel()
        (ended,) = await asyncio.gather(task, return_exceptions=True)
        if isinstance(ended, Exception):
            log.error("what ran beside the hub broke", exc_info=ended)


def application(hub: Hub, stopping: asyncio.Event | None = None) -> ASGIApp:
    """The pages and, under /c/<account>/, what the adapters serve.

    stopping: set when the process begins to stop, so that open streams end.

    Raises:
        FileNotFoundError: the front end is not built; the text says how to build it.
    """
    from hub.web.app import create_app

    return create_app(web_context(hub, stopping), routes=hub.routes())


def web_context(hub: Hub, stopping: asyncio.Event | None = None) -> WebContext:
    """What the pages are made of, of a hub that is open."""
    from hub.store.limiting import StoredLimiter
    from hub.web.context import WebContext

    return WebContext(
        database=hub.database,
        keys=hub.keys,
        settings=hub.settings,
        clock=hub.clock,
        blobs=hub.blobs,
        pictures=hub.pictures,
        live=hub.live,
        policy=lambda: hub.policy,
        attendance=hub.attendance,
        accounts=hub.connections,
        watch=hub.watch,
        limiter=StoredLimiter(hub.database),
        stopping=stopping or asyncio.Event(),
    )


async def _serve_pages(
    hub: Hub, sockets: Sequence[socket.socket], stopping: asyncio.Event, ready: Ready
) -> None:
    server = _Server(_configuration(application(hub, stopping), hub.settings.server))
    serving = asyncio.create_task(server.serve(list(sockets)), name="payam pages")
    try:
        if await _first(serving, server.begun):
            log.info("listening on %s", hub.settings.server.url)
            ready(hub)
            await _first(serving, stopping)
    finally:
        server.should_exit = True
        await serving


async def _first(serving: asyncio.Task[None], event: asyncio.Event) -> bool:
    """Wait until the event is set, or serving ends by itself; whether it was the event."""
    waiting = asyncio.create_task(event.wait())
    await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    return event.is_set()


def _configuration(app: ASGIApp, settings: Server) -> uvicorn.Config:
    # Its lines say nothing that ours do not.
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    return uvicorn.Config(
        app,
        ws="websockets-sansio",
        ws_max_size=LONGEST_FRAME,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=[str(network) for network in settings.trusted_proxies],
        timeout_graceful_shutdown=GRACE,
    )


class _Server(uvicorn.Server):
    """uvicorn, as a part of the hub. `begun` is set when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.begun = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.begun.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        """Leave signals alone: they end the whole hub, and uvicorn would raise them again when it
        is done, before the hub has closed."""
        yield


@contextlib.contextmanager
def _until_signal(stopping: asyncio.Event) -> Iterator[None]:
    """Set the event at the first SIGTERM or SIGINT. The second one ends the process at once."""
    loop = asyncio.get_running_loop()

    def stop() -> None:
        stopping.set()
        for signal_number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(signal_number)
            signal.signal(signal_number, signal.SIG_DFL)

    for signal_number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_number, stop)
    try:
        yield
    finally:
        for signal_number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(signal_number)


@contextlib.contextmanager
def _listening(settings: Server, parts: Sequence[Part]) -> Iterator[list[socket.socket]]:
    """Sockets bound to the address that is set, so that a taken one is known before anything
    starts. None where there are no pages to serve."""
    sockets: list[socket.socket] = []
    try:
        if "web" in parts:
            _bind(settings, sockets)
        yield sockets
    finally:
        for bound in sockets:
            bound.close()


def _bind(settings: Server, sockets: list[socket.socket]) -> None:
    host, port = settings.host, settings.port
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, kind, protocol, _, address in dict.fromkeys(found):
            bound = socket.socket(family, kind, protocol)
            sockets.append(bound)
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            # All addresses of one name share the port that the system chose for the first.
            port = port or (len(sockets) > 1 and sockets[0].getsockname()[1]) or 0
            bound.bind((address[0], port, *address[2:]))
    except OSError as error:
        raise CannotStart(_why_not(error, host, port)) from error


def _why_not(error: OSError, host: str, port: int) -> str:
    shown = f"{f'[{host}]' if ':' in host else host}:{port}"
    if error.errno == errno.EADDRINUSE:
        return (
            f"the address {shown} is in use: another program, or another Payam, listens there\n"
            "Stop it, or choose another port: PAYAM_SERVER__PORT=8081, or server.port in the "
            "settings."
        )
    if error.errno == errno.EACCES:
        return (
            f"listening on {shown} is not allowed\n"
            "Ports below 1024 need rights that Payam should not have: choose one above, and put a "
            "reverse proxy in front."
        )
    return (
        f"can not listen on {shown}: {error.strerror or error}\n"
        "Set server.host to an address of this machine."
    )


def _with_port(loaded: Loaded, port: int) -> Loaded:
    """The settings with the port that the system chose, where it was left to it."""
    if loaded.settings.server.port:
        return loaded
    from dataclasses import replace

    server = loaded.settings.server.model_copy(update={"port": port})
    return replace(loaded, settings=loaded.settings.model_copy(update={"server": server}))
