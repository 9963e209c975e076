"""When a customer has stopped writing for a moment.

People write in bursts: three messages in a row are one question. With the first one a timer is
set, in the transaction that stores it; each further one moves it, up to a limit. When it is due
the burst is over, and that is an event.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, func, select
from sqlmodel import Session

from hub import timers
from hub.policy import Policy
from hub.store import events
from hub.store.events import Happening
from hub.store.statements import table_of, together
from hub.store.tables import Message
from hub.timers import Setting, Together

EVENT: Final = "customer.paused"


class Bursts:
    """The messages of one transaction that somebody may go on after."""

    def __init__(self, policy: Policy, now: datetime) -> None:
        self._wanted = policy.rules.concerns(EVENT)
        self._pause: timedelta = policy.pause
        self._longest: timedelta = policy.longest_pause
        self._now = now
        self._settings: dict[tuple[UUID, UUID], Setting] = {}

    def wrote(self, conversation_id: UUID, identity_id: UUID, position: int) -> None:
        """A message of this person has this position."""
        if not self._wanted:
            return
        self._settings.setdefault(
            (conversation_id, identity_id),
            Setting(
                EVENT,
                f"{conversation_id}/{identity_id}",
                self._now + self._pause,
                {
                    "conversation": str(conversation_id),
                    "identity": str(identity_id),
                    "from": position,
                },
                self._now + max(self._pause, self._longest),
            ),
        )

    def settle(self, session: Session) -> None:
        """Set or move the timers."""
        if self._settings:
            timers.schedule_all(session, list(self._settings.values()))


def over(session: Session, due: Sequence[Row[Any]], now: datetime) -> None:
    """Bursts are over: append the events. Where the messages are gone, nothing happened."""
    table = table_of(Message)
    last = {
        (str(row.conversation_id), str(row.identity_id)): row
        for row in session.execute(
            select(
                table.c.conversation_id,
                table.c.identity_id,
                func.max(table.c.position).label("position"),
            )
            .where(
                together(
                    (table.c.conversation_id, table.c.identity_id),
                    [
                        (UUID(row.payload["conversation"]), UUID(row.payload["identity"]))
                        for row in due
                    ],
                ),
                table.c.direction == "in",
            )
            .group_by(table.c.conversation_id, table.c.identity_id)
        )
    }
    events.append(
        session,
        [
            Happening(
                EVENT,
                "customer",
                now,
                details={"key": EVENT, **row.payload, "to": found.position},
            )
            for row in due
            if (found := last.get((row.payload["conversation"], row.payload["identity"])))
            is not None
            and found.position >= row.payload["from"]
        ],
    )


HANDLERS: Final = {EVENT: Together(over)}
