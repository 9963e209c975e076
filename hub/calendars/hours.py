"""Office hours: when somebody is there, and how much of a wait falls into that time."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, ClassVar, Final

from pydantic import BaseModel, ConfigDict, Field, field_serializer, field_validator

from hub.calendars.closures import Closure, parse_closure, parse_day
from hub.calendars.intervals import DAY, Interval, parse_intervals
from hub.calendars.zones import instant, utc, zone

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKDAY_NAMES: Final = {
    name: short
    for short in WEEKDAYS
    for name in (short, {"mon": "monday", "tue": "tuesday", "wed": "wednesday", "thu": "thursday",
                         "fri": "friday", "sat": "saturday", "sun": "sunday"}[short])
}  # fmt: skip

# An office that does not open within this time is taken to be closed for good; one that does not
# close, to be always open.
_HORIZON: Final = timedelta(days=800)


def _days(key: str) -> list[str]:
    """The weekdays that "sat", "Saturday", "sat-wed" or "mon, thu" name."""
    days: list[str] = []
    for part in re.split(r"\s*,\s*", key.strip().lower()):
        ends = [_WEEKDAY_NAMES.get(end) for end in re.split(r"\s*[-–]\s*", part)]
        if len(ends) > 2 or None in ends:
            raise ValueError(
                f"{key!r} is no weekday; write one of {', '.join(WEEKDAYS)} or a range: 'sat-wed'"
            )
        first, last = (WEEKDAYS.index(str(end)) for end in (ends[0], ends[-1]))
        days += [WEEKDAYS[(first + n) % 7] for n in range((last - first) % 7 + 1)]
    return days


class Hours(BaseModel):
    """The hours of one office, in its own time zone. Immutable; all methods are pure.

    time_zone: an IANA name ("Asia/Tehran").
    week: by weekday ("sat", also "saturday" or a range "sat-wed"), the list of intervals
        `[from, to]` as "HH:MM". A `to` at or before `from` is on the next day (["22:00", "06:00"]);
        "24:00" is midnight. A day that is not named is closed.
    holidays: days on which the office is closed: "2026-12-24", every year "12-25", in the Jalali
        calendar "jalali 1405-10-03" and every year "jalali 01-13", or a country's code ("IR") for
        all its public holidays.
    extra: by date ("2026-12-24", "jalali 1405-10-03"), the intervals of that day, in place of what
        the week and the holidays say. An empty list closes it.

    An interval belongs to the day on which it begins: one that crosses midnight into a holiday
    runs to its end. Times that a change of the clock skips count as the moment of the change; an
    hour that comes twice is open both times.

    Raises pydantic.ValidationError that says what is wrong and how to write it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    #: Days of a week that is always open.
    ALL_DAY: ClassVar[tuple[Interval, ...]] = (Interval(0, DAY),)

    time_zone: str
    week: Mapping[str, tuple[Interval, ...]] = Field(default_factory=dict)
    holidays: tuple[Closure, ...] = ()
    extra: Mapping[date, tuple[Interval, ...]] = Field(default_factory=dict)

    @classmethod
    def always(cls, time_zone: str = "UTC") -> "Hours":
        """An office that never closes."""
        return cls(time_zone=time_zone, week=dict.fromkeys(WEEKDAYS, cls.ALL_DAY))

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        return zone(name).key

    @field_validator("week", mode="before")
    @classmethod
    def _read_week(cls, given: Any) -> Any:
        if not isinstance(given, Mapping):
            raise ValueError("The week is a table of weekdays: {sat: [['09:00', '17:00']]}")
        week: dict[str, tuple[Interval, ...]] = {}
        for key, intervals in given.items():
            for day in _days(str(key)):
                if day in week:
                    raise ValueError(f"{day} is given twice; put all its intervals in one list")
                week[day] = parse_intervals(intervals)
        return {day: week[day] for day in WEEKDAYS if day in week}

    @field_validator("holidays", mode="before")
    @classmethod
    def _read_holidays(cls, given: Any) -> Any:
        if isinstance(given, str) or not isinstance(given, list | tuple | set | frozenset):
            raise ValueError("The holidays are a list: ['2026-12-24', 'jalali 01-13', 'IR']")
        return tuple(parse_closure(one) for one in given)

    @field_validator("extra", mode="before")
    @classmethod
    def _read_extra(cls, given: Any) -> Any:
        if not isinstance(given, Mapping):
            raise ValueError("The extra days are a table: {'2026-12-24': [['09:00', '12:00']]}")
        return {parse_day(day): parse_intervals(intervals) for day, intervals in given.items()}

    @field_serializer("week")
    def _write_week(self, week: Mapping[str, tuple[Interval, ...]]) -> dict[str, list[list[str]]]:
        return {day: [interval.written() for interval in week[day]] for day in week}

    @field_serializer("holidays")
    def _write_holidays(self, holidays: tuple[Closure, ...]) -> list[str]:
        return [closure.written() for closure in holidays]

    @field_serializer("extra")
    def _write_extra(
        self, extra: Mapping[date, tuple[Interval, ...]]
    ) -> dict[str, list[list[str]]]:
        return {day.isoformat(): [one.written() for one in extra[day]] for day in sorted(extra)}

    def intervals(self, day: date) -> tuple[Interval, ...]:
        """The intervals that begin on the local `day`, in order."""
        if (extra := self.extra.get(day)) is not None:
            return extra
        planned = self.week.get(WEEKDAYS[day.weekday()], ())
        if planned and any(closure.covers(day) for closure in self.holidays):
            return ()
        return planned

    def _spans(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Open spans from the one around `at` (in UTC) on, in order and without overlap.

        Ends when none follows within the horizon. Spans that touch are not joined: an office that
        never closes has one for each day.
        """
        if not self.week and not self.extra:
            return
        where = zone(self.time_zone)
        # What begins on the day before may still last.
        day = at.astimezone(where).date() - timedelta(days=1)
        covered = at - timedelta(days=4)
        last = at
        while True:
            midnight = datetime.combine(day, time(), UTC)
            for interval in self.intervals(day):
                opens = instant(midnight + timedelta(minutes=interval.opens), where)
                closes = instant(midnight + timedelta(minutes=interval.closes), where, last=True)
                opens = max(opens, covered)
                if opens < closes:
                    covered = closes
                    if closes > at:
                        last = closes
                        yield opens, closes
            if midnight - last > _HORIZON or day >= date.max - timedelta(days=2):
                return
            day += timedelta(days=1)

    def is_open(self, at: datetime) -> bool:
        """Whether the office is open at the moment `at`: from an opening on, before its closing."""
        at = utc(at)
        current = next(self._spans(at), None)
        return current is not None and current[0] <= at

    def is_holiday(self, at: datetime) -> bool:
        """Whether the day of the moment `at`, there, is one of the holidays.

        Also on a weekday on which the office is closed anyway, and on a day with hours of its own.
        """
        day = utc(at).astimezone(zone(self.time_zone)).date()
        return any(closure.covers(day) for closure in self.holidays)

    def next_open(self, at: datetime) -> datetime | None:
        """When, after `at`, the office next goes from closed to open; in UTC.

        None when it does not (within two years). While it is open, this is the opening after the
        coming closing.
        """
        at = utc(at)
        until: datetime | None = None
        limit = at + _HORIZON
        for opens, closes in self._spans(at):
            if opens > at and opens != until:
                return opens
            if opens > limit:
                return None
            until = closes
        return None

    def next_close(self, at: datetime) -> datetime | None:
        """When, after `at`, the office next goes from open to closed; in UTC.

        None when it does not: closed or open for good (for two years).
        """
        at = utc(at)
        until: datetime | None = None
        limit = at + _HORIZON
        for opens, closes in self._spans(at):
            if until is not None and opens != until:
                return until
            if opens > limit:
                return None
            until = closes
        return until

    def office_time_between(self, start: datetime, end: datetime) -> timedelta:
        """How much of the time from `start` to `end` the office is open; zero if `end` is first."""
        start, end = utc(start), utc(end)
        total = timedelta()
        for opens, closes in self._spans(start):
            if opens >= end:
                break
            total += max(min(closes, end) - max(opens, start), timedelta())
        return total

    def add_office_time(self, start: datetime, length: timedelta) -> datetime | None:
        """The first moment by which `length` of office time has passed since `start`; in UTC.

        `office_time_between(start, result) == length`. A length of zero is `start` itself. None
        when the office closes for good before. Raises ValueError for a negative length.
        """
        if length < timedelta():
            raise ValueError("Office time can only be added; give a length of zero or more")
        start = utc(start)
        left = length
        if not left:
            return start
        for opens, closes in self._spans(start):
            begin = max(opens, start)
            if closes - begin >= left:
                return begin + left
            left -= closes - begin
        return None
