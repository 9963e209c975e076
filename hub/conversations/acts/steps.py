"""The changes that acts are made of. Each gives a step for `do`; one that changes nothing is no
fault."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session

from hub.conversations import topics
from hub.conversations.acts.changing import Changing, Step
from hub.store.statements import table_of
from hub.store.tables import Agent, Team

LONGEST_SUBJECT: Final = 300
LONGEST_TAG: Final = 60
MOST_TAGS: Final = 30
PRIORITIES: Final = (-1, 0, 1, 2)
"""Low, normal, high, urgent; see `hub.rules.engine.arguments.PRIORITIES`."""


class NoSuchPerson(Exception):
    """There is no such agent or team, or nobody can be assigned to it now."""


def assigned(agent_id: UUID | None) -> Step:
    """Give the conversation to an agent, or to nobody. Raises NoSuchPerson."""

    def step(changing: Changing) -> None:
        conversation = changing.conversation
        changing.name = _agent_name(changing.session, agent_id) if agent_id is not None else None
        was = conversation.assignee_id
        if was == agent_id:
            return
        conversation.assignee_id = agent_id
        changing.happened(
            "conversation.assigned" if agent_id else "conversation.unassigned",
            agent=str(agent_id) if agent_id else None,
            was=str(was) if was else None,
        )

    return step


def in_team(team_id: UUID | None) -> Step:
    """Put the conversation into a team's queue, or out of any. Raises NoSuchPerson."""

    def step(changing: Changing) -> None:
        conversation = changing.conversation
        if team_id is not None:
            table = table_of(Team)
            found = select(table.c.id).where(table.c.id == team_id)
            if changing.session.execute(found).first() is None:
                raise NoSuchPerson(f"there is no team {team_id}")
        was = conversation.team_id
        if was == team_id:
            return
        conversation.team_id = team_id
        changing.happened(
            "conversation.assigned" if team_id else "conversation.unassigned",
            team=str(team_id) if team_id else None,
            was=str(was) if was else None,
        )

    return step


def resolved(topic_id: UUID | None = None) -> Step:
    """Settle the conversation, and say what it was about. Raises NoSuchTopic."""

    def step(changing: Changing) -> None:
        conversation = changing.conversation
        if topic_id is not None:
            about(topic_id)(changing)
        if conversation.status == "resolved":
            return
        conversation.status = "resolved"
        conversation.resolved_at = changing.ledger.now
        conversation.waiting_since = None
        conversation.snoozed_until = None
        conversation.seen_position = conversation.position
        changing.happened("conversation.resolved")

    return step


def opened() -> Step:
    """Take the conversation up again; a customer who was not answered waits for us."""

    def step(changing: Changing) -> None:
        conversation = changing.conversation
        if conversation.status == "open":
            return
        was_settled = not conversation.is_open
        conversation.status = "open"
        conversation.resolved_at = None
        conversation.snoozed_until = None
        if conversation.last_direction == "in" and conversation.waiting_since is None:
            conversation.waiting_since = conversation.last_inbound_at
        if was_settled:
            changing.withdraw()
        changing.happened("conversation.reopened")

    return step


def waiting() -> Step:
    """It is the customer's turn."""

    def step(changing: Changing) -> None:
        if changing.conversation.status == "waiting":
            return
        _put_off(changing, "waiting")
        changing.conversation.waiting_since = None
        changing.happened("conversation.waiting")

    return step


def snoozed(until: datetime | None) -> Step:
    """Put the conversation aside till a time, or (None) until the customer writes.

    Raises ValueError for a time that is over.
    """

    def step(changing: Changing) -> None:
        conversation = changing.conversation
        if until is not None and until <= changing.ledger.now:
            raise ValueError("a conversation can only be snoozed till a time to come")
        if conversation.status == "snoozed" and conversation.snoozed_until == until:
            return
        _put_off(changing, "snoozed")
        conversation.snoozed_until = until
        changing.happened("conversation.snoozed", until=until.isoformat() if until else None)

    return step


def spam() -> Step:
    """It is nobody's matter; what was to go out by itself does not."""

    def step(changing: Changing) -> None:
        conversation = changing.conversation
        if conversation.status == "spam":
            return
        _put_off(changing, "spam")
        conversation.waiting_since = None
        changing.withdraw()
        changing.happened("conversation.spam")

    return step


def prioritised(priority: int) -> Step:
    """Say how urgent it is: one of `PRIORITIES`. Raises ValueError for another number."""
    if priority not in PRIORITIES:
        raise ValueError(f"there is no priority {priority}")

    def step(changing: Changing) -> None:
        if changing.conversation.priority == priority:
            return
        changing.conversation.priority = priority
        changing.happened("conversation.prioritised", priority=priority)

    return step


def tagged(add: Iterable[str] = (), remove: Iterable[str] = ()) -> Step:
    """Put tags on and take tags off; they are written as `clean_tag` has them."""
    wanted = [tag for one in add if (tag := clean_tag(one))]
    unwanted = [tag for one in remove if (tag := clean_tag(one))]

    def step(changing: Changing) -> None:
        if len((changing.tags | set(wanted)) - set(unwanted)) > MOST_TAGS:
            raise ValueError(f"a conversation has at most {MOST_TAGS} tags")
        changing.retag(wanted, unwanted)

    return step


def named(subject: str | None) -> Step:
    """Give the conversation another subject, or none."""
    wanted = " ".join((subject or "").split())[:LONGEST_SUBJECT] or None

    def step(changing: Changing) -> None:
        if changing.conversation.subject == wanted:
            return
        changing.conversation.subject = wanted
        changing.happened("conversation.renamed")

    return step


def about(topic_id: UUID | None) -> Step:
    """Say what the conversation was about, and that alone. Raises NoSuchTopic."""

    def step(changing: Changing) -> None:
        conversation = changing.conversation
        was = topics.choose(
            changing.session, conversation.id, conversation.customer_id, topic_id,
            changing.ledger.now,
        )  # fmt: skip
        if was == topic_id:
            return
        chosen = str(topic_id) if topic_id else None
        changing.remember("topic", [str(was) if was else None, chosen])
        changing.happened("conversation.topic", topic=chosen)

    return step


def clean_tag(text: str) -> str:
    """A tag as it is kept: without "#" and line breaks, not too long; "" where nothing is left."""
    return " ".join(text.replace("#", " ").split())[:LONGEST_TAG].strip()


def _put_off(changing: Changing, status: str) -> None:
    conversation = changing.conversation
    conversation.status = status
    conversation.resolved_at = None
    conversation.snoozed_until = None
    conversation.seen_position = conversation.position


def _agent_name(session: Session, agent_id: UUID) -> str:
    table = table_of(Agent)
    name = session.execute(
        select(table.c.name).where(table.c.id == agent_id, table.c.active)
    ).scalar()
    if name is None:
        raise NoSuchPerson(f"there is no active agent {agent_id}")
    return str(name)
