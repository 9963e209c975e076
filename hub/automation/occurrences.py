"""From the event log to the events of rules.

One row of the log may be several of them: a customer who writes again re-opens the conversation,
and an assignment by routing may move it to a team and to an agent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from hub.policy import Policy
from hub.rules.engine.arguments import PRIORITIES
from hub.rules.engine.facts import Change, Doer
from hub.rules.engine.occasions import event_of

_PRIORITY_NAMES: Final = {number: name for name, number in PRIORITIES.items()}
_OF_CONVERSATIONS: Final = {
    "status": "conversation.status",
    "team_id": "conversation.team",
    "assignee_id": "conversation.assignee",
    "priority": "conversation.priority",
    "tags": "conversation.tags",
}
_SAME: Final = frozenset(
    {"message.sent", "delivery.failed", "rating.received", "button.pressed", "webhook.answered"}
)
"""Kinds of the log that are events of rules as they are."""
OURS: Final = frozenset({"message.sent", "delivery.failed"})
"""Events of what we sent. What rules send triggers no rules."""
_TO_ITS_SENDER: Final = frozenset({"customer.paused", "button.pressed"})
MAX_DEPTH: Final = 3
"""What a rule changed is one deeper; beyond this it is recorded and evaluated no more."""
TIMED: Final = frozenset(
    {"customer.paused", "time.unanswered", "time.silent", "time.date", "schedule"}
)
"""Kinds that timers write; what they are about stands in the details."""


@dataclass(frozen=True)
class Occurrence:
    """An event of rules. key: as the rule set calls it. Without a message it is about the newest
    of the customer; without a conversation, about the customer's latest."""

    key: str
    row: Row[Any]
    conversation_id: UUID | None = None
    customer_id: UUID | None = None
    message_id: UUID | None = None
    change: Change | None = None

    @property
    def event(self) -> str:
        return event_of(self.key)

    @property
    def answers_its_sender(self) -> bool:
        """Whether an answer goes back to whoever wrote, not to the conversation's customer."""
        return self.event in _TO_ITS_SENDER

    @property
    def details(self) -> dict[str, Any]:
        return self.row.details or {}

    @property
    def by(self) -> Doer:
        return doer(self.row.actor)


def doer(actor: str) -> Doer:
    """Who it was, by what the log calls them."""
    kind = actor.partition(":")[0]
    return kind if kind in ("customer", "agent", "rule") else "system"  # type: ignore[return-value]


def occurrences(row: Row[Any], policy: Policy) -> Iterator[Occurrence]:
    """The events of rules that a row of the log is, those alone that the live rules are about."""
    for one in _all(row, policy):
        if one.key in policy.rules.reads:
            yield one


def _all(row: Row[Any], policy: Policy) -> Iterator[Occurrence]:
    details: dict[str, Any] = row.details or {}
    here, customer, message = row.conversation_id, row.customer_id, row.message_id
    changed: dict[str, Any] = details.get("changed") or {}
    match row.kind:
        case kind if kind in _SAME:
            if kind == "button.pressed":
                # The press stands in the thread as a message of its own.
                message = UUID(details["press"])
            yield Occurrence(kind, row, here, customer, message)
        case "sla.warning" | "sla.breached" as kind:
            yield Occurrence(f"{kind}(target={details['target']})", row, here, customer)
        case "conversation.created" if not details.get("quiet"):
            yield Occurrence("conversation.created", row, here, customer)
            if details.get("customer") == "new":
                yield Occurrence("customer.created", row, here, customer)
        case "customer.created":
            yield Occurrence("customer.created", row, here, customer)
        case "customer.changed":
            for change in _customer_changes(changed):
                yield Occurrence("customer.changed", row, here, customer, change=change)
            return
        case kind if kind in TIMED:
            yield Occurrence(
                details["key"],
                row,
                _id(details.get("conversation")),
                customer or _id(details.get("customer")),
                _id(details.get("message")),
            )
    for column, name in _OF_CONVERSATIONS.items():
        if column in changed and here is not None:
            yield Occurrence(name, row, here, customer, change=_change(column, changed, policy))


def _customer_changes(changed: dict[str, Any]) -> Iterator[Change]:
    """Attributes are told by their names, everything else with its values."""
    for field, values in changed.items():
        if field == "attributes":
            yield Change(field, [], values)
        else:
            yield Change(field, *values)


def _change(column: str, changed: dict[str, Any], policy: Policy) -> Change:
    before, after = changed[column]
    match column:
        case "team_id":
            return Change("team", policy.team_slug(_id(before)), policy.team_slug(_id(after)))
        case "assignee_id":
            return Change("assignee", policy.agent_mail(_id(before)), policy.agent_mail(_id(after)))
        case "priority":
            return Change("priority", _PRIORITY_NAMES.get(before), _PRIORITY_NAMES.get(after))
        case _:
            return Change(column, before, after)


def _id(written: str | None) -> UUID | None:
    return UUID(written) if written else None
