"""Moments as people write them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.calendars.spoken import parse_moment

TEHRAN = ZoneInfo("Asia/Tehran")
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=TEHRAN)  # Sunday, 1405-09-01


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("tomorrow 9", "2026-11-23 09:00"),
        ("Tomorrow at 9am", "2026-11-23 09:00"),
        ("tomorrow 3", "2026-11-23 15:00"),
        ("tomorrow 7 pm", "2026-11-23 19:00"),
        ("friday 14:30", "2026-11-27 14:30"),
        ("next friday", "2026-11-27 09:00"),
        ("sunday 9", "2026-11-29 09:00"),
        ("sunday 11", "2026-11-22 11:00"),
        ("in 2 hours", "2026-11-22 12:00"),
        ("half an hour", "2026-11-22 10:30"),
        ("45 min", "2026-11-22 10:45"),
        ("3 days", "2026-11-25 09:00"),
        ("in a week", "2026-11-29 09:00"),
        ("next week", "2026-11-23 09:00"),
        ("next month", "2026-12-01 09:00"),
        ("tonight", "2026-11-22 20:00"),
        ("this afternoon", "2026-11-22 15:00"),
        ("14:30", "2026-11-22 14:30"),
        ("9", "2026-11-23 09:00"),
        ("5 dec", "2026-12-05 09:00"),
        ("March 3 noon", "2027-03-03 12:00"),
        ("2026-12-05 8:15", "2026-12-05 08:15"),
        ("day after tomorrow", "2026-11-24 09:00"),
        ("فردا ۹ صبح", "2026-11-23 09:00"),
        ("فردا", "2026-11-23 09:00"),
        ("پس‌فردا ساعت ۱۶", "2026-11-24 16:00"),
        ("پس فردا عصر", "2026-11-24 17:00"),
        ("شنبه", "2026-11-28 09:00"),
        ("سه‌شنبه ساعت ۱۰ و نیم", "2026-11-24 10:30"),
        ("سه شنبه", "2026-11-24 09:00"),
        ("سه روز دیگر", "2026-11-25 09:00"),
        ("۲ ساعت دیگه", "2026-11-22 12:00"),
        ("نیم ساعت دیگر", "2026-11-22 10:30"),
        ("هفته بعد", "2026-11-28 09:00"),
        ("ماه آینده", "2026-12-22 09:00"),
        ("امشب", "2026-11-22 20:00"),
        ("امروز ساعت ۳ بعد از ظهر", "2026-11-22 15:00"),
        ("فردا ۸ شب", "2026-11-23 20:00"),
        ("٥ آذر", "2026-11-26 09:00"),
        ("۱۴۰۵/۰۹/۱۴", "2026-12-05 09:00"),
    ],
)
def test_what_people_write_is_understood(text: str, wanted: str) -> None:
    calendar = "jalali" if any(letter > "\u0600" for letter in text) else "gregorian"
    found = parse_moment(text, NOW, TEHRAN, calendar)  # type: ignore[arg-type]
    assert found is not None
    assert found.astimezone(TEHRAN).strftime("%Y-%m-%d %H:%M") == wanted


@pytest.mark.parametrize(
    "text",
    ["", "soon", "yesterday", "tomorrow maybe", "25:70", "today 8 am", "31 feb", "فردا شاید", "9 9",
     "1 2 3", "99999999999 days", "2020-01-01", "in 2 hours 5"],
)  # fmt: skip
def test_what_is_not_understood_is_no_moment(text: str) -> None:
    assert parse_moment(text, NOW, TEHRAN) is None


SOME = (
    "tomorrow today friday next in 2 9 14:30 am pm week days noon this "
    "فردا شنبه ۹ صبح ساعت و نیم دیگر روز"
)
WORDS = st.sampled_from(SOME.split())


@given(st.one_of(st.text(max_size=40), st.lists(WORDS, max_size=5).map(" ".join)))
def test_it_never_raises_and_never_names_the_past(text: str) -> None:
    found = parse_moment(text, NOW, TEHRAN)
    assert found is None or (found > NOW and found.utcoffset() == timedelta())


@given(st.integers(1, 500), st.sampled_from([("in {} minutes", 1), ("{} ساعت دیگر", 60)]))
def test_a_length_of_time_is_counted_from_now(number: int, phrase: tuple[str, int]) -> None:
    written, minutes = phrase
    found = parse_moment(written.format(number), NOW, TEHRAN)
    assert found == NOW.astimezone(UTC) + timedelta(minutes=number * minutes)
