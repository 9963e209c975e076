"""The agents of a team as candidates, with what they have to do at this moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, literal, select
from sqlmodel import Session

from hub.conversations.ledger import Ledger
from hub.routing.choice import Candidate
from hub.routing.policy import RoutingPolicy
from hub.store.statements import table_of
from hub.store.tables import Agent, Availability, Conversation, TeamMember

Loads = dict[UUID, Counter[str | None]]
"""By agent, how many open conversations of each channel kind."""


def candidates(
    session: Session,
    ledger: Ledger,
    policy: RoutingPolicy,
    *,
    team_id: UUID | None,
    kind: str | None,
    only: UUID | None = None,
) -> list[Candidate]:
    """Everybody of a team, locked until the transaction ends; of the organisation where the team
    has no members. only: this one alone, of whatever team.

    Whoever else wants to give one of them something waits until then, so nobody gets more than
    was seen here.
    """
    people = _people(session, team_id, only)
    availability = lock(session, [row.id for row in people])
    loads = open_loads(session, ledger, policy, [row.id for row in people])
    return [
        _candidate(policy, row.id, row.share, availability.get(row.id), loads.get(row.id), kind)
        for row in people
    ]


def lock(session: Session, agent_ids: Iterable[UUID]) -> dict[UUID, Row[Any]]:
    """The availability of some agents, in ascending order of id so that no two deadlock."""
    table = table_of(Availability)
    rows = session.execute(
        select(table)
        .where(table.c.agent_id.in_(list(agent_ids)))
        .order_by(table.c.agent_id)
        .with_for_update(key_share=True)
    )
    return {row.agent_id: row for row in rows}


def open_loads(
    session: Session, ledger: Ledger, policy: RoutingPolicy, agent_ids: Sequence[UUID]
) -> Loads:
    """What waits for each agent's answer. What the ledger holds counts as it stands there."""
    table = table_of(Conversation)
    loads: Loads = {agent_id: Counter() for agent_id in agent_ids}
    rows = session.execute(
        select(table.c.assignee_id, table.c.reply_account, func.count())
        .where(
            table.c.assignee_id.in_(list(agent_ids)),
            table.c.status == "open",
            table.c.id.not_in(list(ledger.conversations)),
        )
        .group_by(table.c.assignee_id, table.c.reply_account)
    )
    for agent_id, account, count in rows:
        loads[agent_id][policy.kind_of(account)] += count
    for state in ledger.conversations.values():
        if state.assignee_id in loads and state.status == "open":
            loads[state.assignee_id][policy.kind_of(state.reply_account)] += 1
    return loads


def _people(session: Session, team_id: UUID | None, only: UUID | None) -> Sequence[Row[Any]]:
    agent, member = table_of(Agent), table_of(TeamMember)
    if team_id is not None and only is None:
        members = session.execute(
            select(agent.c.id, member.c.share)
            .join(member, (member.c.agent_id == agent.c.id) & (member.c.team_id == team_id))
            .where(agent.c.active)
            .order_by(agent.c.id)
        ).all()
        if members:
            return members
    everybody = select(agent.c.id, literal(1).label("share")).where(agent.c.active)
    if only is not None:
        everybody = everybody.where(agent.c.id == only)
    return session.execute(everybody.order_by(agent.c.id)).all()


def _candidate(
    policy: RoutingPolicy,
    agent_id: UUID,
    share: int,
    row: Row[Any] | None,
    loads: Counter[str | None] | None,
    kind: str | None,
) -> Candidate:
    if row is None:
        return Candidate(agent_id, state="offline", share=share, capacity=policy.capacity)
    loads = loads or Counter()
    return Candidate(
        agent_id,
        state=row.state,
        share=share,
        capacity=policy.capacity if row.capacity is None else row.capacity,
        load=sum(policy.units(one) * count for one, count in loads.items()),
        of_kind=loads[kind],
        limit=row.limits.get(kind or ""),
        languages=frozenset(row.languages),
        turn=row.turn,
        idle_since=max(filter(None, (row.assigned_at, row.since)), default=None),
    )
