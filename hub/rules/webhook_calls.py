"""The calls of webhooks that rules asked for: what was told, what came back, and trying again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, get_args
from uuid import UUID

from sqlalchemy import select, tuple_, update
from sqlmodel import Session

from hub.agents import audit
from hub.agents.rights import Missing, Viewer
from hub.conversations.access import visible
from hub.store.database import wake
from hub.store.statements import table_of
from hub.store.tables import Conversation, WebhookCall

TOPIC: Final = "webhooks"
"""The topic that wakes whoever makes the calls."""
State = Literal["queued", "answered", "failed"]
STATES: Final[tuple[State, ...]] = get_args(State)

Place = tuple[datetime, UUID]
"""Where a page of the list ends."""


class NoSuchCall(Missing):
    """There is no such call for the viewer, or it did not fail."""


@dataclass(frozen=True)
class Told:
    """One call. body: the JSON that was sent; answer: what came back, where it was JSON.

    due_at: when the next attempt is made, of one that is queued.
    """

    id: UUID
    webhook: str
    rule: str
    conversation_id: UUID
    number: int
    state: State
    attempts: int
    status: int | None
    error: str | None
    body: str
    answer: Mapping[str, Any] | None
    created_at: datetime
    due_at: datetime
    finished_at: datetime | None

    @property
    def place(self) -> Place:
        return self.created_at, self.id


def calls(
    session: Session,
    viewer: Viewer,
    *,
    state: State | None = None,
    after: Place | None = None,
    limit: int = 50,
) -> list[Told]:
    """The calls of conversations that the viewer may see, the latest first."""
    call, conversation = table_of(WebhookCall), table_of(Conversation)
    query = (
        select(call, conversation.c.number)
        .join(conversation, conversation.c.id == call.c.conversation_id)
        .where(visible(viewer))
        .order_by(call.c.created_at.desc(), call.c.id.desc())
        .limit(limit)
    )
    if state is not None:
        query = query.where(call.c.state == state)
    if after is not None:
        query = query.where(tuple_(call.c.created_at, call.c.id) < after)
    return [
        Told(
            id=row.id,
            webhook=row.webhook,
            rule=row.rule,
            conversation_id=row.conversation_id,
            number=row.number,
            state=row.state,
            attempts=row.attempt,
            status=row.status,
            error=row.error,
            body=row.body,
            answer=row.answer,
            created_at=row.created_at,
            due_at=row.due_at,
            finished_at=row.finished_at,
        )
        for row in session.execute(query)
    ]


def retry(session: Session, viewer: Viewer, call_id: UUID, *, now: datetime) -> str:
    """Make a failed call again, with as many attempts as a new one; the webhook's name.

    It keeps its id, by which the far side knows it. Raises NoSuchCall.
    """
    call, conversation = table_of(WebhookCall), table_of(Conversation)
    seen = select(conversation.c.id).where(
        conversation.c.id == call.c.conversation_id, visible(viewer)
    )
    found: str | None = session.execute(
        update(call)
        .where(call.c.id == call_id, call.c.state == "failed", seen.exists())
        .values(state="queued", attempt=0, due_at=now, error=None, status=None, finished_at=None)
        .returning(call.c.webhook)
    ).scalar()
    if found is None:
        raise NoSuchCall(str(call_id))
    audit.note(
        session,
        "retried a webhook",
        agent_id=viewer.agent_id,
        now=now,
        subject=f"webhook:{found}",
        after={"call": str(call_id)},
    )
    wake(session, TOPIC)
    return found
