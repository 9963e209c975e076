"""What rules do to the conversation: whose it is, how it stands, what colleagues read on it."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    model_validator,
)

from hub.rules.engine.arguments import (
    DURATION_PATTERN,
    Duration,
    Name,
    Phrase,
    Shorter,
    Word,
    Words,
)
from hub.rules.engine.effects import (
    AddNote,
    AddTags,
    Assign,
    MarkSpam,
    Notify,
    Priority,
    RemoveTags,
    Route,
    SetPriority,
    SetStatus,
    SetTopic,
    Snooze,
    Strategy,
)
from hub.rules.engine.vocabulary import Action, NameKind
from hub.text.marking import Sentence


class AssignArgument(BaseModel):
    """`team` or `agent`, by name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    team: Name | None = None
    agent: Word | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> AssignArgument:
        if (self.team is None) == (self.agent is None):
            raise ValueError(Sentence("assign takes either a team or an agent"))
        return self


class RouteArgument(BaseModel):
    """`strategy`, and the `team` in which to choose where it is not the conversation's own.

    Without a strategy, or with `own`, it is the team's. `agent` is for the strategy `fixed`, which
    always takes the same one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    strategy: Strategy = "own"
    team: Name | None = None
    agent: Word | None = None

    @model_validator(mode="after")
    def _whom(self) -> RouteArgument:
        if (self.strategy == "fixed") != (self.agent is not None):
            raise ValueError(Sentence("the strategy 'fixed' takes an agent, and no other does"))
        return self


class SnoozeArgument(BaseModel):
    """`for` so long, or `until: opening`: until the office opens next."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    length: Duration | None = Field(default=None, alias="for")
    until: Literal["opening"] | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> SnoozeArgument:
        if (self.length is None) == (self.until is None):
            raise ValueError(
                Sentence("snooze takes either 'for' with a duration or 'until: opening'")
            )
        return self


class NotifyArgument(BaseModel):
    """`team`, `agent` or `assignee: true`; `text` is shown with it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    team: Name | None = None
    agent: Word | None = None
    assignee: Literal[True] | None = None
    text: Annotated[Phrase, Field(max_length=300)] | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> NotifyArgument:
        given = [one for one in (self.team, self.agent, self.assignee) if one is not None]
        if len(given) != 1:
            raise ValueError(Sentence("notify takes one of team, agent and 'assignee: true'"))
        return self


def _by_strategy(written: object) -> object:
    return {"strategy": written} if isinstance(written, str) else written


def _by_length(written: object) -> object:
    return {"for": written} if isinstance(written, str) else written


_SNOOZED: Final = Shorter(
    SnoozeArgument, changed={"type": ["object", "string"], "pattern": DURATION_PATTERN}
)


def _names(
    wanted: AssignArgument | RouteArgument | NotifyArgument,
) -> list[tuple[NameKind, str]]:
    named: list[tuple[NameKind, str | None]] = [("team", wanted.team), ("agent", wanted.agent)]
    return [(kind, name) for kind, name in named if name is not None]


ON_THE_CONVERSATION: Final[tuple[Action[Any], ...]] = (
    Action(
        "assign",
        "Hand the conversation to a team or an agent.",
        TypeAdapter(AssignArgument),
        effect=lambda wanted, rule, path: Assign(rule, path, wanted.team, wanted.agent),
        decides="assignment",
        claims=lambda _: "assignment",
        names=_names,
    ),
    Action(
        "route",
        "Let routing choose the agent who has the conversation.",
        TypeAdapter(Annotated[RouteArgument, BeforeValidator(_by_strategy)]),
        effect=lambda wanted, rule, path: Route(
            rule, path, wanted.strategy, wanted.team, wanted.agent
        ),
        decides="assignment",
        claims=lambda _: "assignment",
        names=_names,
    ),
    Action(
        "status",
        "Open the conversation, set it to waiting for the customer, or settle it.",
        TypeAdapter(Literal["open", "waiting", "resolved"]),
        effect=lambda wanted, rule, path: SetStatus(rule, path, wanted),
        decides="status",
        claims=lambda _: "status",
    ),
    Action(
        "snooze",
        "Put the conversation out of sight until later.",
        TypeAdapter(Annotated[SnoozeArgument, BeforeValidator(_by_length), _SNOOZED]),
        effect=lambda wanted, rule, path: Snooze(rule, path, wanted.length),
        decides="status",
        claims=lambda _: "status",
    ),
    Action(
        "spam",
        "Move the conversation to spam.",
        TypeAdapter(Literal[True]),
        effect=lambda _, rule, path: MarkSpam(rule, path),
        decides="status",
        claims=lambda _: "status",
    ),
    Action(
        "priority",
        "Set how urgent the conversation is.",
        TypeAdapter(Priority),
        effect=lambda wanted, rule, path: SetPriority(rule, path, wanted),
        decides="priority",
        claims=lambda _: "priority",
    ),
    Action(
        "topic",
        "Say what the conversation is about, unless somebody has said it.",
        TypeAdapter(Name),
        effect=lambda wanted, rule, path: SetTopic(rule, path, wanted),
        decides="topic",
        claims=lambda _: "topic",
        names=lambda wanted: [("topic", wanted)],
    ),
    Action(
        "tag",
        "Put tags on the conversation.",
        TypeAdapter(Words),
        effect=lambda wanted, rule, path: AddTags(rule, path, wanted),
        decides="tags",
        claims=lambda _: None,
        names=lambda wanted: [("tag", name) for name in wanted],
    ),
    Action(
        "untag",
        "Take tags off the conversation.",
        TypeAdapter(Words),
        effect=lambda wanted, rule, path: RemoveTags(rule, path, wanted),
        decides="tags",
        claims=lambda _: None,
        names=lambda wanted: [("tag", name) for name in wanted],
    ),
    Action(
        "note",
        "Write a note that only colleagues read.",
        TypeAdapter(Annotated[Phrase, Field(max_length=2000)]),
        effect=lambda wanted, rule, path: AddNote(rule, path, wanted),
        decides="note",
        claims=lambda _: None,
    ),
    Action(
        "notify",
        "Tell an agent, a team or the conversation's agent that it needs a look.",
        TypeAdapter(NotifyArgument),
        effect=lambda wanted, rule, path: Notify(
            rule, path, wanted.team, wanted.agent, wanted.text or ""
        ),
        decides="notification",
        claims=lambda wanted: f"notify {wanted.team or wanted.agent or 'its agent'}",
        names=_names,
        needs=frozenset(),
    ),
)
