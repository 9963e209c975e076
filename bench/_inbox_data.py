"""A full inbox: sample conversations in bulk, kept between runs: making them takes minutes."""

from __future__ import annotations

import hashlib
import random
import tempfile
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, insert, select, text
from sqlmodel import Session, SQLModel

from hub.automation import NAME as AUTOMATION
from hub.conversations.state import ConversationState
from hub.message import Text, dump_content
from hub.policy import Policy
from hub.recognition import NAME as RECOGNITION
from hub.starting import FILE
from hub.store.database import Database
from hub.store.migrations import versions
from hub.store.numbers import next_numbers
from hub.store.postgres import PostgresDatabase
from hub.store.sqlite import SqliteDatabase
from hub.store.statements import insert_or_update, table_of
from hub.store.tables import (
    Consumer,
    Content,
    Conversation,
    ConversationTag,
    Customer,
    CustomerKey,
    Event,
    Identity,
    Message,
    Participant,
    SearchEntry,
)
from hub.store.types import new_id
from hub.telling import NAME as TELLING
from hub.text import fold
from tests.harness import MONDAY
from tests.web.desk import desk

MESSAGES: Final = 10
AT_ONCE: Final = 500
"""Conversations a transaction."""
STATES: Final = ("open", *["resolved"] * 14, "waiting", "resolved", "snoozed", "resolved", "spam")
"""One in twenty is open: five thousand of a hundred thousand."""
TAGS: Final = ("refund", "order", "late", "invoice", "size")
ENGLISH: Final = "order delivery invoice refund parcel address colour size exchange payment account"
PERSIAN: Final = "سفارش فاکتور ارسال بسته نشانی رنگ اندازه پرداخت حساب تعویض"
WORDS: Final = f"{ENGLISH} {PERSIAN}".split()
RARE: Final = 2_000
"""One message in so many holds a word that is searched for."""
AGENT: Final = "Sample"
_LIVED: Final = timedelta(days=700)


class Filling:
    """Rows of sample conversations, the same ones each time."""

    def __init__(self, policy: Policy, agent_id: UUID, now: datetime) -> None:
        self.policy = policy
        self.agent_id = agent_id
        self.now = now
        self.chance = random.Random(20261121)
        self.rows: dict[type[SQLModel], list[dict[str, Any]]] = {}

    def conversation(self, number: int, of: int) -> None:
        customer_id, identity_id = new_id(), new_id()
        began = self.now - _LIVED * ((of - number + 1) / of)
        status = STATES[number % len(STATES)]
        name = f"Sample Person {number}"
        self._add(
            Customer, id=customer_id, name=name, locale="en", stage="new",
            first_source={}, last_source={}, attributes={}, created_at=began, seen_at=began,
            version=1,
        )  # fmt: skip
        for word in fold(name).split():
            self._add(CustomerKey, customer_id=customer_id, kind="word", value=word)
        self._add(
            Identity, id=identity_id, customer_id=customer_id, kind="memory",
            address=f"person-{number}", name=name, proof="verified", origin="sender",
            verified_at=began, reachable=True, created_at=began, seen_at=began,
        )  # fmt: skip
        state = ConversationState(
            id=new_id(),
            number=number,
            customer_id=customer_id,
            brand_id=self.policy.brand_id,
            created_at=began,
            last_message_at=began + timedelta(minutes=MESSAGES),
            subject=f"Matter {number}" if number % 3 == 0 else None,
            status=status,
            team_id=next(iter(self.policy.teams.values()), None),
            assignee_id=self.agent_id if number % 7 == 0 else None,
            channels=["memory"],
            waiting_since=began if status == "open" else None,
            last_inbound_at=began + timedelta(minutes=MESSAGES - 1),
            snoozed_until=self.now + timedelta(days=1) if status == "snoozed" else None,
            resolved_at=self.now if status == "resolved" else None,
            reply_identity_id=identity_id,
            reply_account="people",
            position=MESSAGES,
            sequence=MESSAGES,
            seen_position=MESSAGES if number % 2 else 0,
        )
        for position in range(1, MESSAGES + 1):
            state.snippet = self._message(state, identity_id, position)
        self._add(Conversation, **state.columns())
        if number % 5 == 0:
            self._add(ConversationTag, conversation_id=state.id, tag=self.chance.choice(TAGS))
        self._add(
            Participant, conversation_id=state.id, identity_id=identity_id, role="customer",
            account="people", chat=None, answers=True, since_position=0, joined_at=began,
        )  # fmt: skip

    def _message(self, state: ConversationState, identity_id: UUID, position: int) -> str:
        words = self.chance.choices(WORDS, k=12)
        if self.chance.randrange(RARE) == 0:
            words.append("porcelain")
        said, key = " ".join(words), new_id()
        at = state.created_at + timedelta(minutes=position)
        self._add(
            Message, id=key, conversation_id=state.id, position=position,
            direction="in" if position % 2 else "out", channel="memory", account="people",
            identity_id=identity_id, agent_id=None if position % 2 else self.agent_id,
            fingerprint="", automated=False, backlog=False, revision=0, at=at, received_at=at,
        )  # fmt: skip
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
            Customer, CustomerKey, Identity, Conversation, ConversationTag, Participant, Message,
            Content, SearchEntry, Event,
        ):  # fmt: skip
            if rows := self.rows.get(model):
                connection.execute(insert(table_of(model)), rows)
        self.rows = {}


async def full_inbox(folder: Path, count: int, database_url: str = "") -> None:
    """Fill an installation in `folder`, unless that was done: `count` conversations."""
    done = folder / "filled"
    if done.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    # A first run, so that teams, templates and the readers of the event log are there.
    async with desk(folder, database_url=database_url) as opened:
        filling = Filling(opened.hub.policy, await opened.agent(AGENT), MONDAY)
    if database_url:
        database: Database = PostgresDatabase(database_url)
    else:
        database = SqliteDatabase(folder / "data" / FILE)
    await database.open()
    for chunk in _chunks(await database.write(next_numbers, count)):
        for number in chunk:
            filling.conversation(number, count)
        await database.write(filling.write)
    await database.write(_settle)
    await database.write(lambda session: session.execute(text("ANALYZE")))
    await database.close()
    done.touch()


def _settle(session: Session) -> None:
    """What was written was handled by everybody who reads the log."""
    event = table_of(Event)
    end = session.execute(select(func.max(event.c.xid), func.max(event.c.position))).one()
    rows = [
        {"name": name, "xid": end[0] or 0, "position": end[1] or 0}
        for name in (AUTOMATION, RECOGNITION, TELLING)
    ]
    insert_or_update(session, Consumer, rows, key=["name"], update=["xid", "position"])


def kept_folder(count: int) -> Path:
    """Where such an inbox is kept; another schema makes another one."""
    digest = hashlib.sha256()
    for path in sorted(Path(versions.__path__[0]).glob("*.py")):
        digest.update(path.read_bytes())
    digest.update(Path(__file__).read_bytes())
    return Path(tempfile.gettempdir()) / f"payam-bench-inbox-{count}-{digest.hexdigest()[:12]}"


def _chunks(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    for first in range(0, len(numbers), AT_ONCE):
        yield numbers[first : first + AT_ONCE]
