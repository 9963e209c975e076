"""The actions that rules can take."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, TypeAdapter, model_validator

from hub.rules.engine.arguments import Duration, Name, Word, Words, write_duration
from hub.rules.engine.effects import AddTags, Assign, Reply
from hub.rules.engine.facts import Facts
from hub.rules.engine.vocabulary import Action, NameKind, Refusal


class AssignArgument(BaseModel):
    """`team` or `agent`, by name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    team: Name | None = None
    agent: Word | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> AssignArgument:
        if (self.team is None) == (self.agent is None):
            raise ValueError("assign takes either a team or an agent")
        return self


class ReplyArgument(BaseModel):
    """`template` by name; `at_most_every`: how long one customer does not get it again."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    template: Name
    at_most_every: Duration | None = None


def _by_name(written: object) -> object:
    return {"template": written} if isinstance(written, str) else written


def _told_lately(wanted: ReplyArgument, facts: Facts) -> Refusal | None:
    last = facts.budgets.last_reply.get(wanted.template)
    if wanted.at_most_every is None or last is None or last + wanted.at_most_every <= facts.now:
        return None
    return Refusal(
        "suppressed by budget",
        f"template {wanted.template} was sent at {last.isoformat(timespec='seconds')}, "
        f"at most every {write_duration(wanted.at_most_every)}",
    )


def _names_of_assign(wanted: AssignArgument) -> list[tuple[NameKind, str]]:
    if wanted.team is not None:
        return [("team", wanted.team)]
    return [("agent", wanted.agent)] if wanted.agent is not None else []


ACTIONS: Final[tuple[Action[Any], ...]] = (
    Action(
        "assign",
        "Hand the conversation to a team or an agent.",
        TypeAdapter(AssignArgument),
        effect=lambda wanted, rule, path: Assign(rule, path, wanted.team, wanted.agent),
        decides="assignment",
        claims=lambda _: "assignment",
        names=_names_of_assign,
    ),
    Action(
        "reply",
        "Answer the customer from a template, in the customer's language.",
        TypeAdapter(Annotated[ReplyArgument, BeforeValidator(_by_name)]),
        effect=lambda wanted, rule, path: Reply(rule, path, wanted.template),
        decides="reply",
        claims=lambda wanted: f"reply {wanted.template}",
        answers=True,
        refuses=_told_lately,
        names=lambda wanted: [("template", wanted.template)],
    ),
    Action(
        "tag",
        "Put tags on the conversation.",
        TypeAdapter(Words),
        effect=lambda wanted, rule, path: AddTags(rule, path, wanted),
        decides="tags",
        claims=lambda _: None,
    ),
)
