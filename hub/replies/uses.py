"""How often templates were used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlmodel import Session

from hub.store.statements import table_of
from hub.store.tables import Message

COUNTED: Final = timedelta(days=90)


@dataclass(frozen=True)
class Uses:
    """How many answers were written from a template, and when the last one was."""

    count: int
    last_at: datetime


def uses(session: Session, since: datetime) -> Mapping[str, Uses]:
    """The uses of every template since a time, by rules, surveys, macros and agents alike."""
    table = table_of(Message)
    rows = session.execute(
        select(table.c.template, func.count(), func.max(table.c.at))
        .where(table.c.template.is_not(None), table.c.at >= since)
        .group_by(table.c.template)
    )
    return {name: Uses(count, last_at) for name, count, last_at in rows}
