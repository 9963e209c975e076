"""What waits for somebody is taken up as soon as capacity frees: key customers, then what is
urgent, then first come first served."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, delete, or_, select
from sqlmodel import Session

from hub.conversations.ledger import Ledger
from hub.conversations.state import OPEN_STATES
from hub.routing import people
from hub.routing.assigning import Asked, decide, settle
from hub.routing.policy import RoutingPolicy
from hub.store.statements import table_of
from hub.store.tables import Agent, Availability, Conversation, Customer, RoutingWait, TeamMember

AT_ONCE: Final = 20
"""How many find somebody in one transaction, so that nobody else waits long for its locks."""
LOOKED_AT: Final = 500
"""How far down the line is looked in one transaction."""


def take_up(session: Session, policy: RoutingPolicy, now: datetime) -> int:
    """Give what waits to those who are free; how many found somebody.

    Zero: nothing that waits can be taken by anybody now. Of several processes each takes up
    others: whatever another one has in hand is passed by.
    """
    free = _free(session, policy, now)
    if not free:
        return 0
    taken = 0
    hopeless: set[tuple[object, ...]] = set()
    for row in _line(session, free):
        # Capacity only shrinks while this goes on: what nobody could take, nobody can.
        alike = (row.team_id, row.agent_id, row.reply_account, row.locale or row.customer_locale)
        if alike in hopeless:
            continue
        took = _try(session, policy, row, now)
        if took is None:
            hopeless.add(alike)
        elif took:
            taken += 1
            if taken == AT_ONCE:
                break
    return taken


def _free(session: Session, policy: RoutingPolicy, now: datetime) -> list[Any]:
    """Who is there and has room for the smallest of all, locked."""
    table, agent = table_of(Availability), table_of(Agent)
    there = session.execute(
        select(table.c.agent_id)
        .join(agent, agent.c.id == table.c.agent_id)
        .where(table.c.state == "online", agent.c.active)
    ).scalars()
    rows = people.lock(session, there)
    loads = people.open_loads(session, Ledger(session, now), policy, list(rows))
    free = []
    for agent_id, row in rows.items():
        load = sum(policy.units(kind) * count for kind, count in loads[agent_id].items())
        capacity = policy.capacity if row.capacity is None else row.capacity
        if row.state == "online" and (not load or load < capacity):
            free.append(agent_id)
    return free


def _line(session: Session, free: list[Any]) -> list[Row[Any]]:
    """What those who are free could take, in the order of waiting."""
    table, member = table_of(RoutingWait), table_of(TeamMember)
    teams = select(member.c.team_id).where(member.c.agent_id.in_(free), member.c.share > 0)
    own = table.c.agent_id.in_(free)
    anybody = table.c.agent_id.is_(None) & or_(
        table.c.team_id.is_(None),
        table.c.team_id.in_(teams),
        table.c.team_id.not_in(select(member.c.team_id)),
    )
    conversation, customer = table_of(Conversation), table_of(Customer)
    return list(
        session.execute(
            select(
                *table.c,
                conversation.c.reply_account,
                conversation.c.locale,
                customer.c.locale.label("customer_locale"),
            )
            .join(conversation, conversation.c.id == table.c.conversation_id)
            .join(customer, customer.c.id == conversation.c.customer_id)
            .where(or_(own, anybody), conversation.c.status.not_in(("waiting", "snoozed")))
            .order_by(
                table.c.rank,
                conversation.c.priority.desc(),
                table.c.since,
                table.c.conversation_id,
            )
            .limit(LOOKED_AT)
        ).all()
    )


def _try(session: Session, policy: RoutingPolicy, row: Row[Any], now: datetime) -> bool | None:
    """Whether somebody took it; None when nobody can. What needs nobody leaves the line."""
    conversation, waiting = table_of(Conversation), table_of(RoutingWait)
    locked = session.execute(
        select(conversation.c.id)
        .where(conversation.c.id == row.conversation_id)
        .with_for_update(key_share=True, skip_locked=True)
    ).first()
    if locked is None:
        return False
    ledger = Ledger(session, now)
    ledger.load([row.conversation_id])
    state = ledger.conversations[row.conversation_id]
    if state.assignee_id is not None or state.status not in OPEN_STATES:
        session.execute(delete(waiting).where(waiting.c.conversation_id == state.id))
        return False
    if state.status != "open":
        return False
    asked = Asked(row.strategy, row.team_id, row.agent_id)
    choice, _ = decide(session, ledger, policy, state, asked)
    if choice.agent_id is None:
        return None
    settle(session, ledger, state, asked, choice, actor=row.actor, depth=1)
    ledger.flush()
    return True
