"""Office hours, against a second opinion: counting minute by minute what the wall clock says."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from hub.calendars import Hours

DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
#: Changes of half an hour, at midnight, south of the equator, and none.
ZONES = [
    *("Asia/Tehran", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"),
    *("America/Santiago", "Africa/Cairo", "UTC", "Asia/Kathmandu"),
]

minutes = st.integers(0, 1439)
intervals = st.tuples(minutes, st.integers(0, 1440)).map(
    lambda pair: [f"{m // 60:02}:{m % 60:02}" for m in pair]
)
days = st.lists(intervals, max_size=3)
near_changes = st.sampled_from(
    [
        *(date(2026, 3, 29), date(2026, 10, 25), date(2026, 3, 8), date(2026, 11, 1)),
        *(date(2026, 4, 5), date(2026, 10, 4), date(2026, 4, 4), date(2026, 9, 6)),
        *(date(2026, 4, 24), date(2026, 10, 30)),
    ]
)
moments = st.builds(
    lambda day, offset: datetime.combine(day, time(), UTC) + timedelta(minutes=offset),
    st.one_of(near_changes, st.dates(date(2025, 1, 1), date(2027, 12, 31))),
    st.integers(-2 * 1440, 3 * 1440),
)


@st.composite
def offices(draw: st.DrawFn) -> Hours:
    return Hours.model_validate(
        {
            "time_zone": draw(st.sampled_from(ZONES)),
            "week": draw(st.dictionaries(st.sampled_from(DAYS), days, min_size=1)),
            "holidays": draw(
                st.lists(st.sampled_from(["2026-03-29", "jalali 01-13", "10-25", "IR"]), max_size=2)
            ),
            "extra": draw(
                st.dictionaries(near_changes.map(date.isoformat), days, max_size=2),
            ),
        }
    )


def office(**given: Any) -> Hours:
    return Hours.model_validate({"time_zone": "Asia/Tehran", **given})


def tehran(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Tehran"))


def read_from_the_wall(hours: Hours, at: datetime) -> bool:
    """Whether a clock on the wall shows a time within the plan."""
    wall = at.astimezone(ZoneInfo(hours.time_zone)).replace(tzinfo=None)
    for back in (0, 1):
        day = wall.date() - timedelta(days=back)
        shown = (wall - datetime.combine(day, time())) / timedelta(minutes=1)
        if any(one.opens <= shown < one.closes for one in hours.intervals(day)):
            return True
    return False


def near_a_change_back(hours: Hours, at: datetime) -> bool:
    """Whether the wall clock shows some hour within two hours of `at` twice."""
    zone = ZoneInfo(hours.time_zone)
    around = [(at + timedelta(hours=h)).astimezone(zone).utcoffset() for h in (-2, 2)]
    return around[0] != around[1]


TEHRAN_SHOP = office(
    week={"sat-wed": [["09:00", "13:00"], ["14:00", "17:00"]], "thu": [["09:00", "13:00"]]},
    holidays=["jalali 01-13", "2026-11-25"],
    extra={"2026-11-27": [["10:00", "12:00"]]},
)


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        ("2026-11-21 09:00", True),  # Saturday
        ("2026-11-21 08:59:59", False),
        ("2026-11-21 13:00", False),
        ("2026-11-21 13:30", False),
        ("2026-11-21 16:59:59", True),
        ("2026-11-21 17:00", False),
        ("2026-11-26 15:00", False),  # Thursday afternoon
        ("2026-11-20 10:00", False),  # Friday
        ("2026-11-27 10:00", True),  # a Friday that is open
        ("2026-11-25 10:00", False),  # a holiday
        ("2027-04-03 10:00", True),  # a Saturday
        ("2028-04-01 10:00", False),  # a Saturday that is 13 Farvardin
    ],
)
def test_open_or_closed(at: str, is_open: bool) -> None:
    assert TEHRAN_SHOP.is_open(tehran(at)) is is_open


@pytest.mark.parametrize(
    ("at", "opens", "closes"),
    [
        ("2026-11-20 20:00", "2026-11-21 09:00", "2026-11-21 13:00"),
        ("2026-11-21 09:00", "2026-11-21 14:00", "2026-11-21 13:00"),
        ("2026-11-21 13:00", "2026-11-21 14:00", "2026-11-21 17:00"),
        ("2026-11-24 17:00", "2026-11-26 09:00", "2026-11-26 13:00"),
        ("2026-11-26 20:00", "2026-11-27 10:00", "2026-11-27 12:00"),
    ],
)
def test_next_opening_and_closing(at: str, opens: str, closes: str) -> None:
    assert TEHRAN_SHOP.next_open(tehran(at)) == tehran(opens)
    assert TEHRAN_SHOP.next_close(tehran(at)) == tehran(closes)


def test_office_time_counts_open_time_only() -> None:
    start, end = tehran("2026-11-21 12:00"), tehran("2026-11-22 09:30")
    assert TEHRAN_SHOP.office_time_between(start, end) == timedelta(hours=4, minutes=30)
    assert TEHRAN_SHOP.add_office_time(start, timedelta(hours=4, minutes=30)) == end
    assert TEHRAN_SHOP.office_time_between(end, start) == timedelta()


def test_a_night_shift_crosses_midnight_and_the_week() -> None:
    night = office(week={"fri": [["22:00", "06:00"]], "sat": [["05:00", "07:00"]]})
    assert night.is_open(tehran("2026-11-21 03:00"))
    assert night.next_close(tehran("2026-11-20 23:00")) == tehran("2026-11-21 07:00")
    assert night.office_time_between(
        tehran("2026-11-20 00:00"), tehran("2026-11-22 00:00")
    ) == timedelta(hours=9)


def test_days_that_touch_at_midnight_are_one_opening() -> None:
    weekend = office(week={"thu": [["12:00", "24:00"]], "fri": [["00:00", "12:00"]]})
    assert weekend.next_close(tehran("2026-11-19 13:00")) == tehran("2026-11-20 12:00")
    assert weekend.next_open(tehran("2026-11-19 13:00")) == tehran("2026-11-26 12:00")


def test_never_open_and_always_open() -> None:
    at = tehran("2026-11-21 12:00")
    for never in (office(), office(week={"sat": []})):
        assert not never.is_open(at)
        assert never.next_open(at) is None
        assert never.next_close(at) is None
        assert never.add_office_time(at, timedelta(seconds=1)) is None
        assert never.add_office_time(at, timedelta()) == at
    always = Hours.always("Europe/Berlin")
    assert always.is_open(at)
    assert always.next_open(at) is None
    assert always.next_close(at) is None
    assert always.add_office_time(at, timedelta(days=500)) == at + timedelta(days=500)


def test_an_hour_that_is_skipped_or_comes_twice() -> None:
    zone = "Europe/Berlin"
    skipped = datetime(2026, 3, 29, tzinfo=ZoneInfo(zone))  # 02:00 to 03:00 does not come
    twice = datetime(2026, 10, 25, tzinfo=ZoneInfo(zone))  # 02:00 to 03:00 comes twice
    day = timedelta(days=1)

    def night(opens: str, closes: str) -> Hours:
        return Hours.model_validate({"time_zone": zone, "week": {"sun": [[opens, closes]]}})

    assert night("01:00", "03:00").office_time_between(skipped, skipped + day) == day / 24
    assert night("01:00", "03:00").office_time_between(twice, twice + day) == 3 * day / 24
    assert night("01:00", "02:30").office_time_between(twice, twice + day) == 2.5 * day / 24
    assert night("02:30", "04:00").office_time_between(twice, twice + day) == 2.5 * day / 24
    assert night("02:15", "02:45").office_time_between(skipped, skipped + day) == timedelta()
    assert night("02:30", "04:00").next_open(skipped) == datetime(2026, 3, 29, 1, tzinfo=UTC)


def test_a_whole_day_that_was_skipped() -> None:
    apia = Hours.always("Pacific/Apia")  # 30 December 2011 did not happen there
    at = datetime(2011, 12, 28, tzinfo=UTC)
    assert apia.office_time_between(at, at + timedelta(days=5)) == timedelta(days=5)


@given(offices(), moments)
def test_open_is_what_the_wall_clock_says(hours: Hours, at: datetime) -> None:
    if not near_a_change_back(hours, at):
        assert hours.is_open(at) is read_from_the_wall(hours, at)


@given(offices(), moments)
def test_next_opening_and_closing_are_where_it_changes(hours: Hours, at: datetime) -> None:
    instant = timedelta(microseconds=1)
    for found, becomes in ((hours.next_open(at), True), (hours.next_close(at), False)):
        if found is not None:
            assert found > at
            assert hours.is_open(found) is becomes
            assert hours.is_open(found - instant) is not becomes
    opens, closes = hours.next_open(at), hours.next_close(at)
    first = min((one for one in (opens, closes) if one), default=None)
    if first is not None:
        assert hours.is_open(at + (first - at) / 2) is hours.is_open(at)
        assert first == (closes if hours.is_open(at) else opens)


@given(offices(), moments, st.timedeltas(timedelta(), timedelta(days=6)))
def test_added_office_time_is_the_office_time_between(
    hours: Hours, start: datetime, length: timedelta
) -> None:
    end = hours.add_office_time(start, length)
    if end is not None:
        assert hours.office_time_between(start, end) == length
        assert length == timedelta() or hours.is_open(end - timedelta(microseconds=1))


@given(offices(), moments, st.lists(st.timedeltas(timedelta(), timedelta(days=9)), max_size=4))
def test_office_time_adds_up(hours: Hours, start: datetime, steps: list[timedelta]) -> None:
    at, total = start, timedelta()
    for step in steps:
        total += hours.office_time_between(at, at + step)
        at += step
    assert total == hours.office_time_between(start, at)


@given(offices(), moments)
@settings(max_examples=25)
def test_office_time_is_the_open_minutes(hours: Hours, start: datetime) -> None:
    start = start.replace(second=0)
    count = sum(hours.is_open(start + timedelta(minutes=n)) for n in range(6 * 60))
    assert hours.office_time_between(start, start + timedelta(hours=6)) == timedelta(minutes=count)


@given(offices())
def test_what_is_written_reads_back(hours: Hours) -> None:
    assert Hours.model_validate(hours.model_dump(mode="json")) == hours
    assert Hours.model_validate_json(hours.model_dump_json()) == hours
    assert Hours.model_validate(hours.model_dump()) == hours


def test_the_same_hours_written_in_other_ways() -> None:
    plain = office(week={"sat": [["09:00", "17:00"]], "sun": [["09:00", "17:00"]]})
    assert office(week={"Saturday, Sunday": ["09:00-17:00"]}) == plain
    assert office(week={"sat-sun": [[time(9), time(17)]]}) == plain  # as TOML gives it
    assert office(week={"sat-sun": [["09:00", 17 * 60]]}) == plain  # as YAML 1.1 reads 17:00
    assert office(holidays=[date(2026, 12, 24)]) == office(holidays=["jalali 1405-10-03"])


def test_public_holidays_of_a_country() -> None:
    shop = office(week={"sat-fri": [["09:00", "17:00"]]}, holidays=["IR"])
    assert not shop.is_open(tehran("2027-03-21 10:00"))  # Nowruz
    assert not shop.is_open(tehran("2026-06-25 10:00"))  # Ashura, a lunar date
    assert shop.is_open(tehran("2026-11-21 10:00"))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"time_zone": "Asia/Teheran"}, "Unknown time zone 'Asia/Teheran'"),
        ({"time_zone": ""}, "Unknown time zone"),
        ({"time_zone": "../../etc/passwd"}, "Unknown time zone"),
        ({"week": {"saturnday": []}}, "'saturnday' is no weekday"),
        ({"week": {"sat-mon-wed": []}}, "is no weekday"),
        ({"week": {"sat": [], "sat-sun": []}}, "sat is given twice"),
        ({"week": {"sat": [["9", "17:00"]]}}, "'9' is no time of day"),
        ({"week": {"sat": [["09:00", "25:00"]]}}, "'25:00' is no time of day"),
        ({"week": {"sat": [["09:60", "17:00"]]}}, "'09:60' is no time of day"),
        ({"week": {"sat": [["24:00", "09:00"]]}}, "cannot begin at 24:00"),
        ({"week": {"sat": ["09:00"]}}, "is no interval"),
        ({"week": {"sat": "09:00-17:00"}}, "is no list of intervals"),
        ({"week": []}, "The week is a table"),
        ({"holidays": "IR"}, "The holidays are a list"),
        ({"holidays": ["13-45"]}, "'13-45' is no day of the year"),
        ({"holidays": ["jalali 12-31"]}, "is no day of the year"),
        ({"holidays": ["2026-02-29"]}, "'2026-02-29' is no day"),
        ({"holidays": [7]}, "7 is no day"),
        ({"holidays": ["XX"]}, "No public holidays are known for the country 'XX'"),
        ({"extra": {"tomorrow": []}}, "'tomorrow' is no day"),
        ({"extra": []}, "The extra days are a table"),
        ({"hollidays": []}, "Extra inputs are not permitted"),
    ],
)
def test_what_is_wrong_is_said(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said.replace("(", r"\(")):
        office(**given)


def test_moments_without_time_zone_are_refused() -> None:
    naive = datetime(2026, 11, 21)  # noqa: DTZ001
    for ask in (TEHRAN_SHOP.is_open, TEHRAN_SHOP.next_open, TEHRAN_SHOP.next_close):
        with pytest.raises(ValueError, match="no time zone"):
            ask(naive)
    with pytest.raises(ValueError, match="zero or more"):
        TEHRAN_SHOP.add_office_time(tehran("2026-11-21"), timedelta(hours=-1))


def test_the_documented_example_is_read() -> None:
    page = (Path(__file__).parents[2] / "docs" / "text.md").read_text(encoding="utf-8")
    example = page.partition("```yaml\n")[2].partition("```")[0]
    hours = Hours.model_validate(yaml.safe_load(example))
    assert hours.is_open(tehran("2026-11-21 10:00"))
    assert hours.next_close(tehran("2026-11-26 23:00")) == tehran("2026-11-27 06:00")
    assert not hours.is_open(tehran("2027-03-21 10:00"))


def test_the_day_of_a_holiday_is_told_by_the_office_s_own_clock() -> None:
    shop = office(week={"sat-wed": [["09:00", "17:00"]]}, holidays=["IR"])
    nowruz = datetime(2026, 3, 20, 20, 30, tzinfo=UTC)  # midnight in Tehran
    assert shop.is_holiday(nowruz)
    assert shop.is_holiday(nowruz + timedelta(hours=23, minutes=59))
    assert not shop.is_holiday(datetime(2026, 11, 24, 8, tzinfo=UTC))
    assert not shop.is_holiday(datetime(2026, 11, 27, 8, tzinfo=UTC))  # a Friday is no holiday
