"""What a decision may be made from. Nothing else reaches a rule: no clock, no database.

Times are aware datetimes. Whoever collects the facts says so once; a recomputed trace reads the
same values, because `stored()` keeps all that the rules read but people's words.

They are plain dataclasses: facts are made for every message, and are checked only when they are
read back.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Final, Literal, get_args

from pydantic import AwareDatetime, JsonValue, TypeAdapter, with_config

from hub.rules.engine.facts.conversation import (
    Beginner,
    Budgets,
    ConversationFacts,
    Hours,
)
from hub.rules.engine.facts.customer import CustomerFacts, Purchases, Satisfaction
from hub.rules.engine.facts.happened import (
    Change,
    Doer,
    PressFacts,
    RatingFacts,
    SlaFacts,
    WebhookFacts,
)
from hub.rules.engine.facts.message import Attached, MessageFacts, words_of
from hub.rules.engine.facts.stored import json_of, sparse
from hub.rules.engine.facts.strict import STRICT

__all__ = [
    "PARTS",
    "Attached",
    "Beginner",
    "Budgets",
    "Change",
    "ConversationFacts",
    "CustomerFacts",
    "Doer",
    "Facts",
    "Hours",
    "MessageFacts",
    "Part",
    "PressFacts",
    "Purchases",
    "RatingFacts",
    "Satisfaction",
    "SlaFacts",
    "WebhookFacts",
    "words_of",
]

Part = Literal[
    "message", "conversation", "customer", "hours", "offices", "budgets", "tags", "presence",
    "customer_tags", "segments", "purchases", "satisfaction", "source", "first_source",
    "change", "rating", "press", "webhook", "sla", "variables", "by",
]  # fmt: skip
"""What is read together, or not at all: a field of `Facts`."""

PARTS: Final[frozenset[Part]] = frozenset(get_args(Part))

_CONVERSATION: Final = ConversationFacts()
_CUSTOMER: Final = CustomerFacts()
_HOURS: Final = Hours()
_BUDGETS: Final = Budgets()
_PURCHASES: Final = Purchases()
_SATISFACTION: Final = Satisfaction()
_NOTHING: Final[frozenset[str]] = frozenset()


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that a rule can look at. `now` is the moment of the event.

    offices: by team, whether it is open. tags: the conversation's. presence: the assignee's.
    source, first_source: where the customer came from, the last time and the first (page,
    referrer, utm_campaign, start …). variables: what a webhook answered. by: who did it.
    """

    event: str
    now: AwareDatetime
    message: MessageFacts | None = None
    conversation: ConversationFacts = _CONVERSATION
    customer: CustomerFacts = _CUSTOMER
    hours: Hours = _HOURS
    offices: dict[str, bool] = field(default_factory=dict)
    budgets: Budgets = _BUDGETS
    tags: frozenset[str] = _NOTHING
    presence: Literal["online", "away", "offline"] | None = None
    customer_tags: frozenset[str] = _NOTHING
    segments: frozenset[str] = _NOTHING
    purchases: Purchases = _PURCHASES
    satisfaction: Satisfaction = _SATISFACTION
    source: dict[str, str] = field(default_factory=dict)
    first_source: dict[str, str] = field(default_factory=dict)
    change: Change | None = None
    rating: RatingFacts | None = None
    press: PressFacts | None = None
    webhook: WebhookFacts | None = None
    sla: SlaFacts | None = None
    variables: dict[str, JsonValue] = field(default_factory=dict)
    by: Doer | None = None

    def stored(self, parts: Collection[str] = PARTS) -> dict[str, Any]:
        """The facts as JSON values, those of `parts` alone, without what is as usual.

        What was written stays in the message's row.
        """
        stored: dict[str, Any] = {"event": self.event, "now": json_of(self.now)}
        stored |= sparse(self, frozenset(parts))
        if self.message is not None and "message" not in stored:
            # Which message it was is never left out: what else is known of it depends on it.
            stored["message"] = sparse(self.message)
        return stored

    @classmethod
    def restored(
        cls, stored: Mapping[str, Any], *, text: str = "", subject: str | None = None
    ) -> Facts:
        """Read what `stored` gave and put the message's words back in.

        Raises pydantic.ValidationError (a ValueError) for anything else.
        """
        facts = _reader().validate_json(_json(stored))
        if facts.message is None:
            return facts
        return replace(facts, message=replace(facts.message, text=text, subject=subject))


@cache
def _reader() -> TypeAdapter[Facts]:
    return TypeAdapter(Facts)


def _json(stored: Mapping[str, Any]) -> bytes:
    # As JSON, because only there a list may become a tuple and a text a moment.
    return _ANY.dump_json(dict(stored))


_ANY: Final[TypeAdapter[Any]] = TypeAdapter(Any)
