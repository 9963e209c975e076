"""Customers who may be one and the same, with what speaks for it. Never merged by themselves.

Candidates share a key of `hub.customers.index`: they are found through its index, whatever the
number of customers, and a key that very many share is no evidence and is left alone. A name alone
is none either: it counts together with the same mailbox name or an equal attribute.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Row,
    Select,
    and_,
    bindparam,
    delete,
    exists,
    func,
    or_,
    select,
    tuple_,
    update,
)
from sqlmodel import Session

from hub.store.compiled import Compiled
from hub.store.statements import insert_new, table_of, together
from hub.store.tables import Customer, CustomerKey, Duplicate, Identity

MOST: Final = 12
"""So many customers may share a key for it to be evidence."""
ENOUGH: Final = 30
PAGE: Final = 20
_COMPARED: Final = ("mail", "phone", "name", "handle")
_AT_ONCE: Final = 200

Pair = tuple[UUID, UUID]
Evidence = dict[str, str]

_key, _duplicate, _customer = table_of(CustomerKey), table_of(Duplicate), table_of(Customer)
_identity = table_of(Identity)


@dataclass(frozen=True)
class Suggestion:
    """Two customers, and what speaks for their being one.

    evidence: mappings with `kind` ("mail", "phone", "name", "handle", "attribute"), `value`, and
    for addresses `first` and `second`: "verified", "claimed" or "noted" (in an attribute).
    """

    first_id: UUID
    second_id: UUID
    evidence: tuple[Evidence, ...]
    score: int

    def other(self, customer_id: UUID) -> UUID:
        return self.second_id if customer_id == self.first_id else self.first_id


@dataclass(frozen=True)
class _Person:
    name: str | None
    attributes: Mapping[str, Any]
    proofs: Mapping[tuple[str, str], str]


def suggest(session: Session, customers: Collection[UUID], now: datetime) -> None:
    """Compare these customers with all others anew, and keep what is found."""
    wanted = list(customers)
    for start in range(0, len(wanted), _AT_ONCE):
        _suggest(session, wanted[start : start + _AT_ONCE], now)


def of_customer(session: Session, customer_id: UUID) -> list[Suggestion]:
    """Who this customer may be as well, the surest first."""
    return _suggestions(_of_one.all(session, {"customer": customer_id}))


@Compiled
def _of_one(_: str) -> Select[Any]:
    return (
        select(*_duplicate.c)
        .where(_is_of(bindparam("customer")), _duplicate.c.dismissed_at.is_(None))
        .order_by(_duplicate.c.score.desc())
        .limit(5)
    )


def page(
    session: Session,
    after: tuple[int, UUID, UUID] | None = None,
    *,
    seen: ColumnElement[bool],
    limit: int = PAGE,
) -> list[Suggestion]:
    """One page of all suggestions, the surest first; at most `limit` + 1 of them.

    after: score and ids of the last one before. seen: a condition on the customer table that both
    must fulfil.
    """
    place = (_duplicate.c.score, _duplicate.c.first_id, _duplicate.c.second_id)
    query = (
        select(_duplicate)
        .where(
            _duplicate.c.dismissed_at.is_(None),
            exists().where(_customer.c.id == _duplicate.c.first_id, seen),
            exists().where(_customer.c.id == _duplicate.c.second_id, seen),
        )
        .order_by(*(column.desc() for column in place))
        .limit(limit + 1)
    )
    if after is not None:
        query = query.where(tuple_(*place) < after)
    return _suggestions(session.execute(query).all())


def dismiss(
    session: Session, one: UUID, other: UUID, *, agent_id: UUID, now: datetime, again: bool = False
) -> bool:
    """Never suggest these two again, or do `again`; whether that changed anything."""
    first, second = sorted((one, other))
    gone = _duplicate.c.dismissed_at.is_not(None)
    found = session.execute(
        update(_duplicate)
        .where(
            _duplicate.c.first_id == first,
            _duplicate.c.second_id == second,
            gone if again else ~gone,
        )
        .values(dismissed_at=None if again else now, dismissed_by=None if again else agent_id)
        .returning(_duplicate.c.first_id)
    )
    return found.first() is not None


def _suggest(session: Session, customers: list[UUID], now: datetime) -> None:
    shared = _shared(session, customers)
    pairs = _pairs(shared, set(customers))
    people = _people(session, {one for pair in pairs for one in pair})
    rows = []
    for pair, keys in pairs.items():
        if pair[0] not in people or pair[1] not in people:
            continue
        evidence, score = _weigh(people[pair[0]], people[pair[1]], keys)
        if score >= ENOUGH:
            rows.append(
                {
                    "first_id": pair[0],
                    "second_id": pair[1],
                    "evidence": evidence,
                    "score": score,
                    "found_at": now,
                }
            )
    still = {(row["first_id"], row["second_id"]) for row in rows}
    old = session.execute(
        select(_duplicate.c.first_id, _duplicate.c.second_id).where(
            or_(_duplicate.c.first_id.in_(customers), _duplicate.c.second_id.in_(customers)),
            _duplicate.c.dismissed_at.is_(None),
        )
    ).all()
    for first, second in old:
        # Written anew below where it still holds.
        session.execute(
            delete(_duplicate).where(
                _duplicate.c.first_id == first, _duplicate.c.second_id == second
            )
        )
    if still:
        insert_new(session, Duplicate, rows, ["first_id", "second_id"])


def _shared(session: Session, customers: list[UUID]) -> dict[tuple[str, str], list[UUID]]:
    """Who shares a key with one of these, by key; keys that many share are left out."""
    mine = select(_key.c.kind, _key.c.value).where(
        _key.c.customer_id.in_(customers), _key.c.kind.in_(_COMPARED)
    )
    values: set[tuple[str, str]] = {(kind, value) for kind, value in session.execute(mine)}
    if not values:
        return {}
    pair = (_key.c.kind, _key.c.value)
    few = [
        (kind, value)
        for kind, value in session.execute(
            select(_key.c.kind, _key.c.value)
            .where(together(pair, values))
            .group_by(_key.c.kind, _key.c.value)
            .having(and_(func.count() > 1, func.count() <= MOST))
        )
    ]
    found: defaultdict[tuple[str, str], list[UUID]] = defaultdict(list)
    if few:
        for row in session.execute(select(_key).where(together(pair, few))):
            found[row.kind, row.value].append(row.customer_id)
    return found


def _pairs(
    shared: Mapping[tuple[str, str], Sequence[UUID]], mine: set[UUID]
) -> dict[Pair, list[tuple[str, str]]]:
    pairs: defaultdict[Pair, list[tuple[str, str]]] = defaultdict(list)
    for key, holders in shared.items():
        for index, one in enumerate(holders):
            for other in holders[index + 1 :]:
                if one in mine or other in mine:
                    pairs[min(one, other), max(one, other)].append(key)
    return pairs


def _people(session: Session, ids: Collection[UUID]) -> dict[UUID, _Person]:
    if not ids:
        return {}
    proofs: defaultdict[UUID, dict[tuple[str, str], str]] = defaultdict(dict)
    for row in session.execute(
        select(
            _identity.c.customer_id, _identity.c.kind, _identity.c.address, _identity.c.proof
        ).where(_identity.c.customer_id.in_(list(ids)))
    ):
        known = proofs[row.customer_id]
        if known.get((row.kind, row.address)) != "verified":
            known[row.kind, row.address] = row.proof
    return {
        row.id: _Person(row.name, row.attributes or {}, proofs[row.id])
        for row in session.execute(
            select(_customer.c.id, _customer.c.name, _customer.c.attributes).where(
                _customer.c.id.in_(list(ids))
            )
        )
    }


def _weigh(
    first: _Person, second: _Person, keys: Sequence[tuple[str, str]]
) -> tuple[list[Evidence], int]:
    """What speaks for two being one, and how strongly, in 0..100."""
    evidence: list[Evidence] = []
    score = 0
    shared = {kind for kind, _ in keys}
    for kind, value in sorted(keys, key=lambda key: _COMPARED.index(key[0])):
        if kind in ("mail", "phone"):
            proofs = (first.proofs.get((kind, value), "noted"),
                      second.proofs.get((kind, value), "noted"))  # fmt: skip
            evidence.append({"kind": kind, "value": value, "first": proofs[0], "second": proofs[1]})
            score = max(score, 90 if "verified" in proofs else 60 if "claimed" in proofs else 45)
        elif kind == "name" or ("name" in shared and "mail" not in shared):
            evidence.append({"kind": kind, "value": value})
    if "name" in shared:
        equal = [
            {"kind": "attribute", "value": f"{name}: {value}"}
            for name, value in first.attributes.items()
            if isinstance(value, str) and len(value) > 2 and second.attributes.get(name) == value
        ]
        evidence += equal[:3]
        if score:
            score += 8
        elif "handle" in shared or equal:
            score = 40 if "handle" in shared else ENOUGH
    return evidence, score


def _is_of(customer_id: UUID | BindParameter[UUID]) -> ColumnElement[bool]:
    return or_(_duplicate.c.first_id == customer_id, _duplicate.c.second_id == customer_id)


def _suggestions(rows: Sequence[Row[Any]]) -> list[Suggestion]:
    return [Suggestion(row.first_id, row.second_id, tuple(row.evidence), row.score) for row in rows]
