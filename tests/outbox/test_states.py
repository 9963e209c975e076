"""Sending is honest: what each end of an attempt makes of a message."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.calendars import MovedClock
from hub.channel import DeliveryError, Sent
from hub.conversations.ledger import Ledger
from hub.message import Buttons, Receipt
from hub.outbox.claim import LEASE, Begun, Sender, claim
from hub.outbox.outcome import LONGEST_WAIT, Outcome, finish, wait_before
from hub.store.database import Session
from hub.store.statements import table_of
from hub.store.tables import Conversation, Event, ExternalRef, Identity, Lane, Message
from tests.desk import Desk, until
from tests.harness import people, running_hub

SECOND = timedelta(seconds=1)
URL = "http://localhost"
QUIET = "[]\n"
"""No rule: nothing is answered by itself."""


@pytest.fixture
async def quiet(desk: Desk) -> Desk:
    await desk.rules(QUIET)
    return desk


async def opened(desk: Desk, sender: str = "sara", account: str = "people") -> UUID:
    conversation = await desk.conversation(await desk.hears("hi", sender=sender, account=account))
    found: UUID = conversation.id
    return found


def got(desk: Desk, sender: str = "sara", account: str = "people") -> list[str]:
    """The words that somebody got from us, in order."""
    return [getattr(m.content[0], "text", "") for m in people(desk.hub, account).to(sender)]


@pytest.mark.both
async def test_a_sent_message_is_known_by_the_far_side_s_id(quiet: Desk) -> None:
    answer = await quiet.answers(await opened(quiet), "hello Sara")
    row = await quiet.state(answer, "sent")
    assert (row.attempt, row.error, row.sent_at) == (1, None, quiet.hub.clock.now())
    assert got(quiet) == ["hello Sara"]
    external_id = people(quiet.hub).arrived[0].external_id
    assert (await quiet.one(ExternalRef, message_id=answer)).external_id == external_id
    assert (await quiet.one(Message, id=answer)).external_id == external_id
    assert (await quiet.one(Lane)).ready_at is None
    assert "message.sent" in [event.kind for event in await quiet.all(Event)]


@pytest.mark.both
async def test_a_temporary_failure_waits_longer_each_time(quiet: Desk) -> None:
    conversation = await opened(quiet)
    for _ in range(3):
        people(quiet.hub).fail(DeliveryError("not now", permanent=False, code="421"))
    answer = await quiet.answers(conversation, "hello")
    waits = []
    for attempt in (1, 2, 3):
        row = await _tried(quiet, answer, attempt)
        assert (row.state, row.error, row.error_code) == ("queued", "not now", "421")
        waits.append((row.due_at - quiet.hub.clock.now()).total_seconds())
        await quiet.moves(row.due_at - quiet.hub.clock.now())
    row = await quiet.state(answer, "sent")
    assert (row.attempt, row.error) == (4, None)
    assert waits >= [1.6, 3.2, 6.4]
    assert all(low <= wait <= low * 1.5 for low, wait in zip((1.6, 3.2, 6.4), waits, strict=True))
    assert got(quiet) == ["hello"]


async def _tried(desk: Desk, answer: UUID, attempt: int) -> Any:
    async def tried() -> Any:
        row = await desk.sending(answer)
        return row if row.attempt == attempt and row.state != "sending" else None

    return await until(tried, f"attempt {attempt}")


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_the_pause_grows_is_spread_and_has_an_end(attempt: int, jitter: float) -> None:
    wait = wait_before(attempt, jitter)
    assert 1.6 <= wait <= LONGEST_WAIT * 1.2001
    assert wait_before(attempt + 1, jitter) >= wait
    assert wait_before(attempt, 0) <= wait <= wait_before(attempt, 1)


@pytest.mark.both
async def test_a_permanent_failure_is_final_and_shown(quiet: Desk) -> None:
    conversation = await opened(quiet)
    people(quiet.hub).fail(DeliveryError("no such chat", permanent=True, code="403"))
    answer = await quiet.answers(conversation, "hello")
    row = await quiet.state(answer, "failed")
    assert (row.attempt, row.error, row.error_code) == (1, "no such chat", "403")
    assert (await quiet.one(Conversation, id=conversation)).undelivered == 1
    event = next(e for e in await quiet.all(Event) if e.kind == "delivery.failed")
    assert event.message_id == answer
    await quiet.moves(timedelta(days=30))
    assert got(quiet) == []


async def test_an_unreachable_address_is_noted(quiet: Desk) -> None:
    answer = await quiet.answers(await opened(quiet, sender="gone fishing"), "hello")
    await quiet.state(answer, "failed")
    row = await quiet.one(Identity)
    assert (row.reachable, row.unreachable_reason) == (False, "nobody of that name is here")


@pytest.mark.both
async def test_what_may_have_arrived_is_never_sent_again_by_itself(quiet: Desk) -> None:
    conversation = await opened(quiet)
    people(quiet.hub).fail_after(DeliveryError("cut", permanent=False, certain=False))
    answer = await quiet.answers(conversation, "did it arrive?")
    row = await quiet.state(answer, "unconfirmed")
    assert row.attempt == 1
    assert (await quiet.one(Conversation, id=conversation)).undelivered == 1
    await quiet.moves(timedelta(days=30))
    following = await quiet.answers(conversation, "the next one")
    await quiet.state(following, "sent")
    assert got(quiet) == ["did it arrive?", "the next one"]
    assert (await quiet.sending(answer)).state == "unconfirmed"


async def test_an_adapter_that_breaks_leaves_the_message_unconfirmed(
    quiet: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any) -> Any:
        raise KeyError("a bug in an adapter")

    monkeypatch.setattr(people(quiet.hub), "send", broken)
    answer = await quiet.answers(await opened(quiet), "hello")
    row = await quiet.state(answer, "unconfirmed")
    assert "KeyError" in row.error


async def test_what_a_channel_can_not_carry_fails_with_the_reason(
    quiet: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = people(quiet.hub)
    narrow = channel.capabilities.model_copy(update={"blocks": frozenset({"text"})})
    monkeypatch.setattr(channel, "capabilities", narrow)
    answer = await quiet.answers(await opened(quiet), Buttons(rows=()))
    row = await quiet.state(answer, "failed")
    assert "buttons" in row.error
    assert channel.arrived == []


@pytest.mark.parametrize("scope", ["chat", "account"])
async def test_silence_that_the_far_side_asked_for_is_kept(quiet: Desk, scope: Any) -> None:
    sara, omid = await opened(quiet), await opened(quiet, sender="omid")
    people(quiet.hub).fail(
        DeliveryError("slow down", permanent=False, retry_after=300, code="429", scope=scope)
    )
    first = await quiet.answers(sara, "to Sara")
    row = await _tried(quiet, first, 1)
    assert row.due_at == quiet.hub.clock.now() + 300 * SECOND
    other = await quiet.answers(omid, "to Omid")
    if scope == "chat":
        await quiet.state(other, "sent")
    else:
        await _nothing_is_sent(quiet, other)
    await quiet.moves(299 * SECOND)
    await _nothing_is_sent(quiet, first)
    await quiet.moves(2 * SECOND)
    await quiet.state(first, "sent")
    await quiet.state(other, "sent")


async def _nothing_is_sent(desk: Desk, answer: UUID) -> None:
    """The outbox has looked, and left it alone. A message of another account proves that."""
    probe = await desk.answers(await opened(desk, sender="probe", account="threads"), "probe")
    await desk.state(probe, "sent")
    assert (await desk.sending(answer)).state == "queued"


async def test_giving_up_is_shown(folder: Path, database_url: str, clock: MovedClock) -> None:
    limits = "outbox.attempts = 2"
    async with running_hub(folder, database_url=database_url, clock=clock, more=limits) as hub:
        desk = await Desk.at(hub)
        await desk.rules(QUIET)
        conversation = await opened(desk)
        for _ in range(2):
            people(hub).fail(DeliveryError("not now", permanent=False))
        answer = await desk.answers(conversation, "hello")
        await _tried(desk, answer, 1)
        await desk.moves(timedelta(minutes=1))
        row = await desk.state(answer, "failed")
        assert (row.attempt, row.error) == (2, "not now")


@pytest.mark.both
async def test_what_waited_too_long_is_given_up_unsent(quiet: Desk) -> None:
    answer = await quiet.answers(await opened(quiet), "hello", delay=timedelta(minutes=1))
    quiet.hub.accounts["people"].channel.failures.clear()  # type: ignore[attr-defined]
    await quiet.moves(timedelta(days=5))
    row = await quiet.state(answer, "failed")
    assert row.attempt == 0
    assert "too long" in row.error
    assert got(quiet) == []


@pytest.mark.both
async def test_order_is_kept_while_the_first_one_fails(quiet: Desk) -> None:
    conversation = await opened(quiet)
    people(quiet.hub).fail(DeliveryError("not now", permanent=False))
    first = await quiet.answers(conversation, "one")
    others = [await quiet.answers(conversation, word) for word in ("two", "three")]
    row = await _tried(quiet, first, 1)
    assert [(await quiet.sending(one)).state for one in others] == ["queued", "queued"]
    elsewhere = await quiet.answers(await opened(quiet, sender="omid"), "not held up")
    await quiet.state(elsewhere, "sent")
    await quiet.moves(row.due_at - quiet.hub.clock.now())
    await quiet.state(others[-1], "sent")
    assert got(quiet) == ["one", "two", "three"]


@pytest.mark.both
async def test_a_delayed_answer_can_be_taken_back_until_it_goes(quiet: Desk) -> None:
    conversation = await opened(quiet)
    kept = await quiet.answers(conversation, "kept", delay=10 * SECOND)
    taken = await quiet.answers(conversation, "taken back", delay=10 * SECOND)
    await quiet.moves(9 * SECOND)
    await _nothing_is_sent(quiet, kept)
    await quiet.takes_back(taken)
    await quiet.moves(1 * SECOND)
    await quiet.state(kept, "sent")
    with pytest.raises(Exception, match="sent by now"):
        await quiet.takes_back(kept)
    await quiet.moves(timedelta(hours=1))
    assert got(quiet) == ["kept"]
    assert (await quiet.sending(taken)).state == "cancelled"


async def test_a_rate_is_kept(folder: Path, database_url: str, clock: MovedClock) -> None:
    limits = 'outbox.account_rate = "3/1m"\noutbox.chat_rate = "2/1m"'
    async with running_hub(folder, database_url=database_url, clock=clock, more=limits) as hub:
        desk = await Desk.at(hub)
        await desk.rules(QUIET)
        sara, omid = await opened(desk), await opened(desk, sender="omid")
        to_sara = [await desk.answers(sara, f"{n}") for n in range(3)]
        await desk.state(to_sara[1], "sent")
        to_omid = [await desk.answers(omid, f"{n}") for n in range(2)]
        await desk.state(to_omid[0], "sent")
        waiting = [to_sara[2], to_omid[1]]
        await asyncio.sleep(0.1)
        assert [(await desk.sending(one)).state for one in waiting] == ["queued", "queued"]
        assert len(people(hub).arrived) == 3
        for _ in range(6):
            await desk.moves(timedelta(seconds=20))
        for one in waiting:
            await desk.state(one, "sent")
        assert got(desk) == ["0", "1", "2"]


# --- by hand: what a worker does, so that it can die in between ---


async def claims(desk: Desk, worker: str, *, repeatable: bool = False) -> list[Begun]:
    sender = Sender("memory", threads=False, repeatable=repeatable, wait=lambda *_: 0.0, room=100)
    found = await desk.hub.database.write(
        claim, worker, {"people": sender}, desk.hub.keys, URL, desk.hub.clock.now(), 20
    )
    return list(found.begun)


def outcome(desk: Desk, begun: Begun, result: Sent | DeliveryError, **more: Any) -> Outcome:
    given = {"scope": "people", "repeatable": False, "attempts": 12, "jitter": 0.5}
    return Outcome(begun=begun, result=result, now=desk.hub.clock.now(), **{**given, **more})


@pytest.fixture
async def stopped(folder: Path, database_url: str, clock: MovedClock) -> AsyncIterator[Desk]:
    """A hub whose own outbox does not run: the tests are its workers."""
    async with running_hub(folder, database_url=database_url, clock=clock) as hub:
        for task in asyncio.all_tasks():
            if task.get_name() == "payam outbox":
                task.cancel()
                await asyncio.wait({task})
        desk = await Desk.at(hub)
        await desk.rules(QUIET)
        yield desk


def _lapse(session: Session) -> None:
    table = table_of(Lane)
    past = session.execute(table.select()).first()
    assert past is not None
    session.execute(table.update().values(lease_until=past.lease_until - 10 * LEASE))


@pytest.mark.both
@pytest.mark.parametrize("repeatable", [False, True])
async def test_what_a_dead_process_was_sending(stopped: Desk, repeatable: bool) -> None:
    conversation = await opened(stopped)
    answer = await stopped.answers(conversation, "hello")
    (dead,) = await claims(stopped, "dead")
    assert (await stopped.sending(answer)).state == "sending"
    assert await claims(stopped, "other") == []
    await stopped.hub.database.write(_lapse)
    begun = await claims(stopped, "other", repeatable=repeatable)
    row = await stopped.sending(answer)
    if repeatable:
        assert [one.attempt for one in begun] == [2]
        assert (row.state, row.attempt) == ("sending", 2)
    else:
        assert begun == []
        assert row.state == "unconfirmed"
        assert "may have arrived" in row.error
        assert (await stopped.one(Conversation, id=conversation)).undelivered == 1
    assert dead.attempt == 1


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
async def test_a_claim_never_waits_for_a_conversation_that_somebody_else_has(
    stopped: Desk,
) -> None:
    """It holds lanes, which whoever has the conversation may be waiting for."""
    conversation = await opened(stopped)
    answer = await stopped.answers(conversation, "hello")
    await claims(stopped, "dead")
    await stopped.hub.database.write(_lapse)
    has_it, go_on = threading.Event(), threading.Event()

    def have(session: Session) -> None:
        Ledger(session, stopped.hub.clock.now()).load([conversation])
        has_it.set()
        assert go_on.wait(20)

    having = asyncio.create_task(stopped.hub.database.write(have))
    try:
        assert await asyncio.to_thread(has_it.wait, 20)
        async with asyncio.timeout(10):
            assert await claims(stopped, "other") == []
    finally:
        go_on.set()
        await having
    assert (await stopped.sending(answer)).state == "sending"
    await stopped.moves(SECOND)
    await claims(stopped, "other")
    assert (await stopped.sending(answer)).state == "unconfirmed"


@pytest.mark.both
async def test_a_late_answer_of_an_earlier_attempt_counts_no_more(stopped: Desk) -> None:
    answer = await stopped.answers(await opened(stopped), "hello")
    (first,) = await claims(stopped, "slow", repeatable=True)
    await stopped.hub.database.write(_lapse)
    (second,) = await claims(stopped, "other", repeatable=True)
    late = outcome(stopped, first, DeliveryError("too late", permanent=True))
    assert await stopped.hub.database.write_each(finish, late) == "sending"
    assert (await stopped.sending(answer)).state == "sending"
    assert await claims(stopped, "third", repeatable=True) == [], "its lane was given away"
    done = outcome(stopped, second, Sent(("x",)))
    assert await stopped.hub.database.write_each(finish, done) == "sent"
    assert await stopped.hub.database.write_each(finish, done) == "sent"
    assert (await stopped.sending(answer)).attempt == 2


@pytest.mark.both
async def test_a_late_success_settles_what_was_thought_unconfirmed(stopped: Desk) -> None:
    conversation = await opened(stopped)
    answer = await stopped.answers(conversation, "hello")
    (begun,) = await claims(stopped, "slow")
    await stopped.hub.database.write(_lapse)
    await claims(stopped, "other")
    assert (await stopped.sending(answer)).state == "unconfirmed"
    done = outcome(stopped, begun, Sent(("x",)))
    assert await stopped.hub.database.write_each(finish, done) == "sent"
    assert (await stopped.one(Conversation, id=conversation)).undelivered == 0


@pytest.mark.both
async def test_a_receipt_settles_what_was_unconfirmed(stopped: Desk) -> None:
    conversation = await opened(stopped)
    answer = await stopped.answers(conversation, "did it arrive?")
    (begun,) = await claims(stopped, "one")
    cut = DeliveryError("cut", permanent=False, certain=False, sent=("x",))
    await stopped.hub.database.write_each(finish, outcome(stopped, begun, cut))
    assert (await stopped.sending(answer)).state == "unconfirmed"
    receipt = Receipt(
        account="people", external_id="r", at=stopped.hub.clock.now(), target="x", state="read"
    )
    await stopped.accepts(receipt)
    row = await stopped.sending(answer)
    assert (row.state, row.read_at) == ("sent", stopped.hub.clock.now())
    assert (await stopped.one(Conversation, id=conversation)).undelivered == 0


@pytest.mark.both
async def test_two_workers_at_one_moment_begin_each_message_once(stopped: Desk) -> None:
    answers = [
        await stopped.answers(await opened(stopped, sender=f"person {n}"), "hello")
        for n in range(12)
    ]
    found = await asyncio.gather(*(claims(stopped, f"worker {n}") for n in range(4)))
    begun = [one.message_id for some in found for one in some]
    assert sorted(begun) == sorted(answers)


@pytest.mark.both
async def test_what_goes_out_is_complete(stopped: Desk) -> None:
    conversation = await opened(stopped)
    await stopped.answers(conversation, "hello")
    (begun,) = await claims(stopped, "one")
    out = begun.outbound
    assert (out.to.address, out.to.verified, out.attempt) == ("sara", True, 1)
    assert (out.sender_name, out.automated) == ("Sample Agent", False)
    assert out.thread_token
    assert out.at == stopped.hub.clock.now()
