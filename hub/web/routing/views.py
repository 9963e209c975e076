"""What these pages show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from hub.web.organisation.hours import HoursForm
from hub.web.views import Person
from hub.web.views.page import Presence


@dataclass(frozen=True)
class Looked:
    """An agent who was looked at, and what stood in the way."""

    name: str
    state: Presence
    load: int
    capacity: int
    obstacle: str | None
    chosen: bool


@dataclass(frozen=True)
class Why:
    """GET /conversations/<id>/routing/<decision>. rule: who asked for it, where a rule did."""

    template: ClassVar[str] = "routing/why.html"

    conversation: UUID
    number: int
    at: datetime
    rule: str | None
    strategy: str
    team: str | None
    agent: str | None
    reason: str
    looked: tuple[Looked, ...]


@dataclass(frozen=True)
class TeamRow:
    """A team in the list."""

    id: UUID
    slug: str
    name: str
    strategy: str
    members: int
    online: int
    open: int
    restricted: bool


@dataclass(frozen=True)
class Teams:
    """GET /teams. A refused new team comes back with what was typed and its errors."""

    template: ClassVar[str] = "routing/teams.html"

    teams: tuple[TeamRow, ...]
    slug: str = ""
    name: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class MemberRow:
    """An agent in a team. capacity: as it counts, `own_capacity` whether it is the agent's own."""

    id: UUID
    name: str
    mail: str
    state: Presence
    open: int
    share: int
    capacity: int
    own_capacity: bool
    languages: tuple[str, ...]
    limits: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Team:
    """GET /teams/<team>. others: who could be added. restricted: its members alone see what it
    has. own_hours: it has others than the organisation."""

    template: ClassVar[str] = "routing/team.html"

    id: UUID
    slug: str
    name: str
    names: Mapping[str, str]
    strategy: str
    strategies: tuple[str, ...]
    fixed: UUID | None
    members: tuple[MemberRow, ...]
    others: tuple[Person, ...]
    restricted: bool = False
    own_hours: bool = False
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class TeamHours:
    """GET and POST /teams/<team>/hours. own: they are the team's."""

    template: ClassVar[str] = "routing/hours.html"

    team: UUID
    team_name: str
    own: bool
    hours: HoursForm


@dataclass(frozen=True)
class Member:
    """GET /teams/<team>/members/<agent>, with what was typed. kinds: of connected channels."""

    template: ClassVar[str] = "routing/member.html"

    team: UUID
    team_name: str
    id: UUID
    name: str
    share: str
    capacity: str
    default_capacity: int
    limits: Mapping[str, str]
    kinds: tuple[str, ...]
    languages: tuple[str, ...]
    known_languages: tuple[str, ...]
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class PolicyRow:
    """A policy in the list; lengths as text, None where nothing is promised."""

    id: UUID
    name: str
    enabled: bool
    first_answer: str | None
    next_answer: str | None
    resolution: str | None
    office: bool
    teams: tuple[str, ...]
    stages: tuple[str, ...]
    segments: tuple[str, ...]
    priority: int | None


@dataclass(frozen=True)
class Promises:
    """GET /promises"""

    template: ClassVar[str] = "routing/promises.html"

    policies: tuple[PolicyRow, ...]


@dataclass(frozen=True)
class Promise:
    """GET /promises/new and /promises/<policy>, with what was typed. id: None for a new one.

    chosen: ids of teams and segments. segments: pairs of id and name.
    """

    template: ClassVar[str] = "routing/promise.html"

    id: UUID | None
    title: str
    typed: Mapping[str, str]
    chosen: frozenset[str]
    teams: tuple[Person, ...]
    segments: tuple[tuple[str, str], ...]
    errors: Mapping[str, str] = field(default_factory=dict)
