"""Several processes on one PostgreSQL share the work, and double nothing of it."""

from __future__ import annotations

import asyncio
import random
from collections import Counter as Tally
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row
from sqlmodel import Session

from hub.app import Hub
from hub.channel import Typing
from hub.live import Signal
from hub.store import events
from hub.store.events import Happening
from hub.store.statements import insert
from hub.store.tables import Conversation, Counter, Customer, Identity, Lease, Outgoing
from tests import postgres
from tests.desk import Desk, until
from tests.harness import people, running_hub
from tests.store.test_events import happen

MAILBOXES: Mapping[str, Mapping[str, Any]] = {
    name: {"kind": "memory", "threads": True} for name in ("sales", "support")
}
ACCOUNTS: Mapping[str, Mapping[str, Any]] = {"people": {"kind": "memory"}, **MAILBOXES}


@pytest.fixture
def dialect() -> str:
    return "postgresql"


@pytest.fixture
async def hubs(tmp_path: Path, database_url: str) -> AsyncIterator[tuple[Desk, Desk]]:
    """Two hubs with one database and one key; both have the accounts, one at a time reads."""
    async with AsyncExitStack() as stack:
        opened: list[Hub] = []
        for name in ("one", "two"):
            folder = tmp_path / name
            folder.mkdir()
            (tmp_path / "data").mkdir(exist_ok=True)
            (folder / "data").symlink_to(tmp_path / "data")
            opened.append(
                await stack.enter_async_context(
                    running_hub(folder, ACCOUNTS, database_url=database_url)
                )
            )
        first = await Desk.at(opened[0])
        second = Desk(opened[1])
        second.agent = first.agent
        await first.rules("[]\n")
        await until(
            lambda: opened[1].policy.revision_id == opened[0].policy.revision_id,
            "the other process to hear of the rules",
        )
        yield first, second


async def test_answers_are_sent_once_whoever_sends_them(hubs: tuple[Desk, Desk]) -> None:
    first, _ = hubs
    conversations = []
    for number in range(15):
        conversation = await first.conversation(await first.hears("hi", sender=f"person {number}"))
        conversations.append(conversation.id)
    answers = await asyncio.gather(
        *(
            random.choice(hubs).answers(conversation, f"answer {number} of {conversation}")
            for conversation in conversations
            for number in range(2)
        )
    )
    for answer in answers:
        await first.state(answer, "sent")
    by = [people(desk.hub).arrived for desk in hubs]
    arrived = Tally(str(one.message.message_id) for some in by for one in some)
    assert arrived == Tally({str(answer): 1 for answer in answers})
    assert {row.attempt for row in await first.all(Outgoing)} == {1}


async def test_one_source_has_one_reader(hubs: tuple[Desk, Desk]) -> None:
    first, second = hubs
    readers = {row.name: row.owner for row in await first.all(Lease) if row.owner}
    assert readers["receive:people"] in (first.hub.worker, second.hub.worker)
    reading = [desk for desk in hubs if desk.hub.accounts["people"].host.epoch is not None]
    assert len(reading) == 1


async def test_the_same_message_brought_to_both_is_one(hubs: tuple[Desk, Desk]) -> None:
    first, second = hubs
    for number in range(10):
        message = first.said(f"hello {number}", sender=f"person {number % 3}")
        one, other = await asyncio.gather(first.accepts(message), second.accepts(message))
        assert one.ids == other.ids
        assert one.fresh != other.fresh
    assert len(await first.texts()) == 10
    assert len(await first.all(Customer)) == 3
    assert len(await first.all(Identity)) == 3
    assert len(await first.all(Conversation)) == 3


async def test_the_same_mail_in_two_mailboxes_of_two_processes_is_one(
    hubs: tuple[Desk, Desk],
) -> None:
    """Two digests, one Message-ID, at the same moment, in different processes."""
    first, second = hubs
    for number in range(15):
        mail = {"shared_id": f"<{number}@example.org>", "fingerprint": "f"}
        one, other = await asyncio.gather(
            first.accepts(first.said("both", account="sales", **mail), account="sales"),
            second.accepts(second.said("both", account="support", **mail), account="support"),
        )
        assert one.ids == other.ids
    assert len(await first.texts()) == 15


async def test_a_customer_who_writes_to_both_at_once_has_one_conversation(
    hubs: tuple[Desk, Desk],
) -> None:
    first, second = hubs
    for number in range(10):
        sender = f"newcomer {number}"
        await asyncio.gather(first.hears("one", sender=sender), second.hears("two", sender=sender))
    assert len(await first.all(Customer)) == 10
    assert len(await first.all(Conversation)) == 10
    rows = await first.messages()
    assert len(rows) == 20
    positions = Tally((row.conversation_id, row.position) for row in rows)
    assert set(positions.values()) == {1}


async def test_events_are_answered_once_by_one_of_them(hubs: tuple[Desk, Desk]) -> None:
    first, _ = hubs

    def note(session: Session, event: Row[Any], now: datetime) -> None:
        session.execute(insert(session, Counter).values(name=f"n{event.actor}", value=1))

    for desk in hubs:
        desk.hub.automation.reactions = lambda: {"test.happened": (note,)}
    names = [str(number) for number in range(30)]
    await asyncio.gather(
        *(hubs[number % 2].hub.database.write(happen, name) for number, name in enumerate(names))
    )

    async def answered() -> bool:
        found = {row.name for row in await first.all(Counter)}
        return {f"n{name}" for name in names} <= found

    await until(answered, "all events to be answered")


async def test_what_one_does_the_other_s_pages_hear(hubs: tuple[Desk, Desk]) -> None:
    first, second = hubs
    heard: list[Any] = []
    signals: list[Signal] = []

    async def listen() -> None:
        async for event in second.hub.live.events():
            heard.append(event.message_id)  # noqa: PERF401 - it never ends

    async def listen_to_signals() -> None:
        async for signal in second.hub.live.signals():
            signals.append(signal)  # noqa: PERF401 - as above

    tasks = [asyncio.create_task(listen()), asyncio.create_task(listen_to_signals())]
    await asyncio.sleep(0.1)
    message_id = await first.hears("hello")
    await until(lambda: message_id in heard, "the other process to hear of it")
    signal = Signal("agent", Typing("sara", True, "A, b: c"))
    await first.hub.live.signal(signal)
    await until(lambda: signals == [signal], "the signal")
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_lost_hint_is_made_up_for(hubs: tuple[Desk, Desk]) -> None:
    """NOTIFY is a hint: an event that nobody was told of is found all the same."""
    first, second = hubs
    before = second.hub.live.position

    def quietly(session: Session) -> None:
        events.append(session, [Happening("test.happened", "x", first.hub.clock.now())])
        session.info.clear()

    await first.hub.database.write(quietly)
    await until(lambda: second.hub.live.position > before, "the event to be found")


@pytest.fixture
def own_cluster() -> Iterator[postgres.Cluster]:
    """A server that this test alone may stop."""
    cluster = postgres.Cluster.create()
    cluster.make_template()
    yield cluster
    cluster.destroy()


async def test_a_restarted_database_loses_nothing_and_the_hub_goes_on(
    own_cluster: postgres.Cluster, tmp_path: Path
) -> None:
    with own_cluster.database() as url:
        # The greeting waits until the customer pauses.
        more = 'conversations.pause = "1s"'
        async with running_hub(tmp_path, database_url=url, more=more) as hub:
            channel = people(hub)
            sara = channel.person("sara")
            await sara.says("before")
            stored = []
            for round_ in range(2):
                for number in range(10):
                    stored.append(
                        asyncio.ensure_future(sara.says(f"round {round_} number {number}"))
                    )
                    await asyncio.sleep(0.01)
                await asyncio.to_thread(own_cluster.restart, "immediate" if round_ else "fast")
            async with asyncio.timeout(60):
                await asyncio.gather(*stored)
                await sara.says("after")
            desk = Desk(hub)
            texts = await desk.texts()
            assert len(texts) == len(set(texts)) == 22
            await until(lambda: desk.all(Outgoing), "an answer")

            async def sent() -> bool:
                states = {row.state for row in await desk.all(Outgoing)}
                return states <= {"sent", "unconfirmed"}

            await until(sent, "the answers to be sent or shown as unconfirmed")
            arrived = Tally(str(one.message.message_id) for one in channel.arrived)
            assert set(arrived.values()) <= {1}
