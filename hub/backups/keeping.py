"""Which backups are kept: the last of each of so many days, weeks and months."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo


@dataclass(frozen=True)
class Keep:
    """So many days, weeks and months that have backups; of each its last one is kept."""

    days: int
    weeks: int
    months: int


def kept(made: Iterable[datetime], keep: Keep, zone: tzinfo) -> set[datetime]:
    """Those that are kept of what was made, by the days of a time zone. The newest always is."""
    newest_first = sorted({at.astimezone(zone) for at in made}, reverse=True)
    found = set(newest_first[:1])
    for most, period in ((keep.days, _day), (keep.weeks, _week), (keep.months, _month)):
        found |= _last_of_each(newest_first, most, period)
    return found


def _last_of_each(
    newest_first: Sequence[datetime], most: int, period: Callable[[datetime], tuple[int, ...]]
) -> set[datetime]:
    last: dict[tuple[int, ...], datetime] = {}
    for at in newest_first:
        last.setdefault(period(at), at)
    return set(list(last.values())[:most])


def _day(at: datetime) -> tuple[int, ...]:
    return at.year, at.month, at.day


def _week(at: datetime) -> tuple[int, ...]:
    return at.isocalendar()[:2]


def _month(at: datetime) -> tuple[int, ...]:
    return at.year, at.month
