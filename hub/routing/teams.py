"""Teams as an admin sees and changes them: who is in them, how much each takes, and by which
strategy conversations find somebody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Select, delete, func, select, update
from sqlmodel import Session

from hub.agents.audit import Action, By
from hub.agents.rights import Missing
from hub.calendars import Hours
from hub.routing.choice import State, Strategy
from hub.store import events
from hub.store.events import Happening
from hub.store.statements import insert_new, insert_or_update, table_of
from hub.store.tables import Agent, Availability, Brand, Conversation, Team, TeamMember
from hub.store.types import new_id
from hub.store.versions import policy_changed

CHANGED = "routing.changed"


class NoSuchTeam(Missing):
    """There is no such team, or the agent is not in it."""


class Nobody(Exception):
    """A team without members can not keep its conversations to itself."""


class SlugTaken(Exception):
    """Another team has this name for rules already."""


@dataclass(frozen=True)
class Summary:
    """A team in the list of teams. open: conversations that wait for an answer."""

    id: UUID
    slug: str
    name: Mapping[str, str]
    strategy: Strategy
    restricted: bool
    members: int
    online: int
    open: int


@dataclass(frozen=True)
class Member:
    """An agent in a team. capacity: None for the organisation's. limits: by channel kind."""

    agent_id: UUID
    name: str
    mail: str
    share: int = 1
    capacity: int | None = None
    limits: Mapping[str, int] = field(default_factory=dict)
    languages: tuple[str, ...] = ()
    state: State = "offline"
    open: int = 0


@dataclass(frozen=True)
class Whole:
    """A team with everything. hours: its own, as `hub.calendars.Hours` without the time zone; None
    for those of the organisation."""

    id: UUID
    slug: str
    name: Mapping[str, str]
    strategy: Strategy
    fixed_agent_id: UUID | None
    restricted: bool
    members: tuple[Member, ...]
    hours: Mapping[str, Any] | None = None


def teams(session: Session) -> list[Summary]:
    """All teams, by the name that rules have for them."""
    team, member = table_of(Team), table_of(TeamMember)
    conversation, there = table_of(Conversation), table_of(Availability)
    members = _counts(session, select(member.c.team_id, func.count()).group_by(member.c.team_id))
    online = _counts(
        session,
        select(member.c.team_id, func.count())
        .join(there, there.c.agent_id == member.c.agent_id)
        .where(there.c.state == "online")
        .group_by(member.c.team_id),
    )
    waiting = _counts(
        session,
        select(conversation.c.team_id, func.count())
        .where(conversation.c.status == "open")
        .group_by(conversation.c.team_id),
    )
    rows = session.execute(select(team).order_by(team.c.slug))
    return [
        Summary(
            id=row.id,
            slug=row.slug,
            name=row.name,
            strategy=row.strategy,
            restricted=row.restricted,
            members=members.get(row.id, 0),
            online=online.get(row.id, 0),
            open=waiting.get(row.id, 0),
        )
        for row in rows
    ]


def team(session: Session, team_id: UUID) -> Whole:
    """One team. Raises NoSuchTeam."""
    table = table_of(Team)
    row = session.execute(select(table).where(table.c.id == team_id)).first()
    if row is None:
        raise NoSuchTeam(f"there is no team {team_id}")
    return Whole(
        id=row.id,
        slug=row.slug,
        name=row.name,
        strategy=row.strategy,
        fixed_agent_id=row.fixed_agent_id,
        restricted=row.restricted,
        members=_members(session, team_id),
        hours=row.hours,
    )


def member(session: Session, team_id: UUID, agent_id: UUID) -> Member:
    """One member of a team. Raises NoSuchTeam."""
    found = next((one for one in _members(session, team_id) if one.agent_id == agent_id), None)
    if found is None:
        raise NoSuchTeam(f"{agent_id} is not in the team {team_id}")
    return found


def create(session: Session, by: By, *, slug: str, name: Mapping[str, str]) -> UUID:
    """Add a team without members; its id. Raises SlugTaken."""
    brand = table_of(Brand)
    brand_id = session.execute(select(brand.c.id).order_by(brand.c.id).limit(1)).scalar_one()
    team_id = new_id()
    row = {"id": team_id, "brand_id": brand_id, "slug": slug, "name": dict(name)}
    if not insert_new(session, Team, [row], ["id"]):
        raise SlugTaken(f"there is a team called {slug} already")
    _changed(session, by, team_id, "created a team", None, {"slug": slug})
    return team_id


def save(
    session: Session,
    by: By,
    team_id: UUID,
    *,
    name: Mapping[str, str],
    strategy: Strategy,
    fixed_agent_id: UUID | None,
) -> None:
    """Change a team's name and strategy. Raises NoSuchTeam."""
    before, table = team(session, team_id), table_of(Team)
    fixed = fixed_agent_id if strategy == "fixed" else None
    session.execute(
        update(table)
        .where(table.c.id == team_id)
        .values(name=dict(name), strategy=strategy, fixed_agent_id=fixed)
    )
    was = {"name": dict(before.name), "strategy": before.strategy}
    _changed(
        session, by, team_id, "changed a team", was, {"name": dict(name), "strategy": strategy}
    )


def restrict(
    session: Session,
    by: By,
    team_id: UUID,
    *,
    restricted: bool,
) -> None:
    """Let the team's members alone see its conversations, or everybody.

    Raises NoSuchTeam, and Nobody for a team without members, whose conversations none would see.
    """
    before, table = team(session, team_id), table_of(Team)
    if restricted and not before.members:
        raise Nobody(f"the team {before.slug} has no members")
    session.execute(update(table).where(table.c.id == team_id).values(restricted=restricted))
    action: Action = "changed who sees a team's conversations"
    was = {"restricted": before.restricted}
    _changed(session, by, team_id, action, was, {"restricted": restricted})


def change_hours(
    session: Session,
    by: By,
    team_id: UUID,
    hours: Hours | None,
) -> None:
    """Give the team hours of its own, or (None) those of the organisation. Raises NoSuchTeam."""
    before, table = team(session, team_id), table_of(Team)
    after = hours.model_dump(mode="json", exclude={"time_zone"}) if hours is not None else None
    session.execute(update(table).where(table.c.id == team_id).values(hours=after))
    was = {"hours": before.hours}
    _changed(session, by, team_id, "changed a team's hours", was, {"hours": after})


def add_member(session: Session, by: By, team_id: UUID, agent_id: UUID) -> None:
    """Put an agent into a team; twice does it once. Raises NoSuchTeam."""
    team(session, team_id)
    agent = table_of(Agent)
    known = select(agent.c.id).where(agent.c.id == agent_id, agent.c.active)
    if session.execute(known).first() is None:
        raise NoSuchTeam(f"there is no agent {agent_id}")
    insert_new(session, TeamMember, [{"team_id": team_id, "agent_id": agent_id}], ["agent_id"])
    _changed(session, by, team_id, "added a team member", None, {"agent": str(agent_id)})


def remove_member(session: Session, by: By, team_id: UUID, agent_id: UUID) -> None:
    """Take an agent out of a team; what the agent has stays with the agent."""
    table = table_of(TeamMember)
    session.execute(delete(table).where(table.c.team_id == team_id, table.c.agent_id == agent_id))
    _changed(session, by, team_id, "removed a team member", {"agent": str(agent_id)}, None)


def save_member(session: Session, by: By, team_id: UUID, changed: Member) -> None:
    """Change a member's share here, and what the agent takes everywhere. Raises NoSuchTeam."""
    before = member(session, team_id, changed.agent_id)
    table = table_of(TeamMember)
    session.execute(
        update(table)
        .where(table.c.team_id == team_id, table.c.agent_id == changed.agent_id)
        .values(share=changed.share)
    )
    insert_or_update(
        session,
        Availability,
        [
            {
                "agent_id": changed.agent_id,
                "since": by.now,
                "capacity": changed.capacity,
                "limits": dict(changed.limits),
                "languages": list(changed.languages),
            }
        ],
        key=["agent_id"],
        update=["capacity", "limits", "languages"],
    )
    _changed(session, by, team_id, "changed a team member", _told(before), _told(changed))


def _told(one: Member) -> dict[str, Any]:
    return {
        "agent": str(one.agent_id),
        "share": one.share,
        "capacity": one.capacity,
        "limits": dict(one.limits),
        "languages": list(one.languages),
    }


def _members(session: Session, team_id: UUID) -> tuple[Member, ...]:
    table, agent, there = table_of(TeamMember), table_of(Agent), table_of(Availability)
    rows = session.execute(
        select(
            agent.c.id,
            agent.c.name,
            agent.c.mail,
            table.c.share,
            there.c.capacity,
            there.c.limits,
            there.c.languages,
            there.c.state,
        )
        .join(agent, agent.c.id == table.c.agent_id)
        .outerjoin(there, there.c.agent_id == agent.c.id)
        .where(table.c.team_id == team_id, agent.c.active)
        .order_by(agent.c.name, agent.c.id)
    ).all()
    loads = _open(session, [row.id for row in rows])
    return tuple(
        Member(
            agent_id=row.id,
            name=row.name,
            mail=row.mail,
            share=row.share,
            capacity=row.capacity,
            limits=row.limits or {},
            languages=tuple(row.languages or ()),
            state=cast("State", row.state or "offline"),
            open=loads.get(row.id, 0),
        )
        for row in rows
    )


def _open(session: Session, agent_ids: Iterable[UUID]) -> dict[UUID, int]:
    table = table_of(Conversation)
    return _counts(
        session,
        select(table.c.assignee_id, func.count())
        .where(table.c.assignee_id.in_(list(agent_ids)), table.c.status == "open")
        .group_by(table.c.assignee_id),
    )


def _counts(session: Session, query: Select[Any]) -> dict[UUID, int]:
    return {row[0]: row[1] for row in session.execute(query)}


def _changed(
    session: Session,
    by: By,
    team_id: UUID,
    action: Action,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
) -> None:
    """Note it in the audit log, and let everybody who decides or waits hear of it."""
    by.note(session, action, f"team:{team_id}", before, after)
    events.append(
        session, [Happening(CHANGED, by.viewer.actor, by.now, details={"team": str(team_id)})]
    )
    policy_changed(session)
