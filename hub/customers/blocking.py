"""Customers whose messages are spam, because somebody said so."""

from __future__ import annotations

from uuid import UUID

from sqlmodel import Session

from hub.agents.audit import Action, By
from hub.customers import changing
from hub.customers.acts import LONGEST_VALUE, done, locked
from hub.text import visible


def block(
    session: Session,
    by: By,
    customer_id: UUID,
    reason: str,
) -> UUID | None:
    """What the customer writes is spam from now on; the act, None when it was already so.

    Raises NoSuchCustomer.
    """
    locked(session, customer_id)
    why = visible(reason)[:LONGEST_VALUE].strip() or None
    if not changing.block(session, customer_id, by.now, by=by.viewer.actor, reason=why):
        return None
    told(session, by, customer_id, blocked=True, reason=why)
    return done(
        session, by.viewer, customer_id, "block", by.now,
        inverse={"blocked": None, "reason": why}, expected={"blocked": True},
        changed={"blocked": [False, True]},
    )  # fmt: skip


def unblock(session: Session, by: By, customer_id: UUID) -> UUID | None:
    """The customer is heard again; the act, None when it was already so. Raises as `block`."""
    was = locked(session, customer_id)
    if not changing.unblock(session, customer_id):
        return None
    told(session, by, customer_id, blocked=False)
    before = {
        "at": was["blocked_at"].isoformat(),
        "by": was["blocked_by"],
        "reason": was["blocked_reason"],
    }
    return done(
        session, by.viewer, customer_id, "unblock", by.now,
        inverse={"blocked": before}, expected={"blocked": False},
        changed={"blocked": [True, False]},
    )  # fmt: skip


def told(
    session: Session,
    by: By,
    customer_id: UUID,
    *,
    blocked: bool,
    reason: str | None = None,
) -> None:
    """Write into the audit log that a customer is blocked, or is no more."""
    action: Action = "blocked a customer" if blocked else "unblocked a customer"
    by.note(
        session, action, f"customer:{customer_id}", after={"reason": reason} if blocked else None
    )
