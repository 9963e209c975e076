"""What rules send to the customer. The guards and budgets of automatic answers hold for it."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Final, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
)

from hub.rules.engine.arguments import Duration, Name, Shorter, write_duration
from hub.rules.engine.effects import AskSatisfaction, LogSatisfaction, Reply
from hub.rules.engine.facts import Facts
from hub.rules.engine.vocabulary import Action, Refusal


class ReplyArgument(BaseModel):
    """`template` by name; `at_most_every`: how long one customer does not get it again.

    delay: how long it waits before it goes out; it is cancelled where the customer writes or a
    colleague answers meanwhile.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    template: Name
    at_most_every: Duration | None = None
    delay: Duration | None = None


class AskArgument(BaseModel):
    """`survey` by its name in the settings; "main" is the usual one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    survey: Name = "main"


class LogArgument(BaseModel):
    """`score` from 1 (angry) to 5 (delighted), and what it was read from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    score: Annotated[int, Field(ge=1, le=5, strict=True)]
    source: Literal["words", "emoji", "reaction"] = "words"


def _by_name(written: object) -> object:
    return {"template": written} if isinstance(written, str) else written


def _by_survey(written: object) -> object:
    if written is True:
        return {}
    return {"survey": written} if isinstance(written, str) else written


_ASKED: Final = Shorter(
    AskArgument, changed={"type": ["object", "boolean", "string"], "not": {"const": False}}
)


def _told_lately(wanted: ReplyArgument, facts: Facts) -> Refusal | None:
    last = facts.budgets.last_reply.get(wanted.template)
    if wanted.at_most_every is None or last is None or last + wanted.at_most_every <= facts.now:
        return None
    return Refusal(
        "suppressed by budget",
        f"template {wanted.template} was sent at {last.isoformat(timespec='seconds')}, "
        f"at most every {write_duration(wanted.at_most_every)}",
    )


ANSWERS: Final[tuple[Action[Any], ...]] = (
    Action(
        "reply",
        "Answer the customer from a template, in the customer's language.",
        TypeAdapter(Annotated[ReplyArgument, BeforeValidator(_by_name)]),
        effect=lambda wanted, rule, path: Reply(
            rule, path, wanted.template, wanted.delay or timedelta()
        ),
        decides="reply",
        claims=lambda wanted: f"reply {wanted.template}",
        answers=True,
        refuses=_told_lately,
        names=lambda wanted: [("template", wanted.template)],
        reads=frozenset({"variables"}),
    ),
    Action(
        "ask_satisfaction",
        "Ask the customer how satisfied they are.",
        TypeAdapter(Annotated[AskArgument, BeforeValidator(_by_survey), _ASKED]),
        effect=lambda wanted, rule, path: AskSatisfaction(rule, path, wanted.survey),
        decides="survey",
        claims=lambda _: "survey",
        answers=True,
        names=lambda wanted: [("survey", wanted.survey)],
    ),
    Action(
        "log_satisfaction",
        "Note a signal of satisfaction that nobody was asked for.",
        TypeAdapter(LogArgument),
        effect=lambda wanted, rule, path: LogSatisfaction(rule, path, wanted.score, wanted.source),
        decides="satisfaction",
        claims=lambda _: "satisfaction",
    ),
)
