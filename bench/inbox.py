"""Pages: milliseconds of server time for a list, a conversation and a search, on a full inbox.

    python -m bench.inbox [--conversations N] [--visits N]

SQLite holds N conversations of ten messages each; an agent is signed in. Measured is the whole
answer of the application, from the request to the last byte, without a network. Compared with the
same page's own SELECT statements, given to sqlite3 alone: what is left is rendering, the
sign-in's gate and SQLAlchemy.
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
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID

from sqlalchemy import insert, text
from sqlmodel import Session, SQLModel
from starlette.types import ASGIApp
from starlette.types import Message as AsgiMessage

from bench._recorded import reading
from hub.conversations.state import ConversationState
from hub.message import Text, dump_content
from hub.policy import Policy
from hub.store.sqlite import SqliteDatabase
from hub.store.statements import table_of
from hub.store.tables import (
    Content,
    Conversation,
    Customer,
    Event,
    Identity,
    Message,
    Participant,
    SearchEntry,
)
from hub.store.types import new_id
from hub.text import fold
from tests.web.desk import desk

MESSAGES = 10
AT_ONCE = 500
"""Conversations a transaction while filling."""
STATES = ("open", "open", "open", "waiting", "snoozed", *["resolved"] * 5)
ENGLISH = "order delivery invoice refund parcel address colour size exchange payment account"
PERSIAN = "سفارش فاکتور ارسال بسته نشانی رنگ اندازه پرداخت حساب تعویض"
WORDS = f"{ENGLISH} {PERSIAN}".split()
RARE = 200
"""One message in so many holds a word that is searched for."""


@dataclass(frozen=True)
class Line:
    """Milliseconds: of the application, and of its statements alone."""

    page: str
    p50: float
    p95: float
    raw: float


class Filling:
    """Rows of sample conversations, the same ones each time."""

    def __init__(self, policy: Policy, now: datetime) -> None:
        self.policy = policy
        self.now = now
        self.chance = random.Random(20261121)
        self.rows: dict[type[SQLModel], list[dict[str, Any]]] = {}

    def conversation(self, number: int, of: int) -> UUID:
        customer_id, identity_id = new_id(), new_id()
        began = self.now - timedelta(minutes=of - number + MESSAGES)
        status = STATES[number % len(STATES)]
        self._add(
            Customer, id=customer_id, name=f"Sample Person {number}", locale="en", stage="new",
            first_source={}, last_source={}, attributes={}, created_at=began, seen_at=began,
            version=1,
        )  # fmt: skip
        self._add(
            Identity, id=identity_id, customer_id=customer_id, kind="memory",
            address=f"person-{number}", name=f"Sample Person {number}", proof="verified",
            origin="sender", verified_at=began, reachable=True, created_at=began, seen_at=began,
        )  # fmt: skip
        state = ConversationState(
            id=new_id(),
            number=number,
            customer_id=customer_id,
            brand_id=self.policy.brand_id,
            created_at=began,
            last_message_at=began + timedelta(minutes=MESSAGES),
            status=status,
            team_id=next(iter(self.policy.teams.values()), None),
            channels=["memory"],
            resolved_at=self.now if status == "resolved" else None,
            reply_identity_id=identity_id,
            reply_account="people",
            position=MESSAGES,
            sequence=MESSAGES,
        )
        for position in range(1, MESSAGES + 1):
            state.snippet = self._message(state, identity_id, position)
        self._add(Conversation, **state.columns())
        self._add(
            Participant, conversation_id=state.id, identity_id=identity_id, role="customer",
            account="people", chat=None, answers=True, since_position=0, joined_at=began,
        )  # fmt: skip
        return state.id

    def _message(self, state: ConversationState, identity_id: UUID, position: int) -> str:
        words = self.chance.choices(WORDS, k=12)
        if self.chance.randrange(RARE) == 0:
            words.append("porcelain")
        said, key = " ".join(words), new_id()
        at = state.created_at + timedelta(minutes=position)
        columns: dict[str, Any] = dict.fromkeys(table_of(Message).columns.keys())
        columns |= {
            "id": key,
            "conversation_id": state.id,
            "position": position,
            "direction": "in" if position % 2 else "out",
            "channel": "memory",
            "account": "people",
            "identity_id": identity_id,
            "fingerprint": "",
            "automated": False,
            "backlog": False,
            "revision": 0,
            "at": at,
            "received_at": at,
        }
        self._add(Message, **columns)
        content = dump_content((Text(text=said),))
        self._add(Content, message_id=key, revision=0, blocks=content, text=said, at=at)
        self._add(SearchEntry, message_id=key, conversation_id=state.id, folded=fold(said))
        self._add(
            Event, kind="message.received", conversation_id=state.id, sequence=position,
            message_id=key, customer_id=state.customer_id, actor="customer", details={}, depth=0,
            at=at,
        )  # fmt: skip
        return said

    def _add(self, model: type[SQLModel], **row: Any) -> None:
        self.rows.setdefault(model, []).append(row)

    def write(self, session: Session) -> None:
        connection = session.connection()
        for model in (
            Customer, Identity, Conversation, Participant, Message, Content, SearchEntry, Event,
        ):  # fmt: skip
            connection.execute(insert(table_of(model)), self.rows[model])
        self.rows = {}


async def fill(database: SqliteDatabase, policy: Policy, now: datetime, count: int) -> list[UUID]:
    """Sample conversations; the ids."""
    filling = Filling(policy, now)
    ids: list[UUID] = []
    for chunk in _chunks(range(1, count + 1)):
        ids += [filling.conversation(number, count) for number in chunk]
        await database.write(filling.write)
    await database.write(lambda session: session.execute(text("ANALYZE")))
    return ids


def _chunks(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    for first in range(0, len(numbers), AT_ONCE):
        yield numbers[first : first + AT_ONCE]


async def visit(app: ASGIApp, cookie: str, url: str, *, partial: bool) -> float:
    """Milliseconds of one GET. Raises RuntimeError for any answer but 200."""
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

    began = time.perf_counter()
    await app(scope, receive, send)
    took = (time.perf_counter() - began) * 1000
    if answers[0]["status"] != 200:
        raise RuntimeError(f"{url} was answered {answers[0]['status']}")
    return took


async def measure(folder: Path, count: int, visits: int) -> list[Line]:
    async with desk(folder) as opened:
        database = opened.hub.database
        assert isinstance(database, SqliteDatabase)
        browser = await opened.signed_in("Sample")
        cookie = "; ".join(f"{name}={value}" for name, value in browser.client.cookies.items())
        ids = await fill(database, opened.hub.policy, opened.hub.clock.now(), count)
        some = random.Random(1).sample(ids, min(visits, len(ids)))
        pages: dict[str, tuple[list[str], bool]] = {
            "list": (["/inbox", "/inbox?view=unassigned", "/inbox?view=resolved"], False),
            "conversation": ([f"/conversations/{one}" for one in some], True),
            "search, a rare word": (["/inbox?q=porcelain"], True),
            "search, a frequent one": ([f"/inbox?q={quote('سفارش')}", "/inbox?q=order"], True),
        }
        lines = []
        bare = sqlite3.connect(database.path)
        for name, (urls, partial) in pages.items():
            for url in urls:  # the first look at a conversation is noted, which is a write
                await visit(opened.app, cookie, url, partial=partial)
            times = [
                await visit(opened.app, cookie, url, partial=partial)
                for url in itertools.islice(itertools.cycle(urls), visits)
            ]
            raw = []
            for url in itertools.islice(itertools.cycle(urls), min(visits, 10)):
                with reading(database.engine) as statements:
                    await visit(opened.app, cookie, url, partial=partial)
                began = time.perf_counter()
                for statement, values in statements:
                    bare.execute(statement, values).fetchall()
                raw.append((time.perf_counter() - began) * 1000)
            p95 = statistics.quantiles(times, n=20, method="inclusive")[-1]
            lines.append(Line(name, statistics.median(times), p95, statistics.median(raw)))
        bare.close()
        return lines


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--conversations", type=int, default=2_000, help="up to 100,000 or so")
    parser.add_argument("--visits", type=int, default=60, help="how many a page")
    given = parser.parse_args(arguments)
    logging.disable(logging.ERROR)
    with tempfile.TemporaryDirectory(prefix="payam-bench-", dir=".") as folder:
        lines = asyncio.run(measure(Path(folder), given.conversations, given.visits))
    messages = given.conversations * MESSAGES
    print(f"pages on SQLite, {given.conversations:,} conversations, {messages:,} messages, ms")
    print(f"{'':<24} {'p50':>8} {'p95':>8} {'SQL p50':>8} {'ratio':>6}")
    for line in lines:
        print(
            f"{line.page:<24} {line.p50:>8.2f} {line.p95:>8.2f} {line.raw:>8.2f} "
            f"{line.p50 / line.raw:>6.1f}"
        )


if __name__ == "__main__":
    main()
