"""Intervals of a day, as people write them: ["09:00", "17:00"]."""

import re
from datetime import time
from typing import Any, Final, NamedTuple

#: Minutes of a day.
DAY: Final = 24 * 60

_TIME: Final = re.compile(r"(\d{1,2}):(\d{2})(?::00)?")


class Interval(NamedTuple):
    """From `opens` to `closes`, in minutes since the local midnight at which its day begins.

    `closes` is above `opens` by a day at most; above 1440 it is on the next day.
    """

    opens: int
    closes: int

    def written(self) -> list[str]:
        """["22:00", "06:00"]; `parse_intervals` reads it back."""
        closes = self.closes if self.closes <= DAY else self.closes - DAY
        return [f"{minute // 60:02}:{minute % 60:02}" for minute in (self.opens, closes)]


def _minute(given: Any) -> int:
    """Minutes since midnight: of "09:00", a TOML time, or what YAML 1.1 makes of 17:00 (1020)."""
    if isinstance(given, time) and not given.second and not given.microsecond:
        return given.hour * 60 + given.minute
    if isinstance(given, int) and not isinstance(given, bool) and 0 <= given <= DAY:
        return given
    if isinstance(given, str) and (match := _TIME.fullmatch(given.strip())):
        hour, minute = int(match[1]), int(match[2])
        if minute < 60 and hour * 60 + minute <= DAY:
            return hour * 60 + minute
    raise ValueError(f"{given!r} is no time of day; write it like '09:00', midnight as '24:00'")


def _interval(given: Any) -> Interval:
    if isinstance(given, Interval):
        return given
    if isinstance(given, str):
        given = re.split(r"\s*[-–]\s*", given.strip())
    if not isinstance(given, list | tuple) or len(given) != 2:
        raise ValueError(f"{given!r} is no interval; write it like ['09:00', '17:00']")
    opens, closes = map(_minute, given)
    if opens == DAY:
        raise ValueError("An interval cannot begin at 24:00; give it to the next day from 00:00")
    return Interval(opens, closes if closes > opens else closes + DAY)


def parse_intervals(given: Any) -> tuple[Interval, ...]:
    """The intervals of one day in order. They may overlap.

    Each is a pair of times, ["09:00", "17:00"], or "09:00-17:00". Raises ValueError that says what
    is wrong.
    """
    if isinstance(given, str) or not isinstance(given, list | tuple):
        raise ValueError(f"{given!r} is no list of intervals; write [['09:00', '17:00']]")
    return tuple(sorted(set(map(_interval, given))))
