"""Which message of a conversation goes next, and when.

They go in the order of their positions, one after the other. Two are due later, and differ: what
was begun already and is tried again holds up what stands behind it, or the order would be lost;
what was put off (a delayed answer, a survey, a scheduled reply) lets everything pass until it is
due, and then has the turn of its position.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, ScalarSelect, func, or_, select
from sqlmodel import Session

from hub.store.statements import table_of
from hub.store.tables import Lane, Outgoing

_BEHIND_ALL = 2**31 - 1


def heads(session: Session, conversations: Collection[UUID], now: datetime) -> dict[UUID, Row[Any]]:
    """The row of `outgoing` that each lane has to look at: two look-ups, however long it is.

    That is what is under way, else what has its turn. A lane with neither is left out.
    """
    table, lane = table_of(Outgoing), table_of(Lane)
    under_way = table.alias()
    begun = (
        select(under_way.c.message_id)
        .where(
            under_way.c.conversation_id == lane.c.conversation_id,
            under_way.c.state == "sending",
        )
        .limit(1)
        .correlate(lane)
        .scalar_subquery()
    )
    rows = session.execute(
        select(table)
        .select_from(lane)
        .join(table, table.c.message_id == func.coalesce(begun, _turn("message_id", now)))
        .where(lane.c.conversation_id.in_(list(conversations)))
    )
    return {row.conversation_id: row for row in rows}


def ready_at(now: datetime) -> ScalarSelect[Any]:
    """When the next queued message of a `Lane` may go, as a subquery for its row."""
    queued, lane = table_of(Outgoing).alias(), table_of(Lane)
    return (
        select(func.min(queued.c.due_at))
        .where(
            queued.c.conversation_id == lane.c.conversation_id,
            queued.c.state == "queued",
            queued.c.position <= func.coalesce(_turn("position", now), _BEHIND_ALL),
        )
        .correlate(lane)
        .scalar_subquery()
    )


def following(
    session: Session, conversations: Collection[UUID], now: datetime
) -> dict[UUID, datetime | None]:
    """When each of these lanes is ready; None: nothing waits in it."""
    if not conversations:
        return {}
    lane = table_of(Lane)
    rows = session.execute(
        select(lane.c.conversation_id, ready_at(now)).where(
            lane.c.conversation_id.in_(list(conversations))
        )
    )
    return {row[0]: row[1] for row in rows}


def _turn(column: str, now: datetime) -> ScalarSelect[Any]:
    """This column of the queued message that has its turn in a `Lane`."""
    queued, lane = table_of(Outgoing).alias(), table_of(Lane)
    return (
        select(queued.c[column])
        .where(
            queued.c.conversation_id == lane.c.conversation_id,
            queued.c.state == "queued",
            or_(queued.c.attempt > 0, queued.c.due_at <= now),
        )
        .order_by(queued.c.position)
        .limit(1)
        .correlate(lane)
        .scalar_subquery()
    )
