"""How long the results of rules are kept, and what is left of them when a customer is erased."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlmodel import Session

from hub.rules.recalling import OUTCOMES
from hub.store.statements import table_of
from hub.store.tables import RuleResult

CHUNK: Final = 500

_table = table_of(RuleResult)


@dataclass(frozen=True)
class Keep:
    """ages: by outcome, how long. most: so many of each outcome, however young they are.

    Each outcome has its own limits: a flood of events about which nothing was done never drives
    out the one error that somebody looks for.
    """

    ages: Mapping[str, timedelta]
    most: int

    def borders(self, session: Session, now: datetime) -> dict[str, datetime]:
        """By outcome, the moment before which nothing is kept."""
        found = {}
        for outcome in OUTCOMES:
            border = now - self.ages[outcome]
            beyond = session.execute(
                select(_table.c.at)
                .where(_table.c.outcome == outcome, _table.c.at >= border)
                .order_by(_table.c.at.desc(), _table.c.id.desc())
                .offset(self.most - 1)
                .limit(1)
            ).scalar()
            found[outcome] = max(border, beyond) if beyond is not None else border
        return found


def drop(session: Session, borders: Mapping[str, datetime], *, limit: int = CHUNK) -> int:
    """Delete the oldest results beyond the borders; how many, at most `limit` of each outcome."""
    dropped = 0
    for outcome, border in borders.items():
        oldest = (
            select(_table.c.id)
            .where(_table.c.outcome == outcome, _table.c.at < border)
            .order_by(_table.c.at, _table.c.id)
            .limit(limit)
        )
        ids = list(session.execute(oldest).scalars())
        if ids:
            session.execute(delete(_table).where(_table.c.id.in_(ids)))
        dropped += len(ids)
    return dropped


def forget(
    session: Session,
    conversations: Collection[UUID],
    *,
    after: UUID | None = None,
    limit: int = CHUNK,
) -> UUID | None:
    """Erase what is personal in the results of these conversations; call it until it gives None.

    Facts go, and so does every detail that may repeat them. What is left says which rules fired,
    where others failed and what became of the actions. after: what the call before gave.
    """
    query = (
        select(_table.c.id, _table.c.result)
        .where(_table.c.conversation_id.in_(list(conversations)))
        .order_by(_table.c.id)
        .limit(limit)
    )
    rows = session.execute(query.where(_table.c.id > after) if after else query).all()
    for row in rows:
        session.execute(
            update(_table)
            .where(_table.c.id == row.id)
            .values(facts={}, result=_skeleton(row.result))
        )
    return rows[-1].id if len(rows) == limit else None


def _skeleton(result: Mapping[str, Any]) -> dict[str, Any]:
    return {**result, "rules": [_bare(rule) for rule in result.get("rules", ())]}


def _bare(rule: Mapping[str, Any]) -> dict[str, Any]:
    bare = dict(rule)
    if "error" in bare:
        # The kind of the exception; its text may hold what somebody wrote.
        bare["error"] = str(bare["error"]).partition(":")[0]
    if "actions" in bare:
        bare["actions"] = [[path, outcome, ""] for path, outcome, _ in bare["actions"]]
    return bare
