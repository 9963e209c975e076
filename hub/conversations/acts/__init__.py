"""What agents do with a conversation, and how it is undone.

Every act works on one conversation inside a session, locks it, and raises NotVisible for a viewer
who may not see it. `do` makes one act of several steps (`hub.conversations.acts.steps`): macros,
and the acts of a selection, are made so.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from hub.agents.rights import Viewer
from hub.conversations.acts import steps
from hub.conversations.acts.changing import CannotUndo, Done, Step, do
from hub.conversations.acts.seeing import mark_seen, mark_unseen
from hub.conversations.acts.steps import NoSuchPerson
from hub.conversations.acts.undoing import acts_together, undo, undo_rule

__all__ = [
    "CannotUndo",
    "Done",
    "NoSuchPerson",
    "Step",
    "acts_together",
    "assign",
    "assign_team",
    "do",
    "mark_seen",
    "mark_spam",
    "mark_unseen",
    "name_subject",
    "prioritise",
    "reopen",
    "resolve",
    "set_topic",
    "snooze",
    "steps",
    "tag",
    "undo",
    "undo_rule",
    "wait",
]


def assign(
    session: Session, viewer: Viewer, conversation_id: UUID, agent_id: UUID | None, now: datetime
) -> Done:
    """Give the conversation to an agent, or to nobody; tells the agent's name.

    Raises NoSuchPerson: there is no such agent, or the agent is not active.
    """
    return do(session, viewer, conversation_id, now, steps.assigned(agent_id), kind="assign")


def assign_team(
    session: Session, viewer: Viewer, conversation_id: UUID, team_id: UUID | None, now: datetime
) -> Done:
    """Put the conversation into a team's queue, or out of any. Raises NoSuchPerson."""
    return do(session, viewer, conversation_id, now, steps.in_team(team_id), kind="assign_team")


def resolve(
    session: Session,
    viewer: Viewer,
    conversation_id: UUID,
    now: datetime,
    topic_id: UUID | None = None,
) -> Done:
    """Settle the conversation, and say what it was about. Raises NoSuchTopic."""
    return do(session, viewer, conversation_id, now, steps.resolved(topic_id), kind="resolve")


def reopen(session: Session, viewer: Viewer, conversation_id: UUID, now: datetime) -> Done:
    """Take a conversation up again that was settled or put off."""
    return do(session, viewer, conversation_id, now, steps.opened(), kind="reopen")


def wait(session: Session, viewer: Viewer, conversation_id: UUID, now: datetime) -> Done:
    """It is the customer's turn."""
    return do(session, viewer, conversation_id, now, steps.waiting(), kind="wait")


def snooze(
    session: Session, viewer: Viewer, conversation_id: UUID, until: datetime | None, now: datetime
) -> Done:
    """Put it aside till a time, or (None) until the customer writes. Raises ValueError for a time
    that is over."""
    return do(session, viewer, conversation_id, now, steps.snoozed(until), kind="snooze")


def mark_spam(session: Session, viewer: Viewer, conversation_id: UUID, now: datetime) -> Done:
    """It is nobody's matter."""
    return do(session, viewer, conversation_id, now, steps.spam(), kind="spam")


def prioritise(
    session: Session, viewer: Viewer, conversation_id: UUID, priority: int, now: datetime
) -> Done:
    """Say how urgent it is: one of `steps.PRIORITIES`, else ValueError."""
    step = steps.prioritised(priority)
    return do(session, viewer, conversation_id, now, step, kind="prioritise")


def tag(
    session: Session,
    viewer: Viewer,
    conversation_id: UUID,
    now: datetime,
    *,
    add: Iterable[str] = (),
    remove: Iterable[str] = (),
) -> Done:
    """Put tags on and take tags off. Raises ValueError when there would be too many."""
    return do(session, viewer, conversation_id, now, steps.tagged(add, remove), kind="tag")


def name_subject(
    session: Session, viewer: Viewer, conversation_id: UUID, subject: str | None, now: datetime
) -> Done:
    """Give the conversation another subject, or none."""
    return do(session, viewer, conversation_id, now, steps.named(subject), kind="rename")


def set_topic(
    session: Session, viewer: Viewer, conversation_id: UUID, topic_id: UUID | None, now: datetime
) -> Done:
    """Say what it is about, and that alone. Raises NoSuchTopic."""
    return do(session, viewer, conversation_id, now, steps.about(topic_id), kind="topic")
