"""What waits to be told to endpoints, and what became of each attempt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, func, select, update
from sqlmodel import Session

from hub.agents.rights import Viewer
from hub.conversations.access import visible_ids
from hub.store.database import lease_time
from hub.store.statements import table_of
from hub.store.tables import WebhookDelivery, WebhookEndpoint
from hub.subscriptions.deliveries import TESTING
from hub.subscriptions.endpoints import Reason
from hub.webhooks.answers import GONE
from hub.webhooks.calls import LEASE, LONGEST_WAIT_S, Answer
from hub.webhooks.feeding import end, viewer_of

WAITS_S: Final = (5.0, 60.0, 300.0, 1_800.0, 7_200.0, 18_000.0, 28_800.0, 30_240.0)
"""Between one attempt and the next; the last is made a day after the first."""
ATTEMPTS: Final = len(WAITS_S) + 1
AT_ONCE: Final = 4
"""Attempts that one endpoint has at a time; while it fails it has one."""
TRIES_KEPT: Final = 30

_table, _endpoint = table_of(WebhookDelivery), table_of(WebhookEndpoint)


@dataclass(frozen=True, slots=True)
class Attempt:
    """Something to be told now. secrets: as they are stored, each signs. number counts from 1.

    trial: a test, which is tried once and says nothing of how the endpoint fares.
    """

    id: UUID
    endpoint_id: UUID
    url: str
    secrets: tuple[str, ...]
    body: str
    number: int
    trial: bool


def next_due(session: Session) -> datetime | None:
    """When something is to be told next, perhaps a time that has passed; None: nothing waits."""
    first = (
        select(func.min(_table.c.due_at))
        .where(_table.c.endpoint_id == _endpoint.c.id, _table.c.state == "queued")
        .scalar_subquery()
    )
    tests = (
        select(func.min(_table.c.due_at))
        .where(_table.c.endpoint_id == _endpoint.c.id, _table.c.state == TESTING)
        .scalar_subquery()
    )
    # Somebody who began it may be gone.
    begun = (
        select(func.min(_table.c.lease_until))
        .where(_table.c.endpoint_id == _endpoint.c.id, _table.c.state == "sending")
        .scalar_subquery()
    )
    rows = session.execute(
        select(_endpoint.c.state, first, tests, begun).where(_endpoint.c.removed_at.is_(None))
    )
    times = [
        at
        for state, *found in rows
        for place, at in enumerate(found)
        if at is not None and (state == "on" or place > 0)
    ]
    return min(times, default=None)


def claim(session: Session, worker: str, now: datetime) -> list[Attempt]:
    """Take what is due, a few for each endpoint, and count the attempt before it is made."""
    leased = lease_time(session, now)
    rows = session.execute(select(_endpoint).where(_endpoint.c.removed_at.is_(None))).all()
    return [one for row in rows for one in _of_endpoint(session, row, worker, now, leased)]


def _of_endpoint(
    session: Session, endpoint: Row[Any], worker: str, now: datetime, leased: datetime
) -> list[Attempt]:
    own = _table.c.endpoint_id == endpoint.id
    session.execute(
        update(_table)
        .where(own, _table.c.state == "sending", _table.c.lease_until < leased)
        .values(state="queued", lease_until=None)
    )
    found = _due(session, own, TESTING, now, AT_ONCE)
    if endpoint.state == "on":
        under_way: int = session.execute(
            select(func.count()).select_from(_table).where(own, _table.c.state == "sending")
        ).scalar_one()
        at_once = AT_ONCE if endpoint.failing_since is None else 1
        queued = _due(session, own, "queued", now, max(0, at_once - under_way))
        found += _allowed(session, viewer_of(session, endpoint.agent_id), queued, now)
    if not found:
        return []
    session.execute(
        update(_table)
        .where(_table.c.id.in_([row.id for row in found]))
        .values(
            state="sending",
            attempt=_table.c.attempt + 1,
            lease_until=leased + LEASE,
            worker=worker,
        )
    )
    secrets = _secrets(endpoint, now)
    return [
        Attempt(
            row.id,
            endpoint.id,
            endpoint.url,
            secrets,
            row.body,
            row.attempt + 1,
            trial=row.state == TESTING,
        )
        for row in found
    ]


def _due(session: Session, own: Any, state: str, now: datetime, limit: int) -> list[Row[Any]]:
    if not limit:
        return []
    return list(
        session.execute(
            select(
                _table.c.id,
                _table.c.body,
                _table.c.attempt,
                _table.c.state,
                _table.c.conversation_id,
            )
            .where(own, _table.c.state == state, _table.c.due_at <= now)
            .order_by(_table.c.due_at, _table.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).all()
    )


def _allowed(
    session: Session, viewer: Viewer | None, found: list[Row[Any]], now: datetime
) -> list[Row[Any]]:
    """Without what the endpoint's agent may not see any more; that is withheld."""
    if viewer is None:
        return []
    about = {row.conversation_id for row in found if row.conversation_id is not None}
    seen = visible_ids(session, viewer, about) if about else set()
    hidden = [
        row.id
        for row in found
        if row.conversation_id is not None and row.conversation_id not in seen
    ]
    if hidden:
        session.execute(
            update(_table).where(_table.c.id.in_(hidden)).values(state="withheld", finished_at=now)
        )
    return [row for row in found if row.id not in hidden]


def _secrets(endpoint: Row[Any], now: datetime) -> tuple[str, ...]:
    before, until = endpoint.secret_before, endpoint.secret_before_until
    both = before is not None and until is not None and until > now
    return (endpoint.secret, before) if both else (endpoint.secret,)


def finish(
    session: Session,
    attempt: Attempt,
    answer: Answer,
    said: str,
    took: float,
    jitter: float,
    end_after: timedelta,
    now: datetime,
) -> Reason | None:
    """Record an attempt's end; why that ended the endpoint, where it did.

    said: how the answer began. took: seconds. end_after: an endpoint that nothing reached for so
    long is told nothing more.
    """
    row = session.execute(
        select(_table.c.state, _table.c.attempt, _table.c.tries)
        .where(_table.c.id == attempt.id)
        .with_for_update()
    ).first()
    if row is None or row.state != "sending" or row.attempt != attempt.number:
        return None
    made = {
        "at": now.isoformat(),
        "status": answer.status,
        "error": answer.error,
        "said": said,
        "took": round(took, 3),
    }
    values = _outcome(attempt, answer, jitter, now)
    values |= {"tries": [*row.tries, made][-TRIES_KEPT:], "lease_until": None, "worker": None}
    session.execute(update(_table).where(_table.c.id == attempt.id).values(**values))
    return None if attempt.trial else _fares(session, attempt.endpoint_id, answer, end_after, now)


def _outcome(attempt: Attempt, answer: Answer, jitter: float, now: datetime) -> dict[str, Any]:
    if answer.error is None:
        return {"state": "delivered", "finished_at": now}
    # What an address can not take today, it may take when it has been mended: only the far side's
    # word that it is gone is final, and that ends the endpoint.
    if attempt.trial or attempt.number >= ATTEMPTS:
        return {"state": "failed", "finished_at": now}
    wait = WAITS_S[attempt.number - 1] * (0.9 + 0.2 * jitter)
    wait = min(max(answer.retry_after or 0.0, wait), max(WAITS_S[-1], LONGEST_WAIT_S))
    return {"state": "queued", "due_at": now + timedelta(seconds=wait)}


def _fares(
    session: Session, endpoint_id: UUID, answer: Answer, end_after: timedelta, now: datetime
) -> Reason | None:
    """Note how the endpoint fares, and end it where it is over."""
    mine = _endpoint.c.id == endpoint_id
    row = session.execute(select(_endpoint.c.failing_since).where(mine).with_for_update()).first()
    if row is None:
        return None
    if answer.error is None:
        session.execute(update(_endpoint).where(mine).values(failing_since=None, delivered_at=now))
        return None
    since = row.failing_since or now
    session.execute(update(_endpoint).where(mine).values(failing_since=since))
    reason: Reason | None = None
    if answer.status == GONE:
        reason = "gone"
    elif now - since >= end_after:
        reason = "failing"
    return reason if reason is not None and end(session, endpoint_id, reason, now) else None
