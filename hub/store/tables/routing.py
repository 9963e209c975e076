"""Who is there to answer, what waits for them, why it went to whom, and what was promised."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from hub.store.types import Json, Utc, new_id


class Availability(SQLModel, table=True):
    """Whether an agent is there, and how much the agent takes at once.

    choice: "away" or "offline", chosen by hand; None goes by the open tabs. idle: nothing has been
      done in them for long. state: "online", "away" or "offline", what all of that comes to, since
      when in `since`.
    capacity: units taken at once, None for the organisation's default. limits: by channel kind,
      the most conversations at once. languages: locales that the agent answers in; empty: any.
    turn: how far the agent has come in the round, in shares; see `hub.routing.choice`.
    """

    agent_id: UUID = Field(foreign_key="agent.id", ondelete="CASCADE", primary_key=True)
    choice: str | None = None
    idle: bool = False
    state: str = "offline"
    since: datetime = Field(sa_type=Utc)
    capacity: int | None = None
    limits: dict[str, int] = Field(default_factory=dict, sa_type=Json)
    languages: list[str] = Field(default_factory=list, sa_type=Json)
    turn: float = 0.0
    assigned_at: datetime | None = Field(default=None, sa_type=Utc)


class OpenTab(SQLModel, table=True):
    """A live stream that a browser of an agent holds open, through one process.

    Until `until`, by the database's clock, the process vouches for it.
    """

    __tablename__ = "open_tab"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    agent_id: UUID = Field(foreign_key="agent.id", ondelete="CASCADE", index=True)
    process: str = Field(index=True)
    until: datetime = Field(sa_type=Utc)


class RoutingWait(SQLModel, table=True):
    """A conversation that waits until somebody can take it.

    rank: 0 before everybody else (key customers), 1 otherwise. actor: who asked for it
    ("rule:<id>", "hub").
    """

    __tablename__ = "routing_wait"
    __table_args__ = (Index("ix_routing_wait_order", "rank", "since", "conversation_id"),)

    conversation_id: UUID = Field(
        foreign_key="conversation.id", ondelete="CASCADE", primary_key=True
    )
    team_id: UUID | None = Field(default=None, foreign_key="team.id", ondelete="CASCADE")
    agent_id: UUID | None = Field(default=None, foreign_key="agent.id", ondelete="CASCADE")
    strategy: str
    rank: int = 1
    since: datetime = Field(sa_type=Utc)
    actor: str = "hub"


class RoutingDecision(SQLModel, table=True):
    """Why a conversation went to whom, or to nobody: the truth, stored small.

    considered: one mapping for each agent who was looked at, best first; see
    `hub.routing.choice.Considered`.
    """

    __tablename__ = "routing_decision"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    conversation_id: UUID = Field(foreign_key="conversation.id", ondelete="CASCADE", index=True)
    at: datetime = Field(sa_type=Utc)
    actor: str
    strategy: str
    team_id: UUID | None = Field(default=None, foreign_key="team.id", ondelete="SET NULL")
    agent_id: UUID | None = Field(default=None, foreign_key="agent.id", ondelete="SET NULL")
    reason: str
    considered: list[dict[str, Any]] = Field(default_factory=list, sa_type=Json)


class SlaPolicy(SQLModel, table=True):
    """What is promised to whom. The first policy that fits, by `position`, holds.

    teams: ids as text. stages: the customer's stages. Empty: any. priority: from this one on.
    first_answer, next_answer, resolution: seconds, None where nothing is promised. warn_before:
    seconds before the breach. office: counted in office time.
    """

    __tablename__ = "sla_policy"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    slug: str = Field(unique=True)
    name: dict[str, str] = Field(default_factory=dict, sa_type=Json)
    position: int = 0
    enabled: bool = True
    teams: list[str] = Field(default_factory=list, sa_type=Json)
    stages: list[str] = Field(default_factory=list, sa_type=Json)
    segments: list[str] = Field(default_factory=list, sa_type=Json)
    priority: int | None = None
    first_answer: int | None = None
    next_answer: int | None = None
    resolution: int | None = None
    warn_before: int = 900
    office: bool = True
    changed_at: datetime = Field(sa_type=Utc)


class SlaClock(SQLModel, table=True):
    """How one promise to one conversation stands.

    target: "first", "next" or "resolution". state: "running", "paused", "met" or "void".
    due_at, warn_at: when it is breached and when that is told, while it runs. used: seconds that
    had counted when it was paused or when `running_since` began.
    """

    __tablename__ = "sla_clock"

    conversation_id: UUID = Field(
        foreign_key="conversation.id", ondelete="CASCADE", primary_key=True
    )
    target: str = Field(primary_key=True)
    policy_id: UUID | None = Field(default=None, foreign_key="sla_policy.id", ondelete="SET NULL")
    state: str = "running"
    started_at: datetime = Field(sa_type=Utc)
    running_since: datetime | None = Field(default=None, sa_type=Utc)
    used: float = 0.0
    due_at: datetime | None = Field(default=None, sa_type=Utc)
    warn_at: datetime | None = Field(default=None, sa_type=Utc)
    warned_at: datetime | None = Field(default=None, sa_type=Utc)
    breached_at: datetime | None = Field(default=None, sa_type=Utc)
    met_at: datetime | None = Field(default=None, sa_type=Utc)
