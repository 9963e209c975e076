"""What agents choose for themselves: how they read, what their keys do, how they sign."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import select, update
from sqlmodel import Session

from hub.store.statements import table_of
from hub.store.tables import Agent
from hub.text import storable

LOCALES: Final = ("en", "fa")
CALENDARS: Final = ("gregorian", "jalali")
THEMES: Final = ("system", "light", "dark")
DIRECTIONS: Final = ("auto", "ltr", "rtl")
DIGITS: Final = ("auto", "latin", "persian")
DENSITIES: Final = ("comfortable", "compact")
AFTER_SENDING: Final = ("stay", "next")
LONGEST_SIGNATURE: Final = 1000

Choice = Literal[
    "locale",
    "calendar",
    "time_zone",
    "theme",
    "direction",
    "digits",
    "density",
    "shortcuts",
    "after_sending",
]
_table = table_of(Agent)


@dataclass(frozen=True)
class Own:
    """An agent's own choices, as in `hub.store.tables.Agent`. signatures: by channel kind."""

    locale: str = "en"
    calendar: str = "gregorian"
    time_zone: str = "UTC"
    theme: str = "system"
    direction: str = "auto"
    digits: str = "auto"
    density: str = "comfortable"
    shortcuts: bool = True
    after_sending: str = "stay"
    signatures: Mapping[str, str] = field(default_factory=dict)
    customer_columns: tuple[str, ...] = ()


def read(session: Session, agent_id: UUID) -> Own:
    """The choices of an agent. Raises LookupError."""
    row = session.execute(
        select(
            _table.c.locale,
            _table.c.calendar,
            _table.c.time_zone,
            _table.c.theme,
            _table.c.direction,
            _table.c.digits,
            _table.c.density,
            _table.c.shortcuts,
            _table.c.after_sending,
            _table.c.signatures,
            _table.c.customer_columns,
        ).where(_table.c.id == agent_id)
    ).first()
    if row is None:
        raise LookupError(f"there is no agent {agent_id}")
    values = dict(row._mapping)
    columns = tuple(values.pop("customer_columns") or ())
    return Own(**values, customer_columns=columns)


def signature(session: Session, agent_id: UUID, kind: str) -> str:
    """What stands under an agent's answers on channels of a kind; "" for nothing."""
    signatures = session.execute(
        select(_table.c.signatures).where(_table.c.id == agent_id)
    ).scalar()
    return str((signatures or {}).get(kind, ""))


def choose(session: Session, agent_id: UUID, /, **values: Any) -> None:
    """Store choices that the caller has checked, by the names of `Own`."""
    session.execute(update(_table).where(_table.c.id == agent_id).values(**values))


def sign(session: Session, agent_id: UUID, signatures: Mapping[str, str]) -> None:
    """Store the signatures; channels with an empty one have none."""
    kept = {
        kind: storable(text).strip()[:LONGEST_SIGNATURE]
        for kind, text in signatures.items()
        if text.strip()
    }
    choose(session, agent_id, signatures=kept)
