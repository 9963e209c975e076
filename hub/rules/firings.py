"""What the rules did lately, counted from their stored results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, select
from sqlmodel import Session

from hub.rules.engine.decision import Decision
from hub.store.statements import table_of
from hub.store.tables import RuleResult

MOST: Final = 2_000
"""So many results, the newest, are looked at; a page must not wait for a month of floods."""


@dataclass
class Fired:
    """One rule: how often it fired, broke, and when it fired last."""

    count: int = 0
    errors: int = 0
    last: datetime | None = None


@dataclass(frozen=True)
class Firings:
    """By rule id. since: how far back the counts go, later than asked where there was much."""

    rules: Mapping[str, Fired]
    since: datetime


def firings(session: Session, since: datetime) -> Firings:
    """Count the results after a moment by the index over outcome and time."""
    table = table_of(RuleResult)
    rows: list[Row[Any]] = []
    for outcome in ("acted", "error"):
        rows += session.execute(
            select(table.c.result, table.c.at)
            .where(table.c.outcome == outcome, table.c.at >= since)
            .order_by(table.c.at.desc())
            .limit(MOST)
        ).all()
    found: dict[str, Fired] = {}
    for row in rows:
        for rule in Decision.from_json(row.result).rules:
            if not rule.fired and not rule.error:
                continue
            one = found.setdefault(rule.id, Fired())
            if rule.error:
                one.errors += 1
                continue
            one.count += 1
            if one.last is None or row.at > one.last:
                one.last = row.at
    reached = min((row.at for row in rows), default=since) if len(rows) >= MOST else since
    return Firings(found, reached)
