"""The organisation's side: brands, teams, agents, their sign-ins, and the audit log."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index
from sqlmodel import Field, SQLModel

from hub.store.types import Json, Serial, Utc, new_id


class Brand(SQLModel, table=True):
    """Under which name customers are spoken to.

    The main one is the organisation itself: what is None is as the settings file says. setup: how
    far its first set-up has come. retention: seconds that settled conversations are kept; see
    `hub.privacy.ages`.
    """

    id: UUID = Field(default_factory=new_id, primary_key=True)
    name: str | None = None
    slug: str = Field(unique=True)
    logo_key: str | None = None
    sender_name: dict[str, str] = Field(default_factory=dict, sa_type=Json)
    """What customers read as the sender, by locale."""
    locale: str | None = None
    calendar: str | None = None
    time_zone: str | None = None
    hours: dict[str, Any] | None = Field(default=None, sa_type=Json)
    retention: dict[str, Any] | None = Field(default=None, sa_type=Json)
    setup: dict[str, Any] | None = Field(default=None, sa_type=Json)


class Team(SQLModel, table=True):
    """Agents who share a queue. The conversations of a restricted team are seen by it alone.

    strategy: how conversations find somebody in it; see `hub.routing.choice`. With "fixed" they
    go to `fixed_agent_id`.
    """

    id: UUID = Field(default_factory=new_id, primary_key=True)
    brand_id: UUID = Field(foreign_key="brand.id", index=True)
    slug: str = Field(unique=True)
    """The name by which rules speak of the team."""
    name: dict[str, str] = Field(default_factory=dict, sa_type=Json)
    hours: dict[str, Any] | None = Field(default=None, sa_type=Json)
    restricted: bool = False
    strategy: str = "least_busy"
    fixed_agent_id: UUID | None = Field(default=None, foreign_key="agent.id", ondelete="SET NULL")


class Agent(SQLModel, table=True):
    """Somebody of the organisation who signs in. `role`: agent, lead, admin or owner.

    What an agent chose for themselves: direction "auto" (that of the language), "ltr" or "rtl";
    digits "auto" (those of the language), "latin" or "persian"; density "comfortable" or
    "compact"; after_sending "stay" or "next" (the next waiting conversation opens); signatures: by
    channel kind, what stands under an answer; customer_columns: those of the list of customers, in
    order, empty for the usual ones.
    """

    id: UUID = Field(default_factory=new_id, primary_key=True)
    name: str
    mail: str = Field(unique=True)
    password_hash: str | None = None
    role: str = "agent"
    locale: str = "en"
    calendar: str = "gregorian"
    time_zone: str = "UTC"
    theme: str = "system"
    direction: str = "auto"
    digits: str = "auto"
    density: str = "comfortable"
    shortcuts: bool = True
    after_sending: str = "stay"
    signatures: dict[str, str] = Field(default_factory=dict, sa_type=Json)
    customer_columns: list[str] = Field(default_factory=list, sa_type=Json)
    active: bool = True
    created_at: datetime = Field(sa_type=Utc)


class TeamMember(SQLModel, table=True):
    """share: how much of what comes in goes to the agent, beside the others'; 0: by hand only."""

    __tablename__ = "team_member"

    team_id: UUID = Field(foreign_key="team.id", ondelete="CASCADE", primary_key=True)
    agent_id: UUID = Field(foreign_key="agent.id", ondelete="CASCADE", primary_key=True, index=True)
    share: int = 1


class SignIn(SQLModel, table=True):
    """One signed-in browser. Only the token's hash is kept."""

    __tablename__ = "sign_in"

    token_hash: str = Field(primary_key=True)
    agent_id: UUID = Field(foreign_key="agent.id", ondelete="CASCADE", index=True)
    created_at: datetime = Field(sa_type=Utc)
    seen_at: datetime = Field(sa_type=Utc)
    expires_at: datetime = Field(sa_type=Utc, index=True)
    address: str | None = None
    browser: str | None = None


class ApiToken(SQLModel, table=True):
    """With what another program asks the API on behalf of an agent. Only the hash is kept.

    prefix: how the secret begins, to tell tokens apart. scopes: what of the agent's rights it may
    use, by the names of `hub.agents.tokens.SCOPES`. expires_at: None for never.
    """

    __tablename__ = "api_token"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    agent_id: UUID = Field(foreign_key="agent.id", ondelete="CASCADE", index=True)
    name: str
    prefix: str
    token_hash: str = Field(unique=True)
    scopes: list[str] = Field(sa_type=Json)
    created_at: datetime = Field(sa_type=Utc)
    created_by: UUID | None = None
    expires_at: datetime | None = Field(default=None, sa_type=Utc)
    used_at: datetime | None = Field(default=None, sa_type=Utc)
    used_from: str | None = None
    revoked_at: datetime | None = Field(default=None, sa_type=Utc)


class SecondStep(SQLModel, table=True):
    """The secret that an agent's device makes codes from, encrypted; on once it is confirmed.

    `last_step` is the half minute of the last code that was taken, so that none is taken twice.
    """

    __tablename__ = "second_step"

    agent_id: UUID = Field(foreign_key="agent.id", ondelete="CASCADE", primary_key=True)
    secret: str
    confirmed_at: datetime | None = Field(default=None, sa_type=Utc)
    last_step: int = Field(default=0, sa_type=BigInteger)


class RecoveryCode(SQLModel, table=True):
    """A code in place of the device, good once. Only its hash is kept."""

    __tablename__ = "recovery_code"

    agent_id: UUID = Field(foreign_key="agent.id", ondelete="CASCADE", primary_key=True)
    code_hash: str = Field(primary_key=True)
    used_at: datetime | None = Field(default=None, sa_type=Utc)


class Audit(SQLModel, table=True):
    """Who did what to the installation, and from where.

    Rows are only ever added: triggers refuse to change or delete one.
    """

    __table_args__ = (
        Index("ix_audit_agent", "agent_id", "position"),
        Index("ix_audit_action", "action", "position"),
        {"sqlite_autoincrement": True},
    )

    position: int | None = Field(default=None, primary_key=True, sa_type=Serial)
    at: datetime = Field(sa_type=Utc, index=True)
    agent_id: UUID | None = None
    action: str
    subject: str
    before: dict[str, Any] | None = Field(default=None, sa_type=Json)
    after: dict[str, Any] | None = Field(default=None, sa_type=Json)
    address: str | None = None
