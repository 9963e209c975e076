"""Examples that a rule carries: what is given, and what the rule then does."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, StrictBool

from hub.rules.engine.arguments import Duration, Words
from hub.rules.engine.facts import (
    Budgets,
    ConversationFacts,
    CustomerFacts,
    Facts,
    Hours,
    MessageFacts,
)

_NOW: Final = datetime(2026, 1, 5, 10, tzinfo=UTC)


class Given(BaseModel):
    """The facts of an example; what is left out is the ordinary case.

    `replied`: template name to how long ago this customer last got it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    channel: str = "webchat"
    account: str = "example"
    text: str = ""
    subject: str | None = None
    first_message: StrictBool = False
    hours: Literal["open", "closed"] = "open"
    automated: StrictBool = False
    backlog: StrictBool = False
    late: StrictBool = False
    locale: str | None = None
    team: str | None = None
    replied: Mapping[str, Duration] = Field(default_factory=dict)

    def facts(self, event: str) -> Facts:
        """The facts that these words stand for, at a fixed moment."""
        is_open = self.hours == "open"
        edge = _NOW + timedelta(hours=6)
        return Facts(
            event=event,
            now=_NOW,
            message=MessageFacts(
                channel=self.channel,
                account=self.account,
                text=self.text,
                subject=self.subject,
                first=self.first_message,
                automated=self.automated,
                backlog=self.backlog,
                late=self.late,
            ),
            conversation=ConversationFacts(team=self.team),
            customer=CustomerFacts(locale=self.locale),
            hours=Hours(
                open=is_open,
                opens_at=None if is_open else edge,
                closes_at=edge if is_open else None,
            ),
            budgets=Budgets(last_reply={name: _NOW - ago for name, ago in self.replied.items()}),
        )


def _none_or_many(written: object) -> object:
    return () if written is None or written == [] else written


_Names = Annotated[Annotated[tuple[()], Field(strict=True)] | Words, BeforeValidator(_none_or_many)]


class Expect(BaseModel):
    """What the rule does; only what is written is compared. `reply: []` expects no answer.

    The keys are the actions, by their names; `assign` is told by `team` or `agent`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    fires: StrictBool | None = None
    team: str | None = None
    agent: str | None = None
    route: str | None = None
    status: str | None = None
    snooze: StrictBool | None = None
    spam: StrictBool | None = None
    priority: str | None = None
    tag: _Names | None = None
    untag: _Names | None = None
    note: StrictBool | None = None
    notify: _Names | None = None
    reply: _Names | None = None
    ask_satisfaction: StrictBool | None = None
    log_satisfaction: int | None = None
    attribute: Mapping[str, JsonValue] | None = None
    stage: str | None = None
    block: StrictBool | None = None
    webhook: _Names | None = None
    forward: _Names | None = None


class Example(BaseModel):
    """`given` these facts, `expect` this of the rule, looked at alone."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    given: Given = Given()
    expect: Expect

    @staticmethod
    def keys() -> list[str]:
        """Every key that may be written in an example."""
        return ["given", "expect", *Given.model_fields, *Expect.model_fields]
