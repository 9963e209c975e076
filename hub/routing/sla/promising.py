"""Policies as an admin sees and changes them, and those that ship."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml
from pydantic import BaseModel, ConfigDict
from sqlalchemy import Row, delete, func, insert, select, update
from sqlmodel import Session

from hub.agents.audit import Action, By
from hub.agents.rights import Missing
from hub.settings.values import Duration
from hub.store.statements import insert_new, table_of
from hub.store.tables import Audit, Counter, SlaPolicy
from hub.store.types import new_id
from hub.store.versions import policy_changed

SEEDED = "sla-seeded"
_NO_SLUG = re.compile(r"[^a-z0-9]+")


class NoSuchPolicy(Missing):
    """There is no such policy."""


@dataclass(frozen=True)
class Draft:
    """What is promised to whom. Lengths are None where nothing is promised."""

    name: Mapping[str, str]
    first_answer: timedelta | None = None
    next_answer: timedelta | None = None
    resolution: timedelta | None = None
    warn_before: timedelta = timedelta(minutes=15)
    office: bool = True
    enabled: bool = True
    teams: tuple[UUID, ...] = ()
    stages: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    priority: int | None = None


@dataclass(frozen=True)
class Kept(Draft):
    """A policy as it is stored."""

    id: UUID = field(default_factory=new_id)
    slug: str = ""
    position: int = 0


class Shipped(BaseModel):
    """A policy in config/sla.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    name: dict[str, str]
    enabled: bool = False
    first_answer: Duration | None = None
    next_answer: Duration | None = None
    resolution: Duration | None = None
    warn_before: Duration = timedelta(minutes=15)
    office: bool = True
    stages: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    priority: int | None = None


def seed_policies(session: Session, file: Path, now: datetime) -> None:
    """Put the shipped policies into an installation that never had any. Raises
    pydantic.ValidationError or yaml.YAMLError for a file that is none."""
    if not insert_new(session, Counter, [{"name": SEEDED, "value": 1}], ["name"]):
        return
    for position, given in enumerate(yaml.safe_load(file.read_text("utf-8")) or []):
        one = Shipped.model_validate(given)
        draft = Draft(**{name: getattr(one, name) for name in _SHIPPED})
        row = {**_columns(draft), "slug": one.id, "position": position, "changed_at": now}
        insert_new(session, SlaPolicy, [{"id": new_id(), **row}], ["id"])


_SHIPPED = tuple(name for name in Shipped.model_fields if name != "id")


def policies(session: Session) -> list[Kept]:
    """All of them, in order."""
    table = table_of(SlaPolicy)
    rows = session.execute(select(table).order_by(table.c.position, table.c.id))
    return [_kept(row) for row in rows]


def policy(session: Session, policy_id: UUID) -> Kept:
    """One of them. Raises NoSuchPolicy."""
    table = table_of(SlaPolicy)
    row = session.execute(select(table).where(table.c.id == policy_id)).first()
    if row is None:
        raise NoSuchPolicy(f"there is no policy {policy_id}")
    return _kept(row)


def create(session: Session, by: By, draft: Draft) -> UUID:
    """Add a policy, at the end; its id."""
    table, policy_id = table_of(SlaPolicy), new_id()
    last = session.execute(select(func.max(table.c.position))).scalar()
    session.execute(
        insert(table).values(
            id=policy_id,
            slug=_slug(session, draft),
            position=0 if last is None else last + 1,
            changed_at=by.now,
            **_columns(draft),
        )
    )
    _changed(session, by, policy_id, "created a promise", None, _columns(draft))
    return policy_id


def save(session: Session, by: By, policy_id: UUID, draft: Draft) -> None:
    """Change a policy. Raises NoSuchPolicy."""
    before, table = policy(session, policy_id), table_of(SlaPolicy)
    session.execute(
        update(table).where(table.c.id == policy_id).values(changed_at=by.now, **_columns(draft))
    )
    _changed(session, by, policy_id, "changed a promise", _columns(before), _columns(draft))


def switch(session: Session, by: By, policy_id: UUID, enabled: bool) -> Kept:
    """Switch a policy on or off. Raises NoSuchPolicy."""
    before, table = policy(session, policy_id), table_of(SlaPolicy)
    session.execute(
        update(table).where(table.c.id == policy_id).values(enabled=enabled, changed_at=by.now)
    )
    told = {"enabled": before.enabled}, {"enabled": enabled}
    _changed(session, by, policy_id, "switched a promise", *told)
    return before


def move(session: Session, by: By, policy_id: UUID, step: int) -> None:
    """Let a policy be looked at earlier (-1) or later (1). Raises NoSuchPolicy."""
    order = [one.id for one in policies(session)]
    if policy_id not in order:
        raise NoSuchPolicy(f"there is no policy {policy_id}")
    place = order.index(policy_id)
    order.insert(max(0, min(len(order) - 1, place + step)), order.pop(place))
    table = table_of(SlaPolicy)
    for position, one in enumerate(order):
        session.execute(update(table).where(table.c.id == one).values(position=position))
    _changed(session, by, policy_id, "moved a promise", None, {"step": step})


def remove(session: Session, by: By, policy_id: UUID) -> Kept:
    """Delete a policy; what it promised is promised no more. Raises NoSuchPolicy."""
    before, table = policy(session, policy_id), table_of(SlaPolicy)
    session.execute(delete(table).where(table.c.id == policy_id))
    told = {**_columns(before), "slug": before.slug, "position": before.position}
    _changed(session, by, policy_id, "deleted a promise", told, None)
    return before


def restore(session: Session, by: By, policy_id: UUID) -> None:
    """Bring a deleted policy back as it was, by what the audit log says of it; twice does it once.

    Raises NoSuchPolicy.
    """
    log, table = table_of(Audit), table_of(SlaPolicy)
    before = session.execute(
        select(log.c.before)
        .where(log.c.action == "deleted a promise", log.c.subject == f"promise:{policy_id}")
        .order_by(log.c.position.desc())
        .limit(1)
    ).scalar()
    if before is None:
        raise NoSuchPolicy(f"no policy {policy_id} was deleted")
    if session.execute(select(table.c.id).where(table.c.id == policy_id)).first():
        return
    taken = session.execute(select(table.c.id).where(table.c.slug == before["slug"])).first()
    slug = f"{before['slug']}-{policy_id.hex[:8]}" if taken else before["slug"]
    row = {**before, "id": policy_id, "slug": slug, "changed_at": by.now}
    session.execute(insert(table).values(**row))
    _changed(session, by, policy_id, "brought a promise back", None, dict(before))


def _kept(row: Row[Any]) -> Kept:
    def length(seconds: int | None) -> timedelta | None:
        return None if seconds is None else timedelta(seconds=seconds)

    return Kept(
        id=row.id,
        slug=row.slug,
        position=row.position,
        name=row.name,
        first_answer=length(row.first_answer),
        next_answer=length(row.next_answer),
        resolution=length(row.resolution),
        warn_before=timedelta(seconds=row.warn_before),
        office=row.office,
        enabled=row.enabled,
        teams=tuple(UUID(team) for team in row.teams),
        stages=tuple(row.stages),
        segments=tuple(row.segments),
        priority=row.priority,
    )


def _columns(draft: Draft) -> dict[str, Any]:
    def seconds(length: timedelta | None) -> int | None:
        return None if length is None else int(length.total_seconds())

    return {
        "name": dict(draft.name),
        "first_answer": seconds(draft.first_answer),
        "next_answer": seconds(draft.next_answer),
        "resolution": seconds(draft.resolution),
        "warn_before": seconds(draft.warn_before),
        "office": draft.office,
        "enabled": draft.enabled,
        "teams": [str(team) for team in draft.teams],
        "stages": list(draft.stages),
        "segments": list(draft.segments),
        "priority": draft.priority,
    }


def _slug(session: Session, draft: Draft) -> str:
    """A name for logs and files, from the English one where there is one."""
    table = table_of(SlaPolicy)
    wanted = _NO_SLUG.sub("-", draft.name.get("en", "").lower()).strip("-")[:40] or "policy"
    taken: Sequence[str] = session.execute(select(table.c.slug)).scalars().all()
    numbers = ("", *(f"-{number}" for number in range(2, len(taken) + 3)))
    return next(wanted + number for number in numbers if wanted + number not in taken)


def _changed(
    session: Session,
    by: By,
    policy_id: UUID,
    action: Action,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
) -> None:
    by.note(session, action, f"promise:{policy_id}", before, after)
    policy_changed(session)
