"""Dates in the attributes of customers: a renewal, a delivery, a birthday of the contract.

A timer for each customer and occasion, set when the attribute is, moved and cancelled with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row
from sqlmodel import Session

from hub import timers
from hub.automation.waits import digest, occasion_of
from hub.calendars import instant, parse_date, zone
from hub.policy import Policy
from hub.rules.engine.occasions import Occasion, OnDate
from hub.store import events
from hub.store.events import Happening
from hub.timers import Setting, Together

EVENT: Final = "time.date"

Attributes = Mapping[str, Any]


def moment(policy: Policy, occasion: Occasion, attributes: Attributes) -> datetime | None:
    """When the occasion comes for somebody with these attributes, in UTC; None where never.

    A date alone ("2026-12-24", "1405/10/03") means its time of day in the organisation's zone.
    """
    wanted = occasion.argument
    assert isinstance(wanted, OnDate)
    written = attributes.get(wanted.attribute)
    if not isinstance(written, str):
        return None
    where = zone(policy.hours[None].time_zone)
    day = parse_date(written)
    try:
        if day is not None:
            return instant(datetime.combine(day, wanted.clock), where) + wanted.offset
        at = datetime.fromisoformat(written.strip())
        return (at.astimezone(UTC) if at.tzinfo else instant(at, where)) + wanted.offset
    except (ValueError, OverflowError):
        return None


def align(
    session: Session,
    policy: Policy,
    people: Mapping[UUID, Attributes],
    now: datetime,
    occasions: Iterable[Occasion] | None = None,
) -> None:
    """Set, move and cancel the timers of customers by their attributes.

    What is past is past; a timer that fell due while nothing ran has its event yet.
    """
    wanted: list[Setting] = []
    gone: list[str] = []
    for occasion in policy.rules.occasions.get(EVENT, ()) if occasions is None else occasions:
        for customer_id, attributes in people.items():
            at = moment(policy, occasion, attributes)
            subject = f"{digest(occasion.key)}/{customer_id}"
            if at is None:
                gone.append(subject)
            elif at > now:
                payload = {
                    "key": occasion.key,
                    "customer": str(customer_id),
                    "date": at.isoformat(),
                }
                wanted.append(Setting(EVENT, subject, at, payload))
    if gone:
        timers.cancel_all(session, EVENT, gone)
    timers.schedule_all(session, wanted)


def still_comes(policy: Policy, attributes: Attributes, details: Mapping[str, Any]) -> bool:
    """Whether the date that a timer was set for still stands; a moved one has its own timer."""
    occasion = occasion_of(policy, details["key"])
    if occasion is None:
        return False
    at = moment(policy, occasion, attributes)
    return at is not None and at.isoformat() == details["date"]


def due(session: Session, rows: Sequence[Row[Any]], now: datetime) -> None:
    """Timers are due: append the events."""
    events.append(
        session,
        [
            Happening(
                EVENT,
                "hub",
                now,
                customer_id=UUID(row.payload["customer"]),
                details=dict(row.payload),
            )
            for row in rows
        ],
    )


HANDLERS: Final = {EVENT: Together(due)}
