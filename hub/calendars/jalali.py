"""The Jalali (solar Hijri) calendar of Iran: conversion, month names, reading dates."""

import re
from datetime import date, timedelta
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from jalali_core import GregorianToJalali, JalaliToGregorian

from hub.text import to_latin

#: The calendar somebody reads dates in. Everything is stored in UTC and Gregorian.
Calendar = Literal["gregorian", "jalali"]

_MONTHS: Final = {
    "en": (
        *("Farvardin", "Ordibehesht", "Khordad", "Tir", "Mordad", "Shahrivar"),
        *("Mehr", "Aban", "Azar", "Dey", "Bahman", "Esfand"),
    ),
    "fa": (
        *("فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور"),
        *("مهر", "آبان", "آذر", "دی", "بهمن", "اسفند"),
    ),
}

# A year in this range is Jalali (1821-2221), one from 1800 on Gregorian: no date that a help desk
# sees can be both.
_JALALI_YEARS: Final = range(1200, 1600)
_GREGORIAN_YEARS: Final = range(1800, 2500)
_DATE: Final = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})")


class JalaliDate(NamedTuple):
    """A day of the Jalali calendar: year 1405, month 1-12, day 1-31."""

    year: int
    month: int
    day: int


@lru_cache(maxsize=2048)
def to_jalali(day: date) -> JalaliDate:
    """The Jalali date of a Gregorian one. Raises ValueError before the year 622."""
    jalali = JalaliDate(*GregorianToJalali(day.year, day.month, day.day).getJalaliList())
    if jalali.year < 1:
        raise ValueError(f"{day} lies before the Jalali calendar")
    return jalali


def from_jalali(year: int, month: int, day: int) -> date:
    """The Gregorian date of a Jalali one. Raises ValueError when there is no such day."""
    if year >= 1 and 1 <= month <= 12 and 1 <= day <= 31:
        found = date(*JalaliToGregorian(year, month, day).getGregorianList())
        # The conversion counts on from the first of the month, past the month's end.
        if to_jalali(found) == (year, month, day):
            return found
    raise ValueError(f"The Jalali calendar has no day {year}-{month:02}-{day:02}")


def jalali_month(month: int, locale: str = "fa") -> str:
    """The name of the Jalali `month` (1-12): آبان, in other locales than "fa" "Aban"."""
    return _MONTHS["fa" if locale.startswith("fa") else "en"][month - 1]


def parse_date(text: str) -> date | None:
    """The date that `text` is, year first: "2026-11-20", "1405/8/29", ۱۴۰۵/۰۸/۲۹; None if none.

    The year tells the calendar: 1200-1599 is Jalali, 1800-2499 Gregorian. Never raises.
    """
    match = _DATE.fullmatch(to_latin(text[:40]).strip())
    if match is None:
        return None
    year, month, day = int(match[1]), int(match[3]), int(match[4])
    try:
        if year in _JALALI_YEARS:
            return from_jalali(year, month, day)
        return date(year, month, day) if year in _GREGORIAN_YEARS else None
    except ValueError:
        return None


def month_span(day: date, calendar: Calendar) -> tuple[date, date]:
    """The first day of the month that `day` is in, and the first day of the next one."""
    if calendar == "jalali":
        year, month, _ = to_jalali(day)
        following = (year + 1, 1) if month == 12 else (year, month + 1)
        return from_jalali(year, month, 1), from_jalali(*following, 1)
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1)
