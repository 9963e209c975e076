"""What became of an answer, and by which other way it could still go."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from hub.conversations.reply_to import Way as KnownWay
from hub.conversations.thread import Sent, Spoken
from hub.web.items.names import Names
from hub.web.views import Delivery, DeliveryState, Way
from hub.web.words import Say

_STATES: Final[Mapping[str, DeliveryState]] = {
    "queued": "queued",
    "sending": "sending",
    "sent": "sent",
    "failed": "failed",
    "unconfirmed": "unconfirmed",
    "cancelled": "cancelled",
}


def way(known: KnownWay, say: Say, *, current: bool = False) -> Way:
    """A way to write to the customer, without what its channel can carry."""
    reason = None
    if not known.reachable:
        reason = known.unreachable_reason or say("cannot be reached")
    return Way(
        value=known.value,
        channel=known.kind,
        address=_address(known),
        current=current,
        unusable=reason,
    )


def _address(known: KnownWay) -> str:
    """Telegram's numbers and the chat's visitors mean nothing to people."""
    if known.kind == "mail":
        return known.address
    return known.name or known.address[-8:]


def delivery(one: Spoken, names: Names) -> Delivery | None:
    """How far an answer has come; None for what came in, and for notes."""
    sent = one.outgoing
    if sent is None:
        return None
    state, at = _state(sent, names.now)
    # One that was sent another way, or taken back after an attempt, keeps why it had to be.
    trouble = state in ("failed", "unconfirmed", "cancelled")
    return Delivery(
        state=state,
        at=at,
        reason=sent.error if trouble else None,
        code=sent.error_code if trouble else None,
        until=sent.due_at if state == "scheduled" else None,
        others=_others(one, names) if state == "failed" else (),
    )


def _others(one: Spoken, names: Names) -> tuple[Way, ...]:
    """The customer's other addresses, also on the same channel."""
    return tuple(
        way(other, names.say)
        for other in names.ways
        if other.reachable
        and not other.stranger
        and (other.kind, other.address) != (one.channel, one.address)
    )


def _state(sent: Sent, now: datetime) -> tuple[DeliveryState, datetime | None]:
    if sent.state == "queued":
        # An attempt that failed for now waits too, but nobody scheduled it.
        scheduled = sent.due_at > now and sent.error is None
        return ("scheduled", sent.due_at) if scheduled else ("queued", None)
    if sent.state == "sent":
        if sent.read_at is not None:
            return "read", sent.read_at
        if sent.delivered_at is not None:
            return "delivered", sent.delivered_at
        return "sent", sent.sent_at
    return _STATES.get(sent.state, "queued"), None
