"""Messages, their contents, files and originals, and the record of what was handled."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, LargeBinary, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from hub.store.types import Json, Serial, Utc, new_id


class Message(SQLModel, table=True):
    """One message. It never changes; an edit adds a `Content` and moves `revision` to it.

    direction: "in", "out" or "note". `at` is when it was written by its source's clock,
    `received_at` when we stored it. agent_id or rule says who of us wrote it, and template from
    which one.
    flagged: why it deserves a look ("same Message-ID, other content").
    addressed: by field (to, cc, bcc) who a mail is addressed to, as
      `hub.conversations.addressed` reads it.
    """

    __table_args__ = (
        UniqueConstraint("conversation_id", "position"),
        Index("ix_message_shared", "channel", "shared_id"),
        Index(
            "ix_message_automatic",
            "conversation_id",
            "at",
            sqlite_where=text("rule IS NOT NULL"),
            postgresql_where=text("rule IS NOT NULL"),
        ),
        Index(
            "ix_message_template",
            "template",
            "at",
            sqlite_where=text("template IS NOT NULL"),
            postgresql_where=text("template IS NOT NULL"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    conversation_id: UUID = Field(foreign_key="conversation.id", ondelete="CASCADE")
    position: int
    direction: str
    channel: str | None = None
    account: str | None = None
    identity_id: UUID | None = Field(default=None, foreign_key="identity.id", index=True)
    agent_id: UUID | None = Field(default=None, foreign_key="agent.id")
    rule: str | None = None
    template: str | None = None
    external_id: str | None = None
    shared_id: str | None = None
    fingerprint: str = ""
    client_id: str | None = None
    reply_to_id: UUID | None = None
    moved_from_id: UUID | None = None
    """The conversation that it was written in, where an agent has put it into another one."""
    subject: str | None = None
    addressed: dict[str, Any] | None = Field(default=None, sa_type=Json)
    automated: bool = False
    backlog: bool = False
    flagged: str | None = None
    revision: int = 0
    deleted_at: datetime | None = Field(default=None, sa_type=Utc)
    at: datetime = Field(sa_type=Utc)
    received_at: datetime = Field(sa_type=Utc)


class Content(SQLModel, table=True):
    """What a message says, by revision. `blocks` is the text that `dump_content` wrote."""

    message_id: UUID = Field(foreign_key="message.id", ondelete="CASCADE", primary_key=True)
    revision: int = Field(default=0, primary_key=True)
    blocks: str
    text: str
    at: datetime = Field(sa_type=Utc)


class Reaction(SQLModel, table=True):
    message_id: UUID = Field(foreign_key="message.id", ondelete="CASCADE", primary_key=True)
    identity_id: UUID = Field(foreign_key="identity.id", ondelete="CASCADE", primary_key=True)
    reactions: str
    at: datetime = Field(sa_type=Utc)


class Blob(SQLModel, table=True):
    """A stored file, content-addressed per customer so that erasing one spares the others.

    customer_id: None for a file of ours, which may go to anybody and outlives everybody.
    """

    __table_args__ = (UniqueConstraint("customer_id", "digest"),)

    key: str = Field(primary_key=True)
    customer_id: UUID | None = Field(default=None, foreign_key="customer.id", ondelete="CASCADE")
    digest: str
    size: int = Field(sa_type=BigInteger)
    media_type: str
    at: datetime = Field(sa_type=Utc)


class Attachment(SQLModel, table=True):
    """A file as one message shows it."""

    message_id: UUID = Field(foreign_key="message.id", ondelete="CASCADE", primary_key=True)
    position: int = Field(primary_key=True)
    blob_key: str = Field(foreign_key="blob.key", index=True)
    name: str
    media_type: str
    size: int = Field(sa_type=BigInteger)


class SmallPicture(SQLModel, table=True):
    """The small copy of a picture, as WebP without metadata, made when somebody first looks.

    width, height: of the whole picture in pixels. refused: why there is no copy, where that is so.
    """

    __tablename__ = "small_picture"

    blob_key: str = Field(foreign_key="blob.key", ondelete="CASCADE", primary_key=True)
    body: bytes | None = Field(default=None, sa_type=LargeBinary)
    width: int
    height: int
    refused: str | None = None
    at: datetime = Field(sa_type=Utc)


class Delivery(SQLModel, table=True):
    """What was handled already. Outlives deletion and erasure, so it refers to nothing."""

    account: str = Field(primary_key=True)
    external_id: str = Field(primary_key=True)
    digest: str = Field(default="", primary_key=True)
    message_id: UUID | None = None
    at: datetime = Field(sa_type=Utc)


class ExternalRef(SQLModel, table=True):
    """The far side's ids of a message, ours included. `scope` is the account, or the channel's
    kind where ids are the same everywhere (Message-ID)."""

    __tablename__ = "external_ref"

    scope: str = Field(primary_key=True)
    external_id: str = Field(primary_key=True)
    message_id: UUID = Field(foreign_key="message.id", ondelete="CASCADE", index=True)


class RawOriginal(SQLModel, table=True):
    """What arrived, byte for byte. Up to 64 KB in `body`, larger ones in the blob store.

    `reason` is set on what could not be parsed; it is shown and can be replayed.
    """

    __tablename__ = "raw_original"
    __table_args__ = (
        Index(
            "ix_raw_original_aside",
            "account",
            "at",
            "id",
            sqlite_where=text("reason IS NOT NULL"),
            postgresql_where=text("reason IS NOT NULL"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    message_id: UUID | None = Field(
        default=None, foreign_key="message.id", ondelete="CASCADE", index=True
    )
    account: str
    external_id: str
    media_type: str
    body: bytes | None = Field(default=None, sa_type=LargeBinary)
    blob_key: str | None = None
    reason: str | None = Field(default=None)
    at: datetime = Field(sa_type=Utc)


class SearchEntry(SQLModel, table=True):
    """The folded words of a message. The full-text index of either database hangs on it."""

    __tablename__ = "search_entry"

    id: int | None = Field(default=None, primary_key=True, sa_type=Serial)
    message_id: UUID = Field(foreign_key="message.id", ondelete="CASCADE", unique=True)
    conversation_id: UUID = Field(foreign_key="conversation.id", ondelete="CASCADE", index=True)
    folded: str
