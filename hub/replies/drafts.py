"""Drafts: what is written of a variant and is not live yet. One a variant, for everybody who may
change it; whoever overtakes somebody is told."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlmodel import Session

from hub.replies.library import Key
from hub.store.statements import insert_new, table_of
from hub.store.tables import Agent, TemplateDraft


class Overtaken(Exception):
    """Somebody else saved the draft meanwhile; `draft` is theirs, None where it is gone."""

    def __init__(self, draft: Draft | None) -> None:
        super().__init__("somebody else saved this draft meanwhile")
        self.draft = draft


@dataclass(frozen=True)
class Draft:
    """base: the revision that it began from. version: how often it was saved. by: who last did."""

    source: str
    base: int
    version: int
    at: datetime
    by: str | None


def draft(session: Session, key: Key) -> Draft | None:
    """The draft of a variant, if there is one."""
    table, agent = table_of(TemplateDraft), table_of(Agent)
    row = session.execute(
        select(table.c.source, table.c.base, table.c.version, table.c.at, agent.c.name)
        .outerjoin(agent, agent.c.id == table.c.agent_id)
        .where(table.c.name == key.name, table.c.locale == key.locale, table.c.form == key.form)
    ).first()
    return Draft(*row) if row else None


def drafted(session: Session) -> Collection[Key]:
    """The variants that have a draft."""
    table = table_of(TemplateDraft)
    rows = session.execute(select(table.c.name, table.c.locale, table.c.form))
    return {Key(*row) for row in rows}


def keep(
    session: Session,
    key: Key,
    source: str,
    *,
    base: int,
    version: int,
    agent_id: UUID | None,
    now: datetime,
) -> int:
    """Save a draft; its version. version: of the draft that the writer saw, 0 for none.

    Raises Overtaken.
    """
    table = table_of(TemplateDraft)
    values = {"source": source, "base": base, "agent_id": agent_id, "at": now}
    if version == 0:
        row = {**key._asdict(), **values, "version": 1}
        if insert_new(session, TemplateDraft, [row], list(Key._fields)):
            return 1
        raise Overtaken(draft(session, key))
    changed = session.execute(
        update(table)
        .where(
            table.c.name == key.name,
            table.c.locale == key.locale,
            table.c.form == key.form,
            table.c.version == version,
        )
        .values(**values, version=version + 1)
        .returning(table.c.version)
    ).first()
    if changed is None:
        raise Overtaken(draft(session, key))
    return version + 1


def discard(session: Session, key: Key) -> bool:
    """Give a draft up; whether there was one."""
    table = table_of(TemplateDraft)
    gone = session.execute(
        delete(table)
        .where(table.c.name == key.name, table.c.locale == key.locale, table.c.form == key.form)
        .returning(table.c.version)
    ).first()
    return gone is not None
