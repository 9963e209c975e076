"""From a conversation to facts, from facts to a decision, from a decision to rows.

The engine between them is pure; this is the one place that gathers what it may look at and
does what it asks for, in the transaction of whoever calls.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from hub.conversations.ledger import Ledger
from hub.conversations.state import ConversationState
from hub.deciding.applying import Applying
from hub.deciding.gathering import Gathering, Subject
from hub.policy import Policy
from hub.rules.engine import Decision, MessageFacts, evaluate
from hub.store.tables import RuleResult
from hub.store.types import new_id

__all__ = ["Deciding", "Subject"]


class Deciding:
    """Evaluates the rules for events of one transaction and applies what they decide."""

    def __init__(self, session: Session, ledger: Ledger, policy: Policy, now: datetime) -> None:
        self.session = session
        self.ledger = ledger
        self.policy = policy
        self.now = now
        self.gathering = Gathering(session, policy, now)
        self.applying = Applying(ledger, policy, now, self.gathering.answered)

    def remember(self, customers: Iterable[UUID]) -> None:
        """Read what these customers were answered automatically, in one query."""
        self.gathering.remember(customers)

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
    ) -> Decision:
        """Evaluate, apply, and note the result; what could not be applied is part of it."""
        facts = self.gathering.facts(event, conversation, subject, message)
        decision = evaluate(self.policy.rules, facts)
        for effect in decision.effects:
            refusal = self.applying.apply(effect, conversation, subject, facts)
            if refusal is not None:
                decision = decision.failed(effect, refusal)
        outcome = (
            "error"
            if any(rule.error for rule in decision.rules)
            or any(action.outcome == "failed" for r in decision.rules for action in r.actions)
            else "acted"
            if any(rule.fired for rule in decision.rules)
            else "nothing"
        )
        self.ledger.add(
            RuleResult,
            id=new_id(),
            event=event,
            conversation_id=conversation.id,
            message_id=message_id,
            revision_id=self.policy.revision_id,
            outcome=outcome,
            result=decision.to_json(),
            facts=facts.stored(),
            at=self.now,
        )
        return decision
