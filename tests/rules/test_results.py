"""Results are kept by what came of them, and nobody's facts outlive their erasure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, insert
from sqlmodel import Session

from hub import retention
from hub.rules.engine import Decision
from hub.rules.engine.decision import ActionResult
from hub.rules.engine.decision import RuleResult as Result
from hub.rules.results import CHUNK, Keep, drop, forget
from hub.store.statements import table_of
from hub.store.tables import Conversation, RuleResult, Timer
from hub.store.types import new_id
from tests.desk import Desk, until

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
KEEP = Keep(
    {"nothing": timedelta(days=1), "acted": timedelta(days=7), "error": timedelta(days=30)}, 1_000
)


def results(session: Session, outcome: str, count: int, ago: timedelta, now: datetime) -> None:
    session.execute(
        insert(table_of(RuleResult)),
        [
            {
                "id": new_id(),
                "event": "message.received",
                "outcome": outcome,
                "result": {},
                "facts": {},
                "at": now - ago + timedelta(milliseconds=number),
            }
            for number in range(count)
        ],
    )


async def kept(desk: Desk) -> dict[str, int]:
    rows = await desk.all(RuleResult)
    found = dict.fromkeys(KEEP.ages, 0)
    for row in rows:
        found[row.outcome] += 1
    return found


@pytest.mark.both
async def test_a_flood_of_nothing_drives_out_nothing_else(desk: Desk) -> None:
    write = desk.hub.database.write
    await write(results, "error", 1, timedelta(days=29), NOW)
    await write(results, "acted", 3, timedelta(days=6), NOW)
    await write(results, "nothing", 1_500, timedelta(hours=2), NOW)
    await write(results, "nothing", 20, timedelta(days=2), NOW)
    await write(results, "error", 2, timedelta(days=31), NOW)

    def tidy(session: Session) -> int:
        return drop(session, KEEP.borders(session, NOW))

    assert await write(tidy) == CHUNK + 2
    while await write(tidy):
        pass
    assert await kept(desk) == {"nothing": 1_000, "acted": 3, "error": 1}


async def test_the_timer_goes_on_until_all_is_dropped_and_comes_back(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = desk.hub.clock.now()
    await desk.hub.database.write(results, "nothing", 3 * CHUNK, timedelta(days=40), now)

    async def next_round() -> Any:
        timers = await desk.all(Timer, kind=retention.RESULTS)
        return timers and timers[0].due_at > desk.hub.clock.now()

    await until(next_round, "the first round")
    for _ in range(5):
        await desk.moves(retention.EVERY)
        await until(next_round, "the next round")
    assert (await kept(desk))["nothing"] == 0
    (timer,) = await desk.all(Timer, kind=retention.RESULTS)
    assert timer.payload == {}


async def test_a_second_start_leaves_the_timer(desk: Desk) -> None:
    (before,) = await desk.all(Timer, kind=retention.RESULTS)
    await desk.hub.database.write(retention.begin, desk.hub.clock.now())
    (after,) = await desk.all(Timer, kind=retention.RESULTS)
    assert (after.id, after.due_at) == (before.id, before.due_at)


@pytest.mark.both
async def test_facts_are_erased_and_the_skeleton_stays(desk: Desk) -> None:
    message_id = await desk.hears("my secret is 42")
    conversation = await desk.conversation(message_id)
    (before,) = await desk.all(RuleResult)
    assert before.facts

    def erase(session: Session) -> UUID | None:
        return forget(session, [conversation.id])

    assert await desk.hub.database.write(erase) is None
    (after,) = await desk.all(RuleResult)
    assert after.facts == {}
    fired = [rule.id for rule in Decision.from_json(before.result).rules if rule.fired]
    decision = Decision.from_json(after.result)
    assert [rule.id for rule in decision.rules if rule.fired] == fired
    assert all(action.detail == "" for rule in decision.rules for action in rule.actions)

    def remove(session: Session) -> None:
        session.execute(delete(table_of(Conversation)))

    await desk.hub.database.write(remove)
    (left,) = await desk.all(RuleResult)
    assert (left.conversation_id, left.message_id, left.result) == (None, None, after.result)


async def test_what_a_broken_condition_said_is_erased_too(desk: Desk) -> None:
    conversation = await desk.conversation(await desk.hears("hello"))
    broken = Decision(
        "message.received", "", (Result("x", False, "if.text", "ValueError: 'my secret'"),)
    )

    def store(session: Session) -> None:
        session.execute(delete(table_of(RuleResult)))
        for _ in range(5):
            session.add(
                RuleResult(
                    event="message.received",
                    conversation_id=conversation.id,
                    outcome="error",
                    result=broken.to_json(),
                    at=NOW,
                )
            )

    def erase(session: Session, after: UUID | None) -> UUID | None:
        return forget(session, [conversation.id], after=after, limit=2)

    await desk.hub.database.write(store)
    place = await desk.hub.database.write(erase, None)
    while place is not None:
        place = await desk.hub.database.write(erase, place)
    errors = {Decision.from_json(row.result).rules[0].error for row in await desk.all(RuleResult)}
    assert errors == {"ValueError"}


@pytest.mark.parametrize(
    ("outcomes", "wanted"),
    [
        ((), "nothing"),
        (("already decided",), "nothing"),
        (("already decided", "done"), "acted"),
        (("suppressed by budget",), "acted"),
        (("done", "failed"), "error"),
    ],
)
def test_what_came_of_it_all(outcomes: tuple[Any, ...], wanted: str) -> None:
    actions = tuple(ActionResult("then[0].tag", one) for one in outcomes)
    assert Decision("e", "", (Result("x", True, actions=actions),)).outcome == wanted
    broken = Decision("e", "", (Result("x", False, error="E"),))
    assert (broken.outcome, Decision("e", "", not_evaluated="deep").outcome) == ("error", "error")
