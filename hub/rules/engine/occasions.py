"""Events that take an argument, and what they stand for: "no answer for 30m", "each day at nine".

An `Occasion` is an event as a rule names it. Its key is what the compiled set is looked up by,
what the facts call the event and what a stored result says: the event's name, and its argument
in one spelling ("time.unanswered(for=30m, in=office)").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from typing import Annotated, Any, Final, Literal, get_args
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema, model_validator

from hub.rules.engine.arguments import Duration, Name
from hub.text.marking import Sentence

SlaTarget = Literal["first", "next", "resolution"]
"""What a service level promises: the first answer, each next one, the end of the matter."""

_WEEKDAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_CLOCK: Final = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")


class _Argument(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    def written(self) -> dict[str, Any]:
        """As JSON values, without what is as usual."""
        return self.model_dump(mode="json", by_alias=True, exclude_defaults=True)


class Wait(_Argument):
    """How long nothing came. clock: "wall" for all time, "office" for the team's office hours."""

    length: Duration = Field(alias="for")
    clock: Literal["wall", "office"] = Field(default="wall", alias="in")


def _clock_time(written: str) -> str:
    if _CLOCK.fullmatch(written) is None:
        raise ValueError(Sentence("write a time of day as hours and minutes: 09:00"))
    return written.zfill(5)


ClockTime = Annotated[
    str,
    AfterValidator(_clock_time),
    WithJsonSchema({"type": "string", "pattern": "^([01]?[0-9]|2[0-3]):[0-5][0-9]$"}),
]


class OnDate(_Argument):
    """A date that stands in an attribute of the customer, or some time before or after it.

    at: the time of day that counts where the attribute holds no more than a date.
    """

    attribute: Name
    before: Duration | None = None
    after: Duration | None = None
    at: ClockTime = "09:00"

    @model_validator(mode="after")
    def _one_side(self) -> OnDate:
        if self.before is not None and self.after is not None:
            raise ValueError(Sentence("write 'before' or 'after', not both"))
        return self

    @property
    def offset(self) -> timedelta:
        """How long after the date, negative before it."""
        return (self.after or timedelta()) - (self.before or timedelta())

    @property
    def clock(self) -> time:
        return time.fromisoformat(self.at)


class OnTarget(_Argument):
    """Which promise of the service level it is about."""

    target: SlaTarget


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(
            Sentence(
                "unknown time zone %(name)s; write it like 'Asia/Tehran' or 'Europe/Berlin'",
                name=repr(name),
            )
        ) from None
    return name


def _cron(written: str) -> str:
    line = " ".join(written.split()).lower()
    if len(line.split(" ")) != 5:
        raise ValueError(
            Sentence(
                "a schedule is five fields, minute, hour, day of month, "
                "month and weekday: '0 9 * * sat-wed'"
            )
        )
    try:
        next(CronSim(_unwrapped(line), datetime(2026, 1, 1)), None)  # noqa: DTZ001
    except CronSimError as error:
        raise ValueError(
            Sentence(
                "%(written)s is no schedule (%(error)s); write minute, hour, "
                "day of month, month, weekday: '0 9 * * sat-wed'",
                written=repr(written),
                error=str(error).lower(),
            )
        ) from None
    return line


def _unwrapped(line: str) -> str:
    """The same line where weekdays that run over the end of cron's week are a list.

    Cron's week begins on Sunday; "sat-wed" is a week's work in many countries all the same.
    """
    *others, weekdays = line.split(" ")
    return " ".join([*others, ",".join(_weekdays(weekdays))])


def _weekdays(field: str) -> Iterator[str]:
    for part in field.split(","):
        ends = part.split("-")
        if len(ends) == 2 and all(end in _WEEKDAYS for end in ends):
            first, last = (_WEEKDAYS.index(end) for end in ends)
            if last < first:
                for day in (*range(first, 7), *range(last + 1)):
                    yield str(day)
                continue
        yield part


class Schedule(_Argument):
    """Moments by the calendar, as cron writes them.

    cron: minute, hour, day of month, month and weekday (crontab(5) of Debian). zone: an IANA
    time zone, the organisation's where none is given. What the change of the clock skips comes
    right after it, what it repeats comes once. each: the conversations that it concerns, by
    status; the event comes once for every one of them.
    """

    cron: Annotated[str, AfterValidator(_cron)]
    zone: Annotated[str, AfterValidator(_zone)] | None = None
    each: Literal["unresolved", "open", "waiting", "snoozed"] = "unresolved"

    def after(self, at: datetime, zone: str) -> datetime | None:
        """The first moment after `at` (aware), in UTC; None when there is none for 50 years.

        zone: where the schedule itself names none.
        """
        return _next(self.cron, self.zone or zone, at)


def _next(cron: str, zone: str, at: datetime) -> datetime | None:
    where = ZoneInfo(zone)
    for moment in CronSim(_unwrapped(cron), at.astimezone(where)):
        found = moment.astimezone(UTC)
        # An hour that comes twice is counted by its first passing.
        if found > at:
            return found
    return None


Argument = Wait | OnDate | OnTarget | Schedule


@dataclass(frozen=True, slots=True)
class Occasion:
    """An event as a rule names it. `argument` is None where the event takes none."""

    event: str
    argument: Argument | None = None

    @property
    def key(self) -> str:
        """The event's name with its argument, equal for equal occasions."""
        if self.argument is None:
            return self.event
        written = self.argument.written()
        return f"{self.event}({', '.join(f'{key}={value}' for key, value in written.items())})"


@lru_cache(maxsize=4096)
def event_of(key: str) -> str:
    """The event's name within an occasion's key."""
    return key.partition("(")[0]


EVERY_TARGET: Final = tuple(OnTarget(target=target) for target in get_args(SlaTarget))
"""What an event of the service level stands for by its name alone."""
