"""Addresses and domains from which nothing is taken but as spam, whoever writes from there.

A customer can be blocked, too (`hub.customers.blocking`); this list needs none, so that it also
stops whoever takes a fresh address of the same domain.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import delete, or_, select, tuple_
from sqlmodel import Session

from hub.agents.audit import By
from hub.store.statements import insert_new, table_of
from hub.store.tables import BlockedSender
from hub.store.versions import policy_changed
from hub.text import normalise_mail_address, visible

MAIL: Final = "mail"
PAGE: Final = 50
LONGEST: Final = 254
LONGEST_REASON: Final = 500
_ANYBODY: Final = "somebody"


class BadSender(ValueError):
    """This is no address, nor a domain."""


class OwnAddress(ValueError):
    """This is an address of ours, or its domain."""


@dataclass(frozen=True)
class BlockedSenders:
    """The whole list, as intake asks it. addresses: kinds and addresses; domains: without "@"."""

    addresses: frozenset[tuple[str, str]] = frozenset()
    domains: frozenset[str] = frozenset()

    def covers(self, kind: str, address: str) -> bool:
        """Whether what comes from there is spam; a domain covers those below it."""
        if (kind, address) in self.addresses:
            return True
        if kind != MAIL or not self.domains:
            return False
        labels = address.rpartition("@")[2].split(".")
        return any(".".join(labels[place:]) in self.domains for place in range(len(labels)))


NOBODY: Final = BlockedSenders()


@dataclass(frozen=True)
class OneSender:
    """A line of the list. address: a domain begins with "@". by: an agent's id."""

    kind: str
    address: str
    reason: str | None
    at: datetime
    by: UUID | None


def live(session: Session) -> BlockedSenders:
    """The list as it counts now."""
    table = table_of(BlockedSender)
    rows = session.execute(select(table.c.kind, table.c.address)).all()
    return BlockedSenders(
        frozenset((kind, address) for kind, address in rows if not address.startswith("@")),
        frozenset(address[1:] for kind, address in rows if address.startswith("@")),
    )


def page(
    session: Session,
    *,
    search: str = "",
    after: tuple[str, str] | None = None,
    limit: int = PAGE,
) -> list[OneSender]:
    """Lines by kind and address, those after one; search: a part of address or reason."""
    table = table_of(BlockedSender)
    query = select(table).order_by(table.c.kind, table.c.address).limit(limit)
    if after is not None:
        query = query.where(tuple_(table.c.kind, table.c.address) > after)
    if wanted := search.strip()[:80]:
        query = query.where(
            or_(
                table.c.address.icontains(wanted, autoescape=True),
                table.c.reason.icontains(wanted, autoescape=True),
            )
        )
    return [
        OneSender(row.kind, row.address, row.reason, row.blocked_at, _agent(row.blocked_by))
        for row in session.execute(query)
    ]


def normal(kind: str, text: str) -> str:
    """An address or a domain as it is kept ("@example.com"). Raises BadSender."""
    given = visible(text).strip()
    if kind != MAIL:
        if not given or len(given) > LONGEST:
            raise BadSender(f"{text!r} is no address")
        return given
    bare = given.removeprefix("*")
    whole = f"{_ANYBODY}{bare if bare.startswith('@') else '@' + bare}"
    is_domain = "@" not in bare.removeprefix("@")
    found = normalise_mail_address(whole if is_domain else given)
    if found is None:
        raise BadSender(f"{text!r} is neither a mail address nor a domain")
    return found.removeprefix(_ANYBODY) if is_domain else found


def block(
    session: Session,
    by: By,
    kind: str,
    text: str,
    *,
    reason: str,
    own: frozenset[str],
) -> str:
    """Put an address or a domain on the list; as it is kept. Twice does it once.

    own: our mail addresses. Raises BadSender, and OwnAddress.
    """
    kept = normal(kind, text)
    if kind == MAIL and any(_covers(kept, ours) for ours in own):
        raise OwnAddress(kept)
    why = visible(reason).strip()[:LONGEST_REASON] or None
    row = {
        "kind": kind,
        "address": kept,
        "reason": why,
        "blocked_at": by.now,
        "blocked_by": by.viewer.actor,
    }
    if insert_new(session, BlockedSender, [row], ["address"]):
        by.note(session, "blocked a sender", f"sender:{kind}:{kept}", after={"reason": why})
        policy_changed(session)
    return kept


def unblock(session: Session, by: By, kind: str, kept: str) -> OneSender | None:
    """Take an address or a domain off the list; the line, None where there was none."""
    table = table_of(BlockedSender)
    row = session.execute(
        delete(table).where(table.c.kind == kind, table.c.address == kept).returning(*table.c)
    ).first()
    if row is None:
        return None
    by.note(session, "unblocked a sender", f"sender:{kind}:{kept}", {"reason": row.reason})
    policy_changed(session)
    return OneSender(row.kind, row.address, row.reason, row.blocked_at, _agent(row.blocked_by))


def _covers(kept: str, address: str) -> bool:
    if not kept.startswith("@"):
        return kept == address
    return BlockedSenders(domains=frozenset({kept[1:]})).covers(MAIL, address)


def _agent(actor: str) -> UUID | None:
    kind, _, id_ = actor.partition(":")
    return UUID(id_) if kind == "agent" else None
