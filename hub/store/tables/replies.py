"""Reply templates: what is said about them, what is written and not live yet, what goes along."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, UniqueConstraint
from sqlmodel import Field, SQLModel

from hub.store.types import Json, Utc, new_id


class TemplateRevision(SQLModel, table=True):
    """One variant of a reply template, each time it was saved.

    form: "txt" for every channel, "telegram.txt" for one kind, "html" for mail. A removed variant
    has a last revision that says nothing.
    """

    __tablename__ = "template_revision"
    __table_args__ = (UniqueConstraint("name", "locale", "form", "revision"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    name: str
    locale: str
    form: str = "txt"
    revision: int = 1
    source: str
    digest: str
    shipped: bool = False
    agent_id: UUID | None = Field(default=None, foreign_key="agent.id")
    at: datetime = Field(sa_type=Utc)


class TemplateCard(SQLModel, table=True):
    """What is said about a template as a whole; one without a row is everyone's and plain.

    agent_id: whose own it is; team_id: which team's. tags: JSON list. archived_at: since when it
    is offered no more.
    """

    __tablename__ = "template_card"

    name: str = Field(primary_key=True)
    purpose: str = ""
    agent_id: UUID | None = Field(default=None, foreign_key="agent.id", ondelete="CASCADE")
    team_id: UUID | None = Field(default=None, foreign_key="team.id", ondelete="SET NULL")
    tags: list[Any] = Field(default_factory=list, sa_type=Json)
    archived_at: datetime | None = Field(default=None, sa_type=Utc)
    changed_at: datetime = Field(sa_type=Utc)


class TemplateDraft(SQLModel, table=True):
    """What is written of a variant and not live yet. base: the revision that it began from;
    version: counts its savings, so that two writers do not overwrite each other unseen."""

    __tablename__ = "template_draft"

    name: str = Field(primary_key=True)
    locale: str = Field(primary_key=True)
    form: str = Field(primary_key=True)
    source: str
    base: int = 0
    version: int = 1
    agent_id: UUID | None = Field(default=None, foreign_key="agent.id", ondelete="SET NULL")
    at: datetime = Field(sa_type=Utc)


class TemplateFile(SQLModel, table=True):
    """A file that goes along with a template; locale None: with each of its languages."""

    __tablename__ = "template_file"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    name: str = Field(index=True)
    locale: str | None = None
    blob_key: str = Field(foreign_key="blob.key", index=True)
    form: str
    file_name: str
    media_type: str
    size: int = Field(sa_type=BigInteger)
    added_at: datetime = Field(sa_type=Utc)
    removed_at: datetime | None = Field(default=None, sa_type=Utc)
