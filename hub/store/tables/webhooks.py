"""What other programs were told, and what they answered."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from hub.store.types import Json, Utc, new_id


class WebhookCall(SQLModel, table=True):
    """One call of a webhook that a rule asked for: queued, answered or failed.

    `body` is sent as it stands with each attempt, under this row's id. A worker owns the call
    until `lease_until`, by the database's clock. `answer` is what came back, where it was JSON;
    `depth` counts the rules that stand between it and a person's act.
    """

    __tablename__ = "webhook_call"
    __table_args__ = (
        Index("ix_webhook_call_state", "state", "due_at"),
        Index("ix_webhook_call_created", "created_at", "id"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    webhook: str
    conversation_id: UUID = Field(foreign_key="conversation.id", ondelete="CASCADE", index=True)
    message_id: UUID | None = Field(default=None, foreign_key="message.id", ondelete="CASCADE")
    rule: str
    depth: int = 0
    body: str
    state: str = "queued"
    attempt: int = 0
    due_at: datetime = Field(sa_type=Utc)
    lease_until: datetime | None = Field(default=None, sa_type=Utc)
    worker: str | None = None
    status: int | None = None
    answer: dict[str, Any] | None = Field(default=None, sa_type=Json)
    error: str | None = None
    created_at: datetime = Field(sa_type=Utc)
    finished_at: datetime | None = Field(default=None, sa_type=Utc)
