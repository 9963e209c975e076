"""From rows to facts: what the rules may look at, read in the transaction of whoever calls."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import bindparam, case, func, select
from sqlmodel import Session

from hub.conversations.state import ConversationState
from hub.policy import Policy
from hub.rules.engine import (
    Budgets,
    ConversationFacts,
    CustomerFacts,
    Facts,
    Hours,
    MessageFacts,
)
from hub.store.compiled import Compiled
from hub.store.statements import table_of
from hub.store.tables import Conversation, Message
from hub.store.types import Utc

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


class Gathering:
    """Reads what the rules look at, once per transaction, and says it as facts."""

    def __init__(self, session: Session, policy: Policy, now: datetime) -> None:
        self.session = session
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

    def answered(self, customer_id: UUID) -> Answered:
        """What this customer was answered, to be read and brought up to date."""
        return self._answered[customer_id]

    def facts(
        self,
        event: str,
        conversation: ConversationState,
        subject: Subject,
        message: MessageFacts | None,
    ) -> Facts:
        """What the rules look at when `event` happens to this conversation."""
        answered = self._answered[conversation.customer_id]
        return Facts(
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
