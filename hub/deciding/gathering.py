"""From rows to facts: what the rules look at, read in the transaction of whoever calls.

Only what the rules of the event ask for is read, once for a whole batch: a rule set that asks
nothing about purchases costs no query about them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, cast, get_args
from uuid import UUID

from sqlmodel import Session

from hub.conversations.ledger import Ledger
from hub.conversations.state import ConversationState
from hub.deciding import known
from hub.deciding.known import Answered, Sources
from hub.policy import Policy
from hub.rules.engine.arguments import PRIORITIES
from hub.rules.engine.facts import (
    Beginner,
    Budgets,
    Change,
    ConversationFacts,
    CustomerFacts,
    Doer,
    Facts,
    Hours,
    MessageFacts,
    Part,
    PressFacts,
    Purchases,
    RatingFacts,
    Satisfaction,
    SlaFacts,
    WebhookFacts,
)

__all__ = ["NOTHING_ELSE", "Answered", "Gathering", "Happened", "Subject"]

_PRIORITY_NAMES: Final = {number: name for name, number in PRIORITIES.items()}
_BEGINNERS: Final = get_args(Beginner)


@dataclass(frozen=True)
class Subject:
    """The customer and the way that an automatic answer would go."""

    locale: str | None
    stage: str
    name: str | None
    attributes: dict[str, Any]
    known: bool
    identity_id: UUID | None
    account: str | None
    channel: str | None
    chat: str | None = None
    answerable: bool = True
    """False for participants: they take part, but nothing is sent to them by itself."""
    contactable: bool = True
    """False for who does not want to be contacted by us first."""


@dataclass(frozen=True)
class Happened:
    """What the event itself brings, besides its message."""

    change: Change | None = None
    rating: RatingFacts | None = None
    press: PressFacts | None = None
    webhook: WebhookFacts | None = None
    sla: SlaFacts | None = None
    variables: Mapping[str, Any] | None = None
    by: Doer | None = None


NOTHING_ELSE: Final = Happened()

_OF_CUSTOMERS: Final[Mapping[Part, Callable[[Session, Sequence[UUID]], Mapping[UUID, Any]]]] = {
    "purchases": known.purchases,
    "satisfaction": known.satisfaction,
    "customer_tags": known.customer_tags,
    "source": known.sources,
}
_USUAL: Final[Mapping[Part, Any]] = {
    "purchases": Purchases(),
    "satisfaction": Satisfaction(),
    "customer_tags": frozenset(),
    "source": Sources(),
}


class Gathering:
    """Reads what the rules look at, once per transaction, and says it as facts."""

    def __init__(self, session: Session, ledger: Ledger, policy: Policy, now: datetime) -> None:
        self.session = session
        self.ledger = ledger
        self.policy = policy
        self.now = now
        self._answered: dict[UUID, Answered] = {}
        self._known: dict[Part, dict[UUID, Any]] = {part: {} for part in _OF_CUSTOMERS}
        self._presence: dict[UUID, str] = {}
        self._parts: dict[str, frozenset[Part]] = {}
        self._hours: dict[UUID | None, Hours] = {}
        self._offices: dict[str, bool] | None = None

    def remember(
        self,
        customers: Iterable[UUID],
        conversations: Iterable[ConversationState] = (),
        *,
        events: Iterable[str] = ("message.received",),
    ) -> None:
        """Read what the rules of these events ask about these people, a query for each kind."""
        parts = frozenset[Part]().union(*map(self._parts_of, events))
        self._recall(parts, set(customers), tuple(conversations))

    def _recall(
        self,
        parts: Collection[Part],
        customers: Collection[UUID],
        conversations: Collection[ConversationState],
    ) -> None:
        if "budgets" in parts:
            self._read_answered(customers)
        for part, of in self._known.items():
            if part in parts and (missing := _not_in(of, customers)):
                found = _OF_CUSTOMERS[part](self.session, missing)
                of |= {one: found.get(one, _USUAL[part]) for one in missing}
        if "tags" in parts:
            self._read_tags(state.id for state in conversations)
        if "presence" in parts:
            self._read_presence(state.assignee_id for state in conversations)

    def nothing_yet(self, customer_id: UUID) -> None:
        """A new customer was answered nothing and has bought nothing; there is nothing to read."""
        self._answered.setdefault(customer_id, Answered())
        for part, of in self._known.items():
            of.setdefault(customer_id, _USUAL[part])

    def began(self, conversation_id: UUID) -> None:
        """A new conversation carries no tags; there is nothing to read."""
        self.ledger.tags.setdefault(conversation_id, frozenset())

    def came_from(self, customer_id: UUID, source: dict[str, str]) -> None:
        """A customer comes from somewhere else this time."""
        before = self._known["source"].get(customer_id)
        if before is not None:
            self._known["source"][customer_id] = Sources(before.first or source, source)

    def customer_tags_changed(
        self, customer_id: UUID, *, added: Iterable[str], removed: Iterable[str]
    ) -> None:
        """A customer has other tags from now on."""
        before = self._known["customer_tags"].get(customer_id)
        if before is not None:
            after = before.union(added).difference(removed)
            self._known["customer_tags"][customer_id] = after

    def answered(self, customer_id: UUID) -> Answered:
        """What this customer was answered as far as rules ask for it, to be brought up to date."""
        return self._answered.setdefault(customer_id, Answered())

    def facts(
        self,
        event: str,
        conversation: ConversationState,
        subject: Subject,
        message: MessageFacts | None,
        happened: Happened = NOTHING_ELSE,
    ) -> Facts:
        """What the rules look at when `event` happens to this conversation."""
        reads = self.policy.rules.reads_for(event)
        segments = self.policy.segments
        parts = self._parts_of(event)
        customer_id = conversation.customer_id
        # Whoever was not remembered with the others is read now.
        self._recall(parts, (customer_id,), (conversation,))
        of = {part: known[customer_id] for part, known in self._known.items() if part in parts}
        source: Sources = of.get("source", _USUAL["source"])
        facts = Facts(
            event=event,
            now=self.now,
            message=message,
            conversation=self._conversation(conversation),
            customer=CustomerFacts(
                locale=subject.locale or conversation.locale,
                stage=subject.stage,
                known=subject.known,
                attributes=subject.attributes,
            ),
            hours=self._office(conversation.team_id),
            offices=self._all_offices() if "offices" in parts else {},
            budgets=self._budgets(conversation) if "budgets" in parts else Budgets(),
            tags=self.ledger.tags[conversation.id] if "tags" in parts else frozenset(),
            presence=cast("Any", self._present(conversation)) if "presence" in parts else None,
            customer_tags=of.get("customer_tags", frozenset()),
            purchases=of.get("purchases", _USUAL["purchases"]),
            satisfaction=of.get("satisfaction", _USUAL["satisfaction"]),
            source=source.last,
            first_source=source.first,
            change=happened.change,
            rating=happened.rating,
            press=happened.press,
            webhook=happened.webhook,
            sla=happened.sla,
            variables=dict(happened.variables or {}),
            by=happened.by,
        )
        belongs = segments.of(facts) if "segments" in parts else frozenset()
        asked = {
            name: value for name, value in subject.attributes.items() if name in reads.attributes
        }
        if not belongs and len(asked) == len(subject.attributes):
            return facts
        return replace(facts, segments=belongs, customer=replace(facts.customer, attributes=asked))

    def _parts_of(self, event: str) -> frozenset[Part]:
        """What the rules of an event ask about, and the segments that they ask about."""
        parts = self._parts.get(event)
        if parts is None:
            parts = self.policy.rules.reads_for(event).parts
            if "segments" in parts:
                parts |= self.policy.segments.reads.parts
            if "first_source" in parts:
                # Both come with one query.
                parts |= {"source"}
            self._parts[event] = parts
        return parts

    def _read_answered(self, customers: Iterable[UUID]) -> None:
        if missing := _not_in(self._answered, customers):
            found = known.answered(self.session, missing, self.now)
            self._answered |= {one: found.get(one) or Answered() for one in missing}

    def _read_tags(self, conversations: Iterable[UUID]) -> None:
        if missing := _not_in(self.ledger.tags, conversations):
            found = known.tags(self.session, missing)
            self.ledger.tags |= {one: found.get(one, frozenset()) for one in missing}

    def _read_presence(self, agents: Iterable[UUID | None]) -> None:
        if missing := _not_in(self._presence, (one for one in agents if one is not None)):
            found = known.presence(self.session, missing)
            self._presence |= {one: found.get(one, "offline") for one in missing}

    def _present(self, conversation: ConversationState) -> str | None:
        if conversation.assignee_id is None:
            return None
        self._read_presence([conversation.assignee_id])
        return self._presence[conversation.assignee_id]

    def _conversation(self, state: ConversationState) -> ConversationFacts:
        return ConversationFacts(
            number=state.number,
            status=state.status,
            team=self.policy.team_slug(state.team_id),
            agent=self.policy.agent_mail(state.assignee_id),
            priority=_PRIORITY_NAMES.get(state.priority, "normal"),
            began_by=cast("Beginner", state.began_by),
            began_at=state.created_at,
            waiting_since=state.waiting_since,
            from_customer=state.from_customer,
            from_agents=state.from_agents,
            from_rules=state.from_rules,
        )

    def _budgets(self, conversation: ConversationState) -> Budgets:
        answered = self._answered[conversation.customer_id]
        return Budgets(
            last_reply=dict(answered.last),
            to_customer=answered.to_customer,
            in_conversation=answered.in_conversation[conversation.id],
        )

    def _office(self, team_id: UUID | None) -> Hours:
        """The hours of a team, else everybody's, at this transaction's moment."""
        team = team_id if team_id in self.policy.hours else None
        known_hours = self._hours.get(team)
        if known_hours is None:
            hours = self.policy.hours[team]
            is_open = hours.is_open(self.now)
            known_hours = self._hours[team] = Hours(
                open=is_open,
                opens_at=None if is_open else hours.next_open(self.now),
                closes_at=hours.next_close(self.now) if is_open else None,
                holiday=hours.is_holiday(self.now),
            )
        return known_hours

    def _all_offices(self) -> dict[str, bool]:
        if self._offices is None:
            self._offices = {
                slug: self._office(team_id).open for slug, team_id in self.policy.teams.items()
            }
        return self._offices


def _not_in(known: Mapping[UUID, Any], wanted: Iterable[UUID]) -> list[UUID]:
    """Those of these ids, each once, of which nothing is known."""
    return list({one for one in wanted if one not in known})
