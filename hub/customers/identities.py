"""Addresses that agents add to a customer and vouch for; see `hub.customers.unlinking`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlmodel import Session

from hub.agents.audit import By
from hub.agents.rights import Viewer
from hub.customers import acts, index
from hub.customers.acts import UNTOLD, CannotUndo, done, undoable, undone
from hub.customers.unlinking import own, put_back, used
from hub.store.statements import table_of
from hub.store.tables import (
    Conversation,
    Identity,
    Message,
    Participant,
)
from hub.store.types import new_id
from hub.text import normalise_mail_address, normalise_phone

KINDS: Final = ("mail", "phone")
"""What can be added by hand; others come with a message."""

_identity, _participant = table_of(Identity), table_of(Participant)
_conversation, _message = table_of(Conversation), table_of(Message)


class BadAddress(ValueError):
    """It is no address of that kind."""


class Taken(Exception):
    """Another customer has proven that this address is theirs."""

    def __init__(self, customer_id: UUID) -> None:
        super().__init__(f"it is proven to be customer {customer_id}'s")
        self.customer_id = customer_id


def add(
    session: Session, viewer: Viewer, customer_id: UUID, kind: str, address: str, now: datetime
) -> UUID | None:
    """Note an address as claimed; the act, None where the customer has it already.

    Raises BadAddress and NoSuchCustomer.
    """
    # A number without its country is read as the customer's language says, or else the agent's.
    locale = acts.locked(session, customer_id)["locale"] or viewer.locale
    given = _normal(kind, address, locale)
    known = session.execute(
        select(_identity.c.id).where(
            _identity.c.customer_id == customer_id,
            _identity.c.kind == kind,
            _identity.c.address == given,
        )
    ).first()
    if known is not None:
        return None
    identity_id = new_id()
    session.execute(
        insert(_identity).values(
            id=identity_id,
            customer_id=customer_id,
            kind=kind,
            address=given,
            proof="claimed",
            origin="given",
            created_at=now,
            seen_at=now,
        )
    )
    return done(
        session, viewer, customer_id, "identity added", now,
        inverse={"identity": str(identity_id), "kind": kind}, changed={"identities": UNTOLD},
    )  # fmt: skip


def verify(
    session: Session,
    by: By,
    customer_id: UUID,
    identity_id: UUID,
    reason: str,
) -> UUID | None:
    """Take an address as proven because an agent says so, and why; the act, None if it was.

    Raises Taken and NoSuchCustomer.
    """
    acts.locked(session, customer_id)
    row = own(session, customer_id, identity_id)
    if row.proof == "verified":
        return None
    holder = session.execute(
        select(_identity.c.customer_id).where(
            _identity.c.kind == row.kind,
            _identity.c.address == row.address,
            _identity.c.proof == "verified",
        )
    ).scalar()
    if holder is not None:
        raise Taken(holder)
    session.execute(
        update(_identity)
        .where(_identity.c.id == identity_id)
        .values(proof="verified", verified_at=by.now)
    )
    by.note(
        session,
        "verified an identity",
        f"customer:{customer_id}",
        after={"identity": str(identity_id), "kind": row.kind, "reason": reason[:500]},
    )
    return done(
        session, by.viewer, customer_id, "identity verified", by.now,
        inverse={"verified": str(identity_id), "kind": row.kind, "reason": reason[:500]},
        changed={"identities": UNTOLD},
    )  # fmt: skip


def undo(session: Session, viewer: Viewer, customer_id: UUID, act_id: UUID, now: datetime) -> None:
    """Put back what an act of this module changed. Raises NoSuchCustomer and CannotUndo."""
    acts.locked(session, customer_id)
    row = undoable(session, viewer, customer_id, act_id)
    if row is None:
        return
    inverse: Mapping[str, Any] = row.inverse
    if "identity" in inverse:
        _take_back_added(session, customer_id, UUID(inverse["identity"]))
    if "verified" in inverse:
        session.execute(
            update(_identity)
            .where(
                _identity.c.id == UUID(inverse["verified"]),
                _identity.c.customer_id == customer_id,
            )
            .values(proof="claimed", verified_at=None)
        )
    put_back(session, customer_id, inverse, now)
    undone(session, viewer, customer_id, act_id, now, changed={"identities": UNTOLD})


def _take_back_added(session: Session, customer_id: UUID, identity_id: UUID) -> None:
    """Raises CannotUndo where the address has been used since."""
    row = own(session, customer_id, identity_id)
    if row.proof == "verified" or used(session, identity_id):
        raise CannotUndo("identities")
    session.execute(delete(_identity).where(_identity.c.id == row.id))


def _normal(kind: str, address: str, locale: str | None) -> str:
    found = None
    if kind == "mail":
        found = normalise_mail_address(address)
    elif kind == "phone":
        found = normalise_phone(address, index.phone_region(locale))
    if found is None:
        raise BadAddress(f"{address!r} is no {kind} address")
    return found
