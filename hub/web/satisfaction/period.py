"""The stretch of days that results are shown of, and the steps that a line of them goes in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from hub.calendars import instant, month_span, parse_date
from hub.calendars.jalali import Calendar

Name = Literal["7d", "30d", "90d", "365d", "month", "own"]
NAMES: Final[tuple[Name, ...]] = ("7d", "30d", "90d", "365d", "month")
USUAL: Final[Name] = "30d"
_DAYS: Final[dict[str, int]] = {"7d": 7, "30d": 30, "90d": 90, "365d": 365}
_LONGEST: Final = timedelta(days=3660)
_BY_DAY: Final = 45
"""Up to so many days are shown day by day, up to half a year week by week, more by month."""
_BY_WEEK: Final = 200


@dataclass(frozen=True)
class Period:
    """Whole days by a viewer's clock and calendar; `until` is the first day after it."""

    name: Name
    since: date
    until: date
    zone: ZoneInfo
    calendar: Calendar

    @property
    def days(self) -> int:
        return (self.until - self.since).days

    @property
    def last(self) -> date:
        return self.until - timedelta(days=1)

    @property
    def begins(self) -> datetime:
        return _midnight(self.since, self.zone)

    @property
    def ends(self) -> datetime:
        return _midnight(self.until, self.zone)

    @property
    def step(self) -> Literal["day", "week", "month"]:
        return "day" if self.days <= _BY_DAY else "week" if self.days <= _BY_WEEK else "month"

    def starts(self) -> list[date]:
        """The first day of each step, and the day after the last."""
        return [*self._steps(), self.until]

    def _steps(self) -> Iterator[date]:
        day = self.since
        while day < self.until:
            yield day
            match self.step:
                case "day":
                    day += timedelta(days=1)
                case "week":
                    day += timedelta(days=7)
                case "month":
                    day = month_span(day, self.calendar)[1]

    def bounds(self) -> list[datetime]:
        """The moments at which the steps begin, and that at which the last one ends."""
        return [_midnight(day, self.zone) for day in self.starts()]


def read_period(
    name: str | None,
    since: str | None,
    until: str | None,
    *,
    today: date,
    zone: ZoneInfo,
    calendar: Calendar,
) -> Period:
    """What a URL asks for; the last thirty days for what can not be read.

    since, until: the first and the last day in either calendar, as people write them; they are
    read where the name is "own" or there is none.
    """
    tomorrow = today + timedelta(days=1)
    first, last = parse_date(since or ""), parse_date(until or "")
    if name in (None, "", "own") and (first or last):
        end = min(last or today, today)
        begin = min(first or end - timedelta(days=29), end)
        begin = max(begin, end - _LONGEST)
        return Period("own", begin, end + timedelta(days=1), zone, calendar)
    if name == "month":
        return Period("month", month_span(today, calendar)[0], tomorrow, zone, calendar)
    known: Name = next((one for one in NAMES if one == name), USUAL)
    return Period(known, tomorrow - timedelta(days=_DAYS[known]), tomorrow, zone, calendar)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return instant(datetime.combine(day, time()), zone)
