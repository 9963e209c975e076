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


class WebhookEndpoint(SQLModel, table=True):
    """A program of somebody else's that is told what happens; see `hub.subscriptions`.

    kinds: of the events it wants, none for all. words: whether it is told names and texts, or ids
    and values alone. agent_id: who answers for it; it is told what this agent may see. secret: what
    its messages are signed with, under the installation's key; `secret_before` signs beside it
    until `secret_before_until`. state: on, off (by an agent) or ended (by the hub, and `reason`
    says why). How far the log has been told is the `consumer` of its name.
    """

    __tablename__ = "webhook_endpoint"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    name: str
    url: str
    kinds: list[str] = Field(default_factory=list, sa_type=Json, nullable=False)
    words: bool = True
    agent_id: UUID = Field(foreign_key="agent.id")
    secret: str
    secret_before: str | None = None
    secret_before_until: datetime | None = Field(default=None, sa_type=Utc)
    state: str = "on"
    reason: str | None = None
    failing_since: datetime | None = Field(default=None, sa_type=Utc)
    delivered_at: datetime | None = Field(default=None, sa_type=Utc)
    created_at: datetime = Field(sa_type=Utc)
    changed_at: datetime = Field(sa_type=Utc)
    removed_at: datetime | None = Field(default=None, sa_type=Utc)


class WebhookDelivery(SQLModel, table=True):
    """One event that an endpoint is told: queued, delivered, failed or withheld.

    `body` is sent as it stands with each attempt, under this row's id. tries: what became of each
    attempt, the latest last. due_at and lease_until as those of a call. withheld: meanwhile its
    endpoint's agent may not see the conversation any more.
    """

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        Index("ix_webhook_delivery_state", "endpoint_id", "state", "due_at", "id"),
        Index("ix_webhook_delivery_created", "endpoint_id", "created_at", "id"),
        Index("ix_webhook_delivery_listed", "endpoint_id", "state", "created_at", "id"),
        Index("ix_webhook_delivery_finished", "finished_at"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    endpoint_id: UUID = Field(foreign_key="webhook_endpoint.id", ondelete="CASCADE")
    kind: str
    conversation_id: UUID | None = Field(
        default=None, foreign_key="conversation.id", ondelete="CASCADE", index=True
    )
    message_id: UUID | None = Field(
        default=None, foreign_key="message.id", ondelete="CASCADE", index=True
    )
    customer_id: UUID | None = Field(
        default=None, foreign_key="customer.id", ondelete="CASCADE", index=True
    )
    body: str
    state: str = "queued"
    attempt: int = 0
    tries: list[dict[str, Any]] = Field(default_factory=list, sa_type=Json, nullable=False)
    due_at: datetime = Field(sa_type=Utc)
    lease_until: datetime | None = Field(default=None, sa_type=Utc)
    worker: str | None = None
    created_at: datetime = Field(sa_type=Utc)
    finished_at: datetime | None = Field(default=None, sa_type=Utc)
