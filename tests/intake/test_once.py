"""No message is handled twice, whoever brings it again, and however."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from hub.app import Hub
from hub.calendars import MovedClock
from hub.store.database import Session
from hub.store.statements import table_of
from hub.store.tables import Conversation, Customer, Delivery, Message, Outgoing, RuleResult
from tests.desk import GREETING, Desk, until
from tests.harness import people, running_hub


@pytest.mark.both
async def test_a_redelivery_is_no_new_message_and_gives_the_same_id(desk: Desk) -> None:
    message = desk.said("hello")
    first = await desk.accepts(message)
    again = await desk.accepts(message, message)
    assert first.fresh == (True,)
    assert again.fresh == (False, False)
    assert set(again.ids) == set(first.ids)
    assert await desk.texts() == ["hello"]
    assert len(await desk.all(RuleResult)) == 1


@pytest.mark.both
async def test_the_same_message_twice_in_one_batch_is_one(desk: Desk) -> None:
    message = desk.said("hello")
    accepted = await desk.accepts(message, message)
    assert accepted.fresh == (True, False)
    assert len(set(accepted.ids)) == 1
    assert await desk.texts() == ["hello"]


@pytest.mark.both
async def test_many_who_bring_it_at_once_bring_it_once(desk: Desk) -> None:
    message = desk.said("hello")
    accepted = await asyncio.gather(*(desk.accepts(message) for _ in range(20)))
    assert sum(one.fresh == (True,) for one in accepted) == 1
    assert len({one.ids for one in accepted}) == 1
    assert await desk.texts() == ["hello"]


@pytest.mark.both
async def test_what_was_handled_stays_handled_after_it_was_erased(desk: Desk) -> None:
    message = desk.said("forget me")
    first = await desk.accepts(message)

    def erase(session: Session) -> None:
        for model in (Outgoing, Conversation, Customer):
            session.execute(delete(table_of(model)))

    await until(lambda: people(desk.hub).to("sara"), "the answer")
    await desk.hub.database.write(erase)
    assert await desk.texts() == []
    again = await desk.accepts(message)
    assert (again.ids, again.fresh) == (first.ids, (False,))
    assert await desk.texts() == []
    assert await desk.all(Customer) == []


async def test_an_edited_digest_is_something_else(desk: Desk) -> None:
    await desk.accepts(
        desk.said("one", external_id="m", digest="1"), desk.said("two", external_id="m", digest="2")
    )
    assert await desk.texts() == ["one", "two"]


@pytest.fixture
async def two_mailboxes(folder: Path, database_url: str, clock: MovedClock) -> AsyncIterator[Desk]:
    accounts = {name: {"kind": "memory", "threads": True} for name in ("sales", "support")}
    async with running_hub(folder, accounts, database_url=database_url, clock=clock) as hub:
        desk = await Desk.at(hub)
        await desk.rules(GREETING)
        yield desk


@pytest.mark.both
async def test_one_mail_in_two_mailboxes_is_one_message_answered_once(two_mailboxes: Desk) -> None:
    desk = two_mailboxes
    mail = {"shared_id": "<m@example.org>", "fingerprint": "f"}
    first = await desk.accepts(desk.said("to both", account="sales", **mail), account="sales")
    second = await desk.accepts(desk.said("to both", account="support", **mail), account="support")
    assert first.ids == second.ids
    assert await desk.texts() == ["to both"]
    deliveries = await desk.all(Delivery, "account")
    assert [(row.account, row.message_id) for row in deliveries] == [
        ("sales", first.ids[0]),
        ("support", first.ids[0]),
    ]
    assert len(await desk.all(Outgoing)) == 1


@pytest.mark.both
async def test_both_mailboxes_at_one_moment_are_still_one_message(two_mailboxes: Desk) -> None:
    desk = two_mailboxes
    for number in range(10):
        mail = {"shared_id": f"<{number}@example.org>", "fingerprint": "f"}
        first, second = await asyncio.gather(
            desk.accepts(desk.said("to both", account="sales", **mail), account="sales"),
            desk.accepts(desk.said("to both", account="support", **mail), account="support"),
        )
        assert first.ids == second.ids
    assert len(await desk.texts()) == 10
    assert len(await desk.all(Outgoing)) == 10


@pytest.mark.both
async def test_the_same_id_with_other_content_is_new_and_flagged(two_mailboxes: Desk) -> None:
    desk = two_mailboxes
    for words in ("the first", "another"):
        message = desk.said(
            words, account="sales", digest=words, shared_id="<m@example.org>", fingerprint=words
        )
        await desk.accepts(message, account="sales")
    flags = {row.text: row.flagged for row in await desk.messages() if row.direction == "in"}
    assert flags["the first"] is None
    assert "other content" in flags["another"]


@pytest.mark.both
@pytest.mark.parametrize("blank", [None, ""])
async def test_a_blank_shared_id_is_no_key(two_mailboxes: Desk, blank: str | None) -> None:
    desk = two_mailboxes
    await desk.accepts(
        desk.said("one", account="sales", shared_id=blank),
        desk.said("one", account="sales", shared_id=blank),
        account="sales",
    )
    assert await desk.texts() == ["one", "one"]
    assert [row.flagged for row in await desk.messages()] == [None] * 4


KEYS = st.tuples(st.sampled_from("abcd"), st.sampled_from(["", "1"]))


@pytest.mark.both
@settings(
    max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)
@given(batches=st.lists(st.lists(KEYS, min_size=1, max_size=6), min_size=1, max_size=6))
async def test_however_it_is_brought_each_thing_is_stored_once(
    desk: Desk, batches: list[list[tuple[str, str]]]
) -> None:
    """Overlapping batches, brought at the same time, as after lost acknowledgements."""
    run = uuid4().hex
    accepted = await asyncio.gather(
        *(
            desk.accepts(
                *(
                    desk.said(f"{run} {name}{digest}", external_id=f"{run} {name}", digest=digest)
                    for name, digest in batch
                )
            )
            for batch in batches
        )
    )
    ids = {
        pair
        for batch, answer in zip(batches, accepted, strict=True)
        for pair in zip(batch, answer.ids, strict=True)
    }
    distinct = {key for batch in batches for key in batch}
    assert len(ids) == len(distinct)
    assert sum(sum(answer.fresh) for answer in accepted) == len(distinct)
    stored = [text for text in await desk.texts() if text.startswith(run)]
    assert sorted(stored) == sorted(f"{run} {name}{digest}" for name, digest in distinct)


async def test_the_memory_of_deliveries_names_the_message(hub: Hub, desk: Desk) -> None:
    message_id = await people(hub).person("sara").says("hello", external_id="m1")
    row = await desk.one(Delivery, external_id="m1")
    assert row.message_id == message_id
    assert (await desk.one(Message, id=message_id)).direction == "in"
