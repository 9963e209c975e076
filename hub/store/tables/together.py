"""What agents do beside each other: drafts, mentions, and who follows what."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from hub.store.types import Json, Utc


class Draft(SQLModel, table=True):
    """What an agent has begun to write in a conversation. kind: "reply" or "note".

    fields: the rest of the form by its fields' names (identity, subject, cc, bcc).
    revision: grows with each change, so that a page that holds an older one is told.
    """

    agent_id: UUID = Field(foreign_key="agent.id", ondelete="CASCADE", primary_key=True)
    conversation_id: UUID = Field(
        foreign_key="conversation.id", ondelete="CASCADE", primary_key=True, index=True
    )
    kind: str = Field(primary_key=True)
    body: str = ""
    fields: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    revision: int = 1
    updated_at: datetime = Field(sa_type=Utc)


class Mention(SQLModel, table=True):
    """An agent was named in a note, alone or with a team. One row an agent and note."""

    __table_args__ = (
        Index("ix_mention_agent", "agent_id", "conversation_id"),
        Index("ix_mention_unseen", "agent_id", "seen_at"),
    )

    message_id: UUID = Field(foreign_key="message.id", ondelete="CASCADE", primary_key=True)
    agent_id: UUID = Field(foreign_key="agent.id", ondelete="CASCADE", primary_key=True)
    conversation_id: UUID = Field(foreign_key="conversation.id", ondelete="CASCADE", index=True)
    at: datetime = Field(sa_type=Utc)
    seen_at: datetime | None = Field(default=None, sa_type=Utc)


class Follower(SQLModel, table=True):
    """An agent who is told of what is new in a conversation, whoever it is assigned to."""

    conversation_id: UUID = Field(
        foreign_key="conversation.id", ondelete="CASCADE", primary_key=True
    )
    agent_id: UUID = Field(foreign_key="agent.id", ondelete="CASCADE", primary_key=True, index=True)
    since: datetime = Field(sa_type=Utc)
