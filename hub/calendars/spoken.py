"""A moment to come, as people write it: "tomorrow 9", "in 2 hours", «فردا ۹ صبح», «سه روز دیگر».

A small grammar of days and times in English and Persian. Every word must be understood, so that
nothing is guessed: what is not in the grammar is no moment. Libraries were looked at first:
dateparser 1.2 knows "فردا" but neither "فردا ۹ صبح" nor "سه روز دیگر", and reads "tomorrow 9" as
tomorrow at the present time of day.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from hub.calendars.jalali import (
    Calendar,
    from_jalali,
    jalali_month,
    month_span,
    parse_date,
    to_jalali,
)
from hub.calendars.zones import instant
from hub.text import fold

MORNING: Final = time(9)
"""When a day begins for whoever names no time."""
_AFTERNOON_HOURS: Final = range(1, 7)
"""A bare "3" is three in the afternoon."""
_FARTHEST: Final = timedelta(days=3660)

_WORD: Final = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}:\d{2}|\d+|[^\W\d_]+")
_NOISE: Final = frozenset(["at", "on", "the", "till", "until", "by", "for", "در", "تا", "برای"])


def _table(entries: Mapping[str, int]) -> dict[str, int]:
    """By each of the words, folded."""
    return {fold(word): value for words, value in entries.items() for word in words.split("|")}


_NUMBERS: Final = _table(
    {
        "a|an|one|یک|یه": 1, "two|دو": 2, "three|سه": 3, "four|چهار": 4, "five|پنج": 5,
        "six|شش|شیش": 6, "seven|هفت": 7, "eight|هشت": 8, "nine|نه": 9, "ten|ده": 10,
        "eleven|یازده": 11, "twelve|دوازده": 12, "fifteen|پانزده": 15, "twenty|بیست": 20,
        "thirty|سی": 30,
    }
)  # fmt: skip
_MINUTES: Final = _table({"minute|minutes|min|mins|m|دقیقه": 1, "hour|hours|hr|hrs|h|ساعت": 60})
_DAYS: Final = _table({"day|days|d|روز": 1, "week|weeks|w|هفته": 7})
_MONTH: Final = frozenset(map(fold, ("month", "months", "ماه")))
_LATER: Final = frozenset(map(fold, ("later", "دیگر", "دیگه", "بعد")))
_NEXT: Final = frozenset(map(fold, ("next", "بعد", "بعدی", "آینده")))
_NAMED_DAYS: Final = _table({"today|امروز": 0, "tomorrow|tmr|tomorow|فردا": 1, "پسفردا": 2})
_WEEKDAYS: Final = _table(
    {
        "monday|mon|دوشنبه": 0, "tuesday|tue|tues|سهشنبه": 1, "wednesday|wed|چهارشنبه": 2,
        "thursday|thu|thurs|پنجشنبه": 3, "friday|fri|جمعه": 4, "saturday|sat|شنبه": 5,
        "sunday|sun|یکشنبه": 6,
    }
)  # fmt: skip
_GREGORIAN: Final = _table(
    {
        "january|jan|ژانویه": 1, "february|feb|فوریه": 2, "march|mar|مارس": 3,
        "april|apr|آوریل": 4, "may|مه|می": 5, "june|jun|ژوئن": 6, "july|jul|ژوئیه|جولای": 7,
        "august|aug|اوت": 8, "september|sep|sept|سپتامبر": 9, "october|oct|اکتبر": 10,
        "november|nov|نوامبر": 11, "december|dec|دسامبر": 12,
    }
)  # fmt: skip
_JALALI: Final = {
    fold(jalali_month(month, locale)): month for month in range(1, 13) for locale in ("en", "fa")
}
_PARTS: Final = _table(
    {"am|morning|صبح": 9, "noon|ظهر": 12, "pm|afternoon|بعدازظهر": 15, "عصر": 17,
     "evening|غروب": 18, "night|tonight|شب|امشب": 20}
)  # fmt: skip
"""Parts of the day, and when each begins for whoever names no hour."""
_JOINED: Final = {
    "day after tomorrow": "پسفردا",
    "پس فردا": "پسفردا",
    "بعد از ظهر": "بعدازظهر",
    "یک شنبه": "یکشنبه",
    "دو شنبه": "دوشنبه",
    "سه شنبه": "سهشنبه",
    "چهار شنبه": "چهارشنبه",
    "پنج شنبه": "پنجشنبه",
    "from now": "later",
    "this": "today",
    "half an hour": "30 minutes",
    "نیم ساعت": "30 دقیقه",
    "امشب": "امروز شب",
    "tonight": "today night",
    "noon": "12 noon",
}
"""What is several words, or half ones by how it is typed, as one."""
_APART: Final = re.compile(
    rf"\b(?:{'|'.join(sorted(map(fold, _JOINED), key=len, reverse=True))})\b"
)
_TOGETHER: Final = {fold(apart): together for apart, together in _JOINED.items()}


@dataclass
class _Said:
    """What has been understood of the words so far."""

    now: datetime
    calendar: Calendar
    day: date | None = None
    weekday: bool = False
    minutes: int | None = None
    hour: int | None = None
    minute: int = 0
    part: int | None = None
    persian: bool = False
    left: list[str] = field(default_factory=list)


def parse_moment(
    text: str, now: datetime, zone: ZoneInfo, calendar: Calendar = "gregorian"
) -> datetime | None:
    """The moment after `now` that `text` names, in UTC; None when it names none.

    zone: where whoever wrote it is. calendar: what months without a name are counted by. A day
    without a time begins at 9:00, hours from 1 to 6 without "am" or "صبح" are in the afternoon,
    a weekday or a date without a year is the next one. Never raises.
    """
    said = _Said(now.astimezone(zone), calendar)
    words = fold(text[:80])
    said.persian = any("\u0600" <= letter <= "\u06ff" for letter in words)
    words = _APART.sub(lambda found: _TOGETHER[found[0]], words)
    spoken = [word for word in _WORD.findall(words) if word not in _NOISE]
    if _WORD.sub("", words).strip(" ,.،"):
        return None
    try:
        if not spoken or not _understand(spoken, said):
            return None
        found = _moment(said, zone)
    except (ValueError, OverflowError):
        return None
    return found if found is not None and now < found <= now + _FARTHEST else None


def _understand(tokens: Sequence[str], said: _Said) -> bool:
    """Whether every word has a meaning; `said` knows it then."""
    place = 0
    while place < len(tokens):
        taken = (
            _relative(tokens[place:], said)
            or _following(tokens[place:], said)
            or _a_day(tokens[place:], said)
            or _a_time(tokens[place:], said)
        )
        if not taken:
            return False
        place += taken
    return True


def _relative(tokens: Sequence[str], said: _Said) -> int:
    """ "in 2 hours", "3 days", «سه روز دیگر»."""
    begun = tokens[0] == "in"
    rest = tokens[1:] if begun else tokens
    if len(rest) < 2 or said.day is not None or said.minutes is not None:
        return 0
    number = int(rest[0]) if rest[0].isdecimal() else _NUMBERS.get(rest[0])
    if number is None or number > 1000:
        return 0
    later = len(rest) > 2 and rest[2] in _LATER
    taken = begun + 2 + later
    if (unit := _MINUTES.get(rest[1])) is not None:
        said.minutes = number * unit
        return taken
    if (days := _DAYS.get(rest[1])) is not None:
        said.day = said.now.date() + timedelta(days=number * days)
        return taken
    if rest[1] in _MONTH:
        said.day = _months_on(said.now.date(), number, said.calendar)
        return taken
    return 0


def _following(tokens: Sequence[str], said: _Said) -> int:
    """ "next week", "next month", «هفته بعد», «ماه آینده»; "next monday" is the next one."""
    if said.day is not None or len(tokens) < 2:
        return 0
    first, second = tokens[0], tokens[1]
    if first in _NEXT and second in _WEEKDAYS:
        return 1
    unit = second if first in _NEXT else first if second in _NEXT else None
    today = said.now.date()
    if unit is None:
        return 0
    if _DAYS.get(unit) == 7:
        said.day = _weekday(today, 5 if said.persian else 0)
    elif unit in _MONTH:
        said.day = month_span(today, said.calendar)[1]
    else:
        return 0
    return 2


def _a_day(tokens: Sequence[str], said: _Said) -> int:
    if said.day is not None:
        return 0
    first, today = tokens[0], said.now.date()
    if first == "روز" and len(tokens) > 1 and tokens[1] in _WEEKDAYS:
        return 1
    if first in _NAMED_DAYS:
        said.day = today + timedelta(days=_NAMED_DAYS[first])
        return 1
    if first in _WEEKDAYS:
        said.day, said.weekday = _weekday(today - timedelta(days=1), _WEEKDAYS[first]), True
        return 1
    if (written := parse_date(first)) is not None:
        said.day = written
        return 1
    if len(tokens) < 2:
        return 0
    for number, name in ((first, tokens[1]), (tokens[1], first)):
        if number.isdecimal() and (name in _GREGORIAN or name in _JALALI):
            said.day = _next_date(today, int(number), name)
            return 2
    return 0


def _a_time(tokens: Sequence[str], said: _Said) -> int:
    """ "14:30", "9", "9 am", "ساعت ۹ و نیم", «۸ شب», "evening"."""
    first = tokens[0]
    if first in ("ساعت", "حدود") and len(tokens) > 1 and tokens[1][0].isdecimal():
        return 1
    if first in _PARTS and said.part is None:
        said.part = _PARTS[first]
        return 1
    if first == "و" and said.hour is not None and len(tokens) > 1 and tokens[1] in ("نیم", "ربع"):
        said.minute = 30 if tokens[1] == "نیم" else 15
        return 2
    if said.hour is not None:
        return 0
    hour, _, minute = first.partition(":")
    number = int(hour) if hour.isdecimal() else _NUMBERS.get(hour)
    if number is None or number > 24 or (minute and int(minute) > 59):
        return 0
    said.hour, said.minute = number % 24, int(minute or 0)
    if minute or number > 12:
        said.part = said.part or -1
    return 1


def _moment(said: _Said, zone: ZoneInfo) -> datetime | None:
    if said.minutes is not None:
        if said.hour is not None or said.part is not None:
            return None
        return (said.now + timedelta(minutes=said.minutes)).astimezone(UTC)
    at = _time_of(said)
    today = said.now.date()
    day = said.day or today
    found = instant(datetime.combine(day, at), zone)
    if found > said.now:
        return found
    if said.day is None:
        return instant(datetime.combine(today + timedelta(days=1), at), zone)
    if said.weekday:
        return instant(datetime.combine(day + timedelta(days=7), at), zone)
    if day == today and said.hour is not None and said.part is None and said.hour < 12:
        return instant(datetime.combine(day, time(said.hour + 12, said.minute)), zone)
    return None


def _time_of(said: _Said) -> time:
    hour, part = said.hour, said.part
    if hour is None:
        return time(part) if part is not None and part >= 0 else MORNING
    if part is None:
        return time(hour + 12 if hour in _AFTERNOON_HOURS else hour, said.minute)
    if part > 12 and hour < 12:
        hour += 12
    if part == 12 and hour in (1, 2, 3):
        hour += 12
    if part == 9 and hour == 12:
        hour = 0
    return time(hour, said.minute)


def _weekday(after: date, weekday: int) -> date:
    """The first such day after a day (Monday is 0)."""
    return after + timedelta(days=(weekday - after.weekday() - 1) % 7 + 1)


def _next_date(today: date, day: int, name: str) -> date:
    """The next such day of a month. Raises ValueError where the month has no such day."""
    if (month := _JALALI.get(name)) is not None:
        year = to_jalali(today).year
        found = from_jalali(year, month, day)
        return found if found >= today else from_jalali(year + 1, month, day)
    found = date(today.year, _GREGORIAN[name], day)
    return found if found >= today else date(today.year + 1, _GREGORIAN[name], day)


def _months_on(day: date, months: int, calendar: Calendar) -> date:
    """So many months later, on the same day of the month or on its last."""
    first, wanted = month_span(day, calendar)[0], day
    for _ in range(months):
        first = month_span(first, calendar)[1]
    last = month_span(first, calendar)[1] - timedelta(days=1)
    offset = (wanted - month_span(day, calendar)[0]).days
    return min(first + timedelta(days=offset), last)
