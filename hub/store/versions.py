"""What decides is kept in the memory of every process; here it learns that it is old."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select, text
from sqlmodel import Session

from hub.store.database import wake
from hub.store.statements import table_of
from hub.store.tables import Counter

POLICY: Final = "policy"
"""The topic that is waked, and the name of the counter."""


def policy_changed(session: Session) -> None:
    """Say that rules, templates, teams, agents or hours were changed in this transaction.

    The wake is heard at once by the hub's own processes. The counter is what somebody sees who
    missed it, or who runs beside a command that writes the same SQLite file.
    """
    session.execute(
        text(
            "INSERT INTO counter (name, value) VALUES (:name, 1)"
            " ON CONFLICT (name) DO UPDATE SET value = counter.value + 1"
        ),
        {"name": POLICY},
    )
    wake(session, POLICY)


def policy_version(session: Session) -> int:
    """How often what decides was changed, ever."""
    table = table_of(Counter)
    found = session.execute(select(table.c.value).where(table.c.name == POLICY)).scalar()
    return found or 0
