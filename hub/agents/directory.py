"""Agents and teams: finding, naming and adding them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, select, update
from sqlmodel import Session

from hub.agents.rights import ROLES
from hub.store.compiled import Compiled
from hub.store.statements import insert_new, table_of
from hub.store.tables import Agent, Team, TeamMember
from hub.store.types import new_id
from hub.store.versions import policy_changed
from hub.text import display_name
from hub.text.mail_address import normalise_mail_address


class AgentExists(Exception):
    """Somebody has this mail address already."""


@dataclass(frozen=True)
class Named:
    """An agent or a team, by the name that agents read."""

    id: UUID
    name: str


@dataclass(frozen=True)
class Account:
    """What signing in needs to know of an agent."""

    agent_id: UUID
    password_hash: str | None
    active: bool


def add_agent(
    session: Session,
    *,
    name: str,
    mail: str,
    password_hash: str | None,
    role: str,
    locale: str,
    calendar: str,
    time_zone: str,
    now: datetime,
) -> UUID:
    """Add somebody who may sign in; the id.

    Raises:
        AgentExists: an agent has this address.
        ValueError: the address is none, the name is empty, or there is no such role.
    """
    address = normalise_mail_address(mail)
    if address is None:
        raise ValueError(f"{mail!r} is no mail address; write it like sara@example.com")
    if role not in ROLES:
        raise ValueError(f"there is no role {role!r}; the roles are {', '.join(ROLES)}")
    shown = display_name(name)
    if not shown:
        raise ValueError("the agent needs a name that colleagues and customers can read")
    agent_id = new_id()
    made = insert_new(
        session,
        Agent,
        [
            {
                "id": agent_id,
                "name": shown,
                "mail": address,
                "password_hash": password_hash,
                "role": role,
                "locale": locale,
                "calendar": calendar,
                "time_zone": time_zone,
                "theme": "system",
                "active": True,
                "created_at": now,
            }
        ],
        ["id"],
    )
    if not made:
        raise AgentExists(f"an agent with the address {address} exists already")
    policy_changed(session)
    return agent_id


def account_of(session: Session, mail: str) -> Account | None:
    """The account behind a mail address as it was typed, or None."""
    table = table_of(Agent)
    address = normalise_mail_address(mail)
    if address is None:
        return None
    row = session.execute(
        select(table.c.id, table.c.password_hash, table.c.active).where(table.c.mail == address)
    ).first()
    return Account(*row) if row else None


def password_of(session: Session, agent_id: UUID) -> str | None:
    """The password's hash of an agent who may sign in."""
    table = table_of(Agent)
    found: str | None = session.execute(
        select(table.c.password_hash).where(table.c.id == agent_id, table.c.active)
    ).scalar()
    return found


def mail_of(session: Session, agent_id: UUID) -> str:
    """The address by which an agent signs in."""
    table = table_of(Agent)
    found: str = session.execute(select(table.c.mail).where(table.c.id == agent_id)).scalar_one()
    return found


def set_password_hash(session: Session, agent_id: UUID, password_hash: str) -> None:
    """Store a new hash of an agent's password."""
    table = table_of(Agent)
    session.execute(update(table).where(table.c.id == agent_id).values(password_hash=password_hash))


def agents(session: Session) -> list[Named]:
    """Everybody to whom conversations can be given, by name."""
    return [Named(row.id, row.name) for row in _names.all(session, {}) if row.active]


def agent_names(session: Session) -> dict[UUID, str]:
    """The names of all agents, those who have left included."""
    return {row.id: row.name for row in _names.all(session, {})}


@Compiled
def _names(_: str) -> Select[Any]:
    table = table_of(Agent)
    return select(table.c.id, table.c.name, table.c.active).order_by(table.c.name)


def teams(session: Session, agent_id: UUID, locale: str) -> list[Named]:
    """The teams whose conversations this agent may see, by name in the agent's language."""
    rows = _teams.all(session, {"agent": agent_id})
    found = [Named(team_id, localized(name, locale) or slug) for team_id, name, slug in rows]
    return sorted(found, key=lambda team: team.name.casefold())


@Compiled
def _teams(_: str) -> Select[Any]:
    team, member = table_of(Team), table_of(TeamMember)
    mine = select(member.c.team_id).where(member.c.agent_id == bindparam("agent"))
    return select(team.c.id, team.c.name, team.c.slug).where(
        ~team.c.restricted | team.c.id.in_(mine)
    )


def localized(text: Mapping[str, str] | None, locale: str) -> str | None:
    """What an admin typed, in this language or else in any."""
    if not text:
        return None
    return text.get(locale) or next((value for value in text.values() if value), None)
