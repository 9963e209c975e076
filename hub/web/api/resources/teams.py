"""Teams: who takes what, and how much at once."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints, ValidationError

from hub import organisation
from hub.agents.rights import Right
from hub.calendars import Hours
from hub.routing import STRATEGIES, teams
from hub.routing.teams import Member, Nobody, SlugTaken
from hub.store.database import Session
from hub.web.api import problem
from hub.web.api.call import ApiCall, Call, Made
from hub.web.api.model import Flag, Given, Id, Number, Shown, example
from hub.web.api.paging import Page, Paged, paged
from hub.web.api.problem import Problem
from hub.web.api.resource import Resource
from hub.web.api.resources.naming import Names, ShortName
from hub.web.api.resources.organisation import NewOpeningHours, OpeningHours
from hub.web.api.resources.shared import ONE, OTHER

resource = Resource(
    "Teams",
    "Who takes what, and how much at once.",
    refuses={
        SlugTaken: problem.CONFLICT,
        Nobody: problem.CONFLICT,
    },
)

Strategy = Literal["round_robin", "least_busy", "most_idle", "last_agent", "key_customers", "fixed"]
assert set(STRATEGIES) == set(Strategy.__args__)  # type: ignore[attr-defined]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]
Kind = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[a-z0-9_-]+$")]
Share = Annotated[Number, Field(le=100)]
Capacity = Annotated[Number, Field(ge=1, le=1000)]
Limits = Annotated[dict[Kind, Annotated[Number, Field(le=1000)]], Field(max_length=20)]
_MEMBER: dict[str, Any] = {
    "agent_id": OTHER,
    "name": "Sara Ahmadi",
    "mail": "sara@example.com",
    "share": 1,
    "capacity": None,
    "limits": {"mail": 10},
    "languages": ["fa", "en"],
    "state": "online",
    "open": 3,
}


class TeamMember(Shown):
    """An agent in a team."""

    model_config = Shown.model_config | example(**_MEMBER)

    agent_id: UUID
    name: str
    mail: str
    share: int = Field(description="How much comes to them, beside the others; 0: by hand only")
    capacity: int | None = Field(description="How many at once; null: as set for everybody")
    limits: dict[str, int] = Field(description="How many at once, by kind of channel")
    languages: list[str]
    state: str
    open: int = Field(description="How many open conversations they have")


class Team(Shown):
    """A team with its members."""

    model_config = Shown.model_config | example(
        id=ONE,
        slug="finance",
        names={"en": "Finance", "fa": "مالی"},
        strategy="least_busy",
        fixed_agent_id=None,
        restricted=False,
        members=[_MEMBER],
    )

    id: UUID
    slug: str = Field(description="By which rules know it")
    names: dict[str, str]
    strategy: str = Field(description="How conversations find somebody in it")
    fixed_agent_id: UUID | None
    restricted: bool = Field(description="Its conversations are seen by its members alone")
    members: list[TeamMember]


class TeamRow(Shown):
    """A team in the list. open: conversations that wait for an answer."""

    model_config = Shown.model_config | example(
        id=ONE,
        slug="finance",
        names={"en": "Finance"},
        strategy="least_busy",
        restricted=False,
        members=4,
        online=2,
        open=7,
    )

    id: UUID
    slug: str
    names: dict[str, str]
    strategy: str
    restricted: bool
    members: int
    online: int
    open: int


class NewTeam(Given):
    """A team to be made."""

    model_config = example(slug="finance", names={"en": "Finance"})

    slug: ShortName
    names: Names


class TeamChange(Given):
    """What of a team is to be changed."""

    model_config = example(strategy="round_robin")

    names: Names | None = None
    strategy: Strategy | None = None
    fixed_agent_id: Id | None = Field(None, description="With the strategy `fixed`: who")
    restricted: Flag | None = Field(None, description="Only its members see its conversations")


class Membership(Given):
    """What an agent takes: the share in this team, the rest everywhere."""

    model_config = example(share=1, capacity=None, limits={"mail": 10}, languages=["fa", "en"])

    share: Share = 1
    capacity: Capacity | None = None
    limits: Limits = Field(default_factory=dict)
    languages: Annotated[list[Language], Field(max_length=20)] = Field(default_factory=list)


@resource.get("/teams", needs=Right.MANAGE_TEAMS)
async def page(call: Call, paging: Paged) -> Page[TeamRow]:
    """List the teams."""
    found = await call.read(teams.teams)
    return paged(found, paging, key=lambda one: one.slug, show=_row)


@resource.get("/teams/{team_id}", needs=Right.MANAGE_TEAMS)
async def show(call: Call, team_id: Id) -> Team:
    """Show a team with its members."""
    found = await call.read(teams.team, team_id)
    return Team(
        id=found.id,
        slug=found.slug,
        names=dict(found.name),
        strategy=found.strategy,
        fixed_agent_id=found.fixed_agent_id,
        restricted=found.restricted,
        members=[TeamMember.model_validate(one) for one in found.members],
    )


@resource.post("/teams", needs=Right.MANAGE_TEAMS, status=201)
async def make(call: Call, given: NewTeam) -> Team:
    """Make a team without members."""

    def write(session: Session) -> Made:
        names = {str(locale): name for locale, name in given.names.items()}
        made = teams.create(session, call.by, slug=given.slug, name=names)
        return {"id": str(made)}

    return await show(call, UUID((await call.once(write))["id"]))


@resource.patch("/teams/{team_id}", needs=Right.MANAGE_TEAMS)
async def change(call: Call, team_id: Id, given: TeamChange) -> Team:
    """Change a team's name, and how conversations find somebody in it.

    What is left out stays as it is.
    """
    await call.act(_change, call, team_id, given)
    return await show(call, team_id)


@resource.put("/teams/{team_id}/hours", needs=Right.MANAGE_TEAMS)
async def put_hours(call: Call, team_id: Id, given: NewOpeningHours) -> OpeningHours:
    """Give a team hours of its own, in the organisation's time zone."""

    def write(session: Session) -> None:
        settings = call.context.settings
        zone = organisation.read(session, settings).organisation.time_zone
        hours = Hours.model_validate({"time_zone": zone, **given.model_dump()})
        teams.change_hours(session, call.by, team_id, hours)

    try:
        await call.act(write)
    except ValidationError as error:
        raise Problem(problem.REFUSED, error.errors()[0]["msg"]) from None
    return OpeningHours.model_validate((await call.read(teams.team, team_id)).hours)


@resource.delete("/teams/{team_id}/hours", needs=Right.MANAGE_TEAMS, status=204)
async def remove_hours(call: Call, team_id: Id) -> None:
    """Let a team keep the organisation's hours."""
    await call.act(teams.change_hours, call.by, team_id, None)


@resource.put("/teams/{team_id}/members/{agent_id}", needs=Right.MANAGE_TEAMS)
async def put_member(call: Call, team_id: Id, agent_id: Id, given: Membership) -> TeamMember:
    """Put an agent into a team, or change what a member takes."""

    def write(session: Session) -> None:
        if all(one.agent_id != agent_id for one in teams.team(session, team_id).members):
            teams.add_member(session, call.by, team_id, agent_id)
        was = teams.member(session, team_id, agent_id)
        changed = Member(
            agent_id=agent_id,
            name=was.name,
            mail=was.mail,
            share=given.share,
            capacity=given.capacity,
            limits=given.limits,
            languages=tuple(sorted(set(given.languages))),
        )
        teams.save_member(session, call.by, team_id, changed)

    await call.act(write)
    return TeamMember.model_validate(await call.read(teams.member, team_id, agent_id))


@resource.delete("/teams/{team_id}/members/{agent_id}", needs=Right.MANAGE_TEAMS, status=204)
async def remove_member(call: Call, team_id: Id, agent_id: Id) -> None:
    """Take an agent out of a team; what they have stays with them."""

    def write(session: Session) -> None:
        teams.member(session, team_id, agent_id)
        teams.remove_member(session, call.by, team_id, agent_id)

    await call.act(write)


def _change(session: Session, call: ApiCall, team_id: UUID, given: TeamChange) -> None:
    was = teams.team(session, team_id)
    strategy = given.strategy or was.strategy
    fixed = given.changes.get("fixed_agent_id", was.fixed_agent_id)
    if strategy == "fixed" and fixed not in {one.agent_id for one in was.members}:
        raise Problem(
            problem.REFUSED, "with the strategy fixed, fixed_agent_id names a member of the team"
        )
    names = {str(locale): name for locale, name in given.names.items()} if given.names else None
    teams.save(
        session, call.by, team_id, name=names or was.name, strategy=strategy, fixed_agent_id=fixed
    )
    if given.restricted is not None and given.restricted != was.restricted:
        teams.restrict(session, call.by, team_id, restricted=given.restricted)


def _row(one: teams.Summary) -> TeamRow:
    return TeamRow(
        id=one.id,
        slug=one.slug,
        names=dict(one.name),
        strategy=one.strategy,
        restricted=one.restricted,
        members=one.members,
        online=one.online,
        open=one.open,
    )
