"""The list of customers: who fits, in which order, a page at a time.

Last contact first. Every filter is an index or a look into one for each row that is read; words,
numbers and addresses are looked up by their beginnings among the keys of `hub.customers.index`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, tuple_
from sqlmodel import Session

from hub.agents.rights import Viewer
from hub.conversations.access import visible
from hub.conversations.customers.seeing import seen
from hub.conversations.state import OPEN_STATES
from hub.customers.index import name_words
from hub.store.statements import table_of
from hub.store.tables import (
    Conversation,
    Customer,
    CustomerKey,
    CustomerSegment,
    CustomerTag,
    Identity,
    Purchase,
)
from hub.text import fold, to_latin

PAGE: Final = 50
UNHAPPY: Final = 0.5
HAPPY: Final = 0.75
_LAST: Final = "\U0010ffff"
_MOST_WORDS: Final = 8
_FEW: Final = 500
"""So many that a search finds are sorted at once."""

Mood = Literal["happy", "unhappy", "rated", "unrated"]
MOODS: Final[tuple[Mood, ...]] = ("happy", "unhappy", "rated", "unrated")

_customer, _key, _identity = table_of(Customer), table_of(CustomerKey), table_of(Identity)
_conversation, _purchase = table_of(Conversation), table_of(Purchase)


@dataclass(frozen=True)
class Wanted:
    """Who is listed. segments, stages: in one of these segments, or at one of these stages, at
    least. contact_since, contact_before: when the
    last contact was. blocked: those who are, and in the order of when they were."""

    query: str = ""
    stage: str | None = None
    segments: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    tag: str | None = None
    channel: str | None = None
    mood: Mood | None = None
    contact_since: datetime | None = None
    contact_before: datetime | None = None
    blocked: bool = False


@dataclass(frozen=True)
class Found:
    """A row of the list. total: what was bought and not given back, in minor units by currency.
    channels: kinds of the identities. satisfaction: 0..1."""

    id: UUID
    name: str | None
    address_kind: str | None
    address: str | None
    address_name: str | None
    stage: str
    locale: str | None
    seen_at: datetime
    created_at: datetime
    satisfaction: float | None
    blocked_at: datetime | None
    blocked_reason: str | None
    channels: tuple[str, ...]
    addresses: tuple[tuple[str, str, str], ...]
    """Kind, address and proof of each, verified ones first."""
    segments: tuple[str, ...]
    tags: tuple[str, ...]
    orders: int
    total: Mapping[str, int]
    open: int
    source: Mapping[str, str]

    @property
    def place(self) -> tuple[datetime, UUID]:
        """After which the next page begins."""
        return self.seen_at, self.id


def page(
    session: Session,
    viewer: Viewer,
    wanted: Wanted,
    after: tuple[datetime, UUID] | None = None,
    *,
    limit: int = PAGE,
) -> list[Found]:
    """At most `limit` + 1 customers, from after a place on."""
    at = _customer.c.blocked_at if wanted.blocked else _customer.c.seen_at
    query = (
        _listed(session, viewer)
        .where(*_conditions(session, wanted))
        .order_by(at.desc(), _customer.c.id.desc())
        .limit(limit + 1)
    )
    if after is not None:
        query = query.where(tuple_(at, _customer.c.id) < after)
    return _rows(session, viewer, query, blocked=wanted.blocked)


def these(session: Session, viewer: Viewer, ids: Collection[UUID]) -> list[Found]:
    """Those of some customers whom the viewer may see, by last contact."""
    query = _listed(session, viewer).where(_customer.c.id.in_(list(ids)))
    return _rows(session, viewer, query.order_by(_customer.c.seen_at.desc()))


def _listed(session: Session, viewer: Viewer) -> Select[Any]:
    """What is listed of everybody whom the viewer may see."""
    return select(
        _customer.c.id,
        _customer.c.name,
        _customer.c.stage,
        _customer.c.locale,
        _customer.c.seen_at,
        _customer.c.created_at,
        _customer.c.satisfaction,
        _customer.c.blocked_at,
        _customer.c.blocked_reason,
        _customer.c.first_source,
    ).where(
        _customer.c.merged_into_id.is_(None),
        _customer.c.erased_at.is_(None),
        seen(session, viewer),
    )


def _rows(
    session: Session, viewer: Viewer, query: Select[Any], *, blocked: bool = False
) -> list[Found]:
    rows = session.execute(query).all()
    ids = [row.id for row in rows]
    addresses = _addresses(session, ids)
    segments = _of(session, CustomerSegment, "segment", ids)
    tags = _of(session, CustomerTag, "tag", ids)
    orders, totals = _bought(session, ids)
    opened = _open(session, viewer, ids)
    return [
        Found(
            id=row.id,
            name=row.name,
            address_kind=addresses[row.id][0][0] if addresses[row.id] else None,
            address=addresses[row.id][0][1] if addresses[row.id] else None,
            address_name=addresses[row.id][0][3] if addresses[row.id] else None,
            stage=row.stage,
            locale=row.locale,
            seen_at=row.blocked_at if blocked else row.seen_at,
            created_at=row.created_at,
            satisfaction=row.satisfaction,
            blocked_at=row.blocked_at,
            blocked_reason=row.blocked_reason,
            channels=tuple(dict.fromkeys(kind for kind, *_ in addresses[row.id])),
            addresses=tuple(
                (kind, address, proof) for kind, address, proof, _ in addresses[row.id]
            ),
            segments=tuple(segments[row.id]),
            tags=tuple(tags[row.id]),
            orders=orders.get(row.id, 0),
            total=totals.get(row.id, {}),
            open=opened.get(row.id, 0),
            source=row.first_source or {},
        )
        for row in rows
    ]


def tags(session: Session, limit: int = 200) -> list[str]:
    """Tags that customers have, by name."""
    return _values(session, table_of(CustomerTag).c.tag, limit)


def stages(session: Session) -> list[str]:
    """Every stage that somebody is at."""
    return _values(session, _customer.c.stage, 50)


def _values(session: Session, column: ColumnElement[str], limit: int) -> list[str]:
    """The different values of an indexed column, from one to the next: they are few."""
    found: list[str] = []
    while len(found) < limit:
        query = select(func.min(column))
        last = session.execute(query.where(column > found[-1]) if found else query).scalar()
        if last is None:
            break
        found.append(last)
    return found


def _candidates(query: str) -> list[Select[Any]]:
    """Queries of the customers that a search finds, each by an index; none without words."""
    text = query.strip()[:200]
    ways: list[Select[Any]] = []
    digits = "".join(sign for sign in to_latin(fold(text)) if sign.isdigit())
    bare = digits.removeprefix("00").removeprefix("98").removeprefix("0")
    if len(digits) > 2:
        number = to_latin(text.lstrip("#"))
        orders = (_begins(_purchase.c.number, number), _begins(_purchase.c.number, digits))
        ways.append(select(_purchase.c.customer_id).where(or_(*orders)))
    if len(bare) > 2:
        ways.append(_keyed("number", bare))
    if "@" in text:
        ways.append(_keyed("mail", fold(text).lstrip("@")))
    # The longest first: it leaves the fewest to be looked at by the others.
    words = sorted(name_words(text)[:_MOST_WORDS], key=len, reverse=True)
    if words:
        other = _key.alias("other")
        rest = [
            exists().where(
                other.c.customer_id == _key.c.customer_id,
                other.c.kind == "word",
                _begins(other.c.value, word),
            )
            for word in words[1:]
        ]
        ways.append(_keyed("word", words[0]).where(*rest))
    return ways


def _matching(session: Session, query: str) -> ColumnElement[bool] | None:
    """A condition on the customer table: who a search finds; None without a search.

    Few are looked up at once. Where it is many, the list is read in its own order and each row
    looked at, because the page is full soon.
    """
    if not query.strip():
        return None
    ways = _candidates(query)
    found: set[UUID] = set()
    for way in ways:
        found.update(session.execute(way.limit(_FEW + 1)).scalars())
    if len(found) <= _FEW:
        return _customer.c.id.in_(list(found))
    return or_(*(_customer.c.id.in_(way) for way in ways))


def _conditions(session: Session, wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if (words := _matching(session, wanted.query)) is not None:
        found.append(words)
    if wanted.stage is not None:
        found.append(_customer.c.stage == wanted.stage)
    if wanted.segments or wanted.stages:
        table = table_of(CustomerSegment)
        among = select(table.c.customer_id).where(table.c.segment.in_(wanted.segments))
        ways = [_customer.c.id.in_(among)] if wanted.segments else []
        ways += [_customer.c.stage.in_(wanted.stages)] if wanted.stages else []
        found.append(or_(*ways))
    if wanted.tag is not None:
        table = table_of(CustomerTag)
        found.append(
            _customer.c.id.in_(select(table.c.customer_id).where(table.c.tag == wanted.tag))
        )
    if wanted.channel is not None:
        found.append(
            exists().where(
                _identity.c.customer_id == _customer.c.id, _identity.c.kind == wanted.channel
            )
        )
    if wanted.contact_since is not None:
        found.append(_customer.c.seen_at >= wanted.contact_since)
    if wanted.contact_before is not None:
        found.append(_customer.c.seen_at < wanted.contact_before)
    if wanted.blocked:
        found.append(_customer.c.blocked_at.is_not(None))
    match wanted.mood:
        case "happy":
            found.append(_customer.c.satisfaction >= HAPPY)
        case "unhappy":
            found.append(_customer.c.satisfaction < UNHAPPY)
        case "rated":
            found.append(_customer.c.satisfaction.is_not(None))
        case "unrated":
            found.append(_customer.c.satisfaction.is_(None))
    return found


def _keyed(kind: str, beginning: str) -> Select[Any]:
    """Who has a key of this kind that begins so."""
    return select(_key.c.customer_id).where(_key.c.kind == kind, _begins(_key.c.value, beginning))


def _begins(column: ColumnElement[str], beginning: str) -> ColumnElement[bool]:
    """A range of the index, where LIKE would look at every row."""
    return and_(column >= beginning, column < beginning + _LAST)


def _addresses(
    session: Session, ids: Collection[UUID]
) -> defaultdict[UUID, list[tuple[str, str, str, str | None]]]:
    found: defaultdict[UUID, list[tuple[str, str, str, str | None]]] = defaultdict(list)
    for row in session.execute(
        select(
            _identity.c.customer_id,
            _identity.c.kind,
            _identity.c.address,
            _identity.c.proof,
            _identity.c.name,
        )
        .where(_identity.c.customer_id.in_(list(ids)))
        .order_by(_identity.c.proof.desc(), _identity.c.seen_at.desc(), _identity.c.id)
    ):
        found[row.customer_id].append((row.kind, row.address, row.proof, row.name))
    return found


def _of(
    session: Session, model: Any, column: str, ids: Sequence[UUID]
) -> defaultdict[UUID, list[str]]:
    table = table_of(model)
    found: defaultdict[UUID, list[str]] = defaultdict(list)
    for customer_id, value in session.execute(
        select(table.c.customer_id, table.c[column])
        .where(table.c.customer_id.in_(list(ids)))
        .order_by(table.c[column])
    ):
        found[customer_id].append(value)
    return found


def _bought(
    session: Session, ids: Sequence[UUID]
) -> tuple[dict[UUID, int], defaultdict[UUID, dict[str, int]]]:
    counts: dict[UUID, int] = {}
    totals: defaultdict[UUID, dict[str, int]] = defaultdict(dict)
    for row in session.execute(
        select(
            _purchase.c.customer_id,
            _purchase.c.currency,
            func.count().label("orders"),
            func.sum(_purchase.c.amount).label("total"),
        )
        .where(
            _purchase.c.customer_id.in_(list(ids)),
            _purchase.c.status.not_in(("cancelled", "refunded")),
        )
        .group_by(_purchase.c.customer_id, _purchase.c.currency)
    ):
        counts[row.customer_id] = counts.get(row.customer_id, 0) + row.orders
        totals[row.customer_id][row.currency] = int(row.total)
    return counts, totals


def _open(session: Session, viewer: Viewer, ids: Sequence[UUID]) -> dict[UUID, int]:
    rows = session.execute(
        select(_conversation.c.customer_id, func.count())
        .where(
            _conversation.c.customer_id.in_(list(ids)),
            # Not by the status' index: what is open is much, what these customers have little.
            func.coalesce(_conversation.c.status, "").in_(OPEN_STATES),
            visible(viewer),
        )
        .group_by(_conversation.c.customer_id)
    )
    return dict(rows.all())
