"""What rules do to the conversation, as an agent would by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select

from hub.conversations import topics
from hub.conversations.tags import retag
from hub.conversations.withdrawing import withdraw
from hub.deciding.applying.scene import Outcome, Scene, actor
from hub.message import Text
from hub.routing import CannotRoute
from hub.routing import assign as route_to_agent
from hub.rules.engine import Refusal
from hub.rules.engine.arguments import PRIORITIES
from hub.rules.engine.effects import (
    AddNote,
    AddTags,
    Assign,
    MarkSpam,
    Notify,
    RemoveTags,
    Route,
    SetPriority,
    SetStatus,
    SetTopic,
    Snooze,
)
from hub.store.statements import table_of
from hub.store.tables import Agent, Notification, TeamMember
from hub.store.types import new_id

_SET: Final = {
    "open": "conversation.reopened",
    "waiting": "conversation.waiting",
    "resolved": "conversation.resolved",
}


def assign(scene: Scene, effect: Assign) -> Outcome:
    conversation, policy = scene.conversation, scene.policy
    if effect.team is not None:
        team_id = policy.teams.get(effect.team)
        if team_id is None:
            return f"there is no team called {effect.team}"
        if conversation.team_id == team_id:
            return None
        conversation.team_id = team_id
    else:
        agent_id = policy.agents.get(effect.agent or "")
        if agent_id is None:
            return f"there is no agent with the address {effect.agent}"
        if conversation.assignee_id == agent_id:
            return None
        conversation.assignee_id = agent_id
    scene.happened(
        "conversation.assigned",
        effect,
        team=str(conversation.team_id) if conversation.team_id else None,
        agent=str(conversation.assignee_id) if conversation.assignee_id else None,
    )
    return None


def route(scene: Scene, effect: Route) -> Outcome:
    try:
        route_to_agent(
            scene.session,
            scene.ledger,
            scene.policy.routing,
            scene.conversation,
            actor=actor(effect),
            now=scene.now,
            strategy=None if effect.strategy == "own" else effect.strategy,
            team=effect.team,
            agent=effect.agent,
            depth=scene.depth,
        )
    except CannotRoute as error:
        return str(error)
    return None


def set_status(scene: Scene, effect: SetStatus) -> Outcome:
    conversation = scene.conversation
    if conversation.status == effect.status:
        return None
    was_settled = conversation.status in ("resolved", "spam")
    conversation.status = effect.status
    conversation.snoozed_until = None
    conversation.resolved_at = scene.now if effect.status == "resolved" else None
    if effect.status != "open":
        conversation.waiting_since = None
    scene.happened(_SET[effect.status], effect)
    if was_settled:
        take_back(scene, effect)
    return None


def snooze(scene: Scene, effect: Snooze) -> Outcome:
    until = scene.now + effect.length if effect.length is not None else _opening(scene)
    if until is None:
        return "the office does not open again, by its calendar"
    conversation = scene.conversation
    conversation.status = "snoozed"
    conversation.snoozed_until = until
    conversation.resolved_at = None
    scene.happened("conversation.snoozed", effect, until=until.isoformat())
    return None


def _opening(scene: Scene) -> datetime | None:
    """When the office opens next after it has been closed."""
    team = scene.conversation.team_id
    hours = scene.policy.hours.get(team) or scene.policy.hours[None]
    closes = hours.next_close(scene.now) if hours.is_open(scene.now) else scene.now
    return hours.next_open(closes) if closes is not None else None


def mark_spam(scene: Scene, effect: MarkSpam) -> Outcome:
    conversation = scene.conversation
    if conversation.status == "spam":
        return None
    conversation.status = "spam"
    conversation.waiting_since = None
    conversation.snoozed_until = None
    scene.happened("conversation.spam", effect)
    take_back(scene, effect)
    return None


def take_back(scene: Scene, effect: SetStatus | MarkSpam) -> None:
    """Cancel what was to go out if nothing happened meanwhile."""
    scene.ledger.flush()
    withdraw(scene.ledger, {scene.conversation.id: scene.conversation.position + 1}, actor(effect))


def set_priority(scene: Scene, effect: SetPriority) -> Outcome:
    wanted = PRIORITIES[effect.priority]
    if scene.conversation.priority != wanted:
        scene.conversation.priority = wanted
        scene.happened("conversation.prioritised", effect)
    return None


def set_topic(scene: Scene, effect: SetTopic) -> Outcome:
    topic_id = topics.named(scene.session, effect.topic)
    if topic_id is None:
        return f"there is no topic called {effect.topic}"
    conversation = scene.conversation
    was = topics.chosen(scene.session, conversation.id)
    if was is not None and was != topic_id:
        return Refusal("suppressed", "it was said already what the conversation is about")
    if was is None:
        # The conversation may have begun in this very transaction.
        scene.ledger.flush()
        topics.choose(scene.session, conversation.id, conversation.customer_id, topic_id, scene.now)
        scene.happened("conversation.topic", effect, topic=str(topic_id))
    return None


def add_tags(scene: Scene, effect: AddTags) -> Outcome:
    retag(scene.ledger, scene.conversation, actor(effect), add=effect.tags, depth=scene.depth)
    return None


def remove_tags(scene: Scene, effect: RemoveTags) -> Outcome:
    retag(scene.ledger, scene.conversation, actor(effect), remove=effect.tags, depth=scene.depth)
    return None


def add_note(scene: Scene, effect: AddNote) -> Outcome:
    message_id = new_id()
    scene.ledger.write(
        scene.conversation,
        id=message_id,
        direction="note",
        content=(Text(text=effect.text),),
        rule=effect.rule,
        automated=True,
        at=scene.now,
    )
    scene.happened("note.added", effect, message_id=message_id)
    return None


def notify(scene: Scene, effect: Notify) -> Outcome:
    told = _told(scene, effect)
    if not isinstance(told, list):
        return told
    for agent_id in told:
        scene.ledger.add(
            Notification,
            id=new_id(),
            agent_id=agent_id,
            conversation_id=scene.conversation.id,
            occasion="rule",
            actor="",
            rule=effect.rule,
            message_id=None,
            text=effect.text,
            at=scene.now,
            seen_at=None,
        )
    scene.happened("agent.notified", effect, agents=[str(agent_id) for agent_id in told])
    return None


def _told(scene: Scene, effect: Notify) -> list[UUID] | Outcome:
    """The agents concerned, or why there are none."""
    policy = scene.policy
    if effect.agent is not None:
        agent_id = policy.agents.get(effect.agent)
        if agent_id is None:
            return f"there is no agent with the address {effect.agent}"
        return [agent_id]
    if effect.team is None:
        assignee = scene.conversation.assignee_id
        if assignee is None:
            return Refusal("suppressed", "nobody has the conversation yet")
        return [assignee]
    team_id = policy.teams.get(effect.team)
    if team_id is None:
        return f"there is no team called {effect.team}"
    member, agent = table_of(TeamMember), table_of(Agent)
    found = scene.session.execute(
        select(member.c.agent_id)
        .join(agent, agent.c.id == member.c.agent_id)
        .where(member.c.team_id == team_id, agent.c.active)
        .order_by(member.c.agent_id)
    )
    members = list(found.scalars())
    return members or Refusal("suppressed", f"nobody is in the team {effect.team}")
