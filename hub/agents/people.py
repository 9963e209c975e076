"""The people who sign in, as those manage them who may: invited, changed, let go, taken back.

Only owners touch owners or make one, and nobody changes their own role or lets themselves go, so
an installation always keeps an owner.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, func, or_, select, tuple_, update
from sqlmodel import Session

from hub.agents import sign_ins
from hub.agents.audit import By
from hub.agents.directory import add_agent
from hub.agents.rights import ROLES, Missing, NotAllowed, Viewer
from hub.store.statements import table_of
from hub.store.tables import Agent, SecondStep, SignIn
from hub.store.versions import policy_changed
from hub.text import display_name

PAGE: Final = 50


class NoSuchAgent(Missing):
    """There is no agent of this id."""


@dataclass(frozen=True)
class Colleague:
    """One agent. joined: a password was set. seen_at: when one of their browsers was last used."""

    id: UUID
    name: str
    mail: str
    role: str
    active: bool
    joined: bool
    second_step: bool
    seen_at: datetime | None


def colleagues(
    session: Session, *, search: str = "", after: tuple[str, UUID] | None = None, limit: int = PAGE
) -> list[Colleague]:
    """Agents by name, those who are active first; `after`: name and id of the last one before."""
    table = table_of(Agent)
    query = _query().order_by(table.c.name, table.c.id).limit(limit)
    if after is not None:
        query = query.where(tuple_(table.c.name, table.c.id) > after)
    if wanted := search.strip():
        pattern = f"%{_literal(wanted)}%"
        query = query.where(
            or_(table.c.name.ilike(pattern, escape="\\"), table.c.mail.ilike(pattern, escape="\\"))
        )
    return [Colleague(*row) for row in session.execute(query)]


def colleague(session: Session, agent_id: UUID) -> Colleague:
    """One agent. Raises NoSuchAgent."""
    row = session.execute(_query().where(table_of(Agent).c.id == agent_id)).first()
    if row is None:
        raise NoSuchAgent(f"there is no agent {agent_id}")
    return Colleague(*row)


def invite(
    session: Session,
    by: By,
    *,
    name: str,
    mail: str,
    role: str,
    locale: str,
    calendar: str,
    time_zone: str,
) -> UUID:
    """Add somebody who has no password yet; the id. Raises NotAllowed, and as `add_agent`."""
    _allow(by.viewer, role)
    agent_id = add_agent(
        session,
        name=name,
        mail=mail,
        password_hash=None,
        role=role,
        locale=locale,
        calendar=calendar,
        time_zone=time_zone,
        now=by.now,
    )
    by.note(
        session,
        "invited an agent",
        f"agent:{agent_id}",
        after={"name": name, "mail": mail, "role": role},
    )
    return agent_id


def change(
    session: Session,
    by: By,
    agent_id: UUID,
    *,
    name: str,
    role: str,
) -> None:
    """Rename an agent, or give them another role.

    Raises NotAllowed, NoSuchAgent, and ValueError for a name that is none or an unknown role.
    """
    was = colleague(session, agent_id)
    shown = display_name(name)
    if not shown:
        raise ValueError("the agent needs a name that colleagues and customers can read")
    if role not in ROLES:
        raise ValueError(f"there is no role {role!r}; the roles are {', '.join(ROLES)}")
    if (was.name, was.role) == (shown, role):
        return
    _allow(by.viewer, was.role)
    if role != was.role:
        _allow(by.viewer, role)
        if agent_id == by.viewer.agent_id:
            raise NotAllowed("nobody changes their own role")
    table = table_of(Agent)
    session.execute(update(table).where(table.c.id == agent_id).values(name=shown, role=role))
    by.note(
        session,
        "changed an agent",
        f"agent:{agent_id}",
        {"name": was.name, "role": was.role},
        {"name": shown, "role": role},
    )
    policy_changed(session)


def deactivate(session: Session, by: By, agent_id: UUID) -> list[str]:
    """Let somebody sign in no more and sign them out; the token hashes of what ended.

    Raises NotAllowed and NoSuchAgent.
    """
    _switch(session, by, agent_id, active=False)
    return sign_ins.end_all(session, agent_id, now=by.now, address=by.address)


def reactivate(session: Session, by: By, agent_id: UUID) -> None:
    """Let somebody sign in again, with the password that they had. Raises as `deactivate`."""
    _switch(session, by, agent_id, active=True)


def require_manageable(session: Session, viewer: Viewer, agent_id: UUID) -> Colleague:
    """The agent, if the viewer may do something to them. Raises NotAllowed and NoSuchAgent."""
    found = colleague(session, agent_id)
    _allow(viewer, found.role)
    return found


def _switch(
    session: Session,
    by: By,
    agent_id: UUID,
    *,
    active: bool,
) -> None:
    was = require_manageable(session, by.viewer, agent_id)
    if agent_id == by.viewer.agent_id:
        raise NotAllowed("nobody lets themselves go")
    if was.active == active:
        return
    table = table_of(Agent)
    session.execute(update(table).where(table.c.id == agent_id).values(active=active))
    by.note(
        session, "reactivated an agent" if active else "deactivated an agent", f"agent:{agent_id}"
    )
    policy_changed(session)


def _allow(viewer: Viewer, role: str) -> None:
    if role == "owner" and viewer.role != "owner":
        raise NotAllowed("only an owner touches owners")


def _query() -> Select[Any]:
    table, step, sign_in = table_of(Agent), table_of(SecondStep), table_of(SignIn)
    seen = (
        select(func.max(sign_in.c.seen_at))
        .where(sign_in.c.agent_id == table.c.id)
        .scalar_subquery()
    )
    return select(
        table.c.id,
        table.c.name,
        table.c.mail,
        table.c.role,
        table.c.active,
        table.c.password_hash.is_not(None),
        step.c.confirmed_at.is_not(None),
        seen,
    ).outerjoin(step, step.c.agent_id == table.c.id)


def _literal(text: str) -> str:
    """The text as a LIKE pattern that means nothing but itself."""
    return text[:80].replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
