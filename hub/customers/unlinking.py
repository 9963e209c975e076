"""Addresses that agents take away from a customer.

One that somebody typed and nobody ever wrote from is gone then. Any other goes to a customer of its
own: the conversations that it alone was written from go with it; where the customer also wrote from
another address, the conversation stays and the address takes part in it as anybody else would.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, exists, func, insert, or_, select, update
from sqlmodel import Session

from hub.agents.rights import Viewer
from hub.customers import acts, index
from hub.customers.acts import UNTOLD, CannotUndo, NoSuchCustomer, done
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

_identity, _participant = table_of(Identity), table_of(Participant)
_conversation, _message = table_of(Conversation), table_of(Message)


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


def preview(session: Session, customer_id: UUID, identity_id: UUID) -> Unlinking:
    """What `unlink` would do. Raises NoSuchCustomer."""
    row = own(session, customer_id, identity_id)
    going, staying = _places(session, customer_id, identity_id)
    written = row.origin != "given" or used(session, identity_id)
    return Unlinking(row.kind, row.address, row.name, len(going), len(staying), written)


def unlink(
    session: Session, viewer: Viewer, customer_id: UUID, identity_id: UUID, now: datetime
) -> UUID:
    """Give an address to a customer of its own, with the conversations that it alone wrote in, or
    forget it where nobody ever wrote from it; the act. Raises LastIdentity and NoSuchCustomer."""
    acts.locked(session, customer_id)
    row = own(session, customer_id, identity_id)
    count = session.execute(
        select(func.count()).where(_identity.c.customer_id == customer_id)
    ).scalar_one()
    if count < 2:
        raise LastIdentity("it is the only address of this customer")
    if row.origin == "given" and not used(session, identity_id):
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


def put_back(
    session: Session, customer_id: UUID, inverse: Mapping[str, Any], now: datetime
) -> None:
    """Undo what `unlink` did, by what its act stored. Raises CannotUndo."""
    if "unlinked" in inverse:
        _link_again(session, customer_id, inverse, now)
    if "forgotten" in inverse:
        _remember(session, customer_id, inverse["forgotten"], now)


def own(session: Session, customer_id: UUID, identity_id: UUID) -> Any:
    """The row of an address of a customer. Raises NoSuchCustomer."""
    row = session.execute(
        select(_identity).where(
            _identity.c.id == identity_id, _identity.c.customer_id == customer_id
        )
    ).first()
    if row is None:
        raise NoSuchCustomer(f"no identity {identity_id} of this customer")
    return row


def used(session: Session, identity_id: UUID) -> bool:
    """Whether somebody wrote from an address, or it takes part in a conversation."""
    ways = (_message.c.identity_id, _participant.c.identity_id, _conversation.c.reply_identity_id)
    found = or_(*(exists().where(way == identity_id) for way in ways))
    return bool(session.execute(select(found)).scalar())


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
