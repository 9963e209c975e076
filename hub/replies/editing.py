"""Changing reply templates: each save is a revision over the one before, nothing is overwritten."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final, Literal
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session

from hub.agents.audit import note
from hub.message import Content
from hub.replies.errors import TemplateError
from hub.replies.library import Key, Library
from hub.replies.revisions import newest
from hub.replies.samples import SAMPLES, variables
from hub.store.statements import insert_new, table_of
from hub.store.tables import Agent, TemplateRevision
from hub.store.types import new_id
from hub.store.versions import policy_changed

NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,39}", re.ASCII)
LOCALE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}", re.ASCII)
LONGEST: Final = 10_000

State = Literal["shipped", "edited", "own"]
"""As it came with Payam; changed over what came; made here."""


class Conflict(Exception):
    """Somebody else saved this template meanwhile; `revision` is theirs, `source` what it says."""

    def __init__(self, revision: int, source: str) -> None:
        super().__init__("somebody else saved this template meanwhile")
        self.revision = revision
        self.source = source


@dataclass(frozen=True)
class Variant:
    """One language of a template, as it is live. by: None for what came with Payam."""

    key: Key
    revision: int
    source: str
    state: State
    at: datetime
    by: str | None


@dataclass(frozen=True)
class Saving:
    """One revision of a variant."""

    revision: int
    source: str
    shipped: bool
    at: datetime
    by: str | None


def variants(session: Session, shipped: Collection[Key]) -> list[Variant]:
    """Every live variant by name and language; `shipped`: those that come with this version."""
    table = table_of(Agent)
    rows = newest(session)
    authors = {row.agent_id for row in rows.values() if row.agent_id}
    names = dict(
        session.execute(select(table.c.id, table.c.name).where(table.c.id.in_(authors))).all()
    )
    return [
        Variant(
            key,
            row.revision,
            row.source,
            "shipped" if row.shipped else "edited" if key in shipped else "own",
            row.at,
            names.get(row.agent_id) if row.agent_id else None,
        )
        for key, row in sorted(rows.items())
    ]


def history(
    session: Session, key: Key, *, before: int | None = None, limit: int = 50
) -> list[Saving]:
    """The revisions of a variant, the newest first, below a revision where one is given."""
    table, agent = table_of(TemplateRevision), table_of(Agent)
    query = (
        select(table.c.revision, table.c.source, table.c.shipped, table.c.at, agent.c.name)
        .outerjoin(agent, agent.c.id == table.c.agent_id)
        .where(table.c.name == key.name, table.c.locale == key.locale, table.c.form == "txt")
        .order_by(table.c.revision.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(table.c.revision < before)
    return [Saving(*row) for row in session.execute(query)]


def faults(
    key: Key, source: str, *, organisation: str, zone: tzinfo, now: datetime
) -> list[TemplateError]:
    """What is wrong with a text: it can not be read, or not be written out for each sample."""
    library = Library({key: source}, zone=zone, fallback=(key.locale,))
    found: dict[tuple[int | None, str], TemplateError] = {}
    for sample in SAMPLES:
        try:
            library.render(key.name, key.locale, variables(sample, key.locale, organisation, now))
        except TemplateError as error:
            found.setdefault((error.line, error.reason), error)
    return list(found.values())


def written(
    key: Key,
    source: str,
    given: dict[str, object],
    *,
    zone: tzinfo,
    fallback: Sequence[str] = (),
) -> Content:
    """What a text becomes with these variables. Raises TemplateError."""
    library = Library({key: source}, zone=zone, fallback=(key.locale, *fallback))
    return library.render(key.name, key.locale, given)


def save(
    session: Session,
    key: Key,
    source: str,
    *,
    base: int,
    shipped: bool = False,
    agent_id: UUID | None,
    now: datetime,
    address: str | None = None,
) -> int:
    """Make a text live; its revision. A text that is live already makes no new one.

    base: the revision that the author saw, 0 for a new variant. shipped: it is what came with
    Payam, so that a new version may change it again. The caller has looked for `faults`.

    Raises Conflict.
    """
    row = newest(session, key).get(key)
    present = row.revision if row else 0
    if present != base:
        raise Conflict(present, row.source if row else "")
    if row is not None and row.source == source and row.shipped == shipped:
        return present
    made = insert_new(
        session,
        TemplateRevision,
        [
            {
                "id": new_id(),
                "name": key.name,
                "locale": key.locale,
                "form": "txt",
                "revision": present + 1,
                "source": source,
                "digest": hashlib.sha256(source.encode()).hexdigest(),
                "shipped": shipped,
                "agent_id": agent_id,
                "at": now,
            }
        ],
        returning=("revision",),
    )
    if not made:
        found = newest(session, key)[key]
        raise Conflict(found.revision, found.source)
    note(
        session,
        "changed a template" if present else "wrote a template",
        agent_id=agent_id,
        now=now,
        subject=f"template:{key}",
        address=address,
        before={"revision": present} if present else None,
        after={"revision": present + 1},
    )
    policy_changed(session)
    return present + 1
