"""The facts of an example, in the words of the conditions that look at them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    StrictBool,
    StrictInt,
    WithJsonSchema,
)

from hub.rules.engine.arguments import Duration, Words
from hub.rules.engine.conditions.comparing import Amount
from hub.rules.engine.conditions.conversation import STATUSES
from hub.rules.engine.conditions.happened import Field as ChangedField
from hub.rules.engine.conditions.message import FORMS, TYPE_NAMES, Types
from hub.rules.engine.facts import (
    Attached,
    Beginner,
    Budgets,
    Change,
    ConversationFacts,
    CustomerFacts,
    Doer,
    Facts,
    Hours,
    MessageFacts,
    PressFacts,
    Purchases,
    RatingFacts,
    Satisfaction,
    SlaFacts,
    WebhookFacts,
)

NOW: Final = datetime(2026, 1, 5, 10, tzinfo=UTC)
"""The moment at which examples happen."""

Status = Annotated[
    Literal["open", "waiting", "snoozed", "resolved", "spam"],
    WithJsonSchema({"type": "string", "enum": list(STATUSES)}),
]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class GivenMessages(_Part):
    """How many messages the conversation has, from whom."""

    from_customer: StrictInt = 0
    from_agents: StrictInt = 0
    from_rules: StrictInt = 0


def _amounts(written: object) -> object:
    return written if isinstance(written, list | tuple) else (written,)


class GivenPurchases(_Part):
    """What was bought. total: an amount, or one for each currency. last: how long ago."""

    count: StrictInt = 0
    total: Annotated[
        tuple[Amount, ...],
        BeforeValidator(_amounts),
        WithJsonSchema(
            {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
        ),
    ] = ()
    last: Duration | None = None

    def facts(self) -> Purchases:
        total: Counter[str] = Counter()
        for amount in self.total:
            total[amount.currency] += amount.amount
        return Purchases(self.count, dict(total), NOW - self.last if self.last else None)


class GivenSatisfaction(_Part):
    """What was answered to surveys, from 1 to 5. Without a mean it is the last answer."""

    last: float | None = None
    mean: float | None = None
    answers: StrictInt | None = None

    def facts(self) -> Satisfaction:
        mean = self.last if self.mean is None else self.mean
        answers = self.answers if self.answers is not None else int(self.last is not None)
        return Satisfaction(answers, self.last, mean)


class GivenChange(_Part):
    """What changed."""

    field: ChangedField
    before: JsonValue = None
    after: JsonValue = None


class GivenRating(_Part):
    """How it was rated, on which scale."""

    score: StrictInt
    scale: StrictInt = 5
    form: Literal["stars", "faces", "thumbs", "nps"] = "stars"
    comment: StrictBool = False


class GivenAnswer(_Part):
    """Which webhook answered, and how."""

    name: str = "example"
    ok: StrictBool = True
    status: StrictInt | None = 200


class Given(_Part):
    """The facts of an example; what is left out is the ordinary case.

    `age`, `waiting` and `replied` (by template) are how long ago something happened.
    """

    channel: str = "webchat"
    account: str = "example"
    direction: Literal["in", "out"] = "in"
    text: str = ""
    subject: str | None = None
    first_message: StrictBool = False
    attachments: Types | None = None
    sender_domain: str | None = None
    verified: StrictBool = False
    automated: StrictBool = False
    backlog: StrictBool = False
    late: StrictBool = False
    hours: Literal["open", "closed"] = "open"
    office: Mapping[str, Literal["open", "closed"]] = Field(default_factory=dict)
    holiday: StrictBool = False
    status: Status = "open"
    age: Duration | None = None
    waiting: Duration | None = None
    messages: GivenMessages | None = None
    team: str | None = None
    assignee: str | None = None
    presence: Literal["online", "away", "offline"] | None = None
    priority: Literal["low", "normal", "high", "urgent"] = "normal"
    tags: Words | None = None
    began_by: Beginner = "customer"
    locale: str | None = None
    stage: str = "new"
    known_customer: StrictBool = False
    segment: Words | None = None
    customer_tags: Words | None = None
    attributes: Mapping[str, JsonValue] = Field(default_factory=dict)
    purchases: GivenPurchases | None = None
    satisfaction: GivenSatisfaction | None = None
    source: Mapping[str, str] = Field(default_factory=dict)
    first_source: Mapping[str, str] = Field(default_factory=dict)
    change: GivenChange | None = None
    rating: GivenRating | None = None
    button: str | None = None
    webhook_answer: GivenAnswer | None = None
    variables: Mapping[str, JsonValue] = Field(default_factory=dict)
    promise: Literal["first", "next", "resolution"] | None = None
    by: Doer | None = None
    replied: Mapping[str, Duration] = Field(default_factory=dict)

    def facts(self, event: str) -> Facts:
        """The facts that these words stand for, at a fixed moment."""
        usual = Facts(event, NOW)
        return Facts(
            event=event,
            now=NOW,
            message=self._message(),
            conversation=self._conversation(),
            customer=CustomerFacts(
                locale=self.locale,
                stage=self.stage,
                known=self.known_customer,
                attributes=dict(self.attributes),
            ),
            hours=self._hours(),
            offices={team: said == "open" for team, said in self.office.items()},
            budgets=Budgets(last_reply={name: NOW - ago for name, ago in self.replied.items()}),
            tags=frozenset(self.tags or ()),
            presence=self.presence,
            customer_tags=frozenset(self.customer_tags or ()),
            segments=frozenset(self.segment or ()),
            purchases=self.purchases.facts() if self.purchases else usual.purchases,
            satisfaction=self.satisfaction.facts() if self.satisfaction else usual.satisfaction,
            source=dict(self.source),
            first_source=dict(self.first_source),
            change=Change(**dict(self.change)) if self.change else None,
            rating=RatingFacts(**dict(self.rating)) if self.rating else None,
            press=PressFacts(self.button) if self.button is not None else None,
            webhook=WebhookFacts(**dict(self.webhook_answer)) if self.webhook_answer else None,
            sla=SlaFacts(self.promise) if self.promise else None,
            variables=dict(self.variables),
            by=self.by,
        )

    def _message(self) -> MessageFacts:
        return MessageFacts(
            channel=self.channel,
            account=self.account,
            text=self.text,
            subject=self.subject,
            direction=self.direction,
            domain=self.sender_domain.casefold() if self.sender_domain else None,
            attachments=tuple(map(_attached, self.attachments or ())),
            first=self.first_message,
            automated=self.automated,
            backlog=self.backlog,
            late=self.late,
            verified=self.verified,
        )

    def _conversation(self) -> ConversationFacts:
        messages = self.messages or GivenMessages(from_customer=1)
        return ConversationFacts(
            status=self.status,
            team=self.team,
            agent=self.assignee,
            priority=self.priority,
            began_by=self.began_by,
            began_at=NOW - (self.age or timedelta()),
            waiting_since=NOW - self.waiting if self.waiting else None,
            from_customer=messages.from_customer,
            from_agents=messages.from_agents,
            from_rules=messages.from_rules,
        )

    def _hours(self) -> Hours:
        is_open = self.hours == "open"
        edge = NOW + timedelta(hours=6)
        return Hours(
            open=is_open,
            opens_at=None if is_open else edge,
            closes_at=edge if is_open else None,
            holiday=self.holiday,
        )


def _attached(written: str) -> Attached:
    """A form, or a media type with the form that it usually has."""
    if written in FORMS:
        return Attached(written)
    media_type = TYPE_NAMES.get(written, written)
    kind = media_type.partition("/")[0]
    return Attached(kind if kind in ("image", "video", "audio") else "document", media_type)
