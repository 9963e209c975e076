"""What agents change of a customer, and how it is taken back.

Each act writes down what stood before (`inverse`) and what must still stand for an undo
(`expected`), as `hub.conversations.acts` does: an undo that would overwrite what somebody changed
since is refused. All of it is told in the event log as `customer.changed`, by the names of what
changed and never by people's words. The caller has checked that the viewer may see the customer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlmodel import Session

from hub.agents.rights import Missing, Viewer
from hub.customers import changing, index
from hub.customers.attributes import Value
from hub.store import events
from hub.store.events import Happening
from hub.store.statements import table_of
from hub.store.tables import Consent, Customer, CustomerAct, CustomerNote
from hub.store.types import new_id
from hub.text import display_name, storable, visible

LONGEST_NOTE: Final = 10_000
LONGEST_VALUE: Final = 500
LONGEST_TAG: Final = 60
MOST_TAGS: Final = 100
STAGES: Final = ("new", "lead", "customer", "returning", "lost")
"""The stages that are offered; rules may bring others."""

_customer, _act = table_of(Customer), table_of(CustomerAct)
UNTOLD: Final = [None, None]
"""Before and after of what the log does not repeat, because people wrote it."""
_PLAIN: Final = ("name", "stage", "locale", "time_zone")


class NoSuchCustomer(Missing):
    """There is no such customer any more."""


class CannotUndo(Exception):
    """Something has changed since; `changed` names it."""

    def __init__(self, changed: str) -> None:
        super().__init__(f"{changed} has changed since")
        self.changed = changed


@dataclass(frozen=True)
class Edit:
    """What is to be another. None, or absent from a mapping, leaves a thing as it is; an empty
    text takes it away (a customer always has a stage)."""

    name: str | None = None
    stage: str | None = None
    locale: str | None = None
    time_zone: str | None = None
    attributes: Mapping[str, Value | None] = field(default_factory=dict)
    tag: str | None = None
    untag: str | None = None


def edit(
    session: Session, viewer: Viewer, customer_id: UUID, wanted: Edit, now: datetime
) -> UUID | None:
    """Make the changes; the act, or None when there was nothing to change.

    Raises NoSuchCustomer, and TooManyAttributes.
    """
    was = locked(session, customer_id)
    after = {
        "name": display_name(visible(wanted.name)) or None
        if wanted.name is not None
        else was["name"],
        "stage": visible(wanted.stage or "").strip()[:LONGEST_TAG] or was["stage"],
        "locale": wanted.locale or None if wanted.locale is not None else was["locale"],
        "time_zone": wanted.time_zone or None if wanted.time_zone is not None else was["time_zone"],
    }
    changed = {name: [was[name], after[name]] for name in _PLAIN if was[name] != after[name]}
    attributes = _attributes(was["attributes"], wanted.attributes)
    added, removed = _retag(session, customer_id, wanted.tag, wanted.untag)
    if not (changed or attributes or added or removed):
        return None
    if "stage" in changed:
        changing.set_stage(session, customer_id, str(after["stage"]), viewer.actor, now)
    plain = {name: value for name, (_, value) in changed.items() if name != "stage"}
    if plain:
        session.execute(
            update(_customer)
            .where(_customer.c.id == customer_id)
            .values(**plain, version=_customer.c.version + 1)
        )
    for name, (_, value) in attributes.items():
        changing.set_attribute(session, customer_id, name, value)
    inverse: dict[str, Any] = {name: before for name, (before, _) in changed.items()}
    expected: dict[str, Any] = {name: value for name, (_, value) in changed.items()}
    if attributes:
        inverse["attributes"] = {name: before for name, (before, _) in attributes.items()}
        expected["attributes"] = {name: value for name, (_, value) in attributes.items()}
    if added or removed:
        inverse["tags"] = {"add": removed, "remove": added}
    return done(
        session, viewer, customer_id, "edit", now, inverse=inverse, expected=expected,
        changed=_told(changed, attributes, added, removed),
    )  # fmt: skip


def add_note(
    session: Session, viewer: Viewer, customer_id: UUID, text: str, now: datetime
) -> UUID | None:
    """Write a note about a customer; the act, None for an empty one. Raises NoSuchCustomer."""
    words = storable(text).strip()[:LONGEST_NOTE]
    if not words:
        return None
    locked(session, customer_id)
    note_id = new_id()
    session.execute(
        insert(table_of(CustomerNote)).values(
            id=note_id, customer_id=customer_id, agent_id=viewer.agent_id, text=words, at=now
        )
    )
    return done(
        session, viewer, customer_id, "note", now,
        inverse={"note": str(note_id)}, changed={"notes": UNTOLD},
    )  # fmt: skip


def remove_note(
    session: Session, viewer: Viewer, customer_id: UUID, note_id: UUID, now: datetime
) -> UUID | None:
    """Take a note away; the act, None when there is none. Raises NoSuchCustomer."""
    locked(session, customer_id)
    table = table_of(CustomerNote)
    row = session.execute(
        delete(table)
        .where(table.c.id == note_id, table.c.customer_id == customer_id)
        .returning(table.c.agent_id, table.c.text, table.c.at)
    ).first()
    if row is None:
        return None
    kept = {
        "id": str(note_id),
        "agent_id": str(row.agent_id) if row.agent_id else None,
        "text": row.text,
        "at": row.at.isoformat(),
    }
    return done(
        session, viewer, customer_id, "note removed", now,
        inverse={"restore": kept}, changed={"notes": UNTOLD},
    )  # fmt: skip


def give_consent(
    session: Session, viewer: Viewer, customer_id: UUID, purpose: str, granted: bool, now: datetime
) -> UUID:
    """Note a yes or no of the customer to a purpose; the act. Raises NoSuchCustomer."""
    locked(session, customer_id)
    consent_id = new_id()
    session.execute(
        insert(table_of(Consent)).values(
            id=consent_id,
            customer_id=customer_id,
            purpose=purpose,
            granted=granted,
            at=now,
            source=viewer.actor,
        )
    )
    return done(
        session, viewer, customer_id, "consent", now,
        inverse={"consent": str(consent_id), "purpose": purpose, "granted": granted},
        changed={"consent": [None, purpose]},
    )  # fmt: skip


def undo_edit(
    session: Session, viewer: Viewer, customer_id: UUID, act_id: UUID, now: datetime
) -> None:
    """Put back what an act of this module changed. Twice does it once.

    Raises NoSuchCustomer for an act that there is not, and CannotUndo.
    """
    was = locked(session, customer_id)
    row = undoable(session, viewer, customer_id, act_id)
    if row is None:
        return
    inverse, expected = row.inverse, row.expected
    for name in _PLAIN:
        if name in expected and was[name] != expected[name]:
            raise CannotUndo(name)
    for name, value in expected.get("attributes", {}).items():
        if was["attributes"].get(name) != value:
            raise CannotUndo(name)
    if "blocked" in expected and (was["blocked_at"] is not None) != expected["blocked"]:
        raise CannotUndo("blocked")
    if "stage" in inverse:
        changing.set_stage(session, customer_id, inverse["stage"], viewer.actor, now)
    plain = {name: inverse[name] for name in _PLAIN if name in inverse and name != "stage"}
    if plain:
        session.execute(update(_customer).where(_customer.c.id == customer_id).values(**plain))
    for name, value in inverse.get("attributes", {}).items():
        changing.set_attribute(session, customer_id, name, value)
    tags = inverse.get("tags", {})
    for tag in tags.get("add", ()):
        _retag(session, customer_id, tag, None)
    for tag in tags.get("remove", ()):
        _retag(session, customer_id, None, tag)
    _undo_rows(session, customer_id, inverse)
    changed = {name: UNTOLD for name in inverse if name != "attributes"} | {
        name: [expected[name], inverse[name]] for name in ("stage",) if name in inverse
    }
    if "attributes" in inverse:
        changed["attributes"] = sorted(inverse["attributes"])
    undone(session, viewer, customer_id, act_id, now, changed=changed)


def _undo_rows(session: Session, customer_id: UUID, inverse: Mapping[str, Any]) -> None:
    note, consent = table_of(CustomerNote), table_of(Consent)
    if "note" in inverse:
        session.execute(delete(note).where(note.c.id == UUID(inverse["note"])))
    if kept := inverse.get("restore"):
        session.execute(
            insert(note).values(
                id=UUID(kept["id"]),
                customer_id=customer_id,
                agent_id=UUID(kept["agent_id"]) if kept["agent_id"] else None,
                text=kept["text"],
                at=datetime.fromisoformat(kept["at"]),
            )
        )
    if "consent" in inverse:
        session.execute(delete(consent).where(consent.c.id == UUID(inverse["consent"])))
    if "blocked" in inverse:
        before = inverse["blocked"]
        session.execute(
            update(_customer)
            .where(_customer.c.id == customer_id)
            .values(
                blocked_at=datetime.fromisoformat(before["at"]) if before else None,
                blocked_by=before["by"] if before else None,
                blocked_reason=before["reason"] if before else None,
            )
        )


def undoable(session: Session, viewer: Viewer, customer_id: UUID, act_id: UUID) -> Any:
    """An act of the viewer that is not undone yet, or None when it is. Raises NoSuchCustomer."""
    row = session.execute(
        select(_act).where(
            _act.c.id == act_id,
            _act.c.customer_id == customer_id,
            _act.c.agent_id == viewer.agent_id,
        )
    ).first()
    if row is None:
        raise NoSuchCustomer(f"no act {act_id} of this viewer")
    return None if row.undone_at is not None else row


def undone(
    session: Session,
    viewer: Viewer,
    customer_id: UUID,
    act_id: UUID,
    now: datetime,
    *,
    changed: Mapping[str, Any],
) -> None:
    """Note that an act was taken back."""
    session.execute(update(_act).where(_act.c.id == act_id).values(undone_at=now))
    tell(session, viewer, customer_id, now, changed=changed, undone=str(act_id))


def done(
    session: Session,
    viewer: Viewer,
    customer_id: UUID,
    kind: str,
    now: datetime,
    *,
    inverse: Mapping[str, Any],
    expected: Mapping[str, Any] | None = None,
    changed: Mapping[str, Any],
) -> UUID:
    """Write an act down with its inverse, and tell of it; its id."""
    act_id = new_id()
    session.execute(
        insert(_act).values(
            id=act_id,
            customer_id=customer_id,
            agent_id=viewer.agent_id,
            kind=kind,
            inverse=dict(inverse),
            expected=dict(expected or {}),
            at=now,
        )
    )
    tell(session, viewer, customer_id, now, changed=changed, act=str(act_id))
    return act_id


def tell(
    session: Session,
    viewer: Viewer,
    customer_id: UUID,
    now: datetime,
    *,
    changed: Mapping[str, Any],
    **details: Any,
) -> None:
    """Note in the log what changed of a customer, and bring what it is found by up to date."""
    index.follow(session, [customer_id], now)
    told = Happening(
        "customer.changed",
        viewer.actor,
        now,
        customer_id=customer_id,
        details={"changed": dict(changed), **details},
    )
    events.append(session, [told])


def locked(session: Session, customer_id: UUID) -> dict[str, Any]:
    """The customer's row, which nobody else changes until the end of the transaction."""
    row = session.execute(
        select(_customer)
        .where(
            _customer.c.id == customer_id,
            _customer.c.merged_into_id.is_(None),
            _customer.c.erased_at.is_(None),
        )
        .with_for_update(key_share=True)
    ).first()
    if row is None:
        raise NoSuchCustomer(f"there is no customer {customer_id} any more")
    return {**row._mapping, "attributes": row.attributes or {}}


def _attributes(
    present: Mapping[str, Any], wanted: Mapping[str, Value | None]
) -> dict[str, tuple[Any, Value | None]]:
    """What becomes another, with the value before and after; None: there is none."""
    found = {}
    for given, wished in wanted.items():
        name, value = visible(given).strip()[:LONGEST_TAG], wished
        before = present.get(name)
        same = value == before and type(value) is type(before)
        if isinstance(wished, str):
            value = visible(wished).strip()[:LONGEST_VALUE] or None
            # What is no text yet (a number of a rule's) stays one as long as it reads the same.
            same = value == (before if before is None else str(before))
        if name and not same:
            found[name] = (before, value)
    return found


def _retag(
    session: Session, customer_id: UUID, tag: str | None, untag: str | None
) -> tuple[list[str], list[str]]:
    """Tags that came and that went."""
    wanted = "-".join(visible(tag or "").lstrip("#").split())[:LONGEST_TAG]
    return changing.retag(
        session,
        customer_id,
        add=[wanted] if wanted else [],
        remove=[untag] if untag else [],
    )


def _told(
    changed: Mapping[str, list[Any]],
    attributes: Mapping[str, Any],
    added: list[str],
    removed: list[str],
) -> dict[str, Any]:
    """What the log says: stages by name, attributes by theirs, nothing of what people are
    called."""
    told: dict[str, Any] = {
        name: values if name == "stage" else UNTOLD for name, values in changed.items()
    }
    if attributes:
        told["attributes"] = sorted(attributes)
    if added or removed:
        told["customer_tags"] = [removed, added]
    return told
