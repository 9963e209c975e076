"""Examples that a rule carries: what is given, and what the rule then does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, StrictBool

from hub.rules.engine.arguments import Words
from hub.rules.engine.given import Given

__all__ = ["Example", "Expect", "Given"]


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
    topic: str | None = None
    tag: _Names | None = None
    untag: _Names | None = None
    note: StrictBool | None = None
    notify: _Names | None = None
    reply: _Names | None = None
    ask_satisfaction: StrictBool | None = None
    log_satisfaction: int | None = None
    attribute: Mapping[str, JsonValue] | None = None
    stage: str | None = None
    customer_tag: _Names | None = None
    customer_untag: _Names | None = None
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
