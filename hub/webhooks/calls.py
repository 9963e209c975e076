"""The calls that wait for their turn, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import bindparam, or_, select, update
from sqlmodel import Session

from hub.conversations.ledger import Ledger
from hub.store.database import lease_time
from hub.store.statements import table_of
from hub.store.tables import WebhookCall

LEASE: Final = timedelta(seconds=90)
"""How long a worker owns a call; longer than one may take, by the settings at most a minute."""
FIRST_WAIT_S: Final = 5.0
GROWTH: Final = 5.0
LONGEST_WAIT_S: Final = 6 * 3600.0


@dataclass(frozen=True, slots=True)
class Call:
    """An attempt to be made now. `attempt` counts from 1."""

    id: UUID
    webhook: str
    body: str
    attempt: int


@dataclass(frozen=True, slots=True)
class Claimed:
    """calls: to be made now. next_at: when another one is due, None: nothing waits."""

    calls: tuple[Call, ...]
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What an attempt came to.

    status: of HTTP, None where nothing came back. answer: the JSON object that came back. error:
    why it did not succeed; None where it did. permanent: trying again can not help. retry_after:
    seconds that the far side asked us to wait.
    """

    status: int | None = None
    answer: Mapping[str, Any] | None = None
    error: str | None = None
    permanent: bool = False
    retry_after: float | None = None


def claim(session: Session, worker: str, now: datetime, limit: int) -> Claimed:
    """Take calls that are due, and count the attempt before it is made."""
    table, leased = table_of(WebhookCall), lease_time(session, now)
    free = or_(table.c.lease_until.is_(None), table.c.lease_until < leased)
    rows = session.execute(
        select(table.c.id, table.c.webhook, table.c.body, table.c.attempt)
        .where(table.c.state == "queued", table.c.due_at <= now, free)
        .order_by(table.c.due_at, table.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    if rows:
        session.execute(
            update(table)
            .where(table.c.id == bindparam("_id"))
            .values(attempt=table.c.attempt + 1, lease_until=leased + LEASE, worker=worker),
            [{"_id": row.id} for row in rows],
        )
    following = session.execute(
        select(table.c.due_at)
        .where(table.c.state == "queued", table.c.lease_until.is_(None))
        .order_by(table.c.due_at)
        .limit(1)
    ).scalar()
    return Claimed(
        tuple(Call(row.id, row.webhook, row.body, row.attempt + 1) for row in rows), following
    )


def wait_before(attempt: int, jitter: float) -> float:
    """Seconds before another attempt: 5, 25, 125 … at most 6 h, each ± a fifth by `jitter` 0–1."""
    wait = min(LONGEST_WAIT_S, FIRST_WAIT_S * GROWTH ** min(attempt - 1, 20))
    return wait * (0.8 + 0.4 * jitter)


def finish(
    session: Session, call: Call, answer: Answer, attempts: int, jitter: float, now: datetime
) -> str | None:
    """Record an attempt's end; the call's new state, None where it counts no more.

    When the last attempt is made, the conversation's log tells what became of it: rules can be
    about that.
    """
    table = table_of(WebhookCall)
    conversation_id: UUID | None = session.execute(
        select(table.c.conversation_id).where(table.c.id == call.id)
    ).scalar()
    if conversation_id is None:
        return None
    ledger = Ledger(session, now)
    # The conversation first, as everybody locks them.
    ledger.load([conversation_id])
    row = session.execute(
        select(table.c.state, table.c.attempt, table.c.depth, table.c.message_id)
        .where(table.c.id == call.id)
        .with_for_update()
    ).first()
    if row is None or row.state != "queued" or row.attempt != call.attempt:
        return None
    values: dict[str, Any] = {
        "status": answer.status,
        "error": answer.error,
        "lease_until": None,
        "worker": None,
    }
    if answer.error is None:
        state = "answered"
        values |= {"answer": answer.answer, "finished_at": now}
    elif answer.permanent or call.attempt >= attempts:
        state = "failed"
        values |= {"finished_at": now}
    else:
        state = "queued"
        wait = max(answer.retry_after or 0.0, wait_before(call.attempt, jitter))
        values |= {"due_at": now + timedelta(seconds=min(wait, LONGEST_WAIT_S))}
    session.execute(update(table).where(table.c.id == call.id).values(state=state, **values))
    if state != "queued":
        ledger.happened(
            "webhook.answered",
            "hub",
            ledger.conversations[conversation_id],
            message_id=row.message_id,
            depth=row.depth,
            call=str(call.id),
            name=call.webhook,
            state=state,
            status=answer.status,
        )
        ledger.flush()
    return state
