"""Rules, and what they did."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from hub.store.types import Json, Serial, Utc, new_id


class RuleRevision(SQLModel, table=True):
    """The whole ordered rule set as YAML, each time it was saved. The newest live one counts."""

    __tablename__ = "rule_revision"

    id: int | None = Field(default=None, primary_key=True, sa_type=Serial)
    source: str
    digest: str = Field(index=True)
    shipped: bool = False
    """Seeded from the files; replaced by itself when they change, until somebody edits."""
    live: bool = True
    agent_id: UUID | None = Field(default=None, foreign_key="agent.id")
    at: datetime = Field(sa_type=Utc)


class RuleResult(SQLModel, table=True):
    """What the rules decided about one event: the truth, stored small.

    outcome: "acted", "nothing" or "error". `facts` is what the rule set read, texts by message;
    they are erased with the customer (`hub.rules.results.forget`), while the skeleton stays.
    """

    __tablename__ = "rule_result"
    __table_args__ = (
        Index("ix_rule_result_outcome", "outcome", "at", "id"),
        Index("ix_rule_result_conversation", "conversation_id", "at"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    event: str
    conversation_id: UUID | None = Field(
        default=None, foreign_key="conversation.id", ondelete="SET NULL"
    )
    message_id: UUID | None = Field(
        default=None, foreign_key="message.id", ondelete="SET NULL", index=True
    )
    revision_id: int | None = None
    outcome: str
    result: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    at: datetime = Field(sa_type=Utc)


class TrialDifference(SQLModel, table=True):
    """An event that a draft of the rules would have answered otherwise, found by a dry run."""

    __tablename__ = "trial_difference"
    __table_args__ = (Index("ix_trial_difference_job", "job_id", "id"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=Serial)
    job_id: UUID = Field(foreign_key="job.id", ondelete="CASCADE")
    result_id: UUID
    event: str
    conversation_id: UUID = Field(foreign_key="conversation.id", ondelete="CASCADE", index=True)
    message_id: UUID | None = None
    at: datetime = Field(sa_type=Utc)
    details: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
