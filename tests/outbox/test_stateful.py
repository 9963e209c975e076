"""The outbox against a model: workers begin, finish, die and come late, in any order."""

from __future__ import annotations

import shutil
import tempfile
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule
from sqlalchemy import insert, select

from hub.channel import DeliveryError, Sent
from hub.conversations.ledger import Ledger
from hub.message import Text
from hub.outbox.claim import LEASE, Begun, Sender, claim
from hub.outbox.outcome import Outcome, finish
from hub.security.keys import Keys
from hub.store.database import Session
from hub.store.schema import upgrade
from hub.store.sqlite import sqlite_engine
from hub.store.statements import table_of
from hub.store.tables import Brand, Conversation, Customer, Identity, Lane, Outgoing
from hub.store.types import new_id
from tests.harness import MONDAY

T = TypeVar("T")
ENDS = {
    "sent": Sent(("there",)),
    "permanent": DeliveryError("never", permanent=True),
    "temporary": DeliveryError("not now", permanent=False),
    "slow down": DeliveryError("slow down", permanent=False, retry_after=40),
    "uncertain": DeliveryError("cut", permanent=False, certain=False),
}
CONVERSATIONS = 3


def _template() -> Path:
    path = Path(tempfile.mkdtemp(prefix="payam-outbox-")) / "empty.sqlite"
    engine = sqlite_engine(path)
    upgrade(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


class OutboxMachine(RuleBasedStateMachine):
    """`order`: each conversation's messages as written; `waiting`: those queued before a step."""

    begun = Bundle("begun")
    template: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="payam-outbox-"))
        shutil.copy(self.template, self.folder / "db.sqlite")
        self.engine = sqlite_engine(self.folder / "db.sqlite")
        # What is proven here is not durability.
        with self.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA synchronous=OFF")
        self.keys = Keys.generate()
        self.now = MONDAY
        self.order: defaultdict[UUID, list[UUID]] = defaultdict(list)
        self.due: dict[UUID, datetime] = {}
        self.waiting: set[UUID] = set()
        self.attempts: defaultdict[UUID, int] = defaultdict(int)
        self.conversations: list[UUID] = self.transact(self._people)
        self.identities: dict[UUID, UUID] = self.ways

    def teardown(self) -> None:
        self.engine.dispose()
        shutil.rmtree(self.folder)

    def transact(self, function: Callable[[Session], T]) -> T:
        with self.engine.connect() as connection, connection.begin():
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            with Session(bind=connection, expire_on_commit=False) as session:
                result = function(session)
                session.flush()
                return result

    def _people(self, session: Session) -> list[UUID]:
        brand, self.ways = new_id(), {}
        session.execute(
            insert(table_of(Brand)).values(
                id=brand, name="Sample", slug="main", sender_name={}, locale="en"
            )
        )
        ledger, made = Ledger(session, self.now), []
        for number in range(CONVERSATIONS):
            customer, identity = new_id(), new_id()
            seen = {"created_at": self.now, "seen_at": self.now}
            session.execute(insert(table_of(Customer)).values(id=customer, **seen))
            session.execute(
                insert(table_of(Identity)).values(
                    id=identity, customer_id=customer, kind="memory", address=f"{number}",
                    proof="verified", **seen,
                )
            )  # fmt: skip
            conversation = ledger.start(customer_id=customer, brand_id=brand, at=self.now)
            self.ways[conversation.id] = identity
            made.append(conversation.id)
        ledger.flush()
        return made

    # --- what people and workers do ---

    @rule(number=st.integers(0, CONVERSATIONS - 1), delay=st.sampled_from([0, 0, 30]))
    def write(self, number: int, delay: int) -> None:
        conversation_id = self.conversations[number]

        def queue(session: Session) -> UUID:
            ledger = Ledger(session, self.now)
            ledger.load([conversation_id])
            conversation, message_id = ledger.conversations[conversation_id], new_id()
            ledger.write(
                conversation, id=message_id, direction="out", content=(Text(text="x"),),
                channel="memory", account="people", identity_id=self.identities[conversation_id],
            )  # fmt: skip
            ledger.queue(
                conversation,
                message_id,
                account="people",
                due_at=self.now + timedelta(seconds=delay),
                give_up_after=timedelta(days=3),
            )
            ledger.flush()
            return message_id

        message_id = self.transact(queue)
        self.order[conversation_id].append(message_id)
        self.due[message_id] = self.now + timedelta(seconds=delay)

    @rule(target=begun, worker=st.sampled_from(["one", "two"]))
    def begin(self, worker: str) -> list[Begun]:
        sender = Sender("memory", threads=False, repeatable=False, wait=lambda *_: 0.0, room=9)
        found = self.transact(
            lambda session: claim(
                session, worker, {"people": sender}, self.keys, "http://x", self.now, 9
            )
        )
        for one in found.begun:
            self._had_its_turn(one)
            self.attempts[one.message_id] += 1
            assert one.attempt == self.attempts[one.message_id]
        return list(found.begun)

    @rule(taken=consumes(begun), end=st.sampled_from(sorted(ENDS)))
    def end(self, taken: list[Begun], end: str) -> None:
        """The far side answered, perhaps long after the lease ran out."""
        outcomes = [
            Outcome(
                one, ENDS[end], "people", repeatable=False, attempts=5, now=self.now, jitter=0.5
            )
            for one in taken
        ]
        if outcomes:
            self.transact(lambda session: finish(session, outcomes))

    @rule(taken=begun, end=st.sampled_from(sorted(ENDS)))
    def end_and_say_it_again(self, taken: list[Begun], end: str) -> None:
        """A write whose COMMIT was not answered is run again."""
        self.end(taken, end)

    @rule(taken=consumes(begun))
    def die(self, taken: list[Begun]) -> None:
        """Nobody will ever say what became of these."""

    @rule(seconds=st.sampled_from([1, 5, 40, LEASE.total_seconds() + 1]))
    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    # --- what must hold at every moment ---

    @invariant()
    def all_is_well(self) -> None:
        with self.engine.connect() as connection:
            rows = connection.execute(select(table_of(Outgoing))).all()
            lanes = connection.execute(select(table_of(Lane))).all()
            conversations = connection.execute(select(table_of(Conversation))).all()
        self.waiting = {row.message_id for row in rows if row.state == "queued"}
        self.due |= {row.message_id: row.due_at for row in rows}
        self._handed_over_once(rows)
        self._one_at_a_time(rows)
        self._shown(rows, conversations)
        self._not_forgotten(rows, lanes)

    def _handed_over_once(self, rows: Sequence[Any]) -> None:
        """A message is begun again only after a certain failure was recorded."""
        for row in rows:
            assert row.attempt == self.attempts[row.message_id]
            if row.state == "queued" and row.attempt:
                assert row.error in ("not now", "slow down")

    def _one_at_a_time(self, rows: Sequence[Any]) -> None:
        sending = [row.conversation_id for row in rows if row.state == "sending"]
        assert len(sending) == len(set(sending))

    def _had_its_turn(self, begun: Begun) -> None:
        """None before it waits that was begun, or that is due."""
        assert self.due[begun.message_id] <= self.now
        place = self.order[begun.conversation_id].index(begun.message_id)
        for earlier in self.order[begun.conversation_id][:place]:
            assert earlier not in self.waiting or (
                self.due[earlier] > self.now and not self.attempts[earlier]
            )

    def _shown(self, rows: Sequence[Any], conversations: Sequence[Any]) -> None:
        """What was not delivered is counted where agents see it."""
        shown: defaultdict[UUID, int] = defaultdict(int)
        for row in rows:
            shown[row.conversation_id] += row.state in ("failed", "unconfirmed")
        assert {row.id: row.undelivered for row in conversations} == {
            row.id: shown[row.id] for row in conversations
        }

    def _not_forgotten(self, rows: Sequence[Any], lanes: Sequence[Any]) -> None:
        """A lane with something to do says when, so that somebody comes by in time."""
        ready = {lane.conversation_id: lane.ready_at for lane in lanes if lane.ready_at is not None}
        by_position = sorted(rows, key=lambda row: row.position)
        held_up: set[UUID] = set()
        for row in by_position:
            if row.state == "sending":
                assert row.conversation_id in ready
            if row.state == "queued" and row.conversation_id not in held_up:
                assert ready[row.conversation_id] <= max(self.now, row.due_at)
                if row.attempt:
                    held_up.add(row.conversation_id)


class TestOutbox(OutboxMachine.TestCase):
    settings = settings(
        max_examples=30,
        stateful_step_count=30,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )

    @classmethod
    def setUpClass(cls) -> None:
        OutboxMachine.template = _template()

    @classmethod
    def tearDownClass(cls) -> None:
        shutil.rmtree(OutboxMachine.template.parent)


def test_what_is_put_off_lets_later_messages_pass() -> None:
    OutboxMachine.template = _template()
    machine = OutboxMachine()
    try:
        machine.write(number=0, delay=30)
        machine.write(number=0, delay=0)
        put_off, now = machine.order[machine.conversations[0]]
        begun = machine.begin(worker="one")
        assert [one.message_id for one in begun] == [now]
        machine.end(begun, end="sent")
        assert machine.begin(worker="one") == []
        machine.wait(seconds=40)
        assert [one.message_id for one in machine.begin(worker="one")] == [put_off]
    finally:
        machine.teardown()
        shutil.rmtree(OutboxMachine.template.parent)


def test_an_outcome_told_twice_frees_no_lane_that_the_next_message_has_by_now() -> None:
    OutboxMachine.template = _template()
    machine = OutboxMachine()
    try:
        machine.write(number=0, delay=0)
        machine.write(number=0, delay=0)
        first = machine.begin(worker="one")
        machine.end(first, end="permanent")
        second = machine.begin(worker="two")
        machine.end(first, end="permanent")
        assert machine.begin(worker="one") == []
        machine.all_is_well()
        machine.end(second, end="sent")
        machine.all_is_well()
    finally:
        machine.teardown()
        shutil.rmtree(OutboxMachine.template.parent)
