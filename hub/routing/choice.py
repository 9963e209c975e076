"""Who of a team gets a conversation: pure, so that ten thousand arrivals are tried in a second.

Everybody who could be asked is a `Candidate`. First those drop out who can not take it, each with
the obstacle that says why; the strategy orders the others. The result names all of them in that
order, which is the explanation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal, get_args
from uuid import UUID

Strategy = Literal["round_robin", "least_busy", "most_idle", "last_agent", "key_customers", "fixed"]
STRATEGIES: Final[tuple[Strategy, ...]] = get_args(Strategy)
"""round_robin: in turn, by share. least_busy: who has the smallest part of the capacity in use.
most_idle: who got nothing for longest. last_agent: whom this customer had last, else the least
busy. key_customers: as least_busy, and key customers wait before all others. fixed: always one."""

State = Literal["online", "away", "offline"]

Obstacle = Literal["by_hand", "offline", "away", "language", "limit", "full", "other_agent"]
"""by_hand: the agent's share is 0. limit: as many of this channel kind as the agent takes.
other_agent: the strategy is fixed, and this is not the one."""

Reason = Literal[
    "turn",
    "least_busy",
    "most_idle",
    "last_agent",
    "fixed",
    "kept",
    "nobody",
    "nobody_there",
    "nobody_free",
    "nobody_speaks",
    "given_back",
]
"""Why it went to that agent, or to nobody: there is nobody to ask, nobody is online, all who are
have enough to do, nobody who could take it speaks the language."""

_NEVER: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An agent as the choice sees one.

    share: see `TeamMember`. load: units in use of `capacity`. of_kind: conversations of the
    asked kind, of at most `limit`. languages: empty for any. turn: shares already had.
    idle_since: when the agent last got one, or came.
    """

    agent_id: UUID
    state: State = "online"
    share: int = 1
    capacity: int = 10
    load: int = 0
    of_kind: int = 0
    limit: int | None = None
    languages: frozenset[str] = frozenset()
    turn: float = 0.0
    idle_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be given to somebody. units: how much of a capacity it takes. agent: the fixed
    one, with that strategy."""

    strategy: Strategy
    units: int = 1
    locale: str | None = None
    last_agent: UUID | None = None
    agent: UUID | None = None


@dataclass(frozen=True, slots=True)
class Considered:
    """One candidate, and what stood in the way (None: nothing)."""

    agent_id: UUID
    state: State
    load: int
    capacity: int
    obstacle: Obstacle | None

    def stored(self) -> dict[str, Any]:
        return {**asdict(self), "agent_id": str(self.agent_id)}

    @classmethod
    def restored(cls, stored: Mapping[str, Any]) -> Considered:
        return cls(**{**stored, "agent_id": UUID(stored["agent_id"])})


@dataclass(frozen=True, slots=True)
class Choice:
    """The agent, or None; why; everybody who was looked at, best first; and the chosen one's turn
    from now on."""

    agent_id: UUID | None
    reason: Reason
    considered: tuple[Considered, ...]
    turn: float = 0.0


def choose(candidates: Iterable[Candidate], wanted: Wanted) -> Choice:
    """Choose somebody. The order of the candidates changes nothing."""
    everybody = sorted(candidates, key=_order(wanted))
    speaks = _speakers(everybody, wanted.locale)
    judged = [(one, _obstacle(one, wanted, speaks)) for one in everybody]
    judged.sort(key=lambda pair: pair[1] is not None)
    considered = tuple(
        Considered(one.agent_id, one.state, one.load, one.capacity, obstacle)
        for one, obstacle in judged
    )
    if not judged or judged[0][1] is not None:
        return Choice(None, _why_nobody(considered), considered)
    chosen = judged[0][0]
    reason: Reason = _REASONS[wanted.strategy]
    if wanted.strategy == "last_agent" and chosen.agent_id != wanted.last_agent:
        reason = "least_busy"
    return Choice(chosen.agent_id, reason, considered, chosen.turn + 1 / chosen.share)


_REASONS: Final[Mapping[Strategy, Reason]] = {
    "round_robin": "turn",
    "least_busy": "least_busy",
    "most_idle": "most_idle",
    "last_agent": "last_agent",
    "key_customers": "least_busy",
    "fixed": "fixed",
}


def _order(wanted: Wanted) -> Callable[[Candidate], tuple[Any, ...]]:
    match wanted.strategy:
        case "round_robin":
            return lambda one: (one.turn, one.idle_since or _NEVER, one.agent_id)
        case "most_idle":
            return lambda one: (one.idle_since or _NEVER, one.turn, one.agent_id)
        case "last_agent":
            return lambda one: (one.agent_id != wanted.last_agent, *_busy(one))
        case _:
            return _busy


def _busy(one: Candidate) -> tuple[Any, ...]:
    return (one.load / max(1, one.capacity), one.turn, one.agent_id)


def _speakers(candidates: Iterable[Candidate], locale: str | None) -> frozenset[UUID] | None:
    """Who answers in the language; None when that is no question: it is unknown, or nobody does,
    and an answer in another language is better than none."""
    if locale is None:
        return None
    found = frozenset(
        one.agent_id
        for one in candidates
        if one.share and (not one.languages or locale in one.languages)
    )
    return found or None


def _obstacle(one: Candidate, wanted: Wanted, speaks: frozenset[UUID] | None) -> Obstacle | None:
    if wanted.strategy == "fixed" and one.agent_id != wanted.agent:
        return "other_agent"
    if not one.share and wanted.strategy != "fixed":
        return "by_hand"
    if one.state != "online":
        return one.state
    if speaks is not None and one.agent_id not in speaks:
        return "language"
    if one.limit is not None and one.of_kind >= one.limit:
        return "limit"
    # What is larger than a whole capacity still goes to somebody who has nothing else.
    if one.load and one.load + wanted.units > one.capacity:
        return "full"
    return None


def _why_nobody(considered: tuple[Considered, ...]) -> Reason:
    obstacles = {one.obstacle for one in considered} - {"by_hand", "other_agent"}
    if not obstacles:
        return "nobody"
    if obstacles <= {"offline", "away"}:
        return "nobody_there"
    return "nobody_free" if obstacles & {"limit", "full"} else "nobody_speaks"
