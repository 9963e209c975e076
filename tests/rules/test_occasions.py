"""Events with arguments: how they are written, what is refused, and when a schedule comes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.rules.engine import VOCABULARY, compile_rules, parse_rule
from hub.rules.engine.occasions import Occasion, Schedule, Wait, event_of

TEAM = {"team": "finance"}


def rule(when: Any, **more: Any) -> dict[str, Any]:
    return {"id": "one", "when": when, "then": [{"assign": TEAM}], **more}


def faults(when: Any, **more: Any) -> list[str]:
    return [fault.message for fault in parse_rule(rule(when, **more), VOCABULARY).faults]


def keys(when: Any) -> tuple[str, ...]:
    parsed = parse_rule(rule(when), VOCABULARY)
    assert parsed.rule is not None, parsed.faults
    return parsed.rule.when


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("message.received", ("message.received",)),
        (["message.received", "conversation.status"], ("message.received", "conversation.status")),
        ({"time.unanswered": {"for": "30m"}}, ("time.unanswered(for=30m)",)),
        ({"time.unanswered": {"for": "1800s", "in": "wall"}}, ("time.unanswered(for=30m)",)),
        (
            {"time.unanswered": {"for": "30m", "in": "office"}},
            ("time.unanswered(for=30m, in=office)",),
        ),
        (
            ["rating.received", {"time.silent": {"for": "3d"}}],
            ("rating.received", "time.silent(for=3d)"),
        ),
        (
            {"time.date": {"attribute": "renewal", "before": "7d"}},
            ("time.date(attribute=renewal, before=7d)",),
        ),
        ({"sla.warning": {"target": "first"}}, ("sla.warning(target=first)",)),
        (
            "sla.breached",
            (
                "sla.breached(target=first)",
                "sla.breached(target=next)",
                "sla.breached(target=resolution)",
            ),
        ),
        (["sla.warning", {"sla.warning": {"target": "next"}}], (
            "sla.warning(target=first)",
            "sla.warning(target=next)",
            "sla.warning(target=resolution)",
        )),
    ],
)  # fmt: skip
def test_an_occasion_has_one_key_however_it_is_written(when: Any, expected: Any) -> None:
    assert keys(when) == expected


@pytest.mark.parametrize(
    ("when", "told"),
    [
        ("time.unanswered", "'time.unanswered' needs a mapping beside it, of for, in"),
        ({"time.unanswered": "30m"}, "'time.unanswered' needs a mapping beside it"),
        ({"time.unanswered": {"for": "soon"}}, "write a duration as a number and a unit"),
        ({"time.unanswered": {"for": "1h", "im": "office"}}, "valid: for, in"),
        ({"time.unanswerd": {"for": "1h"}}, "did you mean 'time.unanswered'?"),
        ({"message.received": {"for": "1h"}}, "the event 'message.received' takes nothing"),
        ({"time.date": {"attribute": "a", "before": "1d", "after": "1d"}}, "not both"),
        ({"time.date": {"attribute": "a", "at": "25:00"}}, "write a time of day"),
        ({"sla.warning": {"target": "last"}}, "'last' is not possible here"),
        ({"schedule": {"cron": "0 9 * *"}}, "a schedule is five fields"),
        ({"schedule": {"cron": "0 25 * * *"}}, "is no schedule (bad hour)"),
        ({"schedule": {"cron": "0 9 * * *", "zone": "Tehran"}}, "unknown time zone 'Tehran'"),
        ({"time.unanswered": {}, "time.silent": {}}, "an event is a name, or one mapping"),
        ([17], "an event is a name, or one mapping"),
        ([], "at least one is needed here"),
    ],
)
def test_what_is_wrong_with_an_event_is_said(when: Any, told: str) -> None:
    found = faults(when)
    assert any(told in fault for fault in found), found


def test_a_set_knows_every_occasion_of_the_rules_that_run_once() -> None:
    waits = [{"time.unanswered": {"for": length}} for length in ("30m", "1h", "60m")]
    parsed = [
        parse_rule({**rule(when), "id": f"r{place}"}, VOCABULARY).rule
        for place, when in enumerate(waits)
    ]
    off = parse_rule({**rule({"time.silent": {"for": "1h"}}), "id": "off", "enabled": False},
                     VOCABULARY).rule  # fmt: skip
    ruleset = compile_rules([one for one in (*parsed, off) if one is not None])
    assert ruleset.occasions["time.unanswered"] == (
        Occasion("time.unanswered", Wait.model_validate({"for": "30m"})),
        Occasion("time.unanswered", Wait.model_validate({"for": "1h"})),
    )
    assert ruleset.concerns("message.received"), "the last resort is about it"
    assert not ruleset.concerns("time.silent")
    assert event_of("time.unanswered(for=30m)") == "time.unanswered"


# --- schedules ---


def moments(cron: str, zone: str, start: datetime, count: int) -> list[str]:
    """The next moments as the clocks in the zone show them."""
    schedule, found = Schedule(cron=cron, zone=zone), []
    at = start
    for _ in range(count):
        following = schedule.after(at, "UTC")
        assert following is not None
        at = following
        found.append(at.astimezone(ZoneInfo(zone)).strftime("%a %d %H:%M %Z"))
    return found


def test_a_week_may_begin_on_any_day() -> None:
    wednesday = datetime(2026, 11, 25, 12, tzinfo=UTC)
    found = moments("0 9 * * sat-wed", "Asia/Tehran", wednesday, 6)
    assert [moment[:3] for moment in found] == ["Sat", "Sun", "Mon", "Tue", "Wed", "Sat"]
    assert all("09:00" in moment for moment in found)


def test_what_the_clock_skips_comes_right_after_and_what_it_repeats_comes_once() -> None:
    spring = datetime(2026, 3, 28, tzinfo=UTC)
    assert moments("30 2 * * *", "Europe/Berlin", spring, 3) == [
        "Sat 28 02:30 CET",
        "Sun 29 03:00 CEST",
        "Mon 30 02:30 CEST",
    ]
    autumn = datetime(2026, 10, 24, tzinfo=UTC)
    assert moments("30 2 * * *", "Europe/Berlin", autumn, 3) == [
        "Sat 24 02:30 CEST",
        "Sun 25 02:30 CEST",
        "Mon 26 02:30 CET",
    ]


def test_the_organisation_gives_the_zone_where_the_schedule_names_none() -> None:
    at = datetime(2026, 11, 25, 12, tzinfo=UTC)
    schedule = Schedule(cron="0 9 * * *")
    assert schedule.after(at, "Asia/Tehran") == datetime(2026, 11, 26, 5, 30, tzinfo=UTC)
    assert schedule.after(at, "UTC") == datetime(2026, 11, 26, 9, tzinfo=UTC)


def test_a_day_that_never_comes_is_no_moment() -> None:
    assert faults({"schedule": {"cron": "0 0 31 2 *"}})


@given(
    minute=st.integers(0, 59),
    hour=st.integers(0, 23),
    days=st.sampled_from(["*", "sat-wed", "fri", "mon,thu", "0-6"]),
    zone=st.sampled_from(["Asia/Tehran", "Europe/Berlin", "America/New_York", "UTC"]),
    at=st.integers(1_704_067_200, 1_893_456_000),
)
def test_the_next_moment_lies_ahead_and_nothing_lies_between(
    minute: int, hour: int, days: str, zone: str, at: int
) -> None:
    schedule = Schedule(cron=f"{minute} {hour} * * {days}", zone=zone)
    start = datetime.fromtimestamp(at, UTC)
    first = schedule.after(start, "UTC")
    assert first is not None
    assert start < first
    between = start + (first - start) / 2
    assert schedule.after(between, "UTC") == first
