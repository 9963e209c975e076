"""Letting somebody go, and giving on what they have."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from hub import jobs
from hub.agents import people
from hub.agents.audit import By
from hub.agents.rights import Viewer
from hub.conversations import hand_over
from hub.store.database import Session


def let_go(
    session: Session,
    viewer: Viewer,
    agent_id: UUID,
    heir_id: UUID | None,
    *,
    now: datetime,
    address: str | None,
) -> list[str]:
    """Let somebody sign in no more; the token hashes of the sign-ins that ended.

    A job gives their open conversations to the heir, or back to their teams (None). Raises as
    `people.deactivate`.
    """
    ended = people.deactivate(session, By(viewer, now, address), agent_id)
    jobs.enqueue(
        session,
        hand_over.JOB,
        now,
        agent_id=viewer.agent_id,
        agent=str(agent_id),
        to=str(heir_id) if heir_id else None,
        actor=viewer.actor,
    )
    return ended
