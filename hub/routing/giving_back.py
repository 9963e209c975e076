"""What an agent who went offline gives back: what routing gave, and the agent has not begun."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, select
from sqlmodel import Session

from hub.conversations.ledger import Ledger
from hub.routing.assigning import Asked, settle, wait
from hub.routing.choice import Choice
from hub.routing.policy import RoutingPolicy
from hub.store.statements import table_of
from hub.store.tables import Availability, Conversation, Message, RoutingDecision


def give_back(session: Session, policy: RoutingPolicy, agent_id: UUID, now: datetime) -> int:
    """Let what was not begun wait for others; how many conversations.

    Nothing when the agent is there again. What a colleague gave by hand stays: that was meant.
    """
    there = table_of(Availability)
    state = session.execute(select(there.c.state).where(there.c.agent_id == agent_id)).scalar()
    if state != "offline":
        return 0
    ids = _not_begun(session, agent_id)
    if not ids:
        return 0
    ledger = Ledger(session, now)
    ledger.load(ids)
    count = 0
    for key in ids:
        conversation = ledger.conversations[key]
        if conversation.assignee_id != agent_id or conversation.status != "open":
            continue
        team = policy.team(conversation.team_id)
        strategy = team.strategy if team else "least_busy"
        fixed = team.fixed_agent_id if team and strategy == "fixed" else None
        # The one it should always go to has just left; whoever is there takes it.
        if fixed == agent_id or (strategy == "fixed" and fixed is None):
            strategy, fixed = "least_busy", None
        asked = Asked(strategy, conversation.team_id, fixed)
        conversation.assignee_id = None
        ledger.happened(
            "conversation.unassigned",
            "hub",
            conversation,
            depth=1,
            agent=None,
            was=str(agent_id),
        )
        settle(
            session, ledger, conversation, asked, Choice(None, "given_back", ()),
            actor="hub", depth=1,
        )  # fmt: skip
        wait(session, ledger, conversation, asked, actor="hub")
        count += 1
    ledger.flush()
    return count


def _not_begun(session: Session, agent_id: UUID) -> list[UUID]:
    """Open conversations that routing gave to the agent, who has written nothing in them."""
    table, message = table_of(Conversation), table_of(Message)
    decision = table_of(RoutingDecision)
    latest = (
        select(decision.c.agent_id)
        .where(decision.c.conversation_id == table.c.id)
        .order_by(decision.c.at.desc(), decision.c.id.desc())
        .limit(1)
        .correlate(table)
        .scalar_subquery()
    )
    wrote = exists().where(message.c.conversation_id == table.c.id, message.c.agent_id == agent_id)
    return list(
        session.execute(
            select(table.c.id)
            .where(
                table.c.assignee_id == agent_id,
                table.c.status == "open",
                latest == agent_id,
                ~wrote,
            )
            .order_by(table.c.id)
        ).scalars()
    )
