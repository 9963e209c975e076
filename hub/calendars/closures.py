"""Days on which an office is closed: one date, a day of every year, a country's public holidays."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from hub.calendars.holidays import is_public_holiday, known_countries
from hub.calendars.jalali import Calendar, from_jalali, to_jalali

_WRITTEN: Final = re.compile(r"(?:(jalali)\s+)?(?:(\d{4})-)?(\d{1,2})-(\d{1,2})", re.IGNORECASE)
_COUNTRY: Final = re.compile(r"[A-Za-z]{2}")

# Leap years, so that 29 February and 30 Esfand can be given for every year that has them.
_GREGORIAN_LEAP_YEAR: Final = 2024
_JALALI_LEAP_YEAR: Final = 1403


@dataclass(frozen=True, slots=True)
class OneDay:
    """The Gregorian date `day`, once."""

    day: date

    def covers(self, day: date) -> bool:
        return day == self.day

    def written(self) -> str:
        return self.day.isoformat()


@dataclass(frozen=True, slots=True)
class EveryYear:
    """A day of every year in its calendar; a leap day only in leap years."""

    calendar: Calendar
    month: int
    day: int

    def covers(self, day: date) -> bool:
        if self.calendar == "gregorian":
            return (day.month, day.day) == (self.month, self.day)
        return to_jalali(day)[1:] == (self.month, self.day)

    def written(self) -> str:
        prefix = "jalali " if self.calendar == "jalali" else ""
        return f"{prefix}{self.month:02}-{self.day:02}"


@dataclass(frozen=True, slots=True)
class PublicHolidays:
    """All public holidays of the country with this ISO 3166-1 alpha-2 code."""

    country: str

    def covers(self, day: date) -> bool:
        return is_public_holiday(day, self.country)

    def written(self) -> str:
        return self.country


Closure = OneDay | EveryYear | PublicHolidays


def _no_day(given: Any) -> ValueError:
    return ValueError(f"{given!r} is no day; write '2026-12-24' or 'jalali 1405-10-03'")


def _gregorian(calendar: str | None, year: int, month: int, day: int) -> date:
    return from_jalali(year, month, day) if calendar else date(year, month, day)


def parse_day(given: Any) -> date:
    """The Gregorian date of "2026-12-24", "jalali 1405-10-03" or a date; else ValueError."""
    if isinstance(given, date) and not isinstance(given, datetime):
        return given
    match = _WRITTEN.fullmatch(given.strip()) if isinstance(given, str) else None
    if match is None or match[2] is None:
        raise _no_day(given)
    try:
        return _gregorian(match[1], int(match[2]), int(match[3]), int(match[4]))
    except ValueError:
        raise _no_day(given) from None


def parse_closure(given: Any) -> Closure:
    """What a line of the list of holidays means; ValueError that says how to write it."""
    if isinstance(given, OneDay | EveryYear | PublicHolidays):
        return given
    if isinstance(given, str) and _COUNTRY.fullmatch(given.strip()):
        country = given.strip().upper()
        if country not in known_countries():
            raise ValueError(f"No public holidays are known for the country {country!r}")
        return PublicHolidays(country)
    match = _WRITTEN.fullmatch(given.strip()) if isinstance(given, str) else None
    if match is None or match[2] is not None:
        return OneDay(parse_day(given))
    jalali, month, day = match[1], int(match[3]), int(match[4])
    try:
        _gregorian(jalali, _JALALI_LEAP_YEAR if jalali else _GREGORIAN_LEAP_YEAR, month, day)
    except ValueError:
        raise ValueError(
            f"{given!r} is no day of the year; write '12-25' (month, day) or 'jalali 01-13'"
        ) from None
    return EveryYear("jalali" if jalali else "gregorian", month, day)
