"""Conversations, who takes part in them, and what can be undone."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from hub.store.types import Json, Utc, new_id


class Conversation(SQLModel, table=True):
    """One matter of one customer, on whatever channels.

    status: open, waiting (for the customer), snoozed, resolved, spam, or merged: then nothing is
      left of it but its number and its log, and `merged_into_id` says where its messages are.
    position and sequence count the messages and the events that it has; both are taken while
      the row is locked. last_* and snippet repeat the newest message for the list, and
      `waiting_since` is when the customer's oldest unanswered message came.
    channels: the kinds that it came by, newest last. undelivered: outgoing messages that
      failed or are unconfirmed.
    began_by: customer, agent or rule. from_*: how many messages each of them has written.
    sla_due_at: when the nearest promise that runs is broken, None where none runs; `sla_target`
      names it. They are kept by `hub.routing.sla`, not by the ledger.
    """

    __table_args__ = (
        Index("ix_conversation_list", "status", "last_message_at", "id"),
        Index("ix_conversation_assignee", "assignee_id", "status", "last_message_at", "id"),
        Index("ix_conversation_team", "team_id", "status", "last_message_at", "id"),
        Index("ix_conversation_customer", "customer_id", "last_message_at"),
        Index("ix_conversation_due", "status", "sla_due_at", "id"),
        Index("ix_conversation_waiting", "status", "waiting_since", "id"),
        Index(
            "ix_conversation_snoozed",
            "status",
            "snoozed_until",
            "id",
            sqlite_where=text("snoozed_until IS NOT NULL"),
            postgresql_where=text("snoozed_until IS NOT NULL"),
        ),
        Index("ix_conversation_account", "reply_account", "status", "last_message_at", "id"),
        Index("ix_conversation_counts", "status", "assignee_id", "team_id", "reply_account"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    number: int = Field(unique=True)
    customer_id: UUID = Field(foreign_key="customer.id", ondelete="CASCADE")
    brand_id: UUID = Field(foreign_key="brand.id")
    subject: str | None = None
    status: str = "open"
    team_id: UUID | None = Field(default=None, foreign_key="team.id")
    assignee_id: UUID | None = Field(default=None, foreign_key="agent.id")
    priority: int = 0
    locale: str | None = None
    channels: list[str] = Field(default_factory=list, sa_type=Json)
    snippet: str = ""
    last_direction: str = "in"
    last_message_at: datetime = Field(sa_type=Utc)
    last_inbound_at: datetime | None = Field(default=None, sa_type=Utc)
    waiting_since: datetime | None = Field(default=None, sa_type=Utc)
    snoozed_until: datetime | None = Field(default=None, sa_type=Utc)
    resolved_at: datetime | None = Field(default=None, sa_type=Utc)
    seen_position: int = 0
    """Up to which message somebody of the team has looked."""
    reply_identity_id: UUID | None = Field(default=None, foreign_key="identity.id")
    """Where answers go: the customer's last verified way in, or a later given address."""
    reply_account: str | None = None
    undelivered: int = 0
    position: int = 0
    sequence: int = 0
    version: int = 1
    began_by: str = "customer"
    from_customer: int = 0
    from_agents: int = 0
    from_rules: int = 0
    sla_due_at: datetime | None = Field(default=None, sa_type=Utc)
    sla_target: str | None = None
    merged_into_id: UUID | None = None
    created_at: datetime = Field(sa_type=Utc)


class Participant(SQLModel, table=True):
    """An identity that takes part. role: "customer", or "participant" for anybody else.

    `answers` marks an address given in this conversation: it gets the answers written after
    `since_position`, nothing earlier.
    """

    conversation_id: UUID = Field(
        foreign_key="conversation.id", ondelete="CASCADE", primary_key=True
    )
    identity_id: UUID = Field(
        foreign_key="identity.id", ondelete="CASCADE", primary_key=True, index=True
    )
    role: str = "customer"
    account: str | None = None
    chat: str | None = None
    answers: bool = True
    away_since: datetime | None = Field(default=None, sa_type=Utc)
    """Since when the person has closed the chat, on channels that know."""
    since_position: int = 0
    joined_at: datetime = Field(sa_type=Utc)


class OpenVisit(SQLModel, table=True):
    """A chat that a customer holds open, through one process; kind and address of an identity,
    which may not be known yet.

    Until `until`, by the database's clock, the process vouches for it.
    """

    __tablename__ = "open_visit"

    kind: str = Field(primary_key=True)
    address: str = Field(primary_key=True)
    process: str = Field(primary_key=True, index=True)
    until: datetime = Field(sa_type=Utc)


class ConversationTag(SQLModel, table=True):
    __tablename__ = "conversation_tag"

    conversation_id: UUID = Field(
        foreign_key="conversation.id", ondelete="CASCADE", primary_key=True
    )
    tag: str = Field(primary_key=True, index=True)


class Act(SQLModel, table=True):
    """Something an agent did that can be undone.

    `inverse` holds the values to put back, `expected` the values that must still stand for the
    undo to be allowed. `together_id` is shared by the acts on many conversations that one undo
    takes back.
    """

    id: UUID = Field(default_factory=new_id, primary_key=True)
    conversation_id: UUID = Field(foreign_key="conversation.id", ondelete="CASCADE", index=True)
    agent_id: UUID = Field(foreign_key="agent.id")
    kind: str
    inverse: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    expected: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    together_id: UUID | None = Field(default=None, index=True)
    at: datetime = Field(sa_type=Utc)
    undone_at: datetime | None = Field(default=None, sa_type=Utc)


class Macro(SQLModel, table=True):
    """Several acts that are done as one. See `hub.replies.macros` for its steps.

    It is an agent's own, a team's, or, with neither, everyone's. One that was deleted is kept for
    an undo.
    """

    id: UUID = Field(default_factory=new_id, primary_key=True)
    name: str
    steps: list[dict[str, Any]] = Field(default_factory=list, sa_type=Json)
    agent_id: UUID | None = Field(default=None, foreign_key="agent.id")
    team_id: UUID | None = Field(default=None, foreign_key="team.id")
    changed_at: datetime = Field(sa_type=Utc)
    deleted_at: datetime | None = Field(default=None, sa_type=Utc)
