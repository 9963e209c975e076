"""What became of an attempt, written down."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, update
from sqlmodel import Session

from hub.channel import DeliveryError, Sent
from hub.conversations.ledger import OUTBOX, Ledger
from hub.outbox.claim import Begun
from hub.outbox.order import ready_at
from hub.store.database import wake
from hub.store.statements import table_of
from hub.store.tables import Identity, Lane, Message, Outgoing

FIRST_WAIT = 2.0
LONGEST_WAIT = 600.0


@dataclass(frozen=True)
class Outcome:
    """The end of one attempt. scope: where the far side's ids are valid (see ExternalRef)."""

    begun: Begun
    result: Sent | DeliveryError
    scope: str
    repeatable: bool
    attempts: int
    now: datetime
    jitter: float


def wait_before(attempt: int, jitter: float) -> float:
    """Seconds before the next attempt: 2, 4, 8 … at most 600, each ± a fifth by `jitter` 0–1."""
    wait: float = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(attempt - 1, 20))
    return wait * (0.8 + 0.4 * jitter)


def new_jitter() -> float:
    return random.random()  # noqa: S311 - it spreads load, it hides nothing


def finish(session: Session, outcomes: Sequence[Outcome]) -> list[str]:
    """Record the outcomes that still count, free their lanes; gives each message's new state.

    An outcome counts only while its attempt is the one in the row: after a lease ran out
    somebody else may have said what became of the message, and a late answer is not theirs.
    """
    now = max(outcome.now for outcome in outcomes)
    ledger = Ledger(session, now)
    ledger.load({one.begun.conversation_id for one in outcomes})
    table = table_of(Outgoing)
    rows = {
        row.message_id: row
        for row in session.execute(
            select(table.c.message_id, table.c.state, table.c.attempt, table.c.give_up_at)
            .where(table.c.message_id.in_([one.begun.message_id for one in outcomes]))
            .order_by(table.c.message_id)
            .with_for_update()
        )
    }
    states: list[str] = []
    ours: set[UUID] = set()
    again: set[UUID] = set()
    ended: set[UUID] = set()
    for outcome in outcomes:
        # Said twice, or settled by somebody in our place: then they have the lane by now, perhaps
        # with the next message.
        row = rows.get(outcome.begun.message_id)
        if row is None or row.attempt != outcome.begun.attempt:
            states.append(row.state if row is not None else "erased")
        elif row.state in ("sending", "unconfirmed") and outcome.begun.message_id not in ended:
            ended.add(outcome.begun.message_id)
            states.append(_record(session, ledger, outcome, row.state, row.give_up_at))
            if row.state == "sending":
                ours.add(outcome.begun.conversation_id)
            elif states[-1] == "queued":
                again.add(outcome.begun.conversation_id)
        else:
            states.append(row.state)
    ledger.flush()
    _free(session, ours, again - ours, now)
    return states


def _record(
    session: Session, ledger: Ledger, outcome: Outcome, was: str, give_up_at: datetime
) -> str:
    begun, result, now = outcome.begun, outcome.result, outcome.now
    conversation = ledger.conversations[begun.conversation_id]
    values: dict[str, Any]
    arrived = result.external_ids if isinstance(result, Sent) else result.sent
    for external_id in arrived:
        ledger.refer(outcome.scope, external_id, begun.message_id)
    if isinstance(result, Sent):
        values = {"state": "sent", "sent_at": now, "error": None, "error_code": None}
        if result.external_ids:
            session.execute(
                update(table_of(Message))
                .where(table_of(Message).c.id == begun.message_id)
                .values(external_id=result.external_ids[0])
            )
    else:
        values = _failure(outcome, result, give_up_at)
        if result.unreachable:
            session.execute(
                update(table_of(Identity))
                .where(
                    table_of(Identity).c.id
                    == select(table_of(Message).c.identity_id)
                    .where(table_of(Message).c.id == begun.message_id)
                    .scalar_subquery()
                )
                .values(reachable=False, unreachable_reason=result.reason)
            )
    session.execute(
        update(table_of(Outgoing))
        .where(table_of(Outgoing).c.message_id == begun.message_id)
        .values(**values)
    )
    state: str = values["state"]
    counted = ("failed", "unconfirmed")
    conversation.undelivered += (state in counted) - (was in counted)
    ledger.happened(
        {"sent": "message.sent", "failed": "delivery.failed"}.get(state, "message.state"),
        "hub",
        conversation,
        message_id=begun.message_id,
        state=state,
    )
    return state


def _failure(outcome: Outcome, error: DeliveryError, give_up_at: datetime) -> dict[str, Any]:
    values: dict[str, Any] = {"error": error.reason[:1000], "error_code": error.code}
    again = outcome.now + timedelta(
        seconds=max(
            error.retry_after or 0.0,
            wait_before(outcome.begun.attempt, outcome.jitter) if not error.retry_after else 0.0,
        )
    )
    if error.permanent and error.certain:
        values["state"] = "failed"
    elif not error.certain and not outcome.repeatable:
        values["state"] = "unconfirmed"
    elif again >= give_up_at or outcome.begun.attempt >= outcome.attempts:
        values["state"] = "failed"
    else:
        values |= {"state": "queued", "due_at": again}
    return values


def _free(session: Session, ours: set[UUID], again: set[UUID], now: datetime) -> None:
    """Give our lanes back, ready when their next message is due.

    again: lanes that are not ours (any more), where something waits that did not before. Whoever
    has such a lane sees it when giving it back.
    """
    lane = table_of(Lane)
    freeing = update(lane).where(lane.c.conversation_id == bindparam("_id"))
    freeing = freeing.values(ready_at=ready_at(now))
    if ours:
        session.execute(
            freeing.values(lease_until=None, worker=None), [{"_id": key} for key in sorted(ours)]
        )
    if again:
        session.execute(
            freeing.where(lane.c.lease_until.is_(None)), [{"_id": key} for key in sorted(again)]
        )
    if ours or again:
        wake(session, OUTBOX)
