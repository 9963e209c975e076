"""What the entries of the audit log are about, as it is called by now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, SQLModel

from hub.store.statements import table_of
from hub.store.tables import (
    Agent,
    ApiToken,
    Customer,
    SavedView,
    SlaPolicy,
    Team,
    Topic,
    WebhookEndpoint,
)

_NAMED: Final[Mapping[str, type[SQLModel]]] = {
    "agent": Agent,
    "customer": Customer,
    "promise": SlaPolicy,
    "team": Team,
    "token": ApiToken,
    "topic": Topic,
    "view": SavedView,
    "webhook": WebhookEndpoint,
}
"""The kinds of subjects that are told by an id ("team:<id>"); others are told by their name."""


def names(session: Session, subjects: Iterable[str], locale: str) -> dict[str, str]:
    """The names of subjects that have an id and are still there, for a reader of this language."""
    wanted: dict[str, set[UUID]] = {}
    for subject in subjects:
        kind, _, told = subject.partition(":")
        try:
            wanted.setdefault(kind, set()).add(UUID(told))
        except ValueError:
            continue  # told by its name
    found: dict[str, str] = {}
    for kind in wanted.keys() & _NAMED.keys():
        table = table_of(_NAMED[kind])
        for row in session.execute(
            select(table.c.id, table.c.name).where(table.c.id.in_(wanted[kind]))
        ):
            if name := _in(locale, row.name):
                found[f"{kind}:{row.id}"] = name
    return found


def _in(locale: str, name: str | Mapping[str, str] | None) -> str | None:
    if isinstance(name, Mapping):
        return name.get(locale) or name.get("en") or next(iter(name.values()), None)
    return name
