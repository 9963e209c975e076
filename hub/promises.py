"""Keeps what is promised in view: clocks start and stop with what happens, timers tell in time.

Nothing is done for anything while no policy is switched on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, func, select
from sqlmodel import Session

from hub import timers
from hub.automation import Reacts
from hub.conversations.state import OPEN_STATES
from hub.jobs import Progress
from hub.routing import RoutingPolicy
from hub.routing.sla.keeping import keep
from hub.routing.sla.policies import live_policies
from hub.store.statements import table_of
from hub.store.tables import Conversation
from hub.timers import Due

DUE: Final = "sla"
"""The kind of timer; its subject is the conversation."""
REFRESH: Final = "sla-refresh"
"""The kind of job that looks at all open conversations, after a policy was changed."""
CHUNK: Final = 100

KINDS: Final = (
    "act.undone",
    "conversation.assigned",
    "conversation.changed",
    "conversation.created",
    "conversation.prioritised",
    "conversation.reopened",
    "conversation.resolved",
    "conversation.snoozed",
    "conversation.spam",
    "conversation.unassigned",
    "conversation.waiting",
    "customer.changed",
    "delivery.failed",
    "message.queued",
    "message.received",
    "message.state",
)
"""What may start, stop or replace a clock."""


class Promises:
    """What the log, the timers and the jobs have to do with promises."""

    def __init__(self, policy: Callable[[], RoutingPolicy]) -> None:
        self.policy = policy

    def reactions(self) -> Mapping[str, Sequence[Reacts]]:
        """What answers which kind of event."""
        return dict.fromkeys(KINDS, (self._happened,)) if self.policy().sla else {}

    @property
    def handlers(self) -> Mapping[str, Due]:
        """What is to be done about timers, by their kinds."""
        return {DUE: self._due}

    def refresh(
        self,
        session: Session,
        params: Mapping[str, Any],
        cursor: Mapping[str, Any] | None,
        now: datetime,
    ) -> Progress | None:
        """A chunk of the job REFRESH. The policies are read anew: the job may be faster than
        the process that learns of them."""
        table = table_of(Conversation)
        sla, hours = live_policies(session), self.policy().hours
        query = select(table.c.id).where(table.c.status.in_(OPEN_STATES)).order_by(table.c.id)
        if cursor is not None:
            query = query.where(table.c.id > UUID(cursor["after"]))
        ids = session.execute(query.limit(CHUNK)).scalars().all()
        if not ids:
            return None
        for conversation_id in ids:
            at = keep(session, conversation_id, sla, hours, now, segments=self.policy().segments)
            self._look(session, conversation_id, at)
        done = (cursor["done"] if cursor else 0) + len(ids)
        total = session.execute(
            select(func.count()).select_from(table).where(table.c.status.in_(OPEN_STATES))
        ).scalar_one()
        return Progress({"after": str(ids[-1]), "done": done}, done, max(total, done))

    def _happened(self, session: Session, event: Row[Any], now: datetime) -> None:
        if event.conversation_id is not None:
            self._keep(session, event.conversation_id, event.at)
        elif event.customer_id is not None:
            table = table_of(Conversation)
            theirs = select(table.c.id).where(
                table.c.customer_id == event.customer_id, table.c.status.in_(OPEN_STATES)
            )
            for conversation_id in session.execute(theirs.order_by(table.c.id)).scalars().all():
                self._keep(session, conversation_id, event.at)

    def _due(
        self, session: Session, subject: str, payload: Mapping[str, Any], now: datetime
    ) -> None:
        self._keep(session, UUID(subject), now)

    def _keep(self, session: Session, conversation_id: UUID, now: datetime) -> None:
        policy = self.policy()
        at = keep(
            session,
            conversation_id,
            policy.sla,
            policy.hours,
            now,
            segments=policy.segments,
        )
        self._look(session, conversation_id, at)

    def _look(self, session: Session, conversation_id: UUID, at: datetime | None) -> None:
        """Look again at that time, or not before something happens."""
        if at is None:
            timers.cancel(session, DUE, str(conversation_id))
        else:
            timers.schedule(session, DUE, str(conversation_id), at)
