"""Pages: milliseconds of server time for lists, conversations and searches, on a full inbox.

    python -m bench.inbox [--conversations N] [--visits N] [--streams N] [--rate N] [--postgres URL]

There are N conversations of ten messages each; an agent is signed in. Measured is the whole answer
of the application, from the request to the last byte, without a network. Compared with the same
page's own SELECT statements, given to sqlite3 alone: what is left is rendering, the sign-in's gate
and SQLAlchemy. With --streams so many agents hold the stream of changes open meanwhile, and with
--rate so many messages arrive a second.

More than a few thousand conversations are made once and kept in the system's temporary folder.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import logging
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote
from uuid import UUID, uuid4

import httpx
from sqlalchemy import select
from starlette.types import ASGIApp
from starlette.types import Message as AsgiMessage

from bench._databases import databases
from bench._inbox_data import AGENT, MESSAGES, full_inbox, kept_folder
from bench._recorded import reading
from hub.store.sqlite import SqliteDatabase
from hub.store.statements import table_of
from hub.store.tables import Agent, Conversation
from tests.web.desk import Desk, desk, served

KEPT_FROM = 5_000
PAGES: dict[str, tuple[str, ...]] = {
    "list": ("/inbox", "/inbox?view=mine", "/inbox?view=unassigned"),
    "list, resolved": ("/inbox?view=resolved",),
    "search, a rare word": ("/search?q=porcelain",),
    "search, frequent words": (f"/search?q={quote('سفارش')}", "/search?q=order+refund"),
    "search, with operators": (
        "/search?q=order+is:open", "/search?q=parcel+tag:refund", "/search?q=is:open+assignee:me",
        "/search?q=from:17+invoice", "/search?q=refund+before:2026-06-01",
    ),
    "search in the list": ("/inbox?q=porcelain", "/inbox?q=order+is:open"),
    "palette": ("/palette?q=sample+per", "/palette?q=porc", "/palette?q=1042"),
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """Milliseconds: of the application, of this process's processor (the median), and of the
    page's statements alone (None: not measured)."""

    page: str
    p50: float
    p95: float
    processor: float
    raw: float | None


async def visit(app: ASGIApp, cookie: str, url: str, *, partial: bool) -> tuple[float, float]:
    """Milliseconds of one GET, and of the processor meanwhile. Raises RuntimeError for any answer
    but 200."""
    path, _, query = url.partition("?")
    headers = [(b"host", b"desk.example"), (b"cookie", cookie.encode())]
    if partial:
        headers += [(b"hx-request", b"true"), (b"hx-request-type", b"partial")]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("desk.example", 80),
    }
    answers: list[AsgiMessage] = []
    asked = itertools.chain([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> AsgiMessage:
        return next(asked, {"type": "http.disconnect"})

    async def send(message: AsgiMessage) -> None:
        answers.append(message)

    began = time.perf_counter(), time.process_time()
    await app(scope, receive, send)
    took = (time.perf_counter() - began[0]) * 1000, (time.process_time() - began[1]) * 1000
    if answers[0]["status"] != 200:
        raise RuntimeError(f"{url} was answered {answers[0]['status']}")
    return took


async def measure(
    folder: Path, visits: int, database_url: str, streams: int, rate: float
) -> list[Line]:
    async with desk(folder, database_url=database_url) as opened:
        opened.agents[AGENT] = await opened.hub.database.read(
            lambda session: session.execute(select(table_of(Agent).c.id).limit(1)).scalar_one()
        )
        browser = await opened.signed_in(AGENT)
        cookie = "; ".join(f"{name}={value}" for name, value in browser.client.cookies.items())
        ids = await opened.hub.database.read(_some, visits)
        conversations = tuple(f"/conversations/{one}" for one in ids)
        lines = []
        async with _listening(opened, cookie, streams), _writing(opened, rate):
            for name, urls in {"conversation": conversations, **PAGES}.items():
                partial = not name.startswith("list")
                lines.append(await _measured(opened, cookie, name, urls, visits, partial=partial))
        return lines


async def _measured(
    opened: Desk, cookie: str, name: str, urls: Sequence[str], visits: int, *, partial: bool
) -> Line:
    for url in urls:  # the first look at a conversation is noted, which is a write
        await visit(opened.app, cookie, url, partial=partial)
    took = []
    for url in itertools.islice(itertools.cycle(urls), visits):
        took.append(await visit(opened.app, cookie, url, partial=partial))
        await asyncio.sleep(0)
    raw = await _raw(opened, cookie, urls, min(visits, 10), partial=partial)
    times, processor = zip(*took, strict=True)
    p95 = statistics.quantiles(times, n=20, method="inclusive")[-1]
    return Line(name, statistics.median(times), p95, statistics.median(processor), raw)


async def _raw(
    opened: Desk, cookie: str, urls: Sequence[str], visits: int, *, partial: bool
) -> float | None:
    database = opened.hub.database
    if not isinstance(database, SqliteDatabase):
        return None
    bare, raw = sqlite3.connect(database.path), []
    for url in itertools.islice(itertools.cycle(urls), visits):
        with reading(database.engine) as statements:
            await visit(opened.app, cookie, url, partial=partial)
        began = time.perf_counter()
        for statement, values in statements:
            bare.execute(statement, values).fetchall()
        raw.append((time.perf_counter() - began) * 1000)
    bare.close()
    return statistics.median(raw)


def _some(session: object, count: int) -> list[UUID]:
    table = table_of(Conversation)
    ids = list(session.execute(select(table.c.id).limit(20_000)).scalars())  # type: ignore[attr-defined]
    return random.Random(1).sample(ids, min(count, len(ids)))


@asynccontextmanager
async def _listening(opened: Desk, cookie: str, count: int) -> AsyncIterator[None]:
    """So many agents hold their stream of changes open."""
    if not count:
        yield
        return
    async with served(opened) as url, httpx.AsyncClient(timeout=None) as client:

        async def listen() -> None:
            async with client.stream("GET", f"{url}/live", headers={"cookie": cookie}) as stream:
                async for _ in stream.aiter_raw():
                    pass

        listeners = [asyncio.create_task(listen()) for _ in range(count)]
        try:
            yield
        finally:
            for listener in listeners:
                listener.cancel()
            await asyncio.gather(*listeners, return_exceptions=True)


@asynccontextmanager
async def _writing(opened: Desk, rate: float) -> AsyncIterator[None]:
    """So many messages arrive a second, from two hundred people."""
    if not rate:
        yield
        return
    tasks: set[asyncio.Task[UUID]] = set()

    async def write() -> None:
        began = time.perf_counter()
        for number in itertools.count():
            await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
            person = opened.people.person(f"writer-{number % 200}")
            task = asyncio.create_task(person.says(f"order {number} {uuid4()}"))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

    writer = asyncio.create_task(write())
    try:
        yield
    finally:
        for task in (writer, *tasks):  # nobody waits for what is asked for too fast
            task.cancel()
        await asyncio.gather(writer, *tasks, return_exceptions=True)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--conversations", type=int, default=2_000, help="up to 100,000 or so")
    parser.add_argument("--visits", type=int, default=60, help="how many a page")
    parser.add_argument("--streams", type=int, default=0, help="agents with an open stream")
    parser.add_argument("--rate", type=float, default=0, help="messages that arrive a second")
    parser.add_argument("--postgres", default="", metavar="URL", help="a PostgreSQL server to use")
    given = parser.parse_args(arguments)
    logging.disable(logging.ERROR)
    began = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="payam-bench-", dir=".") as own:
        kept = given.conversations >= KEPT_FROM and not given.postgres
        folder = kept_folder(given.conversations) if kept else Path(own)
        with databases("postgresql" if given.postgres else "sqlite", given.postgres) as opened:
            url = opened.fresh()
            asyncio.run(full_inbox(folder, given.conversations, url))
            filled = time.perf_counter() - began
            lines = asyncio.run(measure(folder, given.visits, url, given.streams, given.rate))
    messages = given.conversations * MESSAGES
    engine = "PostgreSQL" if given.postgres else "SQLite"
    print(f"pages on {engine}, {given.conversations:,} conversations, {messages:,} messages, ms")
    print(f"made in {filled:,.0f} s; {given.streams} open streams, {given.rate:g} messages/s")
    print(f"{'':<24} {'p50':>8} {'p95':>8} {'cpu p50':>8} {'SQL p50':>8} {'ratio':>6}")
    for line in lines:
        raw = f"{line.raw:>8.2f} {line.p50 / line.raw:>6.1f}" if line.raw else f"{'':>15}"
        print(f"{line.page:<24} {line.p50:>8.2f} {line.p95:>8.2f} {line.processor:>8.2f} {raw}")


if __name__ == "__main__":
    main()
