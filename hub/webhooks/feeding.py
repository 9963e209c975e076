"""From the event log to what endpoints are told, by position: nothing is told twice or left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, insert, select, update
from sqlmodel import Session

from hub.agents.rights import Right, Viewer
from hub.conversations.access import visible_ids
from hub.store import events
from hub.store.database import wake
from hub.store.events import Position
from hub.store.statements import table_of
from hub.store.tables import Agent, Consumer, WebhookDelivery, WebhookEndpoint
from hub.store.types import new_id
from hub.subscriptions.endpoints import TOPIC, Reason, reader
from hub.subscriptions.kinds import KINDS
from hub.subscriptions.payload import Payloads

BATCH: Final = 100
"""Events that one transaction puts in line."""

_endpoint, _consumer = table_of(WebhookEndpoint), table_of(Consumer)


@dataclass(frozen=True)
class Fed:
    """queued: how many events were put in line. more: whether others wait already.

    ended: why the endpoint is told nothing any more; None while it is.
    """

    queued: int
    more: bool
    ended: Reason | None = None


def listening(session: Session) -> dict[UUID, frozenset[str]]:
    """Who is told at present, by id, and of which kinds."""
    rows = session.execute(
        select(_endpoint.c.id, _endpoint.c.kinds).where(
            _endpoint.c.state == "on", _endpoint.c.removed_at.is_(None)
        )
    )
    return {row.id: frozenset(row.kinds or KINDS) & KINDS.keys() for row in rows}


def feed(session: Session, endpoint_id: UUID, now: datetime) -> Fed:
    """Put the next events in line for an endpoint and move its position past them.

    Processes take turns. Events of conversations that the endpoint's agent may not see are passed
    by.
    """
    place = session.execute(
        select(_consumer.c.xid, _consumer.c.position)
        .where(_consumer.c.name == reader(endpoint_id))
        .with_for_update()
    ).first()
    row = session.execute(
        select(_endpoint.c.kinds, _endpoint.c.words, _endpoint.c.agent_id).where(
            _endpoint.c.id == endpoint_id,
            _endpoint.c.state == "on",
            _endpoint.c.removed_at.is_(None),
        )
    ).first()
    if place is None or row is None:
        return Fed(0, more=False)
    viewer = viewer_of(session, row.agent_id)
    if viewer is None:
        end(session, endpoint_id, "agent", now)
        return Fed(0, more=False, ended="agent")
    after = Position(place.xid, place.position)
    # Looked up first: what comes in between is of a later position.
    newest = events.newest(session)
    found = events.read(session, after, BATCH, kinds=row.kinds or list(KINDS))
    more = len(found) == BATCH
    reached = Position(found[-1].xid, found[-1].position) if more else max(newest, after)
    if found and not more:
        reached = max(reached, Position(found[-1].xid, found[-1].position))
    told = _told(session, viewer, found)
    if told:
        payloads = Payloads(session, told, words=row.words)
        session.execute(
            insert(table_of(WebhookDelivery)),
            [_row(endpoint_id, event, payloads, now) for event in told],
        )
        wake(session, TOPIC)
    if reached != after:
        session.execute(
            update(_consumer)
            .where(_consumer.c.name == reader(endpoint_id))
            .values(xid=reached.xid, position=reached.position)
        )
    return Fed(len(told), more)


def behind(session: Session) -> tuple[dict[UUID, frozenset[str]], list[UUID], Position]:
    """Who is told of what, those of them for whom something waits in the log, and up to where that
    was looked."""
    newest, told = events.newest(session), listening(session)
    places = session.execute(
        select(_consumer.c.name, _consumer.c.xid, _consumer.c.position).where(
            _consumer.c.name.in_([reader(one) for one in told])
        )
    )
    after = {row.name: Position(row.xid, row.position) for row in places}
    waiting = [
        one
        for one, kinds in told.items()
        if reader(one) in after and events.read(session, after[reader(one)], 1, kinds=kinds)
    ]
    return told, waiting, newest


def viewer_of(session: Session, agent_id: UUID) -> Viewer | None:
    """On whose behalf an endpoint is told; None where the agent may not have webhooks any more."""
    agent = table_of(Agent)
    row = session.execute(
        select(agent.c.id, agent.c.name, agent.c.mail, agent.c.role).where(
            agent.c.id == agent_id, agent.c.active
        )
    ).first()
    viewer = Viewer(row.id, row.name, row.mail, row.role) if row is not None else None
    return viewer if viewer is not None and viewer.may(Right.MANAGE_WEBHOOKS) else None


def end(session: Session, endpoint_id: UUID, reason: Reason, now: datetime) -> bool:
    """Tell an endpoint nothing any more, until somebody switches it on; whether it was told."""
    found = session.execute(
        update(_endpoint)
        .where(_endpoint.c.id == endpoint_id, _endpoint.c.state == "on")
        .values(state="ended", reason=reason, changed_at=now)
        .returning(_endpoint.c.id)
    ).first()
    return found is not None


def _told(session: Session, viewer: Viewer, found: Sequence[Row[Any]]) -> list[Row[Any]]:
    about = {row.conversation_id for row in found if row.conversation_id is not None}
    seen = visible_ids(session, viewer, about) if about else set()
    return [row for row in found if row.conversation_id is None or row.conversation_id in seen]


def _row(endpoint_id: UUID, event: Row[Any], payloads: Payloads, now: datetime) -> dict[str, Any]:
    return {
        "id": new_id(),
        "endpoint_id": endpoint_id,
        "kind": event.kind,
        "conversation_id": event.conversation_id,
        # What was erased meanwhile can not be referred to.
        "message_id": event.message_id if event.message_id in payloads.messages else None,
        "customer_id": event.customer_id if event.customer_id in payloads.customers else None,
        "body": payloads.body(event),
        "state": "queued",
        "attempt": 0,
        "tries": [],
        "due_at": now,
        "created_at": now,
    }
