"""Opening a conversation again when the time that it was snoozed for is over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row
from sqlmodel import Session

from hub import timers
from hub.conversations.ledger import Ledger

TIMER: Final = "snooze"


def set_alarm(session: Session, event: Row[Any], now: datetime) -> None:
    """Answer to "conversation.snoozed": look at the conversation again at that time.

    What is snoozed until the customer writes has none.
    """
    if event.details["until"] is None:
        timers.cancel(session, TIMER, str(event.conversation_id))
        return
    until = datetime.fromisoformat(event.details["until"])
    timers.schedule(session, TIMER, str(event.conversation_id), max(until, now))


def wake(session: Session, subject: str, payload: Mapping[str, Any], now: datetime) -> None:
    """Open it, if it is still snoozed and not for longer by now."""
    conversation_id = UUID(subject)
    ledger = Ledger(session, now)
    ledger.load([conversation_id])
    conversation = ledger.conversations.get(conversation_id)
    if conversation is None or conversation.status != "snoozed":
        return
    until = conversation.snoozed_until
    if until is None or until > now:
        return
    conversation.status = "open"
    conversation.snoozed_until = None
    ledger.happened("conversation.reopened", "hub", conversation)
    ledger.flush()
