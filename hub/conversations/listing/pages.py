"""Reading a view, page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Uuid,
    and_,
    bindparam,
    case,
    false,
    func,
    select,
    tuple_,
)
from sqlmodel import Session

from hub.agents.rights import Viewer
from hub.conversations import finding, mentions, tags
from hub.conversations.access import visible, visible_to
from hub.conversations.listing.rows import Listed, by_ids
from hub.conversations.listing.view import Order, Place, Stretch, View, stretches
from hub.store.compiled import Compiled
from hub.store.statements import table_of
from hub.store.tables import Conversation

PAGE: Final = 30
FOUND: Final = 200
EVERYTHING_FOUND: Final = 2_000
FEW: Final = 1000


@dataclass(frozen=True)
class Page:
    """Rows, and where the next page goes on (None: this was the last one)."""

    rows: tuple[Listed, ...]
    following: Place | None
    order: Order = "due"


@dataclass(frozen=True)
class _Asked:
    """A view as it is looked for: the statuses, what is demanded besides, and the order.

    among: ids of few conversations that hold all of it, which are then looked at one by one.
    values: of the parameters in it. shape: what its statements differ by from those of other
    views; None where they are its own.
    """

    statuses: tuple[str, ...]
    condition: ColumnElement[bool]
    order: Order
    among: Select[tuple[UUID]] | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    shape: tuple[object, ...] | None = None

    def rows(
        self,
        session: Session,
        key: tuple[object, ...],
        statement: Callable[[], Select[Any]],
        values: Mapping[str, Any],
    ) -> Sequence[Any]:
        """Read by a statement that is made once for all views of this shape."""
        given = {**self.values, **values}
        if self.shape is None:
            return session.execute(statement(), given).all()
        made = _made.get((self.shape, key))
        if made is None:
            made = _made[self.shape, key] = Compiled(statement())
        return made.all(session, given)

    def of(self, status: ColumnElement[bool]) -> ColumnElement[bool]:
        """The condition for some statuses."""
        condition = and_(status, self.condition)
        if self.among is None:
            return condition
        return and_(table_of(Conversation).c.id.in_(self.among), _looked_at(condition))


_made: Final[dict[tuple[object, ...], Compiled]] = {}


def page(
    session: Session, viewer: Viewer, view: View, after: Place | None = None, limit: int = PAGE
) -> Page:
    """The next rows of a view, after a place or from the beginning."""
    if view.query is not None:
        return Page(tuple(_found(session, viewer, view)), None)
    asked = _asked(session, viewer, view)
    ids: list[UUID] = []
    begun = after is None
    for key, group in groupby(stretches(asked.statuses, asked.order), lambda one: one.key):
        begun = begun or (after is not None and after.stretch == key)
        if not begun:
            continue
        since = after if after is not None and after.stretch == key else None
        ids += _merged(session, asked, list(group), since, limit + 1 - len(ids))
        if len(ids) > limit:
            break
    listed = by_ids(session, viewer, ids[:limit], asked.order)
    following = listed[-1].place if listed and len(ids) > limit else None
    return Page(tuple(listed), following, asked.order)


def some(session: Session, viewer: Viewer, view: View, ids: Sequence[UUID]) -> list[Listed]:
    """Those of some conversations that are in the view now."""
    if not ids:
        return []
    if view.query is not None:
        matches = finding.conversations(session, viewer, view.wanted, FOUND)
        return _told(session, viewer, {one: matches[one] for one in ids if one in matches})
    table = table_of(Conversation)
    asked = _asked(session, viewer, view)

    def statement() -> Select[Any]:
        inside = and_(table.c.status.in_(asked.statuses), asked.condition)
        among: Any = bindparam("ids", expanding=True)
        return select(table.c.id).where(table.c.id.in_(among), _looked_at(inside))

    rows = asked.rows(session, ("some",), statement, {"ids": list(ids)})
    return by_ids(session, viewer, [row.id for row in rows], asked.order)


def find_all(
    session: Session, viewer: Viewer, view: View, *, after: UUID | None, until: UUID, limit: int
) -> list[UUID]:
    """The next conversations of a view in the order of their ids, none newer than `until`.

    What is done to them may take them out of the view: that moves nothing that comes later.
    """
    table = table_of(Conversation)
    condition, values = _all(session, viewer, view)
    query = select(table.c.id).where(condition, table.c.id <= until)
    if after is not None:
        query = query.where(table.c.id > after)
    return list(session.execute(query.order_by(table.c.id).limit(limit), values).scalars())


def everything_found(session: Session, viewer: Viewer, view: View) -> list[UUID]:
    """All that was searched for, at most EVERYTHING_FOUND, the newest."""
    return finding.conversation_ids(session, viewer, view.wanted, EVERYTHING_FOUND)


def how_many(session: Session, viewer: Viewer, view: View, most: int) -> int:
    """How many conversations a view holds; `most` where there are more."""
    table = table_of(Conversation)
    condition, values = _all(session, viewer, view)
    some_of_them = select(table.c.id).where(condition).limit(most).subquery()
    counted = select(func.count()).select_from(some_of_them)
    return int(session.execute(counted, values).scalar_one())


def _all(
    session: Session, viewer: Viewer, view: View
) -> tuple[ColumnElement[bool], Mapping[str, Any]]:
    table = table_of(Conversation)
    if view.query is not None:
        return table.c.id.in_(_matches(session, viewer, view)), {}
    asked = _asked(session, viewer, view)
    return asked.of(table.c.status.in_(asked.statuses)), asked.values


def _looked_at(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """The condition in a form for which no database takes an index: the rows are known by their
    ids, and one that goes by a status would read half of the table."""
    return case((condition, 1), else_=0) == 1


def _asked(session: Session, viewer: Viewer, view: View) -> _Asked:
    table = table_of(Conversation)
    if view.saved_id is not None:
        filter_ = view.saved(session) if view.saved is not None else None
        if filter_ is None:
            return _Asked((), false(), "due")
        condition = and_(visible(viewer), filter_.condition)
        among = tags.few_with(session, filter_.tags, FEW)
        return _Asked(filter_.statuses, condition, view.order or filter_.order, among)
    looking = bindparam("viewer", type_=Uuid())
    conditions: list[ColumnElement[bool]] = [visible_to(looking)]
    if view.name == "mine":
        conditions.append(table.c.assignee_id == looking)
    if view.name == "unassigned":
        conditions.append(table.c.assignee_id.is_(None))
    if view.team_id is not None:
        conditions.append(table.c.team_id == bindparam("team"))
    if view.account is not None:
        conditions.append(table.c.reply_account == bindparam("account"))
    return _Asked(
        view.statuses,
        and_(*conditions),
        view.order or view.usual,
        mentions.of(looking) if view.name == "mentions" else None,
        {"viewer": viewer.agent_id, "team": view.team_id, "account": view.account},
        (view.name, view.team_id is not None, view.account is not None),
    )


def _merged(
    session: Session, asked: _Asked, group: Sequence[Stretch], after: Place | None, limit: int
) -> Iterable[UUID]:
    """The next of a group of stretches, each read off its index."""
    found: list[tuple[datetime, UUID]] = []
    values: dict[str, Any] = {"limit": limit}
    if after is not None:
        values |= {"at": after.at, "last": after.id}
    for stretch in group:
        key = ("page", stretch.key, stretch.status, stretch.column.key, after is not None)
        statement = partial(_read_off, asked, stretch, going_on=after is not None)
        found += [(at, one) for at, one in asked.rows(session, key, statement, values)]
    if len(group) > 1:
        found.sort(reverse=not group[0].rising)
    return [one for _, one in found[:limit]]


def _read_off(asked: _Asked, stretch: Stretch, *, going_on: bool) -> Select[Any]:
    column, last = stretch.column, table_of(Conversation).c.id
    query = select(column, last).where(asked.of(stretch.condition))
    query = query.order_by(*((column, last) if stretch.rising else (column.desc(), last.desc())))
    if going_on:
        place = tuple_(bindparam("at", type_=column.type), bindparam("last", type_=last.type))
        key = tuple_(column, last)
        query = query.where(key > place if stretch.rising else key < place)
    return query.limit(bindparam("limit", type_=Integer))


def _found(session: Session, viewer: Viewer, view: View) -> list[Listed]:
    """What was searched for, the latest first; PAGE of what was found last."""
    found = finding.conversations(session, viewer, view.wanted, PAGE)
    return sorted(_told(session, viewer, found), key=lambda one: one.sort)


def _told(
    session: Session, viewer: Viewer, found: Mapping[UUID, tuple[tuple[str, bool], ...]]
) -> list[Listed]:
    rows = by_ids(session, viewer, list(found), "latest")
    return [replace(one, found=found[one.id]) for one in rows]


def _matches(session: Session, viewer: Viewer, view: View) -> list[UUID]:
    return finding.conversation_ids(session, viewer, view.wanted, FOUND)
