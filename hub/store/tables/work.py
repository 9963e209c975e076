"""What is still to be done, and how far everything has come."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from hub.store.types import Json, Serial, Utc, new_id, transaction_id


class Lane(SQLModel, table=True):
    """The queue of one conversation's outgoing messages; claiming it keeps their order.

    `ready_at` is when its first message may go (None: nothing waits). A worker owns the lane
    until `lease_until`, by the database's clock.
    """

    __table_args__ = (Index("ix_lane_ready", "ready_at"),)

    conversation_id: UUID = Field(
        foreign_key="conversation.id", ondelete="CASCADE", primary_key=True
    )
    ready_at: datetime | None = Field(default=None, sa_type=Utc)
    lease_until: datetime | None = Field(default=None, sa_type=Utc)
    worker: str | None = None


class Outgoing(SQLModel, table=True):
    """An outgoing message's way: queued, sending, sent, failed, unconfirmed or cancelled.

    `attempt` is counted up when `sending` is committed; a receipt counts only for that number.
    """

    __table_args__ = (
        Index("ix_outgoing_lane", "conversation_id", "state", "position"),
        Index("ix_outgoing_state", "state", "due_at"),
    )

    message_id: UUID = Field(foreign_key="message.id", ondelete="CASCADE", primary_key=True)
    conversation_id: UUID = Field(foreign_key="conversation.id", ondelete="CASCADE")
    position: int
    account: str
    state: str = "queued"
    attempt: int = 0
    due_at: datetime = Field(sa_type=Utc)
    give_up_at: datetime = Field(sa_type=Utc)
    cancel_on_reply: bool = False
    begun_at: datetime | None = Field(default=None, sa_type=Utc)
    sent_at: datetime | None = Field(default=None, sa_type=Utc)
    delivered_at: datetime | None = Field(default=None, sa_type=Utc)
    read_at: datetime | None = Field(default=None, sa_type=Utc)
    error: str | None = None
    error_code: str | None = None


class Cursor(SQLModel, table=True):
    """How far a source has been read, by the account's lease `epoch` that wrote it."""

    account: str = Field(primary_key=True)
    name: str = Field(default="", primary_key=True)
    position: str
    epoch: int = Field(default=0, sa_type=BigInteger)
    at: datetime = Field(sa_type=Utc)


class Lease(SQLModel, table=True):
    """Who alone may do something now ("receive:support-mail"). `epoch` grows with each owner."""

    name: str = Field(primary_key=True)
    owner: str | None = None
    until: datetime | None = Field(default=None, sa_type=Utc)
    epoch: int = Field(default=0, sa_type=BigInteger)


class AccountState(SQLModel, table=True):
    """How an account is doing, for the page and the metrics."""

    __tablename__ = "account_state"

    account: str = Field(primary_key=True)
    state: str = "stopped"
    last_message_at: datetime | None = Field(default=None, sa_type=Utc)
    lag_seconds: float | None = None
    last_error: str | None = None
    last_error_at: datetime | None = Field(default=None, sa_type=Utc)
    restarts: int = 0
    next_try_at: datetime | None = Field(default=None, sa_type=Utc)
    changed_at: datetime = Field(sa_type=Utc)


class Timer(SQLModel, table=True):
    """Something to look at later. There is at most one of a kind for a subject.

    However often it is moved, it is due by `latest_at`, where that is set.
    """

    __table_args__ = (UniqueConstraint("kind", "subject"), Index("ix_timer_due", "due_at"))

    id: UUID = Field(default_factory=new_id, primary_key=True)
    kind: str
    subject: str
    due_at: datetime = Field(sa_type=Utc)
    latest_at: datetime | None = Field(default=None, sa_type=Utc)
    payload: dict[str, Any] = Field(default_factory=dict, sa_type=Json)


class RuleClock(SQLModel, table=True):
    """A moment that live rules wait for ("time.unanswered(for=30m)"), and since when they do.

    Its timers were set, or a job is setting them, for everything that waited already.
    """

    __tablename__ = "rule_clock"

    key: str = Field(primary_key=True)
    since: datetime = Field(sa_type=Utc)


class Job(SQLModel, table=True):
    """Background work in chunks. state: queued, running, done, failed or cancelled."""

    __table_args__ = (
        Index("ix_job_state", "state", "created_at"),
        Index("ix_job_agent", "agent_id", "created_at"),
        Index("ix_job_kind", "kind", "created_at"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    kind: str
    params: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    state: str = "queued"
    cursor: dict[str, Any] | None = Field(default=None, sa_type=Json)
    done: int = 0
    total: int | None = None
    error: str | None = None
    cancel_wanted: bool = False
    worker: str | None = None
    lease_until: datetime | None = Field(default=None, sa_type=Utc)
    agent_id: UUID | None = Field(default=None, foreign_key="agent.id")
    created_at: datetime = Field(sa_type=Utc)
    finished_at: datetime | None = Field(default=None, sa_type=Utc)


class Event(SQLModel, table=True):
    """Something that happened. Append-only; ids and values, never personal words.

    Readers go by `(xid, position)`: see `hub.store.events`. `sequence` numbers the events of
    one conversation. `depth` counts how many rules stand between it and a person's act.
    """

    __table_args__ = (
        Index("ix_event_order", "xid", "position"),
        UniqueConstraint("conversation_id", "sequence"),
        {"sqlite_autoincrement": True},
    )

    position: int | None = Field(default=None, primary_key=True, sa_type=Serial)
    xid: int | None = Field(
        default=None,
        sa_type=BigInteger,
        nullable=False,
        sa_column_kwargs={"server_default": transaction_id()},
    )
    kind: str
    conversation_id: UUID | None = None
    sequence: int | None = None
    message_id: UUID | None = None
    customer_id: UUID | None = None
    actor: str
    details: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    depth: int = 0
    at: datetime = Field(sa_type=Utc)


class Consumer(SQLModel, table=True):
    """How far a reader of the event log has come."""

    name: str = Field(primary_key=True)
    xid: int = Field(default=0, sa_type=BigInteger)
    position: int = Field(default=0, sa_type=BigInteger)


class Counter(SQLModel, table=True):
    """The last human number given out, by kind."""

    name: str = Field(primary_key=True)
    value: int = Field(default=0, sa_type=BigInteger)


class FormKey(SQLModel, table=True):
    """A form that was handled, so that sending it twice does it once. `result` is its answer."""

    __tablename__ = "form_key"

    key: str = Field(primary_key=True)
    agent_id: UUID = Field(foreign_key="agent.id", ondelete="CASCADE")
    result: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    at: datetime = Field(sa_type=Utc, index=True)


class RateLimit(SQLModel, table=True):
    """One key under a rate limit: its theoretical arrival time (GCRA), seconds since 1970.

    One in the past says nothing any more. The key is hashed, because it holds people's addresses.
    """

    __tablename__ = "rate_limit"

    key: str = Field(primary_key=True)
    arrival: float = Field(index=True)
