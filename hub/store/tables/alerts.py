"""How agents want to be told of things, and what was sent to them outside of the pages."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from hub.store.types import Json, Utc, new_id


class NoticeChoice(SQLModel, table=True):
    """What an agent wants to be told by which way; see `hub.agents.notices`.

    ways: names of occasions by the name of a way. Who never chose has no row.
    """

    __tablename__ = "notice_choice"

    agent_id: UUID = Field(foreign_key="agent.id", ondelete="CASCADE", primary_key=True)
    ways: dict[str, Any] = Field(default_factory=dict, sa_type=Json)


class AgentLink(SQLModel, table=True):
    """An agent's own address on a channel, proven by a link that only the agent was shown.

    What comes from it to this account is the agent's, and never makes a customer.
    """

    __tablename__ = "agent_link"
    __table_args__ = (UniqueConstraint("account", "address"),)

    agent_id: UUID = Field(foreign_key="agent.id", ondelete="CASCADE", primary_key=True)
    account: str
    kind: str
    address: str
    chat: str | None = None
    linked_at: datetime = Field(sa_type=Utc)


class AgentLinkOffer(SQLModel, table=True):
    """A link that was shown to an agent and not used yet. Only its token's hash is kept."""

    __tablename__ = "agent_link_offer"

    token_hash: str = Field(primary_key=True)
    agent_id: UUID = Field(foreign_key="agent.id", ondelete="CASCADE", index=True)
    account: str
    expires_at: datetime = Field(sa_type=Utc)


class Alert(SQLModel, table=True):
    """Words to an agent by an account of ours. state: queued, sending, sent, failed or
    unconfirmed, as those of an answer.

    external_id: what the channel calls it, by which a reply to it finds the conversation. body:
    empty once it is not sent any more. content: what is sent in place of the bare body, as
    `dump_content` wrote it.
    """

    __table_args__ = (
        Index("ix_alert_due", "state", "due_at"),
        Index("ix_alert_sent", "account", "external_id"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    agent_id: UUID = Field(foreign_key="agent.id", ondelete="CASCADE", index=True)
    conversation_id: UUID | None = Field(
        default=None, foreign_key="conversation.id", ondelete="CASCADE", index=True
    )
    account: str
    kind: str
    address: str
    chat: str | None = None
    subject: str | None = None
    body: str
    content: str | None = None
    state: str = "queued"
    attempt: int = 0
    due_at: datetime = Field(sa_type=Utc)
    lease_until: datetime | None = Field(default=None, sa_type=Utc)
    external_id: str | None = None
    error: str | None = None
    created_at: datetime = Field(sa_type=Utc)
