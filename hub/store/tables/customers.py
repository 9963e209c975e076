"""What is known of a customer, and by which addresses."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from hub.store.types import Json, Utc, new_id


class Customer(SQLModel, table=True):
    """One person (or household, or company) who writes to us.

    `stage` is the lifecycle stage now; its history is in `StageChange`. The sources say where
    the customer first and last came from (page, referrer, campaign, start parameter).
    """

    id: UUID = Field(default_factory=new_id, primary_key=True)
    name: str | None = None
    locale: str | None = None
    time_zone: str | None = None
    stage: str = "new"
    first_source: dict[str, str] = Field(default_factory=dict, sa_type=Json)
    last_source: dict[str, str] = Field(default_factory=dict, sa_type=Json)
    attributes: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    blocked_at: datetime | None = Field(default=None, sa_type=Utc)
    merged_into_id: UUID | None = Field(default=None, foreign_key="customer.id")
    created_at: datetime = Field(sa_type=Utc, index=True)
    seen_at: datetime = Field(sa_type=Utc)
    version: int = 1


class Identity(SQLModel, table=True):
    """A contact point of a customer.

    proof: "verified" (the channel vouches for it, or a signed token came back from it) or
      "claimed". Only verified identities link messages to a customer by themselves.
    origin: "sender" (it wrote to us), "given" (somebody gave it as theirs) or "import".
    """

    __table_args__ = (
        UniqueConstraint("customer_id", "kind", "address"),
        Index(
            "ix_identity_verified",
            "kind",
            "address",
            unique=True,
            sqlite_where=text("proof = 'verified'"),
            postgresql_where=text("proof = 'verified'"),
        ),
        Index(
            "ix_identity_sender",
            "kind",
            "address",
            unique=True,
            sqlite_where=text("proof = 'claimed' AND origin = 'sender'"),
            postgresql_where=text("proof = 'claimed' AND origin = 'sender'"),
        ),
        Index("ix_identity_kind_address", "kind", "address"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    customer_id: UUID = Field(foreign_key="customer.id", ondelete="CASCADE")
    kind: str
    address: str
    name: str | None = None
    proof: str = "claimed"
    origin: str = "sender"
    verified_at: datetime | None = Field(default=None, sa_type=Utc)
    reachable: bool = True
    unreachable_reason: str | None = None
    created_at: datetime = Field(sa_type=Utc)
    seen_at: datetime = Field(sa_type=Utc)


class StageChange(SQLModel, table=True):
    __tablename__ = "stage_change"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    customer_id: UUID = Field(foreign_key="customer.id", ondelete="CASCADE", index=True)
    stage: str
    at: datetime = Field(sa_type=Utc)
    by: str


class CustomerTag(SQLModel, table=True):
    __tablename__ = "customer_tag"

    customer_id: UUID = Field(foreign_key="customer.id", ondelete="CASCADE", primary_key=True)
    tag: str = Field(primary_key=True, index=True)


class Segment(SQLModel, table=True):
    """A named set of customers: those for whom `conditions` (as in rules) hold.

    shipped: from the files, and following them until somebody edits it.
    """

    slug: str = Field(primary_key=True)
    name: dict[str, str] = Field(default_factory=dict, sa_type=Json)
    about: str = ""
    conditions: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    position: int = 0
    shipped: bool = False
    at: datetime = Field(sa_type=Utc)


class CustomerSegment(SQLModel, table=True):
    """Who was in which segment when it was last looked at."""

    __tablename__ = "customer_segment"

    customer_id: UUID = Field(foreign_key="customer.id", ondelete="CASCADE", primary_key=True)
    segment: str = Field(
        foreign_key="segment.slug", ondelete="CASCADE", primary_key=True, index=True
    )
    since: datetime = Field(sa_type=Utc)


class SourceVisit(SQLModel, table=True):
    """Where a customer came from, each time that it was new."""

    __tablename__ = "source_visit"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    customer_id: UUID = Field(foreign_key="customer.id", ondelete="CASCADE", index=True)
    source: dict[str, str] = Field(default_factory=dict, sa_type=Json)
    at: datetime = Field(sa_type=Utc)


class Purchase(SQLModel, table=True):
    """An order. `amount` in minor units of `currency` (ISO 4217; rial, never toman)."""

    __table_args__ = (UniqueConstraint("source", "number"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    customer_id: UUID = Field(foreign_key="customer.id", ondelete="CASCADE", index=True)
    source: str = "shop"
    number: str = Field(index=True)
    placed_at: datetime = Field(sa_type=Utc)
    amount: int = Field(sa_type=BigInteger)
    currency: str
    status: str


class PurchaseLine(SQLModel, table=True):
    __tablename__ = "purchase_line"

    purchase_id: UUID = Field(foreign_key="purchase.id", ondelete="CASCADE", primary_key=True)
    position: int = Field(primary_key=True)
    name: str
    quantity: int = 1
    unit_amount: int = Field(sa_type=BigInteger)


class Topic(SQLModel, table=True):
    """What customers write about; a short tree that admins keep."""

    id: UUID = Field(default_factory=new_id, primary_key=True)
    parent_id: UUID | None = Field(default=None, foreign_key="topic.id")
    slug: str = Field(unique=True)
    name: dict[str, str] = Field(default_factory=dict, sa_type=Json)


class CustomerTopic(SQLModel, table=True):
    """This conversation of this customer was about that topic."""

    __tablename__ = "customer_topic"

    conversation_id: UUID = Field(
        foreign_key="conversation.id", ondelete="CASCADE", primary_key=True
    )
    topic_id: UUID = Field(foreign_key="topic.id", ondelete="CASCADE", primary_key=True)
    customer_id: UUID = Field(foreign_key="customer.id", ondelete="CASCADE", index=True)
    at: datetime = Field(sa_type=Utc)


class Consent(SQLModel, table=True):
    """A yes or no to one purpose ("marketing", "survey"). The newest row counts."""

    id: UUID = Field(default_factory=new_id, primary_key=True)
    customer_id: UUID = Field(foreign_key="customer.id", ondelete="CASCADE", index=True)
    purpose: str
    granted: bool
    at: datetime = Field(sa_type=Utc)
    source: str


class CustomerNote(SQLModel, table=True):
    __tablename__ = "customer_note"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    customer_id: UUID = Field(foreign_key="customer.id", ondelete="CASCADE", index=True)
    agent_id: UUID | None = Field(default=None, foreign_key="agent.id")
    text: str
    at: datetime = Field(sa_type=Utc)
