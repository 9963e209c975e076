"""Two customers turn out to be one: everything of one moves to the other, and can be taken back.

What moves is written down by id, what is folded together (an address, a tag that both have) with
all that it takes to part it again, and every value that is overwritten. Whatever happens after the
merge stays with whom it happened to: a conversation that moved goes back with what was written in
it since. The row of the one who is gone stays, and points at the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, Table, delete, func, insert, select, update
from sqlmodel import Session

from hub.agents.audit import By
from hub.customers import acts, folding, index
from hub.customers.acts import UNTOLD, NoSuchCustomer
from hub.customers.folding import Folded, plain, value_of
from hub.store.statements import table_of
from hub.store.tables import (
    Consent,
    Conversation,
    Customer,
    CustomerMerge,
    CustomerNote,
    CustomerTag,
    CustomerTopic,
    Duplicate,
    Identity,
    Purchase,
    Rating,
    SourceVisit,
    StageChange,
    Survey,
)
from hub.store.types import new_id

VALUES: Final = ("name", "stage", "locale", "time_zone")
"""What has one value, which the agent chooses where both have one."""
_customer, _identity, _merge = table_of(Customer), table_of(Identity), table_of(CustomerMerge)
_MOVED: Final[Mapping[str, Table]] = {
    "conversations": table_of(Conversation),
    "purchases": table_of(Purchase),
    "notes": table_of(CustomerNote),
    "stages": table_of(StageChange),
    "visits": table_of(SourceVisit),
    "consents": table_of(Consent),
    "surveys": table_of(Survey),
    "ratings": table_of(Rating),
}
"""What goes over as it is, by id."""


class SameCustomer(ValueError):
    """A customer can not be merged with itself."""


class CannotTakeBack(Exception):
    """The merge can not be taken back any more; `reason` says why: "erased" or "merged on"."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the merge can not be taken back: {reason}")
        self.reason = reason


@dataclass(frozen=True)
class Side:
    """One of the two, as the preview shows it. counts: by the names of `_MOVED`."""

    id: UUID
    values: Mapping[str, str | None]
    attributes: Mapping[str, Any]
    identities: tuple[tuple[str, str, str | None, str], ...]
    """Kind, address, name and proof of each."""
    tags: tuple[str, ...]
    counts: Mapping[str, int]
    since: datetime
    blocked: bool


@dataclass(frozen=True)
class Choice:
    """Which values win. other: names of `VALUES` that are taken from the one who goes;
    attributes: those that are. What one of the two lacks is taken from whoever has it."""

    other: frozenset[str] = frozenset()
    attributes: frozenset[str] = frozenset()


@dataclass
class _Record:
    """What was done, as it is kept."""

    moved: dict[str, list[str]] = field(default_factory=dict)
    identities: dict[str, Any] = field(default_factory=dict)
    topics: list[list[str]] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)


def side(session: Session, customer_id: UUID) -> Side:
    """What one of the two brings. Raises NoSuchCustomer."""
    row = session.execute(
        select(_customer).where(
            _customer.c.id == customer_id,
            _customer.c.merged_into_id.is_(None),
            _customer.c.erased_at.is_(None),
        )
    ).first()
    if row is None:
        raise NoSuchCustomer(f"there is no customer {customer_id} any more")
    identities = session.execute(
        select(_identity.c.kind, _identity.c.address, _identity.c.name, _identity.c.proof)
        .where(_identity.c.customer_id == customer_id)
        .order_by(_identity.c.proof.desc(), _identity.c.id)
    )
    tag = table_of(CustomerTag)
    tags = session.execute(
        select(tag.c.tag).where(tag.c.customer_id == customer_id).order_by(tag.c.tag)
    )
    return Side(
        id=customer_id,
        values={name: getattr(row, name) for name in VALUES},
        attributes=row.attributes or {},
        identities=tuple((one.kind, one.address, one.name, one.proof) for one in identities),
        tags=tuple(tags.scalars()),
        counts={name: _count(session, table, customer_id) for name, table in _MOVED.items()},
        since=row.created_at,
        blocked=row.blocked_at is not None,
    )


def merge(
    session: Session,
    by: By,
    kept: UUID,
    gone: UUID,
    choice: Choice,
) -> UUID:
    """Move everything of `gone` to `kept`; the merge, by which it is taken back.

    Raises SameCustomer and NoSuchCustomer.
    """
    if kept == gone:
        raise SameCustomer("a customer can not be merged with itself")
    # Both are locked in the order of their ids, as everywhere.
    rows = {one: acts.locked(session, one) for one in sorted((kept, gone))}
    record = _Record()
    record.identities = vars(folding.move(session, kept, gone))
    for name, table in _MOVED.items():
        moved = session.execute(
            update(table)
            .where(table.c.customer_id == gone)
            .values(customer_id=kept)
            .returning(table.c.id)
        ).scalars()
        record.moved[name] = sorted(str(one) for one in moved)
    _move_topics(session, record, kept, gone)
    _move_tags(session, record, kept, gone)
    _take_values(session, record, rows[kept], rows[gone], choice)
    session.execute(
        update(_customer)
        .where(_customer.c.id == gone)
        .values(merged_into_id=kept, version=_customer.c.version + 1)
    )
    duplicate = table_of(Duplicate)
    pair = sorted((kept, gone))
    session.execute(
        delete(duplicate).where(duplicate.c.first_id == pair[0], duplicate.c.second_id == pair[1])
    )
    merge_id = new_id()
    session.execute(
        insert(_merge).values(
            id=merge_id,
            kept_id=kept,
            gone_id=gone,
            agent_id=by.viewer.agent_id,
            record=vars(record),
            at=by.now,
        )
    )
    by.note(
        session,
        "merged customers",
        f"customer:{kept}",
        after={"gone": str(gone), "merge": str(merge_id)},
    )
    index.follow(session, [gone], by.now)
    acts.tell(
        session, by.viewer, kept, by.now,
        changed={"merged": UNTOLD}, merge=str(merge_id), gone=str(gone),
    )  # fmt: skip
    return merge_id


def kept_by(session: Session, merge_id: UUID) -> UUID:
    """Whom a merge kept. Raises NoSuchCustomer where there is no such merge."""
    kept: UUID | None = session.execute(
        select(_merge.c.kept_id).where(_merge.c.id == merge_id)
    ).scalar()
    if kept is None:
        raise NoSuchCustomer(f"there is no merge {merge_id}")
    return kept


def take_back(session: Session, by: By, merge_id: UUID) -> tuple[UUID, tuple[str, ...]]:
    """Part the two again; whom the merge had kept, and the values that were changed since and so
    stay as they are. Twice does it once.

    Raises NoSuchCustomer where there is no such merge, and CannotTakeBack.
    """
    row = session.execute(select(_merge).where(_merge.c.id == merge_id).with_for_update()).first()
    if row is None:
        raise NoSuchCustomer(f"there is no merge {merge_id}")
    kept, gone = row.kept_id, row.gone_id
    if row.undone_at is not None:
        return kept, ()
    found = {
        one.id: one
        for one in session.execute(
            select(_customer)
            .where(_customer.c.id.in_((kept, gone)))
            .order_by(_customer.c.id)
            .with_for_update(key_share=True)
        )
    }
    _require_parted(found, kept, gone)
    record = _Record(**row.record)
    folding.part(session, Folded(**record.identities), kept, gone)
    for name, table in _MOVED.items():
        session.execute(
            update(table)
            .where(
                table.c.id.in_([UUID(one) for one in record.moved.get(name, ())]),
                table.c.customer_id == kept,
            )
            .values(customer_id=gone)
        )
    _part_topics(session, record, kept, gone)
    _part_tags(session, record, kept, gone)
    stays = _give_values_back(session, record, found[kept])
    session.execute(
        update(_customer)
        .where(_customer.c.id == gone)
        .values(merged_into_id=None, version=_customer.c.version + 1)
    )
    session.execute(
        update(_merge)
        .where(_merge.c.id == merge_id)
        .values(undone_at=by.now, undone_by=by.viewer.agent_id)
    )
    by.note(
        session,
        "took a merge of customers back",
        f"customer:{kept}",
        after={"again": str(gone), "merge": str(merge_id)},
    )
    acts.tell(session, by.viewer, kept, by.now, changed={"merged": UNTOLD}, parted=str(merge_id))
    acts.tell(session, by.viewer, gone, by.now, changed={"merged": UNTOLD}, parted=str(merge_id))
    return kept, stays


def _require_parted(found: Mapping[UUID, Row[Any]], kept: UUID, gone: UUID) -> None:
    if found[kept].erased_at is not None:
        raise CannotTakeBack("erased")
    if found[kept].merged_into_id is not None or found[gone].merged_into_id != kept:
        raise CannotTakeBack("merged on")


def _count(session: Session, table: Table, customer_id: UUID) -> int:
    found: int = session.execute(
        select(func.count()).select_from(table).where(table.c.customer_id == customer_id)
    ).scalar_one()
    return found


def _move_topics(session: Session, record: _Record, kept: UUID, gone: UUID) -> None:
    table = table_of(CustomerTopic)
    rows = session.execute(
        update(table)
        .where(table.c.customer_id == gone)
        .values(customer_id=kept)
        .returning(table.c.conversation_id, table.c.topic_id)
    )
    record.topics = [[str(row.conversation_id), str(row.topic_id)] for row in rows]


def _part_topics(session: Session, record: _Record, kept: UUID, gone: UUID) -> None:
    table = table_of(CustomerTopic)
    conversations = [UUID(one) for one, _ in record.topics]
    session.execute(
        update(table)
        .where(table.c.conversation_id.in_(conversations), table.c.customer_id == kept)
        .values(customer_id=gone)
    )


def _move_tags(session: Session, record: _Record, kept: UUID, gone: UUID) -> None:
    """The tags of both; those of the one who goes stay with its row, for the way back."""
    table = table_of(CustomerTag)
    tags = select(table.c.tag).where(table.c.customer_id == gone)
    own = set(session.execute(select(table.c.tag).where(table.c.customer_id == kept)).scalars())
    record.tags = sorted(set(session.execute(tags).scalars()) - own)
    if record.tags:
        session.execute(insert(table), [{"customer_id": kept, "tag": tag} for tag in record.tags])


def _part_tags(session: Session, record: _Record, kept: UUID, gone: UUID) -> None:
    table = table_of(CustomerTag)
    session.execute(delete(table).where(table.c.customer_id == kept, table.c.tag.in_(record.tags)))


def _take_values(
    session: Session,
    record: _Record,
    own: Mapping[str, Any],
    other: Mapping[str, Any],
    choice: Choice,
) -> None:
    after: dict[str, Any] = {}
    for name in VALUES:
        taken = other[name] and (name in choice.other or not own[name])
        if taken and other[name] != own[name]:
            after[name] = other[name]
    attributes = dict(own["attributes"])
    for name, value in other["attributes"].items():
        if name not in attributes or name in choice.attributes:
            attributes[name] = value
    if attributes != own["attributes"]:
        after["attributes"] = attributes
    if other["created_at"] < own["created_at"]:
        after["created_at"] = other["created_at"]
        after["first_source"] = other["first_source"] or own["first_source"]
    if other["seen_at"] > own["seen_at"]:
        after["seen_at"] = other["seen_at"]
        after["last_source"] = other["last_source"] or own["last_source"]
    if other["blocked_at"] is not None and own["blocked_at"] is None:
        after |= {name: other[name] for name in ("blocked_at", "blocked_by", "blocked_reason")}
    record.before = {name: plain(own[name]) for name in after}
    record.after = {name: plain(value) for name, value in after.items()}
    session.execute(
        update(_customer)
        .where(_customer.c.id == own["id"])
        .values(**after, version=_customer.c.version + 1)
    )


def _give_values_back(session: Session, record: _Record, row: Row[Any]) -> tuple[str, ...]:
    """Put back what the merge overwrote, and nothing that was changed since; its names."""
    back: dict[str, Any] = {}
    stays = []
    for name, value in record.before.items():
        if name == "seen_at" or plain(row._mapping[name]) == record.after[name]:
            back[name] = value_of(_customer, name, value)
        else:
            stays.append(name)
    if back:
        session.execute(
            update(_customer)
            .where(_customer.c.id == row.id)
            .values(**back, version=_customer.c.version + 1)
        )
    return tuple(stays)
