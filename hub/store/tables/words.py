"""What admins say about tags, customers' attributes and senders, beside what is in use."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel

from hub.store.types import Json, Utc


class Tag(SQLModel, table=True):
    """A tag that admins look after; one that was only ever put on something has no row.

    about: what it is for, by language. retired: it stays where it is and is not offered any more.
    """

    name: str = Field(primary_key=True)
    about: dict[str, str] = Field(default_factory=dict, sa_type=Json)
    retired: bool = False


class CustomerAttribute(SQLModel, table=True):
    """An attribute that customers can have, as agents are asked for it.

    name: its key in `customer.attributes`, by which rules and segments know it. form: "text",
    "number", "switch", "day" or "choice", which has `choices`. Attributes without a row are text.
    """

    __tablename__ = "customer_attribute"

    name: str = Field(primary_key=True)
    label: dict[str, str] = Field(default_factory=dict, sa_type=Json)
    form: str = "text"
    choices: list[str] = Field(default_factory=list, sa_type=Json)
    position: int = 0
    retired: bool = False


class BlockedSender(SQLModel, table=True):
    """An address, or a domain ("@example.com"), from which nothing is taken but as spam.

    kind: that of the address, "mail" for domains. blocked_by: an actor of the event log.
    """

    __tablename__ = "blocked_sender"

    kind: str = Field(primary_key=True)
    address: str = Field(primary_key=True)
    reason: str | None = None
    blocked_at: datetime = Field(sa_type=Utc)
    blocked_by: str
