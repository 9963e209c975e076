"""What agents list by: views that somebody made and named."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from hub.store.types import Json, Utc, new_id


class SavedView(SQLModel, table=True):
    """A named filter of conversations.

    agent_id: who made it, and alone sees it unless it is `shared`. conditions: as in rules; see
    `hub.rules.filters`. order: "due", "wait" or "latest", as in `hub.conversations.listing`.
    position: its place among its owner's views, or among the shared ones. deleted_at: it is kept
    for a while, so that deleting can be taken back.
    """

    __tablename__ = "saved_view"
    __table_args__ = (
        Index("ix_saved_view_agent", "agent_id", "position"),
        Index("ix_saved_view_shared", "shared", "position"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    agent_id: UUID = Field(foreign_key="agent.id", ondelete="CASCADE")
    shared: bool = False
    name: str
    conditions: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    order: str = "due"
    position: int = 0
    created_at: datetime = Field(sa_type=Utc)
    changed_at: datetime = Field(sa_type=Utc)
    deleted_at: datetime | None = Field(default=None, sa_type=Utc)
