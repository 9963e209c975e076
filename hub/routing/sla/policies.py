"""What is promised to whom: policies in order, the first that fits holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Row, select
from sqlmodel import Session

from hub.routing.sla.clocks import Promise, Target
from hub.store.statements import table_of
from hub.store.tables import SlaPolicy

Belongs = Callable[[Session, UUID, datetime], frozenset[str]]
"""Tells the ids of the segments to which a customer belongs at a moment."""


@dataclass(frozen=True)
class Policy:
    """One policy. teams, stages, segments: empty for all. priority: from this one on, None for all.

    office: counted in the office time of the conversation's team.
    """

    id: UUID
    slug: str
    promises: Mapping[Target, Promise]
    teams: frozenset[UUID] = frozenset()
    stages: frozenset[str] = frozenset()
    segments: frozenset[str] = frozenset()
    priority: int | None = None
    office: bool = True
    name: Mapping[str, str] = field(default_factory=dict)

    def fits(
        self, *, team_id: UUID | None, stage: str, priority: int, segments: frozenset[str]
    ) -> bool:
        """Whether it holds for a conversation like this, if none before it does."""
        return (
            (not self.teams or team_id in self.teams)
            and (not self.stages or stage in self.stages)
            and (not self.segments or bool(segments & self.segments))
            and (self.priority is None or priority >= self.priority)
        )


def fitting(
    policies: Iterable[Policy],
    *,
    team_id: UUID | None,
    stage: str,
    priority: int,
    segments: frozenset[str] = frozenset(),
) -> Policy | None:
    """The policy that holds for a conversation like this."""
    return next(
        (
            one
            for one in policies
            if one.fits(team_id=team_id, stage=stage, priority=priority, segments=segments)
        ),
        None,
    )


def live_policies(session: Session) -> tuple[Policy, ...]:
    """Those that are switched on, in order."""
    table = table_of(SlaPolicy)
    rows = session.execute(
        select(table).where(table.c.enabled).order_by(table.c.position, table.c.id)
    )
    return tuple(_policy(row) for row in rows)


def _policy(row: Row[tuple[object, ...]]) -> Policy:
    warn = timedelta(seconds=row.warn_before)
    lengths: dict[Target, int | None] = {
        "first": row.first_answer,
        "next": row.next_answer,
        "resolution": row.resolution,
    }
    return Policy(
        id=row.id,
        slug=row.slug,
        promises={
            target: Promise(timedelta(seconds=length), warn)
            for target, length in lengths.items()
            if length is not None
        },
        teams=frozenset(UUID(team) for team in row.teams),
        stages=frozenset(row.stages),
        segments=frozenset(row.segments),
        priority=row.priority,
        office=row.office,
        name=row.name,
    )
