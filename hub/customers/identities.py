"""Addresses that agents add to a customer, vouch for, and take away again.

An address that somebody typed and nobody ever wrote from is gone when it is taken away. Any other
goes to a customer of its own. The conversations that it alone was written
from go with it; where the customer also wrote from another address, the conversation stays and the
address takes part in it as anybody else would.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, exists, func, insert, or_, select, update
from sqlmodel import Session

from hub.agents.audit import By
from hub.agents.rights import Viewer
from hub.customers import acts, index
from hub.customers.acts import UNTOLD, CannotUndo, NoSuchCustomer, done, undoable, undone
from hub.store.statements import table_of
from hub.store.tables import (
    Conversation,
    Customer,
    CustomerTopic,
    Identity,
    Message,
    Participant,
    Rating,
    Survey,
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


class LastIdentity(Exception):
    """A customer keeps at least one address."""


@dataclass(frozen=True)
class Unlinking:
    """What taking an address away would do: how many conversations go with it, and in how many
    it stays as somebody else. used: somebody wrote from it; otherwise nothing is left of it."""

    kind: str
    address: str
    name: str | None
    going: int
    staying: int
    used: bool


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
    row = _own(session, customer_id, identity_id)
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


def unlinking(session: Session, customer_id: UUID, identity_id: UUID) -> Unlinking:
    """What `unlink` would do. Raises NoSuchCustomer."""
    row = _own(session, customer_id, identity_id)
    going, staying = _places(session, customer_id, identity_id)
    used = row.origin != "given" or _used(session, identity_id)
    return Unlinking(row.kind, row.address, row.name, len(going), len(staying), used)


def unlink(
    session: Session, viewer: Viewer, customer_id: UUID, identity_id: UUID, now: datetime
) -> UUID:
    """Give an address to a customer of its own, with the conversations that it alone wrote in, or
    forget it where nobody ever wrote from it; the act. Raises LastIdentity and NoSuchCustomer."""
    acts.locked(session, customer_id)
    row = _own(session, customer_id, identity_id)
    count = session.execute(
        select(func.count()).where(_identity.c.customer_id == customer_id)
    ).scalar_one()
    if count < 2:
        raise LastIdentity("it is the only address of this customer")
    if row.origin == "given" and not _used(session, identity_id):
        return _forget(session, viewer, customer_id, row, now)
    going, staying = _places(session, customer_id, identity_id)
    other = new_id()
    session.execute(
        insert(table_of(Customer)).values(
            id=other, name=row.name, created_at=now, seen_at=row.seen_at
        )
    )
    session.execute(
        update(_identity).where(_identity.c.id == identity_id).values(customer_id=other)
    )
    _give(session, going, customer_id, other)
    _role(session, staying, identity_id, "participant")
    redirected = _redirect(session, staying, identity_id)
    index.follow(session, [other], now)
    return done(
        session, viewer, customer_id, "identity unlinked", now,
        inverse={
            "unlinked": str(identity_id),
            "kind": row.kind,
            "to": str(other),
            "going": [str(one) for one in going],
            "staying": [str(one) for one in staying],
            "redirected": redirected,
        },
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
    if "unlinked" in inverse:
        _link_again(session, customer_id, inverse, now)
    if "forgotten" in inverse:
        _remember(session, customer_id, inverse["forgotten"], now)
    undone(session, viewer, customer_id, act_id, now, changed={"identities": UNTOLD})


def _take_back_added(session: Session, customer_id: UUID, identity_id: UUID) -> None:
    """Raises CannotUndo where the address has been used since."""
    row = _own(session, customer_id, identity_id)
    if row.proof == "verified" or _used(session, identity_id):
        raise CannotUndo("identities")
    session.execute(delete(_identity).where(_identity.c.id == row.id))


def _used(session: Session, identity_id: UUID) -> bool:
    """Whether somebody wrote from an address, or it takes part in a conversation."""
    ways = (_message.c.identity_id, _participant.c.identity_id, _conversation.c.reply_identity_id)
    used = or_(*(exists().where(way == identity_id) for way in ways))
    return bool(session.execute(select(used)).scalar())


def _forget(session: Session, viewer: Viewer, customer_id: UUID, row: Any, now: datetime) -> UUID:
    session.execute(delete(_identity).where(_identity.c.id == row.id))
    kept = ("id", "kind", "address", "name", "proof", "created_at", "seen_at", "verified_at")
    written = {
        name: value.isoformat() if isinstance(value, datetime) else str(value)
        for name in kept
        if (value := row._mapping[name]) is not None
    }
    return done(
        session, viewer, customer_id, "identity unlinked", now,
        inverse={"forgotten": written, "kind": row.kind}, changed={"identities": UNTOLD},
    )  # fmt: skip


def _remember(
    session: Session, customer_id: UUID, written: Mapping[str, str], now: datetime
) -> None:
    """Raises CannotUndo where the address is known again, or proven to be another's."""
    same = (_identity.c.kind == written["kind"], _identity.c.address == written["address"])
    theirs = or_(_identity.c.customer_id == customer_id, _identity.c.proof == "verified")
    if session.execute(select(exists().where(*same, theirs))).scalar():
        raise CannotUndo("identities")
    moments = {
        name: datetime.fromisoformat(value)
        for name, value in written.items()
        if name.endswith("_at")
    }
    session.execute(
        insert(_identity).values(
            **{**written, **moments, "id": UUID(written["id"])},
            customer_id=customer_id,
            origin="given",
        )
    )


def _link_again(
    session: Session, customer_id: UUID, inverse: Mapping[str, Any], now: datetime
) -> None:
    """Raises CannotUndo where the other customer has become somebody meanwhile."""
    identity_id, other = UUID(inverse["unlinked"]), UUID(inverse["to"])
    rows = session.execute(
        select(_identity.c.id).where(_identity.c.customer_id == other).with_for_update()
    ).scalars()
    if list(rows) != [identity_id]:
        raise CannotUndo("identities")
    going = list(
        session.execute(
            select(_conversation.c.id).where(_conversation.c.customer_id == other)
        ).scalars()
    )
    session.execute(
        update(_identity).where(_identity.c.id == identity_id).values(customer_id=customer_id)
    )
    _give(session, going, other, customer_id)
    staying = [UUID(one) for one in inverse["staying"]]
    _role(session, staying, identity_id, "customer")
    for one, account in inverse["redirected"].items():
        session.execute(
            update(_conversation)
            .where(_conversation.c.id == UUID(one), _conversation.c.reply_identity_id.is_(None))
            .values(reply_identity_id=identity_id, reply_account=account)
        )
    # Nothing of its own is left; what was written about it meanwhile stays with it.
    session.execute(
        update(table_of(Customer))
        .where(table_of(Customer).c.id == other)
        .values(merged_into_id=customer_id)
    )
    index.follow(session, [other], now)


def _own(session: Session, customer_id: UUID, identity_id: UUID) -> Any:
    row = session.execute(
        select(_identity).where(
            _identity.c.id == identity_id, _identity.c.customer_id == customer_id
        )
    ).first()
    if row is None:
        raise NoSuchCustomer(f"no identity {identity_id} of this customer")
    return row


def _places(
    session: Session, customer_id: UUID, identity_id: UUID
) -> tuple[list[UUID], list[UUID]]:
    """The customer's conversations that go with an address, and those that stay."""
    other, own = _participant.alias("other"), _identity.alias("own")
    shared = (
        exists()
        .where(
            other.c.conversation_id == _conversation.c.id,
            other.c.identity_id == own.c.id,
            own.c.customer_id == customer_id,
            own.c.id != identity_id,
            other.c.role == "customer",
        )
        .label("shared")
    )
    rows = session.execute(
        select(_conversation.c.id, shared)
        .join(_participant, _participant.c.conversation_id == _conversation.c.id)
        .where(
            _participant.c.identity_id == identity_id,
            _conversation.c.customer_id == customer_id,
        )
        .order_by(_conversation.c.id)
    ).all()
    return (
        [row.id for row in rows if not row.shared],
        [row.id for row in rows if row.shared],
    )


def _give(session: Session, conversations: list[UUID], before: UUID, after: UUID) -> None:
    """Conversations go to another customer, with what was said about them."""
    if not conversations:
        return
    session.execute(
        update(_conversation)
        .where(_conversation.c.id.in_(conversations))
        .values(customer_id=after, version=_conversation.c.version + 1)
    )
    for model in (Survey, Rating, CustomerTopic):
        table = table_of(model)
        session.execute(
            update(table)
            .where(table.c.conversation_id.in_(conversations), table.c.customer_id == before)
            .values(customer_id=after)
        )


def _role(session: Session, conversations: list[UUID], identity_id: UUID, role: str) -> None:
    session.execute(
        update(_participant)
        .where(
            _participant.c.conversation_id.in_(conversations),
            _participant.c.identity_id == identity_id,
        )
        .values(role=role)
    )


def _redirect(
    session: Session, conversations: list[UUID], identity_id: UUID
) -> dict[str, str | None]:
    """Answers go to this address no more; where they went, with their accounts."""
    rows = session.execute(
        update(_conversation)
        .where(
            _conversation.c.id.in_(conversations),
            _conversation.c.reply_identity_id == identity_id,
        )
        .values(reply_identity_id=None)
        .returning(_conversation.c.id, _conversation.c.reply_account)
    ).all()
    return {str(row.id): row.reply_account for row in rows}


def _normal(kind: str, address: str, locale: str | None) -> str:
    found = None
    if kind == "mail":
        found = normalise_mail_address(address)
    elif kind == "phone":
        found = normalise_phone(address, index.phone_region(locale))
    if found is None:
        raise BadAddress(f"{address!r} is no {kind} address")
    return found
