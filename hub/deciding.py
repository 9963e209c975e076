"""From a conversation to facts, from facts to a decision, from a decision to rows.

The engine between them is pure; this is the one place that gathers what it may look at and
does what it asks for, in the transaction of whoever calls.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import bindparam, case, func, select
from sqlmodel import Session

from hub.conversations.ledger import Ledger
from hub.conversations.state import ConversationState
from hub.message import plain_text
from hub.policy import Policy
from hub.replies import TemplateError
from hub.rules.engine import (
    AddTags,
    Assign,
    Budgets,
    ConversationFacts,
    CustomerFacts,
    Decision,
    Effect,
    Facts,
    Hours,
    MessageFacts,
    Reply,
    evaluate,
)
from hub.store.compiled import Compiled
from hub.store.statements import table_of
from hub.store.tables import Conversation, ConversationTag, Message, RuleResult
from hub.store.types import Utc, new_id

DAY = timedelta(hours=24)


@dataclass
class Answered:
    """What a customer was answered automatically: template to when, and counts of a day."""

    last: dict[str, datetime] = field(default_factory=dict)
    to_customer: int = 0
    in_conversation: defaultdict[UUID, int] = field(default_factory=lambda: defaultdict(int))


@dataclass(frozen=True)
class Subject:
    """The customer and the way that an automatic answer would go."""

    locale: str | None
    stage: str
    name: str | None
    attributes: dict[str, object]
    known: bool
    identity_id: UUID | None
    account: str | None
    channel: str | None
    chat: str | None = None
    answerable: bool = True
    """False for participants: they take part, but nothing is sent to them by itself."""


class Deciding:
    """Evaluates the rules for events of one transaction and applies what they decide."""

    def __init__(self, session: Session, ledger: Ledger, policy: Policy, now: datetime) -> None:
        self.session = session
        self.ledger = ledger
        self.policy = policy
        self.now = now
        self._answered: dict[UUID, Answered] = {}
        self._hours: dict[UUID | None, Hours] = {}

    def remember(self, customers: Iterable[UUID]) -> None:
        """Read what these customers were answered automatically, in one query."""
        wanted = set(customers) - self._answered.keys()
        if not wanted:
            return
        self._answered.update({customer: Answered() for customer in wanted})
        values = {"customers": list(wanted), "since": self.now - DAY}
        for row in _ANSWERED.all(self.session, values):
            answered = self._answered[row.customer_id]
            if row.template is not None:
                last = answered.last.get(row.template, row.last)
                answered.last[row.template] = max(last, row.last)
            answered.to_customer += row.lately
            answered.in_conversation[row.conversation_id] += row.lately

    def nothing_yet(self, customer_id: UUID) -> None:
        """A new customer was answered nothing; there is nothing to read."""
        self._answered.setdefault(customer_id, Answered())

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
        answered = self._answered[conversation.customer_id]
        facts = Facts(
            event=event,
            now=self.now,
            message=message,
            conversation=ConversationFacts(
                number=conversation.number,
                status=conversation.status,
                team=self.policy.team_slug(conversation.team_id),
                agent=self.policy.agent_mail(conversation.assignee_id),
            ),
            customer=CustomerFacts(
                locale=subject.locale or conversation.locale,
                stage=subject.stage,
                known=subject.known,
                attributes=subject.attributes,  # type: ignore[arg-type]
            ),
            hours=self._office(conversation.team_id),
            budgets=Budgets(
                last_reply=answered.last,
                to_customer=answered.to_customer,
                in_conversation=answered.in_conversation[conversation.id],
            ),
        )
        decision = evaluate(self.policy.rules, facts)
        for effect in decision.effects:
            refusal = self._apply(effect, conversation, subject, facts)
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

    def _office(self, team_id: UUID | None) -> Hours:
        """The hours of a team, else everybody's, at this transaction's moment."""
        team = team_id if team_id in self.policy.hours else None
        known = self._hours.get(team)
        if known is None:
            hours = self.policy.hours[team]
            is_open = hours.is_open(self.now)
            known = self._hours[team] = Hours(
                open=is_open,
                opens_at=None if is_open else hours.next_open(self.now),
                closes_at=hours.next_close(self.now) if is_open else None,
            )
        return known

    def _apply(
        self, effect: Effect, conversation: ConversationState, subject: Subject, facts: Facts
    ) -> str | None:
        """Do what was decided; the reason when it can not be done."""
        match effect:
            case Assign():
                return self._assign(effect, conversation)
            case Reply():
                return self._reply(effect, conversation, subject, facts)
            case AddTags():
                for tag in effect.tags:
                    self.ledger.add(ConversationTag, conversation_id=conversation.id, tag=tag)
                return None

    def _assign(self, effect: Assign, conversation: ConversationState) -> str | None:
        if effect.team is not None:
            team_id = self.policy.teams.get(effect.team)
            if team_id is None:
                return f"there is no team called {effect.team}"
            if conversation.team_id == team_id:
                return None
            conversation.team_id = team_id
        else:
            agent_id = self.policy.agents.get(effect.agent or "")
            if agent_id is None:
                return f"there is no agent with the address {effect.agent}"
            conversation.assignee_id = agent_id
        self.ledger.happened(
            "conversation.assigned",
            f"rule:{effect.rule}",
            conversation,
            depth=self.ledger.depth + 1,
            team=str(conversation.team_id) if conversation.team_id else None,
            agent=str(conversation.assignee_id) if conversation.assignee_id else None,
        )
        return None

    def _reply(
        self, effect: Reply, conversation: ConversationState, subject: Subject, facts: Facts
    ) -> str | None:
        if not subject.answerable:
            return "the sender takes part but is not the customer; nothing is sent by itself"
        if subject.account is None or subject.identity_id is None:
            return "there is no way back to the customer"
        locale = subject.locale or conversation.locale or self.policy.locale
        try:
            content = self.policy.render(
                effect.template,
                locale,
                {
                    "customer": {"name": subject.name, "locale": locale},
                    "conversation": {
                        "number": conversation.number,
                        "subject": conversation.subject,
                    },
                    "hours": facts.hours.model_dump(),
                    "organisation": {"name": self.policy.brand_name},
                    "now": self.now,
                },
            )
        except TemplateError as error:
            return str(error)
        message_id = new_id()
        answered = self._answered[conversation.customer_id]
        self.ledger.write(
            conversation,
            id=message_id,
            direction="out",
            content=content,
            text=plain_text(content),
            channel=subject.channel,
            account=subject.account,
            identity_id=subject.identity_id,
            rule=effect.rule,
            template=effect.template,
            subject=conversation.subject,
            automated=True,
            at=self.now,
        )
        self.ledger.queue(
            conversation,
            message_id,
            account=subject.account,
            due_at=self.now,
            give_up_after=self.policy.give_up_after,
        )
        self.ledger.happened(
            "message.queued",
            f"rule:{effect.rule}",
            conversation,
            message_id=message_id,
            depth=self.ledger.depth + 1,
            template=effect.template,
        )
        answered.last[effect.template] = self.now
        answered.to_customer += 1
        answered.in_conversation[conversation.id] += 1
        return None


_message, _conversation = table_of(Message), table_of(Conversation)
_ANSWERED = Compiled(
    select(
        _conversation.c.customer_id,
        _message.c.conversation_id,
        _message.c.template,
        func.max(_message.c.at).label("last"),
        func.sum(case((_message.c.at > bindparam("since", type_=Utc), 1), else_=0)).label("lately"),
    )
    .join(_conversation, _conversation.c.id == _message.c.conversation_id)
    .where(
        _conversation.c.customer_id.in_(bindparam("customers", expanding=True)),
        _message.c.rule.is_not(None),
    )
    .group_by(_conversation.c.customer_id, _message.c.conversation_id, _message.c.template)
)
