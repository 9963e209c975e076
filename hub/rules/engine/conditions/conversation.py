"""Conditions about the conversation and about the office that it is in."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Final, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    JsonValue,
    StrictBool,
    Tag,
    TypeAdapter,
    model_validator,
)

from hub.rules.engine.arguments import (
    DURATION_PATTERN,
    PRIORITIES,
    WORD_FORMS,
    Name,
    Shorter,
    Words,
)
from hub.rules.engine.conditions.comparing import (
    FlagOrWords,
    LengthBounds,
    Lengths,
    Numbers,
    length_of,
    spelled,
)
from hub.rules.engine.conditions.seen import (
    FLAG,
    by,
    choice,
    equals,
    flag_or_words,
    listed,
    one_of,
)
from hub.rules.engine.facts import Facts, Part
from hub.rules.engine.index import Index, Indexes, Lookup
from hub.rules.engine.vocabulary import Condition, NameKind
from hub.text.marking import Sentence

STATUSES: Final = ("open", "waiting", "snoozed", "resolved", "spam")

_CONVERSATION: Final[frozenset[Part]] = frozenset({"conversation"})


class TagsArgument(BaseModel):
    """any: at least one of these. all: every one. none: not one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    any: Words | None = None
    all: Words | None = None
    none: Words | None = None

    @model_validator(mode="after")
    def _something(self) -> TagsArgument:
        if self.any is None and self.all is None and self.none is None:
            raise ValueError(Sentence("write which tags: any, all or none of them"))
        return self


TAGS: Final[TypeAdapter[Any]] = TypeAdapter(
    Annotated[
        Annotated[Words, Tag("(words)")] | Annotated[TagsArgument, Tag("(all)")],
        Discriminator(
            lambda written: "(all)" if isinstance(written, dict | TagsArgument) else "(words)"
        ),
        Shorter(TagsArgument, WORD_FORMS),
    ]
)
"""One tag, several of which any counts, or any, all and none of some."""


def is_tagged(seen: JsonValue, wanted: Any) -> bool:
    """Whether the tags that were seen are as wanted."""
    have = set(seen if isinstance(seen, list) else ())
    if isinstance(wanted, tuple):
        return not have.isdisjoint(wanted)
    return (
        (wanted.any is None or not have.isdisjoint(wanted.any))
        and (wanted.all is None or have.issuperset(wanted.all))
        and (wanted.none is None or have.isdisjoint(wanted.none))
    )


def by_tags(lookup: Lookup) -> Any:
    """Tags of which one must be there find the rule."""

    def index(wanted: Any) -> Indexes:
        if isinstance(wanted, tuple):
            return (Index(lookup, frozenset(wanted), exact=True),)
        needed = wanted.any or (wanted.all[:1] if wanted.all else None)
        return (Index(lookup, frozenset(needed)),) if needed else ()

    return index


def tags_named(wanted: Any) -> list[tuple[NameKind, str]]:
    """The tags that are asked about, also those that must not be there."""
    if isinstance(wanted, tuple):
        return [("tag", name) for name in wanted]
    asked = (wanted.any, wanted.all, wanted.none)
    return [("tag", name) for names in asked for name in names or ()]


class MessagesArgument(BaseModel):
    """How many messages there are, the one that the event is about included."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    total: Numbers | None = None
    from_customer: Numbers | None = None
    from_agents: Numbers | None = None
    from_rules: Numbers | None = None

    @model_validator(mode="after")
    def _something(self) -> MessagesArgument:
        if not self.given():
            raise ValueError(
                Sentence("write which messages: total, from_customer, from_agents, from_rules")
            )
        return self

    def given(self) -> dict[str, Any]:
        """What is to be counted, by name."""
        names = ("total", "from_customer", "from_agents", "from_rules")
        return {name: bounds for name in names if (bounds := getattr(self, name)) is not None}


def _counted(facts: Facts, wanted: MessagesArgument) -> JsonValue:
    conversation = facts.conversation
    counts = {
        "from_customer": conversation.from_customer,
        "from_agents": conversation.from_agents,
        "from_rules": conversation.from_rules,
    }
    counts["total"] = sum(counts.values())
    return {name: counts[name] for name in wanted.given()}


def _waited(facts: Facts, _: Any) -> JsonValue:
    since = facts.conversation.waiting_since
    return None if since is None else spelled(max(facts.now - since, timedelta()))


def _waits(seen: JsonValue, wanted: Any) -> bool:
    if isinstance(wanted, bool):
        return (seen is not None) is wanted
    return bool(wanted.holds(length_of(seen)))


def _age(facts: Facts, _: Any) -> JsonValue:
    began = facts.conversation.began_at
    return None if began is None else spelled(max(facts.now - began, timedelta()))


_WAITING: Final[TypeAdapter[Any]] = TypeAdapter(
    Annotated[
        Annotated[StrictBool, Tag("(flag)")] | Annotated[Lengths, Tag("(length)")],
        Discriminator(lambda written: "(flag)" if isinstance(written, bool) else "(length)"),
        Shorter(
            LengthBounds, ({"type": "boolean"}, {"type": "string", "pattern": DURATION_PATTERN})
        ),
    ]
)


def named_or_none(seen: JsonValue, wanted: Any) -> bool:
    """Whether there is one at all, or one of those named."""
    return (seen is not None) is wanted if isinstance(wanted, bool) else seen in wanted


def _names(kind: NameKind) -> Any:
    return lambda wanted: [] if isinstance(wanted, bool) else [(kind, name) for name in wanted]


class PriorityArgument(BaseModel):
    """Priorities from one on, or up to one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at_least: Literal["low", "normal", "high", "urgent"] | None = None
    at_most: Literal["low", "normal", "high", "urgent"] | None = None

    def names(self) -> tuple[str, ...]:
        """The priorities that are meant."""
        least = PRIORITIES[self.at_least] if self.at_least else min(PRIORITIES.values())
        most = PRIORITIES[self.at_most] if self.at_most else max(PRIORITIES.values())
        return tuple(name for name, value in PRIORITIES.items() if least <= value <= most)


_PRIORITY_NAMES: Final = tuple(PRIORITIES)


def _priorities(written: object) -> object:
    if isinstance(written, dict):
        return PriorityArgument.model_validate(written).names()
    return written if isinstance(written, list | tuple) else (written,)


_PRIORITY_SCHEMA: Final = {"type": "string", "enum": list(_PRIORITY_NAMES)}
_PRIORITY: Final[TypeAdapter[Any]] = TypeAdapter(
    Annotated[
        tuple[Literal["low", "normal", "high", "urgent"], ...],
        BeforeValidator(_priorities),
        Field(min_length=1),
        Shorter(
            PriorityArgument,
            (_PRIORITY_SCHEMA, {"type": "array", "items": _PRIORITY_SCHEMA, "minItems": 1}),
        ),
    ]
)


def _offices(facts: Facts, wanted: dict[str, str]) -> JsonValue:
    said = {True: "open", False: "closed", None: None}
    return {team: said[facts.offices.get(team)] for team in wanted}


STATUS: Final = Lookup("status", lambda facts: (facts.conversation.status,))
TEAM: Final = Lookup("team", lambda facts: (facts.conversation.team,))
ASSIGNEE: Final = Lookup("assignee", lambda facts: (facts.conversation.agent,))
PRESENCE: Final = Lookup("presence", lambda facts: (facts.presence,))
PRIORITY: Final = Lookup("priority", lambda facts: (facts.conversation.priority,))
CARRIED: Final = Lookup("tags", lambda facts: facts.tags)
BEGAN_BY: Final = Lookup("began by", lambda facts: (facts.conversation.began_by,))
HOURS: Final = Lookup("hours", lambda facts: ("open" if facts.hours.open else "closed",))
HOLIDAY: Final = Lookup("holiday", lambda facts: (facts.hours.holiday,))

CONVERSATION_CONDITIONS: Final[tuple[Condition[Any], ...]] = (
    Condition(
        "status",
        "The conversation's status, one of those named.",
        choice(*STATUSES),
        see=lambda facts, _: facts.conversation.status,
        holds=one_of,
        index=by(STATUS),
        reads=_CONVERSATION,
    ),
    Condition(
        "age",
        "How long ago the conversation began.",
        TypeAdapter(Lengths),
        see=_age,
        holds=lambda seen, wanted: wanted.holds(length_of(seen)),
        reads=_CONVERSATION,
    ),
    Condition(
        "messages",
        "How many messages the conversation has, in all or from whom.",
        TypeAdapter(MessagesArgument),
        see=_counted,
        holds=lambda seen, wanted: (
            isinstance(seen, dict)
            and all(bounds.holds(seen[name]) for name, bounds in wanted.given().items())
        ),
        reads=_CONVERSATION,
    ),
    Condition(
        "waiting",
        "Whether the customer waits for an answer, and for how long by now.",
        _WAITING,
        see=_waited,
        holds=_waits,
        reads=_CONVERSATION,
    ),
    Condition(
        "team",
        "The team that has the conversation: one of those named, any, or none.",
        TypeAdapter(FlagOrWords),
        see=lambda facts, _: facts.conversation.team,
        holds=named_or_none,
        names=_names("team"),
        index=flag_or_words(TEAM),
        reads=_CONVERSATION,
    ),
    Condition(
        "assignee",
        "The agent who has the conversation, by mail address: one of those named, any, or none.",
        TypeAdapter(FlagOrWords),
        see=lambda facts, _: facts.conversation.agent,
        holds=named_or_none,
        names=_names("agent"),
        index=flag_or_words(ASSIGNEE),
        reads=_CONVERSATION,
    ),
    Condition(
        "presence",
        "Whether the agent who has the conversation is online, away or offline.",
        choice("online", "away", "offline"),
        see=lambda facts, _: facts.presence,
        holds=one_of,
        index=by(PRESENCE),
        reads=frozenset({"presence"}),
    ),
    Condition(
        "priority",
        "The conversation's priority: one of those named, or from one on.",
        _PRIORITY,
        see=lambda facts, _: facts.conversation.priority,
        holds=one_of,
        index=by(PRIORITY),
        reads=_CONVERSATION,
    ),
    Condition(
        "tags",
        "The conversation's tags: any of those named, all of them, or none.",
        TAGS,
        see=lambda facts, _: listed(facts.tags),
        holds=is_tagged,
        names=tags_named,
        index=by_tags(CARRIED),
        reads=frozenset({"tags"}),
    ),
    Condition(
        "began_by",
        "Who began the conversation: the customer, an agent or a rule.",
        choice("customer", "agent", "rule"),
        see=lambda facts, _: facts.conversation.began_by,
        holds=one_of,
        index=by(BEGAN_BY),
        reads=_CONVERSATION,
    ),
    Condition(
        "hours",
        "Whether the office is open at the moment of the event, by the hours of the "
        "conversation's team.",
        TypeAdapter(Literal["open", "closed"]),
        see=lambda facts, _: "open" if facts.hours.open else "closed",
        holds=equals,
        index=by(HOURS),
        reads=frozenset({"hours"}),
    ),
    Condition(
        "office",
        "Whether the offices of the named teams are open or closed.",
        TypeAdapter(Annotated[dict[Name, Literal["open", "closed"]], Field(min_length=1)]),
        see=_offices,
        holds=equals,
        names=lambda wanted: [("team", team) for team in wanted],
        reads=frozenset({"offices"}),
    ),
    Condition(
        "holiday",
        "Whether the day is a holiday in the calendar of the conversation's team.",
        FLAG,
        see=lambda facts, _: facts.hours.holiday,
        holds=equals,
        index=by(HOLIDAY),
        reads=frozenset({"hours"}),
    ),
)
