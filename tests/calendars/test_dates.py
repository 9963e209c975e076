"""Dates in two calendars and two languages; public holidays."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.calendars import (
    Calendar,
    format_date,
    format_day,
    format_length,
    format_moment,
    format_month,
    format_stamp,
    format_time,
    format_waiting,
    from_jalali,
    is_public_holiday,
    jalali_month,
    month_span,
    parse_date,
    public_holidays,
    to_jalali,
    zone,
)

TEHRAN = zone("Asia/Tehran")
FRIDAY = date(2026, 11, 20)  # 29 Aban 1405
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=TEHRAN)

CALENDARS: tuple[Calendar, ...] = ("gregorian", "jalali")

days = st.dates(date(1900, 1, 1), date(2200, 1, 1))


@given(days)
def test_jalali_dates_convert_back(day: date) -> None:
    assert from_jalali(*to_jalali(day)) == day


def test_known_dates() -> None:
    assert to_jalali(FRIDAY) == (1405, 8, 29)
    assert from_jalali(1403, 12, 30) == date(2025, 3, 20)  # a leap year
    with pytest.raises(ValueError, match="day"):
        from_jalali(1404, 12, 30)
    assert jalali_month(8) == "آبان"
    assert jalali_month(8, "en") == "Aban"


@pytest.mark.parametrize(
    ("calendar", "locale", "short", "long", "numeric", "month"),
    [
        ("gregorian", "en", "20 Nov", "Friday 20 November", "2026-11-20", "November 2026"),
        ("gregorian", "fa", "۲۰ نوامبر", "جمعه ۲۰ نوامبر", "۲۰۲۶/۱۱/۲۰", "نوامبر ۲۰۲۶"),
        ("jalali", "en", "29 Aban", "Friday 29 Aban", "1405-08-29", "Aban 1405"),
        ("jalali", "fa", "۲۹ آبان", "جمعه ۲۹ آبان", "۱۴۰۵/۰۸/۲۹", "آبان ۱۴۰۵"),
    ],
)
def test_dates_in_every_language_and_calendar(
    calendar: Calendar, locale: str, short: str, long: str, numeric: str, month: str
) -> None:
    assert format_date(FRIDAY, calendar, locale, today=FRIDAY) == short
    assert format_date(FRIDAY, calendar, locale, style="long", weekday=True, today=FRIDAY) == long
    assert format_date(FRIDAY, calendar, locale, style="numeric") == numeric
    assert format_month(FRIDAY, calendar, locale) == month


def test_the_year_is_written_where_it_is_another() -> None:
    before_nowruz, after = date(2026, 3, 20), date(2026, 3, 21)
    assert format_date(before_nowruz, "gregorian", "en", today=after) == "20 Mar"
    assert format_date(before_nowruz, "jalali", "fa", today=after) == "۲۹ اسفند ۱۴۰۴"
    assert format_date(after, "jalali", "fa", today=after) == "۱ فروردین"
    assert format_date(after, "jalali", "fa") == "۱ فروردین ۱۴۰۵"


def test_times_are_local() -> None:
    at = datetime(2026, 11, 20, 5, 35, tzinfo=UTC)
    assert format_time(at, TEHRAN, "en") == "09:05"
    assert format_time(at, TEHRAN, "fa") == "۹:۰۵"
    with pytest.raises(ValueError, match="no time zone"):
        format_time(datetime(2026, 11, 20), TEHRAN, "en")  # noqa: DTZ001


@pytest.mark.parametrize(
    ("at", "waiting", "stamp", "heading", "moment"),
    [
        ("2026-11-21 11:56", "4m", "11:56", "Today", "Today, 11:56"),
        ("2026-11-21 12:00", "1m", "12:00", "Today", "Today, 12:00"),
        ("2026-11-21 09:30", "2h", "09:30", "Today", "Today, 09:30"),
        ("2026-11-20 23:00", "Yesterday", "Yesterday", "Friday 20 November", "Yesterday, 23:00"),
        (
            "2026-11-18 09:00",
            "Wed 09:00",
            "Wed 09:00",
            "Wednesday 18 November",
            "Wed 18 Nov, 09:00",
        ),
        ("2026-09-12 09:00", "12 Sep", "12 Sep", "Saturday 12 September", "Sat 12 Sep, 09:00"),
        (
            "2025-09-12 09:00",
            *("12 Sep 2025",) * 2,
            "Friday 12 September 2025",
            "Fri 12 Sep 2025, 09:00",
        ),
        ("2026-11-22 09:00", "1m", "Sun 09:00", "Sunday 22 November", "Tomorrow, 09:00"),
    ],
)
def test_moments_in_english(at: str, waiting: str, stamp: str, heading: str, moment: str) -> None:
    when = datetime.fromisoformat(at).replace(tzinfo=TEHRAN)
    assert format_waiting(when, NOW, TEHRAN, "gregorian", "en") == waiting
    assert format_stamp(when, NOW, TEHRAN, "gregorian", "en") == stamp
    assert format_day(when, NOW, TEHRAN, "gregorian", "en") == heading
    assert format_moment(when, NOW, TEHRAN, "gregorian", "en") == moment


@pytest.mark.parametrize(
    ("at", "waiting", "stamp", "heading", "moment"),
    [
        ("2026-11-21 11:56", "۴ دقیقه", "۱۱:۵۶", "امروز، شنبه ۳۰ آبان", "امروز، ۱۱:۵۶"),
        ("2026-11-20 09:00", "دیروز", "دیروز", "جمعه ۲۹ آبان", "دیروز، ۹:۰۰"),
        ("2026-11-18 09:00", *("چهارشنبه ۹:۰۰",) * 2, "چهارشنبه ۲۷ آبان", "چهارشنبه ۲۷ آبان، ۹:۰۰"),
        (
            "2026-03-20 09:00",
            *("۲۹ اسفند ۱۴۰۴",) * 2,
            "جمعه ۲۹ اسفند ۱۴۰۴",
            "جمعه ۲۹ اسفند ۱۴۰۴، ۹:۰۰",
        ),
    ],
)
def test_moments_in_persian(at: str, waiting: str, stamp: str, heading: str, moment: str) -> None:
    when = datetime.fromisoformat(at).replace(tzinfo=TEHRAN)
    assert format_waiting(when, NOW, TEHRAN, "jalali", "fa").replace("\u00a0", " ") == waiting
    assert format_stamp(when, NOW, TEHRAN, "jalali", "fa") == stamp
    assert format_day(when, NOW, TEHRAN, "jalali", "fa") == heading
    assert format_moment(when, NOW, TEHRAN, "jalali", "fa") == moment


def test_a_wait_across_midnight_stays_a_number_for_a_while() -> None:
    now = datetime(2026, 11, 21, 1, 0, tzinfo=TEHRAN)
    assert format_waiting(now - timedelta(hours=2), now, TEHRAN, "gregorian", "en") == "2h"


@pytest.mark.parametrize(
    ("seconds", "english", "persian"),
    [
        (0, "0s", "۰ ثانیه"),
        (59, "59s", "۵۹ ثانیه"),
        (60, "1m", "۱ دقیقه"),
        (3599, "59m", "۵۹ دقیقه"),
        (7300, "2h", "۲ ساعت"),
        (200_000, "2d", "۲ روز"),
        (-60, "1m", "۱ دقیقه"),
    ],
)
def test_lengths(seconds: int, english: str, persian: str) -> None:
    length = timedelta(seconds=seconds)
    assert format_length(length, "en") == english
    assert format_length(length, "fa-IR").replace("\u00a0", " ") == persian


@given(days)
def test_numeric_dates_read_back_in_both_languages(day: date) -> None:
    for calendar in CALENDARS:
        for locale in ("en", "fa"):
            assert parse_date(format_date(day, calendar, locale, style="numeric")) == day


@given(st.text())
def test_reading_dates_never_raises(text: str) -> None:
    parse_date(text)


def test_what_is_no_date_is_none() -> None:
    for text in ("", "1404/12/30", "2026-02-30", "1700-01-01", "20-11-2026", "2026-11/20"):
        assert parse_date(text) is None


@given(days)
def test_months_follow_each_other(day: date) -> None:
    for calendar in CALENDARS:
        first, following = month_span(day, calendar)
        assert first <= day < following
        assert month_span(following, calendar)[0] == following
        assert 28 <= (following - first).days <= 31


def test_holidays_of_iran_are_solar_and_lunar() -> None:
    assert is_public_holiday(from_jalali(1405, 1, 1), "IR")
    assert is_public_holiday(from_jalali(1405, 11, 22), "IR")
    assert is_public_holiday(date(2026, 6, 25), "IR")  # Ashura 1448
    assert not is_public_holiday(FRIDAY, "IR")
    names = public_holidays("IR", 2026, "fa")
    assert "نوروز" in names[date(2026, 3, 21)]
    assert public_holidays("DE", 2026)[date(2026, 10, 3)] == "German Unity Day"
    with pytest.raises(ValueError, match="'XX'"):
        public_holidays("XX", 2026)
