"""Views that agents make: an agent's own ones, and those that all share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.engine import Row
from sqlmodel import Session

from hub.agents.audit import Action, By
from hub.agents.rights import Missing, NotAllowed, Right, Viewer
from hub.conversations.listing import Filter, Order
from hub.rules import filters
from hub.rules.engine import Fault
from hub.rules.filters import Moment
from hub.store.compiled import Compiled
from hub.store.statements import table_of
from hub.store.tables import Agent, SavedView
from hub.store.types import new_id

MOST: Final = 50
"""Views of one agent, and shared ones."""
LONGEST_NAME: Final = 60
_KEPT: Final = timedelta(days=1)
"""How long a deleted view can be brought back."""


class NoSuchView(Missing):
    """There is no such view, or the viewer may not know of it or not change it."""


class Faulty(ValueError):
    """The conditions are not ones that a view can have; `faults` says why."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(fault.message for fault in faults))
        self.faults = tuple(faults)


class TooMany(ValueError):
    """There are as many views as there may be."""


@dataclass(frozen=True)
class Saved:
    """A view as it is kept. by: the name of who made it; own: whether the viewer did."""

    id: UUID
    name: str
    shared: bool
    own: bool
    by: str
    conditions: dict[str, Any]
    order: Order


def views(session: Session, viewer: Viewer) -> list[Saved]:
    """The viewer's own views, then the shared ones, each in their order."""
    return [_saved(row, viewer) for row in _rows.all(session, {"viewer": viewer.agent_id})]


def view(session: Session, viewer: Viewer, view_id: UUID) -> Saved:
    """One of them. Raises NoSuchView."""
    row = _one.first(session, {"viewer": viewer.agent_id, "view": view_id})
    if row is None:
        raise NoSuchView(f"there is no view {view_id} for this viewer")
    return _saved(row, viewer)


def filter_of(saved: Saved, moment: Moment) -> Filter | None:
    """What a view asks for; None where its conditions can not be read any more."""
    tree, faults = filters.read(saved.conditions)
    return None if faults else filters.compiled(saved.id, tree, moment, saved.order)


def may_change(viewer: Viewer, saved: Saved) -> bool:
    """Whether the viewer may change, move and delete the view."""
    return viewer.may(Right.SHARE_VIEWS) if saved.shared else saved.own


def save(
    session: Session,
    by: By,
    view_id: UUID | None,
    *,
    name: str,
    conditions: dict[str, Any],
    order: Order,
    shared: bool,
) -> UUID:
    """Make a view (None), or change one; its id.

    Raises:
        Faulty: a view can not have these conditions.
        NoSuchView: it is not there, or not the viewer's to change.
        TooMany: there are MOST of them.
        NotAllowed: the viewer may not share views.
    """
    _, faults = filters.read(conditions)
    if faults:
        raise Faulty(faults)
    before = view(session, by.viewer, view_id) if view_id is not None else None
    if before is not None and not may_change(by.viewer, before):
        raise NoSuchView(f"the view {view_id} is not this viewer's to change")
    if shared and not by.viewer.may(Right.SHARE_VIEWS):
        raise NotAllowed("this role does not share views")
    table = table_of(SavedView)
    values: dict[str, Any] = {
        "name": " ".join(name.split())[:LONGEST_NAME],
        "conditions": conditions,
        "order": order,
        "shared": shared,
        "changed_at": by.now,
    }
    if before is None or before.shared != shared:
        values["position"] = _last_position(session, by.viewer, shared) + 1
    if before is None:
        view_id = new_id()
        fixed = {"id": view_id, "agent_id": by.viewer.agent_id, "created_at": by.now}
        session.execute(insert(table).values(**values, **fixed))
    else:
        session.execute(update(table).where(table.c.id == before.id).values(**values))
        view_id = before.id
    after = view(session, by.viewer, view_id)
    if shared or (before is not None and before.shared):
        _note(session, by, "saved a shared view", before, after)
    return view_id


def remove(session: Session, by: By, view_id: UUID) -> Saved:
    """Delete a view; it can be brought back for a day. Raises NoSuchView."""
    saved = _changeable(session, by.viewer, view_id)
    table = table_of(SavedView)
    session.execute(delete(table).where(table.c.deleted_at < by.now - _KEPT))
    session.execute(update(table).where(table.c.id == view_id).values(deleted_at=by.now))
    if saved.shared:
        _note(session, by, "deleted a shared view", saved, None)
    return saved


def bring_back(session: Session, by: By, view_id: UUID) -> Saved:
    """Take a deletion back. Raises NoSuchView."""
    table = table_of(SavedView)
    session.execute(
        update(table)
        .where(table.c.id == view_id, or_(table.c.agent_id == by.viewer.agent_id, table.c.shared))
        .values(deleted_at=None)
    )
    saved = _changeable(session, by.viewer, view_id)
    if saved.shared:
        _note(session, by, "saved a shared view", None, saved)
    return saved


def move(session: Session, viewer: Viewer, view_id: UUID, by: int) -> None:
    """Move a view up (-1) or down (1) among those that it stands with. Raises NoSuchView."""
    moved = _changeable(session, viewer, view_id)
    among = [one.id for one in views(session, viewer) if one.shared == moved.shared]
    place = among.index(view_id)
    among.insert(max(0, min(len(among) - 1, place + by)), among.pop(place))
    table = table_of(SavedView)
    for position, one in enumerate(among):
        session.execute(update(table).where(table.c.id == one).values(position=position))


def _changeable(session: Session, viewer: Viewer, view_id: UUID) -> Saved:
    saved = view(session, viewer, view_id)
    if not may_change(viewer, saved):
        raise NoSuchView(f"the view {view_id} is not this viewer's to change")
    return saved


def _seen(_: str) -> Select[Any]:
    """All that a viewer may know of."""
    table, agent = table_of(SavedView), table_of(Agent)
    own = and_(table.c.agent_id == bindparam("viewer"), table.c.shared.is_(False))
    return (
        select(*table.c, agent.c.name.label("by"))
        .join(agent, agent.c.id == table.c.agent_id)
        .where(or_(own, table.c.shared.is_(True)), table.c.deleted_at.is_(None))
        .order_by(table.c.shared, table.c.position, table.c.id)
        .limit(2 * MOST)
    )


_rows = Compiled(_seen)
_one = Compiled(lambda dialect: _seen(dialect).where(table_of(SavedView).c.id == bindparam("view")))


def _saved(row: Row[Any], viewer: Viewer) -> Saved:
    return Saved(
        id=row.id,
        name=row.name,
        shared=row.shared,
        own=row.agent_id == viewer.agent_id,
        by=row.by,
        conditions=row.conditions,
        order=row.order,
    )


def _last_position(session: Session, viewer: Viewer, shared: bool) -> int:
    table = table_of(SavedView)
    among: list[ColumnElement[bool]] = [table.c.shared.is_(shared), table.c.deleted_at.is_(None)]
    if not shared:
        among.append(table.c.agent_id == viewer.agent_id)
    number, last = session.execute(
        select(func.count(), func.max(table.c.position)).where(*among)
    ).one()
    if number >= MOST:
        raise TooMany(f"there are {MOST} views already")
    return -1 if last is None else int(last)


def _note(
    session: Session,
    by: By,
    action: Action,
    before: Saved | None,
    after: Saved | None,
) -> None:
    """What concerns everybody is written down."""
    known = after or before
    subject = f"view:{known.id}" if known else ""
    by.note(session, action, subject, _told(before), _told(after))


def _told(saved: Saved | None) -> dict[str, Any] | None:
    if saved is None:
        return None
    return {"name": saved.name, "conditions": saved.conditions, "shared": saved.shared}
