"""Claiming what is to be sent: the cost of one claim, however much waits behind it.

    python -m bench.outbox_claims [--queued N] [--lanes N] [--only ENGINE] [--postgres URL]

A claim is the outbox's own transaction, COMMIT included. Compared are, in two databases that take
turns: a conversation with many messages queued and one with ten; and thousands of conversations
whose turn it is and, of as many, just what fits into one claim (64). A ratio of 1 means that a
claim costs the same however long the queue is.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import TextClause, bindparam, text
from sqlmodel import Session, SQLModel

from bench._databases import NAMES, Databases, add_options, databases, rest, wanted
from hub.app import Hub
from hub.channel import Sent
from hub.outbox.claim import Claimed, Sender, claim
from hub.outbox.outcome import Outcome, finish
from hub.store.statements import table_of
from hub.store.tables import Content, Conversation, Message, Outgoing
from hub.store.types import Utc
from tests.desk import GREETING, Desk
from tests.harness import people, running_hub

AT_ONCE = 64
FEW = 10
SENDERS: Mapping[str, Sender] = {
    "people": Sender(
        kind="memory", threads=False, repeatable=True, wait=lambda *_: 0.0, room=AT_ONCE
    )
}
RANDOM_ID = {"sqlite": "lower(hex(randomblob(16)))", "postgresql": "gen_random_uuid()"}
NUMBERS = (
    "(WITH RECURSIVE n(i) AS (SELECT CAST(:first AS INTEGER) UNION ALL"
    " SELECT i + 1 FROM n WHERE i < :last) SELECT i FROM n) AS n"
)


@dataclass(frozen=True)
class Line:
    """Milliseconds a claim where little and where much waits."""

    what: str
    few: float
    many: float


class Queues:
    """Fills conversations with copies of a message that the hub itself has queued.

    Conversations are named by their numbers; number 1 is the one that the copies are made of.
    """

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.random_id = RANDOM_ID[hub.database.dialect]

    async def start(self, first: int, last: int) -> None:
        """Conversations with these numbers, empty."""

        def make(session: Session) -> None:
            self._copy(
                session, Conversation, f"{NUMBERS}", "s.number = 1",
                {"id": self.random_id, "number": "n.i", "position": "0"},
                {"first": first, "last": last},
            )  # fmt: skip

        await self.hub.database.write(make)

    async def add(self, first: int, last: int, count: int = 1) -> None:
        """Queue so many more messages in each of these conversations."""
        await self.hub.database.write(self._add, first, last, count)

    def _add(self, session: Session, first: int, last: int, count: int) -> None:
        these = "c.number BETWEEN :lowest AND :highest"
        known: dict[str, Any] = {"lowest": first, "highest": last}
        highest: int = session.execute(
            text(f"SELECT max(c.position) FROM conversation AS c WHERE {these}"), known
        ).scalar_one()
        known |= {"first": highest + 1, "last": highest + count}
        self._copy(
            session, Message, f"conversation AS c, {NUMBERS}", f"{_TEMPLATE} = s.id AND {these}",
            {"id": self.random_id, "conversation_id": "c.id", "position": "n.i"}, known,
        )  # fmt: skip
        new = (
            "conversation AS c JOIN message AS m ON m.conversation_id = c.id",
            f"{_TEMPLATE} = s.message_id AND {these} AND m.position >= :first",
        )
        self._copy(session, Content, *new, {"message_id": "m.id"}, known)
        own = {"message_id": "m.id", "conversation_id": "c.id", "position": "m.position"}
        self._copy(session, Outgoing, *new, own, known)
        session.execute(text(f"UPDATE conversation AS c SET position = :last WHERE {these}"), known)
        session.execute(
            _at(
                f"INSERT INTO lane (conversation_id, ready_at) SELECT c.id, :now"
                f" FROM conversation AS c WHERE {these}"
                " ON CONFLICT (conversation_id) DO UPDATE SET ready_at = excluded.ready_at"
            ),
            known | {"now": self.hub.clock.now()},
        )

    async def rest(self) -> None:
        """No conversation is ready to be claimed."""
        await self.hub.database.write(_no_lane_is_ready)

    async def ready(self, first: int, last: int) -> None:
        """These are, and no others."""
        await self.rest()
        await self.hub.database.write(_lanes_are_ready, first, last, self.hub.clock.now())

    def _copy(
        self,
        session: Session,
        model: type[SQLModel],
        beside: str,
        condition: str,
        changed: Mapping[str, str],
        known: Mapping[str, Any],
    ) -> None:
        table = table_of(model)
        names = [column.name for column in table.columns]
        values = ", ".join(changed.get(name, f"s.{name}") for name in names)
        session.execute(
            text(
                f"INSERT INTO {table.name} ({', '.join(names)})"
                f" SELECT {values} FROM {table.name} AS s, {beside} WHERE {condition}"
            ),
            known,
        )


_TEMPLATE = (
    "(SELECT o.message_id FROM outgoing AS o JOIN conversation AS one"
    " ON one.id = o.conversation_id WHERE one.number = 1 ORDER BY o.position LIMIT 1)"
)


def _at(statement: str) -> TextClause:
    """A statement with a moment in it."""
    return text(statement).bindparams(bindparam("now", type_=Utc))


def _no_lane_is_ready(session: Session) -> None:
    session.execute(
        text(
            "UPDATE lane SET ready_at = NULL, lease_until = NULL"
            " WHERE ready_at IS NOT NULL OR lease_until IS NOT NULL"
        )
    )


def _lanes_are_ready(session: Session, first: int, last: int, now: datetime) -> None:
    session.execute(
        _at(
            "UPDATE lane SET ready_at = :now WHERE conversation_id IN"
            " (SELECT id FROM conversation WHERE number BETWEEN :first AND :last)"
        ),
        {"first": first, "last": last, "now": now},
    )


class Claims:
    """Claims and sends as the outbox does, and looks at the clock."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub

    async def once(self) -> tuple[float, int]:
        """Milliseconds of one claim, and how many messages it began; they are then sent."""
        hub = self.hub
        began = time.perf_counter()
        claimed: Claimed = await hub.database.write(
            claim, hub.worker, SENDERS, hub.keys, hub.settings.server.url, hub.clock.now(), AT_ONCE
        )
        took = (time.perf_counter() - began) * 1000
        outcomes = [
            Outcome(
                begun=begun,
                result=Sent((f"sent:{begun.message_id}",)),
                scope=begun.account,
                repeatable=True,
                attempts=10,
                now=hub.clock.now(),
                jitter=0.5,
            )
            for begun in claimed.begun
        ]
        if outcomes:
            await hub.database.write(finish, outcomes)
        return took, len(outcomes)


class Side:
    """A hub with conversations to be claimed: nobody's turn yet, whatever has been queued."""

    def __init__(self, hub: Hub) -> None:
        self.queues = Queues(hub)
        self.claims = Claims(hub)

    async def fill(self, conversations: int, queued: int) -> None:
        """`queued` messages in the conversation numbered 2, one in each of the following."""
        await people(self.queues.hub).person("sample").says("Hello")
        await self.queues.start(2, conversations + 2)
        await self.queues.add(2, 2, queued)
        await self.queues.add(3, conversations + 2)

    async def claim(self, expected: int) -> float:
        """Milliseconds of one claim. Raises SystemExit when it began another number of messages."""
        took, begun = await self.claims.once()
        if begun != expected:
            raise SystemExit(f"a claim began {begun} messages where {expected} were ready")
        return took


async def measure(
    engine: Databases, folder: Path, queued: int, lanes: int, rounds: int
) -> list[Line]:
    """Two databases of one size take turns, so that whatever disturbs one disturbs the other."""
    at_once = min(AT_ONCE, lanes)
    rounds = min(rounds, lanes // at_once, queued)
    for name in ("few", "many"):
        (folder / name).mkdir()
    async with (
        running_hub(folder / "few", database_url=engine.fresh()) as few_hub,
        running_hub(folder / "many", database_url=engine.fresh()) as many_hub,
    ):
        for hub in (few_hub, many_hub):
            # The first message is answered at once, and the answer is what is queued again.
            await (await Desk.at(hub)).rules(GREETING)
        rest("outbox", "automation")
        few, many = Side(few_hub), Side(many_hub)
        await few.fill(lanes, FEW)
        await many.fill(lanes, queued)
        for side in (few, many):
            await side.queues.ready(2, 2)
            await side.claim(1)  # the first one compiles the statements
        in_few: list[float] = []
        in_many: list[float] = []
        of_few: list[float] = []
        of_many: list[float] = []
        for _ in range(rounds):
            for side, times in ((few, in_few), (many, in_many)):
                await side.queues.add(2, 2)
                times.append(await side.claim(1))
        await many.queues.ready(3, lanes + 2)
        for number in range(rounds):
            first = 3 + number * at_once
            await few.queues.ready(first, first + at_once - 1)
            of_few.append(await few.claim(at_once))
            of_many.append(await many.claim(at_once))
        return [
            Line(
                f"one conversation, {queued:,} queued against {FEW}",
                statistics.median(in_few),
                statistics.median(in_many),
            ),
            Line(
                f"{lanes:,} conversations against {at_once}",
                statistics.median(of_few),
                statistics.median(of_many),
            ),
        ]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--queued", type=int, default=50_000, help="in one conversation")
    parser.add_argument("--lanes", type=int, default=5_000, help="conversations with one each")
    parser.add_argument("--rounds", type=int, default=40, help="claims a line")
    add_options(parser)
    given = parser.parse_args(arguments)
    logging.disable(logging.ERROR)
    for dialect in wanted(given):
        print(f"outbox claims on {NAMES[dialect]}")
        print(f"{'':<44} {'few ms':>8} {'many ms':>8} {'ratio':>6}")
        with (
            databases(dialect, given.postgres) as engine,
            tempfile.TemporaryDirectory(prefix="payam-bench-", dir=".") as folder,
        ):
            lines = asyncio.run(
                measure(engine, Path(folder), given.queued, given.lanes, given.rounds)
            )
        for line in lines:
            print(
                f"{line.what:<44} {line.few:>8.2f} {line.many:>8.2f} {line.many / line.few:>6.2f}"
            )


if __name__ == "__main__":
    main()
