"""The accounts that were connected in the browser."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from hub.store.types import Json, Utc


class ConnectedAccount(SQLModel, table=True):
    """One account as an admin set it up; those of the settings file have no row.

    options: what the adapter is told, without secrets. secrets: those, by name, as JSON under the
    installation's key; None where there are none. A removed account keeps its row: its name stays
    taken, because conversations and cursors speak of it, and it can come back.
    """

    __tablename__ = "connected_account"

    name: str = Field(primary_key=True)
    kind: str
    brand: str = ""
    options: dict[str, Any] = Field(default_factory=dict, sa_type=Json, nullable=False)
    secrets: str | None = None
    paused: bool = False
    created_at: datetime = Field(sa_type=Utc)
    changed_at: datetime = Field(sa_type=Utc)
    removed_at: datetime | None = Field(default=None, sa_type=Utc)
