"""What rules wait for: pauses, answers that do not come, dates, schedules, over every trouble."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update
from sqlmodel import Session

from hub import jobs
from hub.automation.keeping import TIMERS
from hub.calendars import MovedClock
from hub.conversations import acts
from hub.store import events
from hub.store.events import Happening
from hub.store.statements import table_of
from hub.store.tables import (
    Conversation,
    Customer,
    Job,
    RuleClock,
    RuleResult,
    Team,
    Timer,
)
from hub.store.versions import policy_changed
from tests.desk import Desk, until
from tests.harness import MONDAY, running_hub
from tests.test_rule_events import make_live, results, rule, settled, tagged, tags

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def unanswered(length: str, clock: str = "wall") -> dict[str, Any]:
    return {"time.unanswered": {"for": length, "in": clock}}


async def timers(desk: Desk, kind: str) -> list[Any]:
    return await desk.all(Timer, "due_at", kind=kind)


async def fired(desk: Desk, key: str) -> int:
    """How often the rules were asked about an occasion."""
    return len(await results(desk, key))


async def a_while(desk: Desk, by: timedelta) -> None:
    """Let time pass, timers fall due and their events be answered."""
    await desk.moves(by)

    async def nothing_due() -> bool:
        now = desk.hub.clock.now()
        return all(row.due_at > now for row in await desk.all(Timer))

    await until(nothing_due, "the timers that are due")
    await settled(desk)


# --- the customer pauses ---


@pytest.mark.both
async def test_messages_in_a_row_are_one_question(desk: Desk) -> None:
    await make_live(
        desk,
        rule("whole", "customer.paused", **{"if": {"text": {"mentions": ["blue shoe"]}}}),
        rule("first", "customer.paused", **{"if": {"first_message": True}}),
    )
    await desk.hears("Hello")
    await desk.moves(3 * SECOND)
    await desk.hears("Do you have the blue")
    await desk.moves(3 * SECOND)
    last = await desk.hears("shoe in 42?")
    (timer,) = await timers(desk, "customer.paused")
    assert timer.due_at == desk.hub.clock.now() + 4 * SECOND
    await a_while(desk, 3 * SECOND)
    assert await fired(desk, "customer.paused") == 0
    await a_while(desk, SECOND)
    (result,) = await results(desk, "customer.paused")
    assert result.message_id == last
    assert await tags(desk) == {"whole", "first"}
    assert await timers(desk, "customer.paused") == []
    await a_while(desk, HOUR)
    assert await fired(desk, "customer.paused") == 1
    await desk.hears("And in green?")
    await a_while(desk, 4 * SECOND)
    assert await fired(desk, "customer.paused") == 2


@pytest.mark.both
async def test_somebody_who_does_not_stop_is_answered_all_the_same(desk: Desk) -> None:
    """At most 20 s after the first message; what is written then begins another burst."""
    await make_live(desk, rule("paused", "customer.paused"))
    began = desk.hub.clock.now()
    for number in range(7):
        await desk.hears(f"message {number}")
        (timer,) = await timers(desk, "customer.paused")
        assert timer.due_at <= began + 20 * SECOND
        await a_while(desk, 3 * SECOND)
    assert await fired(desk, "customer.paused") == 1
    await a_while(desk, 10 * SECOND)
    assert await fired(desk, "customer.paused") == 1
    await desk.hears("one more")
    await a_while(desk, 4 * SECOND)
    assert await fired(desk, "customer.paused") == 2


async def test_without_rules_for_it_no_timer_is_set(desk: Desk) -> None:
    await make_live(desk, rule("received", "message.received"))
    await desk.hears("Hello")
    assert await timers(desk, "customer.paused") == []


@pytest.mark.both
async def test_two_people_pause_each_for_themselves(desk: Desk) -> None:
    await make_live(desk, rule("paused", "customer.paused"))
    await desk.hears("Hello", sender="sara")
    await desk.moves(2 * SECOND)
    await desk.hears("Hello", sender="omid")
    assert len(await timers(desk, "customer.paused")) == 2
    await a_while(desk, 2 * SECOND)
    assert await fired(desk, "customer.paused") == 1
    await a_while(desk, 2 * SECOND)
    assert await fired(desk, "customer.paused") == 2


# --- nobody answers ---


@pytest.mark.both
async def test_a_customer_who_waits_too_long_is_noticed_once(desk: Desk) -> None:
    await make_live(desk, rule("late", unanswered("30m")), rule("later", unanswered("2h")))
    await desk.hears("Hello?")
    await desk.moves(10 * MINUTE)
    await desk.hears("Is anybody there?")
    await settled(desk)
    first, second = await timers(desk, "time.unanswered")
    assert (first.due_at, second.due_at) == (MONDAY + 30 * MINUTE, MONDAY + 2 * HOUR)
    await a_while(desk, 20 * MINUTE)
    assert await tags(desk) == {"late"}
    await desk.hears("Hello!")
    await a_while(desk, HOUR)
    assert await fired(desk, "time.unanswered(for=30m)") == 1
    await a_while(desk, HOUR)
    assert await tags(desk) == {"late", "later"}
    await a_while(desk, 10 * DAY)
    assert await fired(desk, "time.unanswered(for=30m)") == 1


@pytest.mark.both
async def test_an_answer_ends_the_wait_and_another_question_begins_one(desk: Desk) -> None:
    await make_live(desk, rule("late", unanswered("30m")))
    conversation = await desk.conversation(await desk.hears("Hello?"))
    await desk.moves(20 * MINUTE)
    await desk.answers(conversation.id, "Yes, hello")
    await settled(desk)
    assert await timers(desk, "time.unanswered") == []
    await a_while(desk, HOUR)
    assert await tags(desk) == set()
    await desk.hears("And?")
    await a_while(desk, 29 * MINUTE)
    assert await tags(desk) == set()
    await a_while(desk, MINUTE)
    assert await tags(desk) == {"late"}


async def test_resolving_ends_the_wait_and_undoing_that_takes_it_up_again(desk: Desk) -> None:
    await make_live(desk, rule("late", unanswered("30m")))
    await desk.moves(SECOND)
    conversation = await desk.conversation(await desk.hears("Hello?"))
    now = desk.hub.clock.now()
    done = await desk.hub.database.write(acts.resolve, desk.agent, conversation.id, now)
    await settled(desk)
    assert await timers(desk, "time.unanswered") == []
    assert done.act_id is not None
    await desk.hub.database.write(acts.undo, desk.agent, done.act_id, now)
    await settled(desk)
    (timer,) = await timers(desk, "time.unanswered")
    assert timer.due_at == MONDAY + SECOND + 30 * MINUTE
    await a_while(desk, HOUR)
    assert await tags(desk) == {"late"}


@pytest.mark.both
async def test_office_time_stands_still_while_nobody_is_there(desk: Desk) -> None:
    """By the hours of the conversation's team, with its holidays; another team has others."""
    week = {"mon": [["09:00", "12:00"]], "tue-fri": [["09:00", "17:00"]]}

    await _add_teams(desk, week)
    await make_live(
        desk,
        rule("late", unanswered("4h", "office")),
        rule("team", "message.received", {"assign": {"team": "mornings"}}),
    )
    conversation = await desk.conversation(await desk.hears("Hello?"))
    await settled(desk)
    (timer,) = await timers(desk, "time.unanswered")
    # 10:00–12:00 on Monday, nothing on Tuesday, a holiday, 09:00–11:00 on Wednesday.
    assert timer.due_at == datetime(2026, 11, 25, 11, tzinfo=UTC)
    await desk.hub.database.write(
        acts.assign_team,
        desk.agent,
        conversation.id,
        desk.hub.policy.teams["always"],
        desk.hub.clock.now(),
    )
    await settled(desk)
    (timer,) = await timers(desk, "time.unanswered")
    assert timer.due_at == MONDAY + 4 * HOUR
    await a_while(desk, 4 * HOUR)
    assert await tags(desk) == {"late"}


async def _add_teams(desk: Desk, week: Mapping[str, Any]) -> None:
    hours = {
        "mornings": {"time_zone": "UTC", "week": week, "holidays": ["2026-11-24"]},
        "always": {"time_zone": "UTC", "week": {"mon-sun": [["00:00", "24:00"]]}},
    }

    def add(session: Session) -> None:
        for slug, given in hours.items():
            session.add(
                Team(slug=slug, name={"en": slug}, brand_id=desk.hub.policy.brand_id, hours=given)
            )
        policy_changed(session)

    await desk.hub.database.write(add)
    await until(lambda: set(hours) <= desk.hub.policy.teams.keys(), "the teams")


@pytest.mark.both
async def test_a_customer_who_says_nothing_more_is_noticed(desk: Desk) -> None:
    await make_live(desk, rule("silent", {"time.silent": {"for": "3d"}}))
    conversation = await desk.conversation(await desk.hears("How much is it?"))
    await desk.state(await desk.answers(conversation.id, "Twelve"), "sent")
    await settled(desk)
    (timer,) = await timers(desk, "time.silent")
    assert timer.due_at == MONDAY + 3 * DAY
    await a_while(desk, 2 * DAY)
    await desk.state(await desk.answers(conversation.id, "Do you want it?"), "sent")
    await a_while(desk, DAY)
    assert await tags(desk) == set()
    await desk.hears("I am not sure")
    await settled(desk)
    assert await timers(desk, "time.silent") == []
    await desk.state(await desk.answers(conversation.id, "Take your time"), "sent")
    await a_while(desk, 3 * DAY)
    assert await tags(desk) == {"silent"}
    await a_while(desk, 30 * DAY)
    assert await fired(desk, "time.silent(for=3d)") == 1


async def test_a_machine_s_note_is_no_answer_of_the_customer(desk: Desk) -> None:
    await make_live(desk, rule("silent", {"time.silent": {"for": "3d"}}))
    conversation = await desk.conversation(await desk.hears("How much is it?"))
    await desk.state(await desk.answers(conversation.id, "Twelve"), "sent")
    await desk.moves(DAY)
    await desk.accepts(desk.said("I am away until Friday", automated=True))
    await a_while(desk, 2 * DAY)
    assert await tags(desk) == {"silent"}


# --- rules that come later, and go ---


@pytest.mark.both
async def test_who_waits_already_when_a_rule_is_made_is_not_forgotten(desk: Desk) -> None:
    early = await desk.conversation(await desk.hears("Hello?", sender="sara"))
    await desk.moves(HOUR)
    waiting = await desk.conversation(await desk.hears("Hello?", sender="omid"))
    answered = await desk.conversation(await desk.hears("Hello?", sender="mina"))
    await desk.state(await desk.answers(answered.id, "Hello"), "sent")
    await make_live(
        desk, rule("late", unanswered("30m")), rule("silent", {"time.silent": {"for": "1d"}})
    )

    async def done() -> bool:
        keys = {"time.unanswered(for=30m)", "time.silent(for=24h)"}
        jobs = await desk.all(Job, kind=TIMERS)
        return keys <= {job.params["key"] for job in jobs if job.state == "done"}

    await until(done, "the jobs")
    # The shipped rules, which waited for other lengths, have left timers that find no rule.
    (timer,) = (
        row
        for row in await timers(desk, "time.unanswered")
        if row.payload["key"] == "time.unanswered(for=30m)"
    )
    assert timer.payload["conversation"] == str(waiting.id)
    assert timer.due_at == MONDAY + 90 * MINUTE
    (other,) = await timers(desk, "time.silent")
    assert other.payload["conversation"] == str(answered.id)
    await a_while(desk, 30 * MINUTE)
    assert await tags(desk, waiting.id) == {"late"}
    assert "late" not in await tags(desk, early.id), "half an hour was over before the rule was"


async def test_a_rule_that_is_gone_leaves_a_timer_that_does_nothing(desk: Desk) -> None:
    await make_live(desk, rule("late", unanswered("30m")))
    await desk.hears("Hello?")
    await settled(desk)
    assert len(await timers(desk, "time.unanswered")) == 1
    await make_live(desk, rule("received", "message.received"))
    await until(lambda: _kept(desk, 0), "the clock to be forgotten")
    await a_while(desk, HOUR)
    assert await desk.all(RuleResult, event="time.unanswered(for=30m)") == []
    assert await desk.all(Timer, kind="time.unanswered") == []


async def _kept(desk: Desk, count: int) -> bool:
    return len(await desk.all(RuleClock)) == count


# --- dates and schedules ---


async def set_attributes(desk: Desk, **attributes: Any) -> None:
    """As the customer's page or a rule does it."""

    def change(session: Session) -> None:
        table = table_of(Customer)
        (customer_id,) = session.execute(
            update(table).values(attributes=attributes).returning(table.c.id)
        ).one()
        events.append(
            session,
            [
                Happening(
                    "customer.changed",
                    desk.agent.actor,
                    desk.hub.clock.now(),
                    customer_id=customer_id,
                    details={"changed": {"attributes": sorted(attributes)}},
                )
            ],
        )

    await desk.hub.database.write(change)
    await settled(desk)


@pytest.mark.both
async def test_a_date_of_the_customer_comes_and_moves_and_goes(desk: Desk) -> None:
    await make_live(
        desk,
        rule("soon", {"time.date": {"attribute": "renewal", "before": "7d"}}),
        rule("past", {"time.date": {"attribute": "renewal", "after": "1d", "at": "08:00"}}),
    )
    await desk.hears("Hello")
    await set_attributes(desk, renewal="2026-12-10", other="2026-11-30")
    assert [row.due_at for row in await timers(desk, "time.date")] == [
        datetime(2026, 12, 3, 9, tzinfo=UTC),
        datetime(2026, 12, 11, 8, tzinfo=UTC),
    ]
    # The same day, as it is written in Iran.
    await set_attributes(desk, renewal="1405/09/20")
    assert [row.due_at.day for row in await timers(desk, "time.date")] == [4, 12]
    await a_while(desk, datetime(2026, 12, 4, 9, tzinfo=UTC) - MONDAY)
    assert await tags(desk) == {"soon"}
    await set_attributes(desk, renewal="never")
    assert await timers(desk, "time.date") == []
    await a_while(desk, 30 * DAY)
    assert await tags(desk) == {"soon"}


@pytest.mark.both
async def test_a_schedule_comes_for_every_conversation_that_is_not_resolved(desk: Desk) -> None:
    nine = {"cron": "0 9 * * *", "zone": "UTC"}
    open_one = await desk.conversation(await desk.hears("Hello", sender="sara"))
    resolved = await desk.conversation(await desk.hears("Hello", sender="omid"))
    await desk.resolves(resolved.id)
    await make_live(desk, rule("daily", {"schedule": nine}))
    key = "schedule(cron=0 9 * * *, zone=UTC)"

    async def is_set() -> Any:
        return await timers(desk, "schedule")

    (timer,) = await until(is_set, "the schedule")
    assert timer.due_at == datetime(2026, 11, 24, 9, tzinfo=UTC)
    await desk.moves(DAY)
    await until(tagged(desk, "daily"), "the rule")
    await settled(desk)
    assert await tags(desk, open_one.id) == {"daily"}
    assert await tags(desk, resolved.id) == set()
    assert await fired(desk, key) == 1
    (timer,) = await timers(desk, "schedule")
    assert timer.due_at == datetime(2026, 11, 25, 9, tzinfo=UTC)
    # Days on which nothing ran come once.
    await desk.moves(5 * DAY)

    async def twice() -> bool:
        return await fired(desk, key) == 2

    await until(twice, "the second time")
    (timer,) = await timers(desk, "schedule")
    assert timer.due_at == datetime(2026, 11, 30, 9, tzinfo=UTC)
    await make_live(desk, rule("received", "message.received"))

    async def none_left() -> bool:
        return await timers(desk, "schedule") == []

    await until(none_left, "the schedule to go")


async def test_a_schedule_keeps_its_time_of_day_when_the_clocks_change(desk: Desk) -> None:
    clock = desk.hub.clock
    assert isinstance(clock, MovedClock)
    clock.set(datetime(2027, 3, 27, 12, tzinfo=UTC))
    await make_live(
        desk, rule("daily", {"schedule": {"cron": "0 9 * * *", "zone": "Europe/Berlin"}})
    )

    async def due() -> Any:
        return [row.due_at for row in await timers(desk, "schedule")]

    # Winter time ends in the night to Sunday, 28 March 2027.
    assert await until(due, "the schedule") == [datetime(2027, 3, 28, 7, tzinfo=UTC)]
    clock.set(datetime(2027, 10, 30, 12, tzinfo=UTC))
    await desk.moves(SECOND)

    async def moved() -> bool:
        return bool(await due() == [datetime(2027, 10, 31, 8, tzinfo=UTC)])

    await until(moved, "the time in winter")


# --- trouble ---


@pytest.mark.both
async def test_what_fell_due_while_nothing_ran_comes_once(
    folder: Path, database_url: str, clock: MovedClock
) -> None:
    """An outage of a day: the pause, the wait and the schedule have their events after it."""
    async with running_hub(folder, database_url=database_url, clock=clock) as hub:
        desk = await Desk.at(hub)
        await make_live(
            desk,
            rule("paused", "customer.paused"),
            rule("late", unanswered("30m")),
            rule("hourly", {"schedule": {"cron": "0 * * * *"}}),
        )
        await desk.hears("Hello")
        await desk.hears("Is anybody there?")
        await settled(desk)
        assert await tags(desk) == set()
    clock.advance(DAY)
    async with running_hub(folder, database_url=database_url, clock=clock) as hub:
        desk = Desk(hub)
        await until(tagged(desk, "paused", "late", "hourly"), "what was due")
        await a_while(desk, SECOND)
        counts = {row.event: 0 for row in await desk.all(RuleResult)}
        for row in await desk.all(RuleResult):
            counts[row.event] += 1
        counts.pop("message.received", None)
        assert counts == {
            "customer.paused": 1,
            "time.unanswered(for=30m)": 1,
            "schedule(cron=0 * * * *)": 1,
        }
    async with running_hub(folder, database_url=database_url, clock=clock) as hub:
        desk = Desk(hub)
        await a_while(desk, 2 * SECOND)
        assert await fired(desk, "time.unanswered(for=30m)") == 1


async def test_a_clock_that_is_put_back_makes_nothing_come_twice(desk: Desk) -> None:
    await make_live(desk, rule("late", unanswered("30m")), rule("paused", "customer.paused"))
    await desk.moves(SECOND)
    await desk.hears("Hello")
    await a_while(desk, 31 * MINUTE)
    assert await tags(desk) == {"late", "paused"}
    clock = desk.hub.clock
    assert isinstance(clock, MovedClock)
    clock.set(MONDAY - HOUR)

    def late(session: Session) -> UUID:
        """The job that looks for who waits already, of rules that became live while they wrote."""
        table = table_of(RuleClock)
        session.execute(update(table).values(since=MONDAY + SECOND))
        return jobs.enqueue(session, TIMERS, clock.now(), key="time.unanswered(for=30m)")

    job = await desk.hub.database.write(late)
    await until(lambda: _done(desk, job), "the job")
    await a_while(desk, SECOND)
    await a_while(desk, 3 * HOUR)
    assert await fired(desk, "time.unanswered(for=30m)") == 1
    assert await fired(desk, "customer.paused") == 1


async def _done(desk: Desk, job: UUID) -> bool:
    return bool((await desk.one(Job, id=job)).state == "done")


async def test_a_reason_that_has_gone_unnoticed_is_seen_when_it_is_time(desk: Desk) -> None:
    """Whoever forgot to tell of a change does not make a rule fire wrongly."""
    await make_live(desk, rule("late", unanswered("30m")))
    conversation = await desk.conversation(await desk.hears("Hello?"))
    await settled(desk)

    def silently(session: Session) -> None:
        table = table_of(Conversation)
        session.execute(
            update(table).where(table.c.id == conversation.id).values(waiting_since=None)
        )

    await desk.hub.database.write(silently)
    await a_while(desk, HOUR)
    assert await tags(desk) == set()
    assert await fired(desk, "time.unanswered(for=30m)") == 0
