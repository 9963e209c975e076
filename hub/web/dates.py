"""Moments as a reader sees them: by language, calendar and time zone.

Gregorian dates come from CLDR (Babel), Jalali ones from jdatetime; a language and a calendar can
be combined freely. Digits follow the language.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Literal

import jdatetime
from babel.dates import format_date

from hub.text.digits import to_persian

Locale = Literal["en", "fa"]

_JALALI_MONTHS = {
    "en": (
        *("Farvardin", "Ordibehesht", "Khordad", "Tir", "Mordad", "Shahrivar"),
        *("Mehr", "Aban", "Azar", "Dey", "Bahman", "Esfand"),
    ),
    "fa": (
        *("فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور"),
        *("مهر", "آبان", "آذر", "دی", "بهمن", "اسفند"),
    ),
}
_TODAY = {"en": "Today", "fa": "امروز"}
_YESTERDAY = {"en": "Yesterday", "fa": "دیروز"}
_UNITS = {
    "en": (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)),
    "fa": ((" روز", 86_400), (" ساعت", 3_600), (" دقیقه", 60), (" ثانیه", 1)),
}


@dataclass(frozen=True)
class Reader:
    """Who reads a moment, and when."""

    locale: Locale
    calendar: Literal["gregorian", "jalali"]
    zone: tzinfo
    now: datetime

    def local(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone)

    def days_ago(self, moment: datetime) -> int:
        return (self.local(self.now).date() - self.local(moment).date()).days

    def digits(self, text: str) -> str:
        return to_persian(text) if self.locale == "fa" else text


def time(moment: datetime, reader: Reader) -> str:
    """19:42"""
    return reader.digits(f"{reader.local(moment):%H:%M}")


def date(moment: datetime, reader: Reader) -> str:
    """12 Sep, ۲۱ شهریور; with the year when it is not the present one."""
    day, month, year = _date(moment, reader, short=True)
    return f"{day} {month}" if year == _date(reader.now, reader)[2] else f"{day} {month} {year}"


def month(moment: datetime, reader: Reader) -> str:
    """March 2025, فروردین ۱۴۰۴"""
    _, name, year = _date(moment, reader)
    return f"{name} {year}"


def day(moment: datetime, reader: Reader) -> str:
    """Friday 20 November, جمعه ۲۹ آبان; today by name; with another year's number."""
    number, name, year = _date(moment, reader)
    weekday = format_date(reader.local(moment), "EEEE", locale=reader.locale)
    full = f"{weekday} {number} {name}"
    if year != _date(reader.now, reader)[2]:
        full = f"{full} {year}"
    match reader.days_ago(moment):
        case 0 if reader.locale == "fa":
            return f"{_TODAY['fa']}، {full}"
        case 0:
            return _TODAY["en"]
        case _:
            return full


def stamp(moment: datetime, reader: Reader) -> str:
    """When, as short as it stays clear: 19:42, Yesterday, Mon 09:00, 12 Sep."""
    match reader.days_ago(moment):
        case 0:
            return time(moment, reader)
        case 1:
            return _YESTERDAY[reader.locale]
        case days if -7 < days < 7:
            weekday = format_date(reader.local(moment), "EEE", locale=reader.locale)
            return f"{weekday} {time(moment, reader)}"
        case _:
            return date(moment, reader)


def ago(moment: datetime, reader: Reader) -> str:
    """How long since, in the largest unit: 52m, ۵۲ دقیقه. Never less than one minute."""
    return length(max(60.0, (reader.now - moment).total_seconds()), reader.locale)


def until(moment: datetime, reader: Reader) -> str:
    """How long from now, or since when it is past, in the largest unit."""
    return length(max(60.0, abs((moment - reader.now).total_seconds())), reader.locale)


def length(seconds: float, locale: Locale) -> str:
    """A length of time in its largest whole unit."""
    for unit, size in _UNITS[locale]:
        if seconds >= size:
            number = str(int(seconds // size))
            return (to_persian(number) if locale == "fa" else number) + unit
    return ("۰" if locale == "fa" else "0") + _UNITS[locale][-1][0]


def _date(moment: datetime, reader: Reader, *, short: bool = False) -> tuple[str, str, str]:
    """Day, month's name and year."""
    local = reader.local(moment)
    if reader.calendar == "jalali":
        jalali = jdatetime.date.fromgregorian(date=local.date())
        name = _JALALI_MONTHS[reader.locale][jalali.month - 1]
        return reader.digits(str(jalali.day)), name, reader.digits(str(jalali.year))
    name = format_date(local, "LLL" if short else "LLLL", locale=reader.locale)
    return reader.digits(str(local.day)), name, reader.digits(str(local.year))
