"""Giving a conversation to somebody now, or letting it wait; each decision with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlmodel import Session

from hub.conversations.ledger import Ledger
from hub.conversations.state import ConversationState
from hub.routing import people
from hub.routing.choice import Choice, Reason, Strategy, Wanted, choose
from hub.routing.policy import RoutingPolicy, TeamRouting
from hub.store.statements import table_of
from hub.store.tables import Availability, Conversation, Customer, RoutingDecision, RoutingWait
from hub.store.types import new_id


class CannotRoute(Exception):
    """There is no such team or agent; the text says which."""


@dataclass(frozen=True)
class Routed:
    """What became of it. agent_id: None while it waits. decision_id: None when there was nothing
    to decide, because it is somebody's already."""

    agent_id: UUID | None
    reason: Reason
    decision_id: UUID | None = None


@dataclass(frozen=True)
class Asked:
    """What routing was asked for, resolved to ids."""

    strategy: Strategy
    team_id: UUID | None
    agent_id: UUID | None


def assign(
    session: Session,
    ledger: Ledger,
    policy: RoutingPolicy,
    conversation: ConversationState,
    *,
    actor: str,
    now: datetime,
    strategy: Strategy | None = None,
    team: str | None = None,
    agent: str | None = None,
    depth: int | None = None,
) -> Routed:
    """Find somebody for a conversation that is loaded in the ledger; else it waits.

    strategy: None for the team's own. team: its slug, None for the conversation's own team, and
    without one everybody. agent: a mail address, for the strategy "fixed". depth: of the events,
    by default one more than the ledger's.

    A conversation that is somebody's already stays there; one whose team changes leaves its
    agent. Raises CannotRoute.
    """
    asked = _resolve(policy, conversation, strategy, team, agent)
    depth = ledger.depth + 1 if depth is None else depth
    if asked.team_id is not None and asked.team_id != conversation.team_id:
        conversation.team_id, conversation.assignee_id = asked.team_id, None
        ledger.happened(
            "conversation.assigned",
            actor,
            conversation,
            depth=depth,
            team=str(asked.team_id),
            agent=None,
        )
    if conversation.assignee_id is not None:
        return Routed(conversation.assignee_id, "kept")
    choice, rank = decide(session, ledger, policy, conversation, asked)
    decision_id = settle(session, ledger, conversation, asked, choice, actor=actor, depth=depth)
    if choice.agent_id is None:
        wait(session, ledger, conversation, asked, rank=rank, actor=actor)
    return Routed(choice.agent_id, choice.reason, decision_id)


def decide(
    session: Session,
    ledger: Ledger,
    policy: RoutingPolicy,
    conversation: ConversationState,
    asked: Asked,
) -> tuple[Choice, int]:
    """Choose somebody, with the candidates locked; and in which rank it waits for nobody."""
    kind = conversation.channels[-1] if conversation.channels else None
    kind = policy.kind_of(conversation.reply_account) or kind
    customer = table_of(Customer)
    row = session.execute(
        select(customer.c.stage, customer.c.locale).where(customer.c.id == conversation.customer_id)
    ).first()
    wanted = Wanted(
        strategy=asked.strategy,
        units=policy.units(kind),
        locale=conversation.locale or (row.locale if row else None),
        last_agent=_last_agent(session, conversation) if asked.strategy == "last_agent" else None,
        agent=asked.agent_id,
    )
    candidates = people.candidates(
        session, ledger, policy, team_id=asked.team_id, kind=kind, only=asked.agent_id
    )
    rank = 1
    if asked.strategy == "key_customers" and row is not None:
        rank = 0 if _is_key(session, policy, conversation, row.stage, ledger.now) else 1
    return choose(candidates, wanted), rank


def _is_key(
    session: Session,
    policy: RoutingPolicy,
    conversation: ConversationState,
    stage: str,
    now: datetime,
) -> bool:
    if stage in policy.key_stages:
        return True
    if policy.segments is None or not policy.key_segments:
        return False
    return bool(policy.segments(session, conversation.customer_id, now) & policy.key_segments)


def settle(
    session: Session,
    ledger: Ledger,
    conversation: ConversationState,
    asked: Asked,
    choice: Choice,
    *,
    actor: str,
    depth: int,
) -> UUID:
    """Do what was chosen, and note why; the decision's id."""
    decision_id = new_id()
    ledger.add(
        RoutingDecision,
        id=decision_id,
        conversation_id=conversation.id,
        at=ledger.now,
        actor=actor,
        strategy=asked.strategy,
        team_id=asked.team_id,
        agent_id=choice.agent_id,
        reason=choice.reason,
        considered=[one.stored() for one in choice.considered],
    )
    if choice.agent_id is None:
        ledger.happened(
            "routing.waiting",
            actor,
            conversation,
            depth=depth,
            routing=str(decision_id),
            reason=choice.reason,
        )
        return decision_id
    conversation.assignee_id = choice.agent_id
    table, waiting = table_of(Availability), table_of(RoutingWait)
    session.execute(
        update(table)
        .where(table.c.agent_id == choice.agent_id)
        .values(turn=choice.turn, assigned_at=ledger.now)
    )
    session.execute(delete(waiting).where(waiting.c.conversation_id == conversation.id))
    ledger.happened(
        "conversation.assigned",
        actor,
        conversation,
        depth=depth,
        team=str(conversation.team_id) if conversation.team_id else None,
        agent=str(choice.agent_id),
        routing=str(decision_id),
    )
    return decision_id


def wait(
    session: Session,
    ledger: Ledger,
    conversation: ConversationState,
    asked: Asked,
    *,
    rank: int = 1,
    actor: str,
) -> None:
    """Let it wait for somebody. It keeps its place in the line if it waits already."""
    table = table_of(RoutingWait)
    since = session.execute(
        delete(table).where(table.c.conversation_id == conversation.id).returning(table.c.since)
    ).scalar()
    ledger.add(
        RoutingWait,
        conversation_id=conversation.id,
        team_id=asked.team_id,
        agent_id=asked.agent_id,
        strategy=asked.strategy,
        rank=rank,
        since=since or ledger.now,
        actor=actor,
    )


def _resolve(
    policy: RoutingPolicy,
    conversation: ConversationState,
    strategy: Strategy | None,
    team: str | None,
    agent: str | None,
) -> Asked:
    found: TeamRouting | None
    if team is not None:
        found = policy.teams.get(team)
        if found is None:
            raise CannotRoute(f"there is no team called {team}")
    else:
        found = policy.team(conversation.team_id)
    agent_id = found.fixed_agent_id if found else None
    if agent is not None:
        agent_id = policy.agents.get(agent)
        if agent_id is None:
            raise CannotRoute(f"there is no agent with the address {agent}")
        strategy = strategy or "fixed"
    chosen = strategy or (found.strategy if found else "least_busy")
    if chosen == "fixed" and agent_id is None:
        raise CannotRoute('the strategy "fixed" needs an agent: name one, or set the team\'s')
    return Asked(chosen, found.id if found else None, agent_id if chosen == "fixed" else None)


def _last_agent(session: Session, conversation: ConversationState) -> UUID | None:
    """Who had this customer's latest other conversation."""
    table = table_of(Conversation)
    found: UUID | None = session.execute(
        select(table.c.assignee_id)
        .where(
            table.c.customer_id == conversation.customer_id,
            table.c.id != conversation.id,
            table.c.assignee_id.is_not(None),
        )
        .order_by(table.c.last_message_at.desc())
        .limit(1)
    ).scalar()
    return found
