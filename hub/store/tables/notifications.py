"""What agents were told of."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from hub.store.types import Utc, new_id


class Notification(SQLModel, table=True):
    """A conversation that an agent was asked to look at. One row an agent.

    occasion: why, see `hub.agents.notices`; `rule` names the rule where one did it, `actor` who
    else. text: a rule's own words; "" where the occasion says it all.
    """

    __table_args__ = (Index("ix_notification_agent", "agent_id", "seen_at", "at"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    agent_id: UUID = Field(foreign_key="agent.id", ondelete="CASCADE")
    conversation_id: UUID = Field(foreign_key="conversation.id", ondelete="CASCADE", index=True)
    occasion: str = "rule"
    actor: str = ""
    rule: str = ""
    message_id: UUID | None = Field(
        default=None, foreign_key="message.id", ondelete="CASCADE", index=True
    )
    text: str = ""
    at: datetime = Field(sa_type=Utc)
    seen_at: datetime | None = Field(default=None, sa_type=Utc)
