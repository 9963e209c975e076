"""Bringing a conversation's clocks up to what is true now, and telling what must be told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update
from sqlmodel import Session

from hub.calendars import Hours
from hub.conversations.ledger import Ledger
from hub.conversations.state import ConversationState
from hub.routing.sla import clocks
from hub.routing.sla.clocks import Clock, Situation, State, Target
from hub.routing.sla.policies import Belongs, Policy, fitting
from hub.store.statements import table_of
from hub.store.tables import Conversation, Customer, Message, Outgoing, SlaClock

Kept = dict[Target, Clock]


def keep(
    session: Session,
    conversation_id: UUID,
    policies: tuple[Policy, ...],
    hours: Mapping[UUID | None, Hours],
    now: datetime,
    *,
    segments: Belongs | None = None,
) -> datetime | None:
    """Look at a conversation's promises; when to look again (None: when something happens).

    Appends `sla.warning` and `sla.breached` to the log, each once, and `sla.changed` when
    another promise is the nearest. hours: by team, None for everybody's. segments: asked where a
    policy names any. Doing it again changes nothing. A conversation that is gone has no promises.
    """
    ledger = Ledger(session, now)
    ledger.load([conversation_id])
    conversation = ledger.conversations.get(conversation_id)
    if conversation is None:
        return None
    known, policy_ids = _known(session, conversation_id)
    policy = _holding(session, conversation, policies, segments, now)
    if policy is None and not known:
        return None
    office = hours.get(conversation.team_id) or hours.get(None)
    kept = clocks.keep(
        known,
        _situation(session, conversation),
        policy.promises if policy else {},
        office if policy is None or policy.office else None,
        now,
    )
    for target, clock in kept.items():
        before = known.get(target, clock)
        # It was broken and ended before anybody looked.
        if clock.breached_at and not before.breached_at and before.started_at == clock.started_at:
            _tell(ledger, conversation, clock, "breached")
    for target, sign in clocks.signs(kept.values(), now):
        kept[target] = clocks.marked(kept[target], sign, now)
        _tell(ledger, conversation, kept[target], sign)
    policy_id = policy.id if policy else None
    if kept != known or any(policy_ids.get(target) != policy_id for target in kept):
        _store(session, conversation_id, kept, policy_id)
    _note_nearest(session, ledger, conversation, clocks.nearest(kept.values()))
    ledger.flush()
    return clocks.next_look(kept.values())


def _tell(ledger: Ledger, conversation: ConversationState, clock: Clock, sign: str) -> None:
    due = clock.due_at or clock.breached_at
    ledger.happened(
        f"sla.{sign}",
        "hub",
        conversation,
        target=clock.target,
        due=due.isoformat() if due else None,
    )


def _holding(
    session: Session,
    conversation: ConversationState,
    policies: tuple[Policy, ...],
    segments: Belongs | None,
    now: datetime,
) -> Policy | None:
    if not policies:
        return None
    customer = table_of(Customer)
    stage = session.execute(
        select(customer.c.stage).where(customer.c.id == conversation.customer_id)
    ).scalar()
    asked = any(policy.segments for policy in policies)
    return fitting(
        policies,
        team_id=conversation.team_id,
        stage=stage or "",
        priority=conversation.priority,
        segments=segments(session, conversation.customer_id, now)
        if segments and asked
        else frozenset(),
    )


def _situation(session: Session, conversation: ConversationState) -> Situation:
    table, outgoing = table_of(Message), table_of(Outgoing)
    # What was taken back, or did not arrive, has answered nobody.
    first_answered_at = session.execute(
        select(func.min(table.c.at))
        .join(outgoing, outgoing.c.message_id == table.c.id)
        .where(
            table.c.conversation_id == conversation.id,
            table.c.direction == "out",
            table.c.agent_id.is_not(None),
            outgoing.c.state.not_in(("cancelled", "failed")),
        )
    ).scalar()
    return Situation(
        status=conversation.status,
        created_at=conversation.created_at,
        inbound=conversation.last_inbound_at is not None,
        first_answered_at=first_answered_at,
        waiting_since=conversation.waiting_since,
        resolved_at=conversation.resolved_at,
    )


def _known(session: Session, conversation_id: UUID) -> tuple[Kept, dict[Target, UUID | None]]:
    table = table_of(SlaClock)
    known: Kept = {}
    policies: dict[Target, UUID | None] = {}
    rows = session.execute(select(table).where(table.c.conversation_id == conversation_id))
    for row in rows:
        target = cast("Target", row.target)
        known[target] = Clock(
            target=target,
            started_at=row.started_at,
            state=cast("State", row.state),
            running_since=row.running_since,
            used=timedelta(seconds=row.used),
            due_at=row.due_at,
            warn_at=row.warn_at,
            warned_at=row.warned_at,
            breached_at=row.breached_at,
            met_at=row.met_at,
        )
        policies[target] = row.policy_id
    return known, policies


def _store(session: Session, conversation_id: UUID, kept: Kept, policy_id: UUID | None) -> None:
    table = table_of(SlaClock)
    session.execute(delete(table).where(table.c.conversation_id == conversation_id))
    rows: list[dict[str, Any]] = [
        {
            "conversation_id": conversation_id,
            "target": clock.target,
            "policy_id": policy_id,
            "state": clock.state,
            "started_at": clock.started_at,
            "running_since": clock.running_since,
            "used": clock.used.total_seconds(),
            "due_at": clock.due_at,
            "warn_at": clock.warn_at,
            "warned_at": clock.warned_at,
            "breached_at": clock.breached_at,
            "met_at": clock.met_at,
        }
        for clock in kept.values()
    ]
    if rows:
        session.execute(insert(table), rows)


def _note_nearest(
    session: Session, ledger: Ledger, conversation: ConversationState, clock: Clock | None
) -> None:
    """Write down by what the list is ordered; pages hear of it when it is another one."""
    table = table_of(Conversation)
    row = session.execute(
        select(table.c.sla_due_at, table.c.sla_target).where(table.c.id == conversation.id)
    ).one()
    due_at, target = (clock.due_at, clock.target) if clock else (None, None)
    if (row.sla_due_at, row.sla_target) == (due_at, target):
        return
    session.execute(
        update(table)
        .where(table.c.id == conversation.id)
        .values(sla_due_at=due_at, sla_target=target)
    )
    ledger.happened(
        "sla.changed",
        "hub",
        conversation,
        target=target,
        due=due_at.isoformat() if due_at else None,
    )
