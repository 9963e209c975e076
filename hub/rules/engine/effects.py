"""What a decision asks its caller to do. A closed union: `hub.deciding` applies every member.

`rule` and `path` ("then[1].reply") say whence an effect came, so that its outcome can be recorded
where it belongs. `str()` tells colleagues what is done.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

Priority = Literal["low", "normal", "high", "urgent"]
Strategy = Literal[
    "own", "round_robin", "least_busy", "most_idle", "last_agent", "key_customers", "fixed"
]
"""How routing chooses; see `hub.routing.choice.Strategy`. own: as it is set for the team."""
Scalar = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Caused:
    """What all effects share: the rule that asks, and the place in it."""

    rule: str
    path: str


@dataclass(frozen=True, slots=True)
class Assign(Caused):
    """Hand the conversation to a team or to an agent, by name; exactly one of them is set."""

    team: str | None = None
    agent: str | None = None

    def __str__(self) -> str:
        return f"team {self.team}" if self.team is not None else f"agent {self.agent}"


@dataclass(frozen=True, slots=True)
class Route(Caused):
    """Let routing choose an agent, of this team or (None) of the conversation's own."""

    strategy: Strategy
    team: str | None = None
    agent: str | None = None

    def __str__(self) -> str:
        return f"{self.strategy} in team {self.team}" if self.team else self.strategy


@dataclass(frozen=True, slots=True)
class SetStatus(Caused):
    """Open the conversation, set it to waiting for the customer, or settle it."""

    status: Literal["open", "waiting", "resolved"]

    def __str__(self) -> str:
        return self.status


@dataclass(frozen=True, slots=True)
class Snooze(Caused):
    """Put the conversation out of sight for so long, or (None) until the office opens next."""

    length: timedelta | None = None

    def __str__(self) -> str:
        return "until the office opens" if self.length is None else f"for {self.length}"


@dataclass(frozen=True, slots=True)
class SetPriority(Caused):
    priority: Priority

    def __str__(self) -> str:
        return self.priority


@dataclass(frozen=True, slots=True)
class SetTopic(Caused):
    """Say what the conversation is about, by a topic's short name, where nobody has said it yet."""

    topic: str

    def __str__(self) -> str:
        return f"topic {self.topic}"


@dataclass(frozen=True, slots=True)
class AddTags(Caused):
    """Put these tags on the conversation; those that it has already are no error."""

    tags: tuple[str, ...]

    def __str__(self) -> str:
        return f"tags {', '.join(self.tags)}"


@dataclass(frozen=True, slots=True)
class RemoveTags(Caused):
    """Take these tags off the conversation; those that it has not are no error."""

    tags: tuple[str, ...]

    def __str__(self) -> str:
        return f"tags {', '.join(self.tags)}"


@dataclass(frozen=True, slots=True)
class Reply(Caused):
    """Queue an answer written from this template, in the customer's language.

    delay: how long it waits before it goes out. A delayed answer does not go out at all when the
    customer writes, or an agent answers, before that.
    """

    template: str
    delay: timedelta = timedelta()

    def __str__(self) -> str:
        later = f" in {self.delay}" if self.delay else ""
        return f"template {self.template}{later}"


@dataclass(frozen=True, slots=True)
class AskSatisfaction(Caused):
    """Ask how satisfied the customer is, by this survey of the settings."""

    survey: str = "main"

    def __str__(self) -> str:
        return f"survey {self.survey}"


@dataclass(frozen=True, slots=True)
class LogSatisfaction(Caused):
    """Note a signal of satisfaction: `score` from 1 to 5, and what it was read from."""

    score: int
    source: Literal["words", "emoji", "reaction"]

    def __str__(self) -> str:
        return f"{self.score} of 5 by {self.source}"


@dataclass(frozen=True, slots=True)
class Notify(Caused):
    """Tell an agent, the members of a team, or (both None) whoever has the conversation."""

    team: str | None = None
    agent: str | None = None
    text: str = ""

    def __str__(self) -> str:
        if self.team is not None:
            return f"team {self.team}"
        return f"agent {self.agent}" if self.agent is not None else "its agent"


@dataclass(frozen=True, slots=True)
class AddNote(Caused):
    """Write a note among the team."""

    text: str

    def __str__(self) -> str:
        return "note"


@dataclass(frozen=True, slots=True)
class SetAttribute(Caused):
    """Set an attribute of the customer; None removes it."""

    name: str
    value: Scalar | None

    def __str__(self) -> str:
        return f"{self.name} removed" if self.value is None else f"{self.name} set"


@dataclass(frozen=True, slots=True)
class SetStage(Caused):
    """Move the customer to another stage of its life with us."""

    stage: str

    def __str__(self) -> str:
        return f"stage {self.stage}"


@dataclass(frozen=True, slots=True)
class CallWebhook(Caused):
    """Tell a webhook of the settings what happened. `send` goes along as it stands."""

    webhook: str
    send: tuple[tuple[str, Scalar], ...] = ()

    def __str__(self) -> str:
        return f"webhook {self.webhook}"


@dataclass(frozen=True, slots=True)
class Forward(Caused):
    """Send the message on by mail; `account` is the mail account that does (None: any)."""

    to: str
    account: str | None = None

    def __str__(self) -> str:
        return f"to {self.to}"


@dataclass(frozen=True, slots=True)
class TagCustomer(Caused):
    """Put these tags on the customer; those that they have already are no error."""

    tags: tuple[str, ...]

    def __str__(self) -> str:
        return f"customer's tags {', '.join(self.tags)}"


@dataclass(frozen=True, slots=True)
class UntagCustomer(Caused):
    """Take these tags off the customer; those that they have not are no error."""

    tags: tuple[str, ...]

    def __str__(self) -> str:
        return f"customer's tags {', '.join(self.tags)}"


@dataclass(frozen=True, slots=True)
class Block(Caused):
    """Block the customer: what they write is spam from now on, and nothing answers it."""

    def __str__(self) -> str:
        return "blocked"


@dataclass(frozen=True, slots=True)
class MarkSpam(Caused):
    """Move the conversation to spam."""

    def __str__(self) -> str:
        return "spam"


Effect = (
    Assign
    | Route
    | SetStatus
    | Snooze
    | SetPriority
    | SetTopic
    | AddTags
    | RemoveTags
    | Reply
    | AskSatisfaction
    | LogSatisfaction
    | Notify
    | AddNote
    | SetAttribute
    | SetStage
    | TagCustomer
    | UntagCustomer
    | CallWebhook
    | Forward
    | Block
    | MarkSpam
)
