"""Changing the tree of topics on behalf of an admin, with a line in the audit log for each act."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlmodel import Session

from hub.agents.audit import Action, By
from hub.conversations import topics


def save(
    session: Session,
    by: By,
    topic_id: UUID | None,
    *,
    slug: str,
    names: Mapping[str, str],
    parent_id: UUID | None,
) -> UUID:
    """Make a topic (None), or change one; its id. Raises as `topics.save`."""
    made = topics.save(session, topic_id, slug=slug, names=names, parent_id=parent_id)
    after = {"slug": slug, "name": dict(names), "parent": str(parent_id) if parent_id else None}
    action: Action = "created a topic" if topic_id is None else "changed a topic"
    _note(session, by, action, made, after)
    return made


def retire(
    session: Session,
    by: By,
    topic_id: UUID,
    *,
    retired: bool,
) -> None:
    """Take a topic out of what is chosen, or put it back. Raises NoSuchTopic."""
    topics.retire(session, topic_id, retired=retired)
    action: Action = "retired a topic" if retired else "brought a topic back"
    _note(session, by, action, topic_id, None)


def move(
    session: Session,
    by: By,
    topic_id: UUID,
    step: int,
) -> None:
    """Exchange a topic with its neighbour: -1 up, 1 down. Raises NoSuchTopic."""
    topics.move(session, topic_id, step)
    _note(session, by, "moved a topic", topic_id, {"step": step})


def _note(
    session: Session,
    by: By,
    action: Action,
    topic_id: UUID,
    after: Mapping[str, Any] | None,
) -> None:
    by.note(session, action, f"topic:{topic_id}", after=after)
