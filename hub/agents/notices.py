"""What an agent wants to be told of, and by which way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, bindparam, select
from sqlmodel import Session

from hub.store.compiled import Compiled
from hub.store.statements import insert_or_update, table_of
from hub.store.tables import NoticeChoice

OCCASIONS: Final[Mapping[str, str]] = {
    "assigned": "A conversation was given to the agent.",
    "taken": "A colleague took a conversation of the agent, or gave it away.",
    "mention": "A note names the agent, or a team of theirs.",
    "message": "A customer wrote in a conversation that the agent has.",
    "followed": "Somebody wrote in a conversation that the agent follows.",
    "rule": "A rule told the agent to look.",
}
WAYS: Final[Mapping[str, str]] = {
    "page": "Words over the open page.",
    "browser": "The browser's own notification, when no page of the hub is looked at.",
    "sound": "A short sound.",
    "telegram": "A message to the agent's own account, where one is linked.",
    "mail": "One mail a day with what the agent has not looked at.",
}
USUAL: Final[Mapping[str, frozenset[str]]] = {
    "page": frozenset(OCCASIONS),
    "browser": frozenset({"assigned", "mention", "message", "rule"}),
    "sound": frozenset(),
    "telegram": frozenset({"assigned", "mention", "message", "rule"}),
    "mail": frozenset(),
}
"""What those are told who never chose. By Telegram nobody is told before they linked it."""


@dataclass(frozen=True)
class Choices:
    """Occasions by way, every way named."""

    ways: Mapping[str, frozenset[str]]

    def wants(self, occasion: str, way: str) -> bool:
        return occasion in self.ways.get(way, frozenset())


def choices(session: Session, agent_id: UUID) -> Choices:
    """What an agent chose."""
    return choices_of(session, [agent_id])[agent_id]


def choices_of(session: Session, agents: Iterable[UUID]) -> dict[UUID, Choices]:
    """What some agents chose."""
    wanted = list(agents)
    stored = {row.agent_id: row.ways or {} for row in _stored.all(session, {"agents": wanted})}
    return {agent_id: _choices(stored.get(agent_id)) for agent_id in wanted}


@Compiled
def _stored(_: str) -> Select[Any]:
    table = table_of(NoticeChoice)
    wanted: Any = bindparam("agents", expanding=True)
    return select(table.c.agent_id, table.c.ways).where(table.c.agent_id.in_(wanted))


def choose(session: Session, agent_id: UUID, ways: Mapping[str, Iterable[str]]) -> None:
    """Keep what an agent chose; names that are none are left out."""
    kept = {way: sorted(set(ways.get(way, ())) & OCCASIONS.keys()) for way in WAYS}
    insert_or_update(
        session,
        NoticeChoice,
        [{"agent_id": agent_id, "ways": kept}],
        key=["agent_id"],
        update=["ways"],
    )


def _choices(stored: Mapping[str, Iterable[str]] | None) -> Choices:
    if stored is None:
        return Choices(USUAL)
    return Choices({way: frozenset(stored.get(way, USUAL[way])) for way in WAYS})
