"""The reckoning of promises: pure, so tried on whatever may happen to a conversation."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.calendars import Hours
from hub.routing.sla.clocks import (
    TARGETS,
    Clock,
    Promise,
    Situation,
    Target,
    keep,
    marked,
    nearest,
    next_look,
    signs,
)

NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)
OFFICE = Hours.model_validate({"time_zone": "UTC", "week": {"mon-fri": [["09:00", "17:00"]]}})
HOUR = timedelta(hours=1)
PROMISES: dict[Target, Promise] = {
    "first": Promise(2 * HOUR, HOUR / 2),
    "next": Promise(4 * HOUR, HOUR / 2),
    "resolution": Promise(16 * HOUR, HOUR),
}
FRESH = Situation("open", NINE, waiting_since=NINE)


def answered(after: timedelta, then: Situation = FRESH) -> Situation:
    return replace(then, status="waiting", first_answered_at=NINE + after, waiting_since=None)


def test_a_new_conversation_starts_the_first_answer_and_the_resolution() -> None:
    clocks = keep({}, FRESH, PROMISES, None, NINE)
    assert set(clocks) == {"first", "resolution"}
    first = clocks["first"]
    assert (first.due_at, first.warn_at) == (NINE + 2 * HOUR, NINE + 1.5 * HOUR)
    assert nearest(clocks.values()) == first
    assert next_look(clocks.values()) == first.warn_at


def test_an_answer_in_time_meets_the_first_and_pauses_the_resolution() -> None:
    clocks = keep({}, FRESH, PROMISES, None, NINE)
    clocks = keep(clocks, answered(HOUR), PROMISES, None, NINE + HOUR)
    assert (clocks["first"].state, clocks["first"].met_at) == ("met", NINE + HOUR)
    assert clocks["first"].breached_at is None
    assert (clocks["resolution"].state, clocks["resolution"].used) == ("paused", HOUR)
    assert nearest(clocks.values()) is None
    assert next_look(clocks.values()) is None


def test_the_customers_next_words_start_the_next_answer_and_go_on_with_the_resolution() -> None:
    clocks = keep({}, FRESH, PROMISES, None, NINE)
    clocks = keep(clocks, answered(HOUR), PROMISES, None, NINE + HOUR)
    back = NINE + 5 * HOUR
    again = replace(answered(HOUR), status="open", waiting_since=back)
    clocks = keep(clocks, again, PROMISES, None, back)
    assert clocks["next"].due_at == back + 4 * HOUR
    assert clocks["resolution"].due_at == back + 15 * HOUR
    answer = replace(again, status="waiting", waiting_since=None)
    clocks = keep(clocks, answer, PROMISES, None, back + HOUR)
    assert (clocks["next"].state, clocks["next"].met_at) == ("met", back + HOUR)
    third = replace(again, waiting_since=back + 3 * HOUR)
    clocks = keep(clocks, third, PROMISES, None, back + 3 * HOUR)
    assert clocks["next"].due_at == back + 7 * HOUR


def test_office_time_is_counted_by_the_calendar() -> None:
    evening = NINE.replace(hour=16)
    late = Situation("open", evening, waiting_since=evening)
    clocks = keep({}, late, PROMISES, OFFICE, evening)
    assert clocks["first"].due_at == NINE + timedelta(days=1) + HOUR
    assert clocks["resolution"].due_at == NINE + timedelta(days=2) + 7 * HOUR
    friday = NINE.replace(day=27, hour=16)
    clocks = keep({}, Situation("open", friday), PROMISES, OFFICE, friday)
    assert clocks["first"].due_at == NINE.replace(day=30, hour=10)


def test_what_sleeps_is_not_late() -> None:
    clocks = keep({}, FRESH, PROMISES, None, NINE)
    asleep = replace(FRESH, status="snoozed")
    clocks = keep(clocks, asleep, PROMISES, None, NINE + HOUR)
    assert clocks["first"].due_at is None
    clocks = keep(clocks, FRESH, PROMISES, None, NINE + 48 * HOUR)
    assert clocks["first"].due_at == NINE + 49 * HOUR


def test_warning_and_breach_are_told_once_each() -> None:
    clocks = keep({}, FRESH, PROMISES, None, NINE)
    told: list[tuple[str, str]] = []
    for minute in range(0, 20 * 60, 5):
        now = NINE + timedelta(minutes=minute)
        clocks = keep(clocks, FRESH, PROMISES, None, now)
        for target, sign in signs(clocks.values(), now):
            clocks[target] = marked(clocks[target], sign, now)
            told.append((target, sign))
    assert told == [
        ("first", "warning"),
        ("first", "breached"),
        ("resolution", "warning"),
        ("resolution", "breached"),
    ]


def test_after_an_outage_the_breach_is_told_and_the_warning_is_not() -> None:
    clocks = keep({}, FRESH, PROMISES, None, NINE)
    assert signs(clocks.values(), NINE + 100 * HOUR) == [
        ("first", "breached"),
        ("resolution", "breached"),
    ]


def test_a_late_answer_is_a_breach_even_if_nobody_looked_in_between() -> None:
    clocks = keep({}, FRESH, PROMISES, None, NINE)
    clocks = keep(clocks, answered(3 * HOUR), PROMISES, None, NINE + 3 * HOUR)
    assert clocks["first"].state == "met"
    assert clocks["first"].breached_at == NINE + 2 * HOUR


def test_reopening_goes_on_where_it_stopped() -> None:
    clocks = keep({}, FRESH, PROMISES, None, NINE)
    resolved = replace(answered(HOUR), status="resolved", resolved_at=NINE + 2 * HOUR)
    clocks = keep(clocks, resolved, PROMISES, None, NINE + 2 * HOUR)
    assert (clocks["resolution"].state, clocks["resolution"].used) == ("met", 2 * HOUR)
    back = NINE + 20 * HOUR
    again = replace(answered(HOUR), status="open", waiting_since=back)
    clocks = keep(clocks, again, PROMISES, None, back)
    assert clocks["resolution"].due_at == back + 14 * HOUR


def test_spam_and_what_is_promised_no_more_runs_no_clock() -> None:
    clocks = keep({}, FRESH, PROMISES, None, NINE)
    spam = keep(clocks, replace(FRESH, status="spam"), PROMISES, None, NINE + HOUR)
    assert {clock.state for clock in spam.values()} == {"void"}
    gone = keep(clocks, FRESH, {}, None, NINE + HOUR)
    assert nearest(gone.values()) is None
    assert next_look(gone.values()) is None


def test_a_shorter_promise_holds_at_once() -> None:
    clocks = keep({}, FRESH, PROMISES, None, NINE)
    shorter = {**PROMISES, "first": Promise(HOUR, HOUR)}
    clocks = keep(clocks, FRESH, shorter, None, NINE + HOUR / 2)
    assert clocks["first"].due_at == NINE + HOUR
    # Warned at half the time at the earliest, however early the policy asks for it.
    assert clocks["first"].warn_at == NINE + HOUR / 2


def test_nobody_who_never_wrote_is_promised_anything() -> None:
    assert keep({}, replace(FRESH, inbound=False), PROMISES, None, NINE) == {}


steps = st.lists(
    st.tuples(
        st.sampled_from(
            ["says", "answers", "takes back", "snoozes", "wakes", "resolves", "spam", "looks"]
        ),
        st.integers(1, 600).map(lambda minutes: timedelta(minutes=minutes)),
    ),
    max_size=25,
)


@pytest.mark.parametrize("hours", [None, OFFICE], ids=["wall", "office"])
@given(steps=steps)
def test_whatever_happens_the_clocks_are_sound(
    hours: Hours | None, steps: list[tuple[str, timedelta]]
) -> None:
    now, situation = NINE, FRESH
    clocks: dict[Target, Clock] = keep({}, situation, PROMISES, hours, now)
    for what, pause in steps:
        now += pause
        situation = _after(what, situation, now)
        clocks = keep(clocks, situation, PROMISES, hours, now)
        # Looking again changes nothing.
        assert keep(clocks, situation, PROMISES, hours, now) == clocks
        for clock in clocks.values():
            assert clock.runs == (clock.running_since is not None)
            assert clock.runs == (clock.due_at is not None)
            assert timedelta() <= clock.used <= now - NINE
            assert (clock.met_at is not None) == (clock.state == "met")
            if clock.runs:
                assert situation.status == "open"
            if clock.due_at is not None and clock.warn_at is not None:
                assert clock.warn_at <= clock.due_at
        for target, sign in signs(clocks.values(), now):
            clocks[target] = marked(clocks[target], sign, now)
        following = next_look(clocks.values())
        assert following is None or following > now
    assert set(clocks) <= set(TARGETS)


def _after(what: str, it: Situation, now: datetime) -> Situation:
    match what:
        case "says":
            return replace(
                it, status="open", waiting_since=it.waiting_since or now, resolved_at=None
            )
        case "answers":
            return replace(
                it,
                status="waiting",
                first_answered_at=it.first_answered_at or now,
                waiting_since=None,
            )
        case "takes back":
            return replace(
                it, status="open", first_answered_at=None, waiting_since=NINE, resolved_at=None
            )
        case "snoozes":
            return replace(it, status="snoozed")
        case "wakes":
            return replace(it, status="open")
        case "resolves":
            return replace(it, status="resolved", resolved_at=now, waiting_since=None)
        case "spam":
            return replace(it, status="spam")
        case _:
            return it
