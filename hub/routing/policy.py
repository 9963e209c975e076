"""What routing goes by, read once and held as a value like the rest of `hub.policy.Policy`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from hub.calendars import Hours
from hub.routing.choice import Strategy
from hub.routing.sla.policies import Belongs, Policy


@dataclass(frozen=True)
class TeamRouting:
    """How conversations find somebody in a team."""

    id: UUID
    strategy: Strategy = "least_busy"
    fixed_agent_id: UUID | None = None


@dataclass(frozen=True)
class RoutingPolicy:
    """teams: by slug. agents: mail address to id. kinds: account to channel kind.

    capacity: units that an agent takes at once, if nothing else is set for the agent. weights:
    units that one conversation of a channel kind takes; 1 if it is not named. key_stages,
    key_segments: the lifecycle stages and the segments of key customers. hours: of the office
    by team, None for everybody's. sla: what is promised, the first policy that fits. segments:
    tells to which a customer belongs.
    """

    teams: Mapping[str, TeamRouting]
    agents: Mapping[str, UUID]
    kinds: Mapping[str, str]
    capacity: int = 10
    weights: Mapping[str, int] = field(default_factory=dict)
    key_stages: frozenset[str] = frozenset()
    key_segments: frozenset[str] = frozenset()
    hours: Mapping[UUID | None, Hours] = field(default_factory=dict)
    sla: tuple[Policy, ...] = ()
    segments: Belongs | None = None

    def kind_of(self, account: str | None) -> str | None:
        return self.kinds.get(account or "")

    def units(self, kind: str | None) -> int:
        """How much of a capacity a conversation of this kind takes."""
        return self.weights.get(kind or "", 1)

    def team(self, team_id: UUID | None) -> TeamRouting | None:
        return next((team for team in self.teams.values() if team.id == team_id), None)
