"""What is known of a customer, and by which addresses."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from hub.store.types import Json, Serial, Utc, new_id


class Customer(SQLModel, table=True):
    """One person (or household, or company) who writes to us.

    `stage` is the lifecycle stage now; its history is in `StageChange`. The sources say where
    the customer first and last came from (page, referrer, campaign, start parameter).
    blocked_by: an actor of the event log. merged_into_id: this one turned out to be that one, who
    has everything now. erased_at: nothing personal is left of this one. seen_at: the last contact,
    and satisfaction the mean of the answers to surveys in 0..1; both are brought up to date by
    `hub.customers.index`, a moment after.
    """

    __table_args__ = (
        Index("ix_customer_seen", "seen_at", "id"),
        Index("ix_customer_stage", "stage", "seen_at", "id"),
        Index("ix_customer_satisfaction", "satisfaction", "seen_at", "id"),
        Index(
            "ix_customer_blocked",
            "blocked_at",
            "id",
            sqlite_where=text("blocked_at IS NOT NULL"),
            postgresql_where=text("blocked_at IS NOT NULL"),
        ),
        # Partial, or SQLite takes it for everybody who was not merged.
        Index(
            "ix_customer_merged",
            "merged_into_id",
            sqlite_where=text("merged_into_id IS NOT NULL"),
            postgresql_where=text("merged_into_id IS NOT NULL"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    name: str | None = None
    locale: str | None = None
    time_zone: str | None = None
    stage: str = "new"
    first_source: dict[str, str] = Field(default_factory=dict, sa_type=Json)
    last_source: dict[str, str] = Field(default_factory=dict, sa_type=Json)
    attributes: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    blocked_at: datetime | None = Field(default=None, sa_type=Utc)
    blocked_reason: str | None = None
    blocked_by: str | None = None
    merged_into_id: UUID | None = Field(default=None, foreign_key="customer.id")
    erased_at: datetime | None = Field(default=None, sa_type=Utc)
    satisfaction: float | None = None
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
        # Somebody may have an address proven and, from unvouched mail, claimed as well.
        UniqueConstraint("customer_id", "kind", "address", "proof"),
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


class CustomerKey(SQLModel, table=True):
    """By what a customer is found, and compared with others: kept by `hub.customers.index`.

    kind: "word" (of the name, folded), "name" (the whole of it, its words in order of the
    alphabet), "mail", "phone" (digits without the country's), "handle" (what precedes the @).
    """

    __tablename__ = "customer_key"
    __table_args__ = (Index("ix_customer_key", "kind", "value", "customer_id"),)

    customer_id: UUID = Field(foreign_key="customer.id", ondelete="CASCADE", primary_key=True)
    kind: str = Field(primary_key=True)
    value: str = Field(primary_key=True)


class Duplicate(SQLModel, table=True):
    """Two customers who may be one, the smaller id first, and why: see
    `hub.customers.duplicates`. Dismissed ones stay, so that they are not suggested again."""

    __table_args__ = (
        Index("ix_duplicate_open", "dismissed_at", "score", "first_id", "second_id"),
        Index("ix_duplicate_second", "second_id"),
    )

    first_id: UUID = Field(foreign_key="customer.id", ondelete="CASCADE", primary_key=True)
    second_id: UUID = Field(foreign_key="customer.id", ondelete="CASCADE", primary_key=True)
    evidence: list[dict[str, str]] = Field(default_factory=list, sa_type=Json)
    score: int = 0
    found_at: datetime = Field(sa_type=Utc)
    dismissed_at: datetime | None = Field(default=None, sa_type=Utc)
    dismissed_by: UUID | None = Field(default=None, foreign_key="agent.id")


class CustomerMerge(SQLModel, table=True):
    """One customer became part of another. `record` tells what moved, what was folded together
    and which values stood before, so that it can be taken back; see `hub.customers.merging`."""

    __tablename__ = "customer_merge"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    kept_id: UUID = Field(foreign_key="customer.id", ondelete="CASCADE", index=True)
    gone_id: UUID = Field(foreign_key="customer.id", ondelete="CASCADE", index=True)
    agent_id: UUID = Field(foreign_key="agent.id")
    record: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    at: datetime = Field(sa_type=Utc)
    undone_at: datetime | None = Field(default=None, sa_type=Utc)
    undone_by: UUID | None = Field(default=None, foreign_key="agent.id")


class CustomerAct(SQLModel, table=True):
    """Something an agent changed of a customer, with how it is taken back; as `Act`."""

    __tablename__ = "customer_act"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    customer_id: UUID = Field(foreign_key="customer.id", ondelete="CASCADE", index=True)
    agent_id: UUID = Field(foreign_key="agent.id")
    kind: str
    inverse: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    expected: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    at: datetime = Field(sa_type=Utc)
    undone_at: datetime | None = Field(default=None, sa_type=Utc)


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


class SegmentRevision(SQLModel, table=True):
    """A segment as somebody left it: its YAML, or None where they removed it.

    The first one of a shipped segment says what was shipped, and has no agent.
    """

    __tablename__ = "segment_revision"
    __table_args__ = (Index("ix_segment_revision_slug", "slug", "id"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=Serial)
    slug: str
    source: str | None = None
    agent_id: UUID | None = Field(default=None, foreign_key="agent.id")
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
    """What customers write about; a short tree that admins keep. A retired one is not chosen any
    more."""

    id: UUID = Field(default_factory=new_id, primary_key=True)
    parent_id: UUID | None = Field(default=None, foreign_key="topic.id")
    slug: str = Field(unique=True)
    name: dict[str, str] = Field(default_factory=dict, sa_type=Json)
    position: int = 0
    retired: bool = False


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
