"""Intake: messages a second through the whole pipeline, against the raw database.

    python -m bench.intake [--messages N] [--only sqlite|postgresql] [--postgres URL]

The hub takes in messages with 1, 16 and 64 callers that each wait for their answer: deduplicated,
placed, searched, decided on by the shipped rules, one durable transaction a batch. One message in
ten comes from somebody new. What follows of a message later (sending, timers that are due, rules
for other events) is at rest, so that intake alone is measured; the log is read for open pages as
always. Then exactly the recorded statements are given to the bare driver, on a copy of the
database as it was before; the copy must hold as many rows in the end. Printed: both rates and
their ratio, at rest and with an event loop that something else keeps busy, and there also the
share that is left of the hub's own rate at rest. Busy neighbours change the rates more than the
processor time a message, which is told at rest (without the database server's).
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench._databases import NAMES, Databases, add_options, databases, rest, wanted
from bench._recorded import PostgresReplay, Replay, SqliteReplay, recording, tables_of
from hub.app import Hub
from hub.message import Address, Message, Text
from tests.harness import running_hub

WORDS = (
    "Hello, my order {0} has not arrived yet. Could you look where it is, please? "
    "سلام، سفارش {0} هنوز به دستم نرسیده است، لطفاً پیگیری کنید."
)
CALLERS = (1, 16, 64)
WARM_UP = 2
LATER = ("outbox", "timers", "automation", "recognition", "alerts", "telling")
"""The parts of a hub that write because of a message, after its transaction."""


@dataclass(frozen=True)
class Took:
    """Seconds, and seconds of this process on a processor."""

    seconds: float
    processor: float


@dataclass
class Line:
    """One measurement, and which of the recorded transactions are its own."""

    callers: int
    saturated: bool
    messages: int
    took: Took
    transactions: slice

    @property
    def rate(self) -> float:
        return self.messages / self.took.seconds

    def apiece(self, took: Took) -> str:
        """Microseconds of processor time a message; the busy loop's own can not be told apart."""
        return "" if self.saturated else f"{took.processor / self.messages * 1e6:.0f}"


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


@asynccontextmanager
async def busy(saturated: bool) -> AsyncIterator[None]:
    """Something else that never lets the event loop rest, within the block."""

    async def spin() -> None:
        while True:
            until = time.perf_counter() + 0.001
            while time.perf_counter() < until:
                pass
            await asyncio.sleep(0)

    spinning = asyncio.create_task(spin()) if saturated else None
    try:
        yield
    finally:
        if spinning is not None:
            spinning.cancel()


async def take_in(hub: Hub, callers: int, numbers: range) -> Took:
    """What it took until all callers' messages with these numbers are committed."""
    host = hub.accounts["people"].host

    async def caller(name: str) -> None:
        for number in numbers:
            await host.accept([message(name, number)])

    began, worked = time.perf_counter(), time.process_time()
    await asyncio.gather(*(caller(f"c{index}") for index in range(callers)))
    return Took(time.perf_counter() - began, time.process_time() - worked)


async def measure(
    engine: Databases, folder: Path, messages: int, callers: Sequence[int]
) -> list[tuple[Line, Took]]:
    """Each line with what the bare driver took."""
    url = engine.fresh()
    async with running_hub(folder, database_url=url) as hub:
        rest(*LATER)
        await take_in(hub, max(callers), range(1, 1 + WARM_UP))
    copy = engine.copy(folder, url)
    lines: list[Line] = []
    async with running_hub(folder, database_url=url) as hub:
        rest(*LATER)
        following = 1 + WARM_UP
        with recording(hub.database.engine) as recorded:  # type: ignore[attr-defined]
            for saturated in (False, True):
                for count in callers:
                    each = max(2, messages // count // (5 if count == 1 else 1))
                    first = len(recorded.transactions)
                    async with busy(saturated):
                        took = await take_in(hub, count, range(following, following + each))
                    following += each
                    own = slice(first, len(recorded.transactions))
                    lines.append(Line(count, saturated, each * count, took, own))
    replay: Replay = PostgresReplay(copy) if url else SqliteReplay(copy)
    raw = []
    for line in lines:
        worked = time.process_time()
        seconds = replay.run(recorded.transactions[line.transactions])
        raw.append((line, Took(seconds, time.process_time() - worked)))
    _compare(engine, folder, url, replay, tables_of(recorded.transactions))
    replay.close()
    return raw


def _compare(
    engine: Databases, folder: Path, url: str, replay: Replay, tables: Sequence[str]
) -> None:
    """Refuse to speak of the same statements when the copies differ."""
    original = PostgresReplay(url) if url else SqliteReplay(str(folder / "data" / "payam.sqlite"))
    ours, theirs = original.counts(tables), replay.counts(tables)
    original.close()
    if ours != theirs:
        different = {
            name: (ours[name], theirs[name]) for name in tables if ours[name] != theirs[name]
        }
        raise SystemExit(f"the replay did not do the same on {engine.dialect}: {different}")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--messages", type=int, default=1000, help="how many a line")
    add_options(parser)
    given = parser.parse_args(arguments)
    logging.disable(logging.ERROR)
    for dialect in wanted(given):
        print(f"intake on {NAMES[dialect]}")
        print(
            f"{'callers':>8} {'loop':>10} {'hub/s':>8} {'raw/s':>8} {'ratio':>6} {'of rest':>8}"
            f" {'hub µs':>7} {'raw µs':>7}"
        )
        with (
            databases(dialect, given.postgres) as engine,
            tempfile.TemporaryDirectory(prefix="payam-bench-", dir=".") as folder,
        ):
            measured = asyncio.run(measure(engine, Path(folder), given.messages, CALLERS))
        at_rest = {line.callers: line.rate for line, _ in measured if not line.saturated}
        for line, raw in measured:
            share = f"{line.rate / at_rest[line.callers]:.2f}" if line.saturated else ""
            rate = line.messages / raw.seconds
            print(
                f"{line.callers:>8} {'saturated' if line.saturated else 'at rest':>10}"
                f" {line.rate:>8.0f} {rate:>8.0f} {line.rate / rate:>6.2f} {share:>8}"
                f" {line.apiece(line.took):>7} {line.apiece(raw):>7}"
            )


if __name__ == "__main__":
    main()
