"""By which way an answer reaches the customer.

A way is an address and the account that can write to it. The default is the customer's last
verified way in; somebody who left the web chat is answered at the address that they gave. An
agent may choose another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol
from uuid import UUID

from sqlalchemy import Row, Select, bindparam, select
from sqlmodel import Session

from hub.store.compiled import Compiled
from hub.store.statements import table_of
from hub.store.tables import Conversation, Identity, Participant

ANY_ACCOUNT: Final = frozenset({"mail"})
"""Kinds of which any account of the brand can write to any address."""


class Connected(Protocol):
    """What must be known of an account that can write."""

    @property
    def kind(self) -> str: ...

    @property
    def brand_id(self) -> UUID: ...


@dataclass(frozen=True)
class Way:
    """An address through an account. `stranger`: it is not the customer's own.

    away: the person has left the chat. answers: it was given to receive this conversation's
    answers, or is the customer's own way in.
    """

    identity_id: UUID
    account: str
    kind: str
    address: str
    name: str | None
    verified: bool
    reachable: bool
    unreachable_reason: str | None
    stranger: bool
    away: bool
    answers: bool
    joined: bool

    @property
    def value(self) -> str:
        """How a form names this way."""
        return f"{self.identity_id}:{self.account}"


@dataclass(frozen=True)
class Ways:
    """All ways of a conversation, and the one that an answer takes by itself."""

    all: tuple[Way, ...]
    default: Way | None

    def named(self, value: str | None) -> Way | None:
        """The way that a form named; the default for an empty name."""
        if not value:
            return self.default
        return next((way for way in self.all if way.value == value), None)


def ways(session: Session, conversation_id: UUID, accounts: Mapping[str, Connected]) -> Ways:
    """Every way to write to those who take part, the default first, the customer's own next.

    Raises:
        LookupError: there is no such conversation.
    """
    conversation = _conversation.first(session, {"conversation": conversation_id})
    if conversation is None:
        raise LookupError(f"there is no conversation {conversation_id}")
    rows = _addresses(session, conversation_id, conversation.customer_id)
    seen = _accounts_seen(session, [row.id for row in rows])
    found: list[Way] = []
    for row in rows:
        known = (row.account, *seen.get(row.id, ()))
        if row.id == conversation.reply_identity_id:
            known = (conversation.reply_account, *known)
        found.extend(
            _way(row, account, conversation.customer_id)
            for account in _through(row.kind, known, accounts, conversation.brand_id)
        )
    default = default_target(found, conversation.reply_identity_id, conversation.reply_account)
    found.sort(key=lambda way: (way != default, way.stranger, not way.reachable))
    return Ways(tuple(found), default)


@Compiled
def _conversation(_: str) -> Select[Any]:
    table = table_of(Conversation)
    return select(
        table.c.customer_id, table.c.brand_id, table.c.reply_identity_id, table.c.reply_account
    ).where(table.c.id == bindparam("conversation"))


def default_target(
    found: Iterable[Way], identity_id: UUID | None, account: str | None
) -> Way | None:
    """Where an answer goes when nobody chooses.

    The last verified way in. If the person has left that chat, or it is blocked, the address
    that was given for answers; never a stranger's.
    """
    own = [way for way in found if not way.stranger]
    last = next(
        (way for way in own if way.identity_id == identity_id and way.account == account),
        next((way for way in own if way.identity_id == identity_id), None),
    )
    if last is not None and last.reachable and not last.away:
        return last
    others = [way for way in own if way.reachable and not way.away and way != last]
    given = [way for way in others if way.joined and way.answers]
    if given:
        return given[0]
    if last is not None:
        return last
    return next((way for way in others if way.verified), None)


def _addresses(
    session: Session, conversation_id: UUID, customer_id: UUID
) -> list[Row[tuple[object, ...]]]:
    values = {"conversation": conversation_id, "customer": customer_id}
    rows = [*_own.all(session, values), *_others.all(session, values)]
    return sorted(rows, key=lambda row: row.joined_at or row.seen_at, reverse=True)


def _of_identities(*, joining: bool) -> Select[Any]:
    """Addresses with their part in the conversation; those that have one where it is `joining`."""
    identity, participant = table_of(Identity), table_of(Participant)
    joined = (participant.c.identity_id == identity.c.id) & (
        participant.c.conversation_id == bindparam("conversation")
    )
    columns = (
        identity.c.id,
        identity.c.customer_id,
        identity.c.kind,
        identity.c.address,
        identity.c.name,
        identity.c.proof,
        identity.c.reachable,
        identity.c.unreachable_reason,
        participant.c.identity_id.label("joined"),
        participant.c.account,
        participant.c.answers,
        participant.c.away_since,
        participant.c.joined_at,
        identity.c.seen_at,
    )
    return select(*columns).join(participant, joined, isouter=not joining)


@Compiled
def _own(_: str) -> Select[Any]:
    of = table_of(Identity).c.customer_id
    return _of_identities(joining=False).where(of == bindparam("customer"))


@Compiled
def _others(_: str) -> Select[Any]:
    of = table_of(Identity).c.customer_id
    return _of_identities(joining=True).where(of != bindparam("customer"))


def _accounts_seen(session: Session, identities: list[UUID]) -> dict[UUID, tuple[str, ...]]:
    """By which accounts these addresses wrote to us before."""
    seen: dict[UUID, tuple[str, ...]] = {}
    for identity_id, account in _accounts.all(session, {"identities": identities}):
        seen[identity_id] = (*seen.get(identity_id, ()), account)
    return seen


@Compiled
def _accounts(_: str) -> Select[Any]:
    table = table_of(Participant)
    identities: Any = bindparam("identities", expanding=True)
    return (
        select(table.c.identity_id, table.c.account)
        .where(table.c.identity_id.in_(identities), table.c.account.is_not(None))
        .distinct()
    )


def _through(
    kind: str,
    known: Iterable[str | None],
    accounts: Mapping[str, Connected],
    brand_id: UUID,
) -> list[str]:
    """The accounts of an address's kind that can write to it, the one in use first.

    A bot or a chat can only write to whom wrote to it; mail goes to anybody.
    """
    usable = {name: info for name, info in accounts.items() if info.kind == kind}
    order = [name for name in dict.fromkeys(known) if name in usable]
    if order:
        return order[:1]
    if kind not in ANY_ACCOUNT:
        return []
    of_brand = [name for name, info in usable.items() if info.brand_id == brand_id]
    return (of_brand or [*usable])[:1]


def _way(row: Row[tuple[object, ...]], account: str, customer_id: UUID) -> Way:
    return Way(
        identity_id=row.id,
        account=account,
        kind=row.kind,
        address=row.address,
        name=row.name,
        verified=row.proof == "verified",
        reachable=row.reachable,
        unreachable_reason=row.unreachable_reason,
        stranger=row.customer_id != customer_id,
        away=row.away_since is not None,
        answers=bool(row.answers),
        joined=row.joined is not None,
    )
