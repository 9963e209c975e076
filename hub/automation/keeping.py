"""Timers for rules that are new: whoever waits already is not forgotten.

Nothing ever looks through all conversations to see who waits too long. But when rules come to
wait for a moment that no rule waited for before, timers are set once for those who wait by then,
in chunks, by a job. What is past at that time stays past.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import and_, delete, func, select
from sqlmodel import Session

from hub import jobs
from hub.automation import dates, pausing, schedules, waits
from hub.automation.waits import Answer, occasion_of
from hub.conversations.state import OPEN_STATES
from hub.jobs import Chunk, Progress
from hub.policy import Policy
from hub.rules.engine.occasions import Occasion, Schedule
from hub.store import events
from hub.store.events import Happening
from hub.store.statements import insert_new, table_of
from hub.store.tables import Conversation, Customer, Message, Outgoing, RuleClock, RuleResult
from hub.timers import Due, Together

TIMERS: Final = "rule-timers"
"""The kind of the job that sets timers for a new occasion; params: key."""
CHUNK: Final = 200

GetPolicy = Callable[[], Policy]


def timed(policy: Policy) -> dict[str, Occasion]:
    """The moments that live rules wait for, by key."""
    names = (*waits.EVENTS, dates.EVENT, schedules.EVENT)
    return {one.key: one for name in names for one in policy.rules.occasions.get(name, ())}


def is_kept(session: Session, policy: Policy) -> bool:
    """Whether timers are there for all that the live rules wait for, and for nothing else.

    Schedules are always looked at again: the zone or the time may have changed.
    """
    stored = set(session.execute(select(table_of(RuleClock).c.key)).scalars())
    return stored == timed(policy).keys() and not policy.rules.concerns(schedules.EVENT)


def keep(session: Session, policy: Policy, now: datetime) -> None:
    """Bring the timers in line with the live rules. Many processes may do it at a time."""
    live, table = timed(policy), table_of(RuleClock)
    stored = set(session.execute(select(table.c.key)).scalars())
    if gone := stored - live.keys():
        # Their timers find no rule when they are due, and do nothing.
        session.execute(delete(table).where(table.c.key.in_(gone)))
    rows = [{"key": key, "since": now} for key in sorted(live.keys() - stored)]
    for row in insert_new(session, RuleClock, rows, ["key"]):
        if live[row.key].event != schedules.EVENT:
            jobs.enqueue(session, TIMERS, now, key=row.key)
    schedules.align(session, policy, now)


def handlers(policy: GetPolicy) -> dict[str, Due | Together]:
    """What happens when the timers of rules are due."""

    def scheduled(
        session: Session, subject: str, payload: Mapping[str, Any], now: datetime
    ) -> None:
        schedules.due(policy(), session, subject, payload, now)

    return {
        **pausing.HANDLERS,
        **waits.HANDLERS,
        **dates.HANDLERS,
        schedules.EVENT: scheduled,
    }


def job_kinds(policy: GetPolicy) -> dict[str, Chunk]:
    """The jobs of this module."""

    def timers(
        session: Session, params: Mapping[str, Any], cursor: Mapping[str, Any] | None, now: datetime
    ) -> Progress | None:
        return _set_timers(session, policy(), params["key"], cursor, now)

    def everyone(
        session: Session, params: Mapping[str, Any], cursor: Mapping[str, Any] | None, now: datetime
    ) -> Progress | None:
        return _tell(session, policy(), params["key"], cursor, now)

    return {TIMERS: timers, schedules.ROUND: everyone}


def _set_timers(
    session: Session, policy: Policy, key: str, cursor: Mapping[str, Any] | None, now: datetime
) -> Progress | None:
    occasion, clock = occasion_of(policy, key), table_of(RuleClock)
    begun = session.execute(select(clock.c.since).where(clock.c.key == key)).scalar()
    if occasion is None or begun is None:
        return None
    after, done = _place(cursor)
    people = occasion.event == dates.EVENT
    table = table_of(Customer if people else Conversation)
    query = select(table).order_by(table.c.id).limit(CHUNK)
    if after is not None:
        query = query.where(table.c.id > after)
    if occasion.event == waits.UNANSWERED:
        query = query.where(table.c.waiting_since.is_not(None), table.c.status.in_(OPEN_STATES))
    elif occasion.event == waits.SILENT:
        query = query.where(table.c.waiting_since.is_(None), table.c.status.in_(OPEN_STATES))
    rows = session.execute(query).all()
    if not rows:
        return None
    if people:
        found = {row.id: row.attributes or {} for row in rows}
        dates.align(session, policy, found, now, [occasion])
    else:
        answers = (
            _answers(session, [row.id for row in rows]) if occasion.event == waits.SILENT else {}
        )
        told = _told(session, key, [row.id for row in rows])
        waits.begin(session, policy, occasion, rows, answers, told, begun, now)
    return Progress({"after": str(rows[-1].id), "done": done + len(rows)}, done + len(rows))


def _told(session: Session, key: str, conversations: list[UUID]) -> dict[UUID, datetime]:
    """When each conversation had this event for the last time, where it had."""
    result = table_of(RuleResult)
    rows = session.execute(
        select(result.c.conversation_id, func.max(result.c.at).label("at"))
        .where(result.c.conversation_id.in_(conversations), result.c.event == key)
        .group_by(result.c.conversation_id)
    )
    return {row.conversation_id: row.at for row in rows}


def _answers(session: Session, conversations: list[UUID]) -> dict[UUID, Answer]:
    """The last answer of an agent in each, where the customer has said nothing since."""
    message, outgoing = table_of(Message), table_of(Outgoing)
    last = (
        select(message.c.conversation_id, func.max(message.c.position).label("position"))
        .where(
            message.c.conversation_id.in_(conversations),
            (message.c.direction == "in") & message.c.automated.is_(False)
            | message.c.agent_id.is_not(None) & (message.c.direction == "out"),
        )
        .group_by(message.c.conversation_id)
        .subquery()
    )
    rows = session.execute(
        select(message.c.conversation_id, message.c.id, message.c.position, outgoing.c.sent_at)
        .join(
            last,
            and_(
                last.c.conversation_id == message.c.conversation_id,
                last.c.position == message.c.position,
            ),
        )
        .join(outgoing, outgoing.c.message_id == message.c.id)
        .where(outgoing.c.sent_at.is_not(None))
    )
    return {row.conversation_id: Answer(row.id, row.position, row.sent_at) for row in rows}


def _tell(
    session: Session, policy: Policy, key: str, cursor: Mapping[str, Any] | None, now: datetime
) -> Progress | None:
    occasion = occasion_of(policy, key)
    if occasion is None:
        return None
    schedule = occasion.argument
    assert isinstance(schedule, Schedule)
    after, done = _place(cursor)
    table = table_of(Conversation)
    states = OPEN_STATES if schedule.each == "unresolved" else (schedule.each,)
    query = (
        select(table.c.id, table.c.customer_id)
        .where(table.c.status.in_(states))
        .order_by(table.c.id)
        .limit(CHUNK)
    )
    if after is not None:
        query = query.where(table.c.id > after)
    rows = session.execute(query).all()
    if not rows:
        return None
    events.append(
        session,
        [
            Happening(
                schedules.EVENT,
                "hub",
                now,
                customer_id=row.customer_id,
                details={"key": key, "conversation": str(row.id)},
            )
            for row in rows
        ],
    )
    return Progress({"after": str(rows[-1].id), "done": done + len(rows)}, done + len(rows))


def _place(cursor: Mapping[str, Any] | None) -> tuple[UUID | None, int]:
    return (UUID(cursor["after"]), cursor["done"]) if cursor else (None, 0)
