"""Claiming what is to be sent: the cost of one claim, however much waits behind it.

    python -m bench.outbox_claims [--queued N] [--lanes N] [--only ENGINE] [--postgres URL]

A claim is the outbox's own transaction, COMMIT included. Compared are, in one database: a
conversation with many messages queued and one with ten; and thousands of conversations with one
message each and as many as fit into one claim (64). A ratio of 1 means that a claim costs the
same however long the queue is.
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
    session.execute(text("UPDATE lane SET ready_at = NULL, lease_until = NULL"))


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


async def measure(
    engine: Databases, folder: Path, queued: int, lanes: int, rounds: int
) -> list[Line]:
    async with running_hub(folder, database_url=engine.fresh()) as hub:
        rest("outbox", "automation")
        await people(hub).person("sample").says("Hello")
        queues, claims = Queues(hub), Claims(hub)
        at_once = min(AT_ONCE, lanes)
        rounds = min(rounds, lanes // at_once, queued)
        few, many, single = 2, 3, 4
        apart = single + lanes
        await queues.start(few, apart + at_once - 1)
        await queues.add(many, many, queued)
        await queues.add(few, few, FEW)
        await queues.add(single, apart + at_once - 1)

        async def claims_of(first: int, last: int, each: int, *, refill: bool) -> float:
            await queues.ready(first, last)
            times = []
            for _ in range(rounds):
                took, begun = await claims.once()
                if begun != each:
                    raise SystemExit(f"a claim began {begun} messages where {each} were ready")
                times.append(took)
                if refill:
                    await queues.add(first, last)
            return statistics.median(times)

        await claims_of(few, few, 1, refill=True)  # the first ones compile the statements
        in_few = await claims_of(few, few, 1, refill=True)
        in_many = await claims_of(many, many, 1, refill=True)
        of_few = await claims_of(apart, apart + at_once - 1, at_once, refill=True)
        of_many = await claims_of(single, apart - 1, at_once, refill=False)
        return [
            Line(f"one conversation, {queued:,} queued against {FEW}", in_few, in_many),
            Line(f"{lanes:,} conversations against {at_once}", of_few, of_many),
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
