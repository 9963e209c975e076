"""Customers whose messages are spam, because somebody said so."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from hub.agents.audit import Action, note
from hub.agents.rights import Viewer
from hub.customers import changing
from hub.customers.acts import LONGEST_VALUE, done, locked
from hub.text import visible


def block(
    session: Session,
    viewer: Viewer,
    customer_id: UUID,
    reason: str,
    now: datetime,
    *,
    address: str | None,
) -> UUID | None:
    """What the customer writes is spam from now on; the act, None when it was already so.

    address: the agent's, for the audit log. Raises NoSuchCustomer.
    """
    locked(session, customer_id)
    why = visible(reason)[:LONGEST_VALUE].strip() or None
    if not changing.block(session, customer_id, now, by=viewer.actor, reason=why):
        return None
    told(session, viewer, customer_id, now, address, blocked=True, reason=why)
    return done(
        session, viewer, customer_id, "block", now,
        inverse={"blocked": None, "reason": why}, expected={"blocked": True},
        changed={"blocked": [False, True]},
    )  # fmt: skip


def unblock(
    session: Session, viewer: Viewer, customer_id: UUID, now: datetime, *, address: str | None
) -> UUID | None:
    """The customer is heard again; the act, None when it was already so. Raises as `block`."""
    was = locked(session, customer_id)
    if not changing.unblock(session, customer_id):
        return None
    told(session, viewer, customer_id, now, address, blocked=False)
    before = {
        "at": was["blocked_at"].isoformat(),
        "by": was["blocked_by"],
        "reason": was["blocked_reason"],
    }
    return done(
        session, viewer, customer_id, "unblock", now,
        inverse={"blocked": before}, expected={"blocked": False},
        changed={"blocked": [True, False]},
    )  # fmt: skip


def told(
    session: Session,
    viewer: Viewer,
    customer_id: UUID,
    now: datetime,
    address: str | None,
    *,
    blocked: bool,
    reason: str | None = None,
) -> None:
    """Write into the audit log that a customer is blocked, or is no more."""
    action: Action = "blocked a customer" if blocked else "unblocked a customer"
    note(
        session,
        action,
        agent_id=viewer.agent_id,
        now=now,
        subject=f"customer:{customer_id}",
        address=address,
        after={"reason": reason} if blocked else None,
    )
