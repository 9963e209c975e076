"""Intake: messages a second through the whole pipeline, against the raw database.

    python -m bench.intake [--messages N] [--postgres URL]

The hub takes in messages with 1, 16 and 64 callers that each wait for their answer: deduplicated,
placed, searched, decided on by the shipped rules, answered, one durable transaction a batch. One
message in ten comes from somebody new and is greeted. The outbox is at rest meanwhile, so that
intake alone is measured. Then exactly the recorded statements are given to the bare driver on a
copy of the database as it was before. Printed: both rates and their ratio, at rest and with an
event loop that something else keeps busy.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import shutil
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text

from bench._recorded import record, replay_postgres, replay_sqlite
from hub.app import Hub
from hub.message import Address, Message, Text
from hub.store.postgres import PostgresDatabase, postgres_engine
from hub.store.schema import upgrade
from tests.harness import settings

WORDS = (
    "Hello, my order {0} has not arrived yet. Could you look where it is, please? "
    "سلام، سفارش {0} هنوز به دستم نرسیده است، لطفاً پیگیری کنید."
)


def message(caller: str, number: int) -> Message:
    """Nine of ten messages are the caller's own; the tenth is somebody's first."""
    new = number % 10 == 0
    who = f"{caller}-new-{number}" if new else caller
    return Message(
        account="people",
        external_id=f"{caller}:{number}",
        at=datetime.now(UTC),
        sender=Address(
            kind="memory", address=who, name=f"Sample {who}", verified=True, locale="en"
        ),
        content=(Text(text=WORDS.format(number)),),
    )


async def busy(stop: asyncio.Event) -> None:
    """Something else that never lets the event loop rest."""
    while not stop.is_set():
        until = time.perf_counter() + 0.001
        while time.perf_counter() < until:
            pass
        await asyncio.sleep(0)


async def take_in(hub: Hub, callers: int, each: int, name: str, first: int = 1) -> float:
    """Seconds until all callers' messages are committed."""
    host = hub.accounts["people"].host

    async def caller(number: int) -> None:
        for count in range(first, first + each):
            await host.accept([message(f"{name}{number}", count)])

    began = time.perf_counter()
    await asyncio.gather(*(caller(number) for number in range(callers)))
    return time.perf_counter() - began


async def measure(url: str, callers: int, messages: int, *, saturated: bool) -> tuple[float, float]:
    """Messages a second of the hub and of the bare driver."""
    each = max(2, messages // callers)
    with tempfile.TemporaryDirectory(prefix="payam-bench-", dir=".") as folder:
        database = f"payam_bench_{time.time_ns()}"
        target = _create(url, database) if url else ""
        async with Hub(settings(Path(folder), database_url=target), environ={}) as hub:
            _rest()
            await take_in(hub, callers, 2, "c", first=-2)
            copy = await _copy(hub, Path(folder), url, database)
            recording = record(hub.database.engine)  # type: ignore[attr-defined]
            recording.on = True
            stop = asyncio.Event()
            noise = asyncio.create_task(busy(stop)) if saturated else None
            took = await take_in(hub, callers, each, "c")
            recording.on = False
            stop.set()
            if noise is not None:
                await noise
        raw = (
            replay_postgres(copy, recording.transactions)
            if url
            else replay_sqlite(Path(copy), recording.transactions)
        )
        if url:
            _drop(url, database, f"{database}_copy")
    return callers * each / took, callers * each / raw


def _rest() -> None:
    """Stop the outbox: what is measured is intake."""
    for task in asyncio.all_tasks():
        if task.get_name() == "payam outbox":
            task.cancel()


def _create(url: str, name: str) -> str:
    engine = postgres_engine(url, 1).execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    target = url.rsplit("/", 1)[0] + f"/{name}"
    fresh = postgres_engine(target, 1)
    upgrade(fresh)
    fresh.dispose()
    return target


async def _copy(hub: Hub, folder: Path, url: str, name: str) -> str:
    """The database as it is now, for the replay."""
    if not url:
        copy = folder / "copy.sqlite"
        path = hub.database.path  # type: ignore[attr-defined]
        await hub.database.write(lambda session: None)
        for suffix in ("", "-wal"):
            if Path(f"{path}{suffix}").exists():
                shutil.copy(f"{path}{suffix}", f"{copy}{suffix}")
        return str(copy)
    assert isinstance(hub.database, PostgresDatabase)
    target = url.rsplit("/", 1)[0] + f"/{name}_copy"
    process = await asyncio.create_subprocess_shell(
        f"createdb --maintenance-db='{url}' {name}_copy "
        f"&& pg_dump '{url.rsplit('/', 1)[0]}/{name}' | psql -q -o /dev/null '{target}'"
    )
    if await process.wait():
        raise SystemExit("the database could not be copied")
    return target


def _drop(url: str, *names: str) -> None:
    engine = postgres_engine(url, 1).execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for name in names:
            connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
    engine.dispose()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--messages", type=int, default=2000, help="how many a measurement")
    parser.add_argument("--postgres", default="", help="an address; without it SQLite is measured")
    given = parser.parse_args()
    logging.disable(logging.ERROR)
    engine = "PostgreSQL" if given.postgres else "SQLite, synchronous=FULL"
    print(f"intake on {engine}, {given.messages} messages a line")
    print(f"{'callers':>8} {'loop':>10} {'hub/s':>9} {'raw/s':>9} {'ratio':>6}")
    for saturated in (False, True):
        for callers in (1, 16, 64):
            count = given.messages if callers > 1 else given.messages // 5
            ours, raw = asyncio.run(measure(given.postgres, callers, count, saturated=saturated))
            loop = "saturated" if saturated else "at rest"
            print(
                f"{callers:>8} {loop:>10} {ours:>9.0f} {raw:>9.0f} {ours / raw:>6.2f}", flush=True
            )


if __name__ == "__main__":
    main()
