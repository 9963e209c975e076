"""The list of conversations: which ones a view holds, in what order, and how many.

Whoever waits for us stands first: where a promise runs, the nearest breach before all others, then
the longest wait; after them what we answered, and what sleeps, newest first. Each of these is a
*stretch* of one status, so that every page is read straight off an index, from a keyset of
(sla_due_at or last_message_at, id).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, func, select, tuple_
from sqlmodel import Session

from hub.agents.rights import Viewer
from hub.conversations.access import visible
from hub.conversations.state import OPEN_STATES
from hub.store import search
from hub.store.statements import table_of
from hub.store.tables import Agent, Conversation, ConversationTag, Customer, Identity, Rating

PAGE: Final = 40
FOUND: Final = 200
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DIGITS: Final = 16
_TOP: Final = 10**_DIGITS - 1

DUE: Final = "due"
"""The stretch of open conversations whose clock runs."""

Name = Literal["mine", "unassigned", "open", "waiting", "resolved"]
NAMES: Final[tuple[Name, ...]] = ("mine", "unassigned", "open", "waiting", "resolved")


@dataclass(frozen=True)
class View:
    """What is listed: a named view, a team's, an account's, or what was searched for."""

    name: Name = "open"
    team_id: UUID | None = None
    account: str | None = None
    query: str | None = None

    @property
    def stretches(self) -> tuple[str, ...]:
        """What is listed one after another: statuses, before them what is promised."""
        if self.name in ("waiting", "resolved"):
            return (self.name,)
        return (DUE, *OPEN_STATES)

    @property
    def statuses(self) -> tuple[str, ...]:
        """The statuses that are listed."""
        return tuple(stretch for stretch in self.stretches if stretch != DUE)


@dataclass(frozen=True)
class Place:
    """Where a page of the list ended: after this conversation, in this stretch (`status`)."""

    status: str
    at: datetime
    id: UUID

    def __str__(self) -> str:
        return f"{self.status}~{_microseconds(self.at)}~{self.id}"

    @classmethod
    def parse(cls, text: str | None) -> Place | None:
        """Read what `str` wrote; None for anything else."""
        try:
            status, at, last = (text or "").split("~")
            return cls(status, _EPOCH + timedelta(microseconds=int(at)), UUID(last))
        except (ValueError, OverflowError):
            return None


@dataclass(frozen=True)
class Listed:
    """A row of the list. channels: kinds, newest last. unread: nobody looked at the newest.
    due_at: when the nearest promise is broken, or was."""

    id: UUID
    number: int
    status: str
    subject: str | None
    snippet: str
    channels: tuple[str, ...]
    last_direction: str
    last_message_at: datetime
    waiting_since: datetime | None
    snoozed_until: datetime | None
    priority: int
    undelivered: int
    unread: bool
    customer_id: UUID
    customer_name: str | None
    address_kind: str | None
    address: str | None
    address_name: str | None
    assignee_id: UUID | None
    assignee_name: str | None
    due_at: datetime | None = None
    tags: tuple[str, ...] = ()

    @property
    def stretch(self) -> str:
        """In which stretch of the list it stands."""
        return DUE if self.status == "open" and self.due_at is not None else self.status

    @property
    def at(self) -> datetime:
        """By what it is ordered there."""
        return (self.due_at if self.stretch == DUE else None) or self.last_message_at

    @property
    def place(self) -> Place:
        return Place(self.stretch, self.at, self.id)

    @property
    def sort(self) -> str:
        """What the list is ordered by, ascending, as digits of equal length."""
        order = (DUE, *OPEN_STATES, "resolved", "spam").index(self.stretch)
        at = _microseconds(self.at)
        return f"{order}{at if self.status == 'open' else _TOP - at:0{_DIGITS}d}"


@dataclass(frozen=True)
class Page:
    """Rows, and where the next page goes on (None: this was the last one)."""

    rows: tuple[Listed, ...]
    following: Place | None


@dataclass(frozen=True)
class Counts:
    """How many conversations are open, by view, team and account."""

    mine: int
    unassigned: int
    open: int
    waiting: int
    teams: dict[UUID, int]
    accounts: dict[str, int]


@dataclass(frozen=True)
class EarlierOne:
    """Another conversation of the same customer, with its latest rating."""

    id: UUID
    number: int
    subject: str | None
    snippet: str
    channel: str
    at: datetime
    score: int | None
    scale: int | None


def page(session: Session, viewer: Viewer, view: View, after: Place | None = None) -> Page:
    """The next rows of a view, after a place or from the beginning."""
    if view.query is not None:
        return Page(tuple(_found(session, viewer, view.query)), None)
    rows: list[Row[tuple[object, ...]]] = []
    stretches = view.stretches
    if after is not None and after.status in stretches:
        stretches = stretches[stretches.index(after.status) :]
    for stretch in stretches:
        condition, order, rising = _stretch(stretch)
        last = table_of(Conversation).c.id
        query = _rows(viewer).where(_of(viewer, view), condition)
        query = query.order_by(*((order, last) if rising else (order.desc(), last.desc())))
        if after is not None and after.status == stretch:
            key, place = tuple_(order, last), (after.at, after.id)
            query = query.where(key > place if rising else key < place)
        rows += session.execute(query.limit(PAGE + 1 - len(rows))).all()
        if len(rows) > PAGE:
            break
    listed = _listed(session, rows[:PAGE])
    return Page(tuple(listed), listed[-1].place if len(rows) > PAGE else None)


def some(session: Session, viewer: Viewer, view: View, ids: Sequence[UUID]) -> list[Listed]:
    """Those of some conversations that are in the view now."""
    if not ids:
        return []
    table = table_of(Conversation)
    if view.query is not None:
        found = {conversation_id for conversation_id, _ in _matches(session, view.query)}
        ids = [one for one in ids if one in found]
        condition: ColumnElement[bool] = table.c.id.in_(ids)
    else:
        condition = and_(table.c.id.in_(ids), _of(viewer, view), table.c.status.in_(view.statuses))
    return _listed(session, session.execute(_rows(viewer).where(condition)).all())


def one(session: Session, viewer: Viewer, conversation_id: UUID) -> Listed | None:
    """One conversation's row, whatever view it is in; None when it is not for the viewer."""
    table = table_of(Conversation)
    rows = session.execute(_rows(viewer).where(table.c.id == conversation_id)).all()
    return next(iter(_listed(session, rows)), None)


def counts(session: Session, viewer: Viewer) -> Counts:
    """Count everything that is open in one pass over the open conversations."""
    table = table_of(Conversation)
    groups = (table.c.status, table.c.assignee_id, table.c.team_id, table.c.reply_account)
    rows = session.execute(
        select(*groups, func.count())
        .where(table.c.status.in_(OPEN_STATES), visible(viewer))
        .group_by(*groups)
    )
    mine = unassigned = total = waiting = 0
    teams: dict[UUID, int] = {}
    accounts: dict[str, int] = {}
    for status, assignee_id, team_id, account, count in rows:
        total += count
        if assignee_id == viewer.agent_id:
            mine += count
        if assignee_id is None:
            unassigned += count
        if status == "waiting":
            waiting += count
        if team_id is not None:
            teams[team_id] = teams.get(team_id, 0) + count
        if account is not None:
            accounts[account] = accounts.get(account, 0) + count
    return Counts(mine, unassigned, total, waiting, teams, accounts)


def count(counted: Counts, view: View) -> int | None:
    """How many a view holds, as far as that is counted."""
    if view.query is not None or view.name == "resolved":
        return None
    if view.team_id is not None:
        return counted.teams.get(view.team_id, 0)
    if view.account is not None:
        return counted.accounts.get(view.account, 0)
    return {
        "mine": counted.mine,
        "unassigned": counted.unassigned,
        "open": counted.open,
        "waiting": counted.waiting,
    }[view.name]


def earlier(
    session: Session, viewer: Viewer, customer_id: UUID, but: UUID, limit: int = 5
) -> list[EarlierOne]:
    """The customer's other conversations that the viewer may see, the latest first."""
    table, rating = table_of(Conversation), table_of(Rating)
    latest = (
        select(rating.c.id)
        .where(rating.c.conversation_id == table.c.id, rating.c.source == "survey")
        .order_by(rating.c.at.desc())
        .limit(1)
        .correlate(table)
        .scalar_subquery()
    )
    rows = session.execute(
        select(
            table.c.id,
            table.c.number,
            table.c.subject,
            table.c.snippet,
            table.c.channels,
            table.c.last_message_at,
            rating.c.score,
            rating.c.scale,
        )
        .outerjoin(rating, rating.c.id == latest)
        .where(table.c.customer_id == customer_id, table.c.id != but, visible(viewer))
        .order_by(table.c.last_message_at.desc())
        .limit(limit)
    )
    return [
        EarlierOne(
            id=row.id,
            number=row.number,
            subject=row.subject,
            snippet=row.snippet,
            channel=row.channels[-1] if row.channels else "",
            at=row.last_message_at,
            score=row.score,
            scale=row.scale,
        )
        for row in rows
    ]


def _stretch(stretch: str) -> tuple[ColumnElement[bool], ColumnElement[datetime], bool]:
    """Which conversations it has, by which column they are ordered, and whether rising."""
    table = table_of(Conversation)
    status, due, latest = table.c.status, table.c.sla_due_at, table.c.last_message_at
    if stretch == DUE:
        return and_(status == "open", due.is_not(None)), due, True
    if stretch == "open":
        return and_(status == "open", due.is_(None)), latest, True
    return status == stretch, latest, False


def _of(viewer: Viewer, view: View) -> ColumnElement[bool]:
    """What a view demands besides the status."""
    table = table_of(Conversation)
    conditions: list[ColumnElement[bool]] = [visible(viewer)]
    if view.name == "mine":
        conditions.append(table.c.assignee_id == viewer.agent_id)
    if view.name == "unassigned":
        conditions.append(table.c.assignee_id.is_(None))
    if view.team_id is not None:
        conditions.append(table.c.team_id == view.team_id)
    if view.account is not None:
        conditions.append(table.c.reply_account == view.account)
    return and_(*conditions)


def _rows(viewer: Viewer) -> Select[tuple[object, ...]]:
    """One row a conversation, with the names that stand in it."""
    table, customer = table_of(Conversation), table_of(Customer)
    identity, agent = table_of(Identity), table_of(Agent)
    return (
        select(
            table.c.id,
            table.c.number,
            table.c.status,
            table.c.subject,
            table.c.snippet,
            table.c.channels,
            table.c.last_direction,
            table.c.last_message_at,
            table.c.waiting_since,
            table.c.snoozed_until,
            table.c.priority,
            table.c.undelivered,
            table.c.seen_position,
            table.c.position,
            table.c.customer_id,
            customer.c.name.label("customer_name"),
            identity.c.kind.label("address_kind"),
            identity.c.address,
            identity.c.name.label("address_name"),
            table.c.assignee_id,
            agent.c.name.label("assignee_name"),
            table.c.sla_due_at.label("due_at"),
        )
        .join(customer, customer.c.id == table.c.customer_id)
        .outerjoin(identity, identity.c.id == table.c.reply_identity_id)
        .outerjoin(agent, agent.c.id == table.c.assignee_id)
        .where(visible(viewer))
    )


def _listed(session: Session, rows: Sequence[Row[tuple[object, ...]]]) -> list[Listed]:
    tags = _tags(session, [row.id for row in rows])
    listed = []
    for row in rows:
        values = dict(row._mapping)
        seen, position = values.pop("seen_position"), values.pop("position")
        values["channels"] = tuple(values["channels"])
        values["unread"] = seen < position and values["status"] == "open"
        listed.append(Listed(**values, tags=tags.get(values["id"], ())))
    return listed


def _tags(session: Session, ids: Iterable[UUID]) -> dict[UUID, tuple[str, ...]]:
    table = table_of(ConversationTag)
    found: dict[UUID, tuple[str, ...]] = {}
    for key, tag in session.execute(
        select(table.c.conversation_id, table.c.tag)
        .where(table.c.conversation_id.in_(list(ids)))
        .order_by(table.c.conversation_id, table.c.tag)
    ):
        found[key] = (*found.get(key, ()), tag)
    return found


def _found(session: Session, viewer: Viewer, query: str) -> list[Listed]:
    """What holds the words, by its newest message that does."""
    order: dict[UUID, int] = {}
    for conversation_id, _ in _matches(session, query):
        order.setdefault(conversation_id, len(order))
    table = table_of(Conversation)
    rows = session.execute(_rows(viewer).where(table.c.id.in_(list(order)))).all()
    listed = sorted(_listed(session, rows), key=lambda row: order[row.id])
    return listed[:PAGE]


def _matches(session: Session, query: str) -> list[tuple[UUID, UUID]]:
    return search.match(session, query, limit=FOUND)


def _microseconds(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)
