"""From a conversation to facts, from facts to a decision, from a decision to rows.

The engine between them is pure; this is the one place that gathers what it may look at and
does what it asks for, in the transaction of whoever calls.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from hub.conversations.ledger import Ledger
from hub.conversations.state import ConversationState
from hub.deciding.applying import Scene, carry_out
from hub.deciding.gathering import NOTHING_ELSE, Gathering, Happened, Subject
from hub.policy import Policy
from hub.rules.engine import Decision, MessageFacts
from hub.store.tables import RuleResult
from hub.store.types import new_id

__all__ = ["Deciding", "Happened", "Subject"]


class Deciding:
    """Evaluates the rules for events of one transaction and applies what they decide."""

    def __init__(self, session: Session, ledger: Ledger, policy: Policy, now: datetime) -> None:
        self.session = session
        self.ledger = ledger
        self.policy = policy
        self.now = now
        self.gathering = Gathering(session, ledger, policy, now)

    def remember(
        self,
        customers: Iterable[UUID],
        conversations: Iterable[ConversationState] = (),
        *,
        events: Iterable[str] = ("message.received",),
    ) -> None:
        """Read what the rules of these events ask about these people, a query for each kind."""
        self.gathering.remember(customers, conversations, events=events)

    def nothing_yet(self, customer_id: UUID) -> None:
        """A new customer was answered nothing; there is nothing to read."""
        self.gathering.nothing_yet(customer_id)

    def decide(
        self,
        event: str,
        conversation: ConversationState,
        subject: Subject,
        message: MessageFacts | None,
        *,
        message_id: UUID | None,
        happened: Happened = NOTHING_ELSE,
    ) -> Decision:
        """Evaluate, apply, and note the result; what could not be applied is part of it."""
        facts = self.gathering.facts(event, conversation, subject, message, happened)
        answered = self.gathering.answered(conversation.customer_id)
        decision = carry_out(
            Scene(
                self.ledger,
                self.policy,
                conversation,
                subject,
                facts,
                message_id,
                answered,
                self.gathering,
            )
        )
        stored = facts.stored(self.policy.rules.reads_for(event).parts)
        self._record(conversation, message_id, decision, stored)
        return decision

    def pass_over(
        self, event: str, conversation: ConversationState, reason: str, *, message_id: UUID | None
    ) -> None:
        """Record that the rules were not asked about an event, and why."""
        decision = Decision(event, self.policy.rules.revision, not_evaluated=reason)
        facts = {"event": event, "now": self.now.isoformat()}
        self._record(conversation, message_id, decision, facts)

    def _record(
        self,
        conversation: ConversationState,
        message_id: UUID | None,
        decision: Decision,
        facts: dict[str, Any],
    ) -> None:
        self.ledger.add(
            RuleResult,
            id=new_id(),
            event=decision.event,
            conversation_id=conversation.id,
            message_id=message_id,
            revision_id=self.policy.revision_id,
            outcome=decision.outcome,
            result=decision.to_json(),
            facts=facts,
            at=self.ledger.now,
        )
