"""How many conversations stand in each view."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, bindparam, case, func, select
from sqlmodel import Session

from hub.agents.rights import Viewer
from hub.conversations import mentions
from hub.conversations.access import visible, visible_to
from hub.conversations.listing.view import SETTLED, Filter, View
from hub.conversations.state import OPEN_STATES
from hub.store.compiled import Compiled
from hub.store.statements import table_of
from hub.store.tables import Conversation


@dataclass(frozen=True)
class Counts:
    """How many conversations are open, by view, team, account and saved view.

    mentions: those in which the viewer was named and has not looked.
    """

    mine: int
    unassigned: int
    open: int
    waiting: int
    snoozed: int
    mentions: int
    teams: Mapping[UUID, int]
    accounts: Mapping[str, int]
    saved: Mapping[UUID, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Open:
    """How many open conversations there are of one status, assignee, team and account."""

    status: str
    assignee_id: UUID | None
    team_id: UUID | None
    account: str | None
    number: int


def open_ones(session: Session, viewer: Viewer) -> tuple[Open, ...]:
    """Count everything that is open in one pass over an index that holds all that is counted by.
    It is the same for all from whom the same teams are hidden."""
    return tuple(Open(*row) for row in _open.all(session, {"viewer": viewer.agent_id}))


@Compiled
def _open(_: str) -> Select[Any]:
    table = table_of(Conversation)
    groups = (table.c.status, table.c.assignee_id, table.c.team_id, table.c.reply_account)
    return (
        select(*groups, func.count().label("number"))
        .where(table.c.status.in_(OPEN_STATES), visible_to(bindparam("viewer")))
        .group_by(*groups)
    )


def counts(session: Session, viewer: Viewer, counted: Sequence[Open] | None = None) -> Counts:
    """What stands in each view. counted: what was counted for the viewer already."""
    rows = open_ones(session, viewer) if counted is None else counted
    mine = unassigned = total = waiting = snoozed = 0
    teams: dict[UUID, int] = {}
    accounts: dict[str, int] = {}
    for row in rows:
        total += row.number
        if row.assignee_id == viewer.agent_id:
            mine += row.number
        if row.assignee_id is None:
            unassigned += row.number
        if row.status == "waiting":
            waiting += row.number
        if row.status == "snoozed":
            snoozed += row.number
        if row.team_id is not None:
            teams[row.team_id] = teams.get(row.team_id, 0) + row.number
        if row.account is not None:
            accounts[row.account] = accounts.get(row.account, 0) + row.number
    return Counts(
        mine=mine,
        unassigned=unassigned,
        open=total,
        waiting=waiting,
        snoozed=snoozed,
        mentions=mentions.unseen(session, viewer),
        teams=teams,
        accounts=accounts,
    )


def tally(session: Session, viewer: Viewer, filters: Sequence[Filter]) -> dict[UUID, int]:
    """How many conversations each saved view holds, in one pass over what is open. A view that
    also holds what is settled is not counted."""
    counted = [one for one in filters if one.statuses and not set(one.statuses) & set(SETTLED)]
    if not counted:
        return {}
    table = table_of(Conversation)
    sums = [
        func.sum(case((and_(table.c.status.in_(one.statuses), one.condition), 1), else_=0))
        for one in counted
    ]
    statuses = {status for one in counted for status in one.statuses}
    row = session.execute(
        select(*sums).where(table.c.status.in_(sorted(statuses)), visible(viewer))
    ).one()
    return {one.id: int(number or 0) for one, number in zip(counted, row, strict=True)}


def count(counted: Counts, view: View) -> int | None:
    """How many a view holds, as far as that is counted."""
    if view.saved_id is not None:
        return counted.saved.get(view.saved_id)
    if view.query is not None or view.name in SETTLED:
        return None
    if not view.is_plain:
        if view.name != "open" or (view.team_id and view.account):
            return None
        if view.team_id is not None:
            return counted.teams.get(view.team_id, 0)
        return counted.accounts.get(view.account or "", 0)
    return {
        "mine": counted.mine,
        "unassigned": counted.unassigned,
        "mentions": counted.mentions,
        "open": counted.open,
        "waiting": counted.waiting,
        "snoozed": counted.snoozed,
    }[view.name]
