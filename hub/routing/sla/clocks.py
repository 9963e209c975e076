"""How the promises to one conversation stand: pure, from what happened and the office's hours.

A clock runs while the conversation waits for us, and stands still while it waits for the customer
or sleeps. `used` counts what had passed when it was paused last, in office time where the promise
says so; so a clock that runs is due where what is left has passed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal, get_args

from hub.calendars import Hours

Target = Literal["first", "next", "resolution"]
TARGETS: Final[tuple[Target, ...]] = get_args(Target)
"""The first answer, the answer to a later message, and the end of the matter."""

State = Literal["running", "paused", "met", "void"]
"""void: it is promised no more (the policy changed, or it was spam)."""

Sign = Literal["warning", "breached"]


@dataclass(frozen=True, slots=True)
class Promise:
    """What is promised for one target. warn: how long before the breach it is told."""

    length: timedelta
    warn: timedelta


@dataclass(frozen=True, slots=True)
class Situation:
    """What the clocks look at. first_answered_at: when somebody of the team first answered, and
    it was not taken back.

    waiting_since: when the customer's oldest unanswered message came. inbound: whether the
    customer has written at all.
    """

    status: str
    created_at: datetime
    inbound: bool = True
    first_answered_at: datetime | None = None
    waiting_since: datetime | None = None
    resolved_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Clock:
    """One promise's clock; see the table `sla_clock`."""

    target: Target
    started_at: datetime
    state: State = "running"
    running_since: datetime | None = None
    used: timedelta = timedelta()
    due_at: datetime | None = None
    warn_at: datetime | None = None
    warned_at: datetime | None = None
    breached_at: datetime | None = None
    met_at: datetime | None = None

    @property
    def runs(self) -> bool:
        return self.state == "running"


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a clock should be: in which state, since when it counts, and when it was met."""

    state: State
    started_at: datetime
    met_at: datetime | None = None


def keep(
    known: Mapping[Target, Clock],
    situation: Situation,
    promises: Mapping[Target, Promise],
    hours: Hours | None,
    now: datetime,
) -> dict[Target, Clock]:
    """The clocks as they should stand now. hours: None counts every hour.

    Doing it twice changes nothing the second time.
    """
    result: dict[Target, Clock] = {}
    for target in TARGETS:
        clock, promise = known.get(target), promises.get(target)
        wanted = _wanted(target, situation) if promise else None
        if clock is None and (wanted is None or wanted.state == "met"):
            continue
        if wanted is None or promise is None:
            assert clock is not None
            result[target] = _still(clock, "void" if clock.state != "met" else "met", hours, now)
            continue
        if clock is None or (wanted.state != "met" and clock.started_at != wanted.started_at):
            # It counts from its beginning, unless the conversation slept already.
            since = wanted.started_at if wanted.state == "running" else None
            state: State = "paused" if since is None else "running"
            clock = Clock(target, wanted.started_at, state, since)
        result[target] = _turned(clock, wanted, promise, hours, now)
    return result


def signs(clocks: Iterable[Clock], now: datetime) -> list[tuple[Target, Sign]]:
    """What is to be told now and has not been. A breach that came first needs no warning."""
    told: list[tuple[Target, Sign]] = []
    for clock in clocks:
        if not clock.runs or clock.breached_at is not None or clock.due_at is None:
            continue
        if clock.due_at <= now:
            told.append((clock.target, "breached"))
        elif clock.warned_at is None and clock.warn_at is not None and clock.warn_at <= now:
            told.append((clock.target, "warning"))
    return told


def marked(clock: Clock, sign: Sign, now: datetime) -> Clock:
    """The clock after it was told."""
    if sign == "breached":
        return replace(clock, breached_at=now)
    return replace(clock, warned_at=now)


def nearest(clocks: Iterable[Clock]) -> Clock | None:
    """The running clock that is due first, or was."""
    due = [clock for clock in clocks if clock.runs and clock.due_at is not None]
    return min(due, key=lambda clock: (clock.due_at, clock.target), default=None)


def next_look(clocks: Iterable[Clock]) -> datetime | None:
    """When something is to be told next."""
    moments = []
    for clock in clocks:
        if not clock.runs or clock.breached_at is not None:
            continue
        if clock.warned_at is None and clock.warn_at is not None:
            moments.append(clock.warn_at)
        elif clock.due_at is not None:
            moments.append(clock.due_at)
    return min(moments, default=None)


def _wanted(target: Target, it: Situation) -> Wanted | None:
    """None: nothing of that kind is promised in this situation."""
    if it.status in ("spam", "merged") or not it.inbound:
        return None
    runs: State = "running" if it.status == "open" else "paused"
    match target:
        case "first":
            if it.first_answered_at is not None:
                return Wanted("met", it.created_at, it.first_answered_at)
            return None if it.status == "resolved" else Wanted(runs, it.created_at)
        case "next":
            if it.first_answered_at is None:
                return None
            if it.waiting_since is None or it.waiting_since < it.first_answered_at:
                return Wanted("met", it.first_answered_at)
            return Wanted(runs, it.waiting_since)
        case "resolution":
            if it.status == "resolved":
                return Wanted("met", it.created_at, it.resolved_at)
            return Wanted(runs, it.created_at)


def _turned(
    clock: Clock, wanted: Wanted, promise: Promise, hours: Hours | None, now: datetime
) -> Clock:
    if wanted.state != "running":
        met_at = wanted.met_at or now
        if wanted.state != "met":
            return replace(_still(clock, wanted.state, hours, now), met_at=None)
        return replace(_still(clock, "met", hours, met_at), met_at=clock.met_at or met_at)
    if not clock.runs:
        clock = replace(clock, state="running", running_since=now, met_at=None)
    assert clock.running_since is not None
    left = promise.length - clock.used
    warn = max(promise.length - min(promise.warn, promise.length / 2) - clock.used, timedelta())
    return replace(
        clock,
        due_at=_after(clock.running_since, left, hours),
        warn_at=_after(clock.running_since, min(warn, left), hours),
    )


def _still(clock: Clock, state: State, hours: Hours | None, now: datetime) -> Clock:
    """The clock as it stands still. What was broken meanwhile is broken, told or not."""
    if clock.running_since is None:
        return replace(clock, state=state)
    late = clock.due_at is not None and clock.due_at <= now
    return replace(
        clock,
        state=state,
        used=clock.used + _between(clock.running_since, now, hours),
        running_since=None,
        due_at=None,
        warn_at=None,
        breached_at=clock.breached_at or (clock.due_at if late else None),
    )


def _after(since: datetime, length: timedelta, hours: Hours | None) -> datetime | None:
    if length <= timedelta() or hours is None:
        return since + length
    return hours.add_office_time(since, length)


def _between(since: datetime, until: datetime, hours: Hours | None) -> timedelta:
    if hours is None:
        return max(until - since, timedelta())
    return hours.office_time_between(since, until)
