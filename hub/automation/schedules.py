"""Moments by the calendar: one timer for each schedule that a live rule names."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlmodel import Session

from hub import jobs, timers
from hub.automation.waits import digest, occasion_of
from hub.policy import Policy
from hub.rules.engine.occasions import Occasion, Schedule
from hub.store.statements import table_of
from hub.store.tables import Timer
from hub.timers import Setting

EVENT: Final = "schedule"
ROUND: Final = "rule-schedule"
"""The kind of the job that tells every conversation of a schedule; params: key."""


def following(policy: Policy, occasion: Occasion, after: datetime) -> datetime | None:
    """The next moment of a schedule, in the organisation's zone where it names none."""
    schedule = occasion.argument
    assert isinstance(schedule, Schedule)
    return schedule.after(after, policy.hours[None].time_zone)


def align(session: Session, policy: Policy, now: datetime) -> None:
    """Set what is missing, move what comes at another time now, and cancel what no rule names.

    One that fell due while nothing ran is left: it has its event yet, once.
    """
    table = table_of(Timer)
    standing = {
        row.subject: row.due_at
        for row in session.execute(
            select(table.c.subject, table.c.due_at).where(table.c.kind == EVENT)
        )
    }
    wanted: list[Setting] = []
    live: set[str] = set()
    for occasion in policy.rules.occasions.get(EVENT, ()):
        subject = digest(occasion.key)
        live.add(subject)
        at = standing.get(subject)
        if at is not None and at <= now:
            continue
        due = following(policy, occasion, now)
        if due is not None and due != at:
            wanted.append(Setting(EVENT, subject, due, {"key": occasion.key}))
    if gone := standing.keys() - live:
        timers.cancel_all(session, EVENT, list(gone))
    timers.schedule_all(session, wanted)


def due(
    policy: Policy, session: Session, subject: str, payload: Mapping[str, Any], now: datetime
) -> None:
    """It is time: a job tells the conversations, and the timer is set for the next moment.

    So moments that passed while nothing ran come once, not once each.
    """
    occasion = occasion_of(policy, payload["key"])
    if occasion is None:
        return
    jobs.enqueue(session, ROUND, now, key=occasion.key)
    at = following(policy, occasion, now)
    if at is not None:
        timers.schedule_all(session, [Setting(EVENT, subject, at, payload)])
