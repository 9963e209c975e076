"""The words that rules are written in: events, conditions, actions.

Another part of the product that has words of its own adds them with `Vocabulary.extended`, once,
where the parts are put together; parser, engine, JSON Schema and documentation follow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Generic, Literal, TypeVar

from pydantic import JsonValue, TypeAdapter

from hub.rules.engine.effects import Effect
from hub.rules.engine.facts import Facts, Part
from hub.rules.engine.index import Indexes
from hub.rules.engine.occasions import Argument as OccasionArgument

Argument = TypeVar("Argument")

Need = Literal["conversation", "message", "change", "rating", "press", "webhook", "sla"]
"""A part of the facts that only some events bring."""

NameKind = Literal[
    "account", "agent", "channel", "segment", "survey", "tag", "team", "template", "topic",
    "webhook",
]  # fmt: skip
"""What the name in a rule refers to, so that one which does not exist can be told early, and what
is to be changed knows who names it. Tags are there as soon as somebody writes them."""


def _no_names(_: Any) -> Iterable[tuple[NameKind, str]]:
    return ()


def _no_attributes(_: Any) -> Iterable[str]:
    return ()


def _not_indexed(_: Any) -> Indexes:
    return ()


@dataclass(frozen=True)
class Event:
    """Something that happened and that a rule can be about.

    brings: the parts of the facts that it comes with. argument: what is written beside its name,
    where it takes something. each: what the name alone stands for; without it an argument is
    needed.
    """

    name: str
    about: str
    brings: frozenset[Need] = frozenset()
    argument: TypeAdapter[Any] | None = None
    each: tuple[OccasionArgument, ...] = ()


@dataclass(frozen=True)
class Condition(Generic[Argument]):
    """A question about the facts.

    argument: reads and checks what is written beside the name. see: the value that counts, small
    enough to be shown. holds: whether it is the wanted one. Both must be pure.

    index: by what rules that ask this can be found; the condition holds only where each of the
    indexes has a hit. Without one, every rule that asks is looked at for each event.

    reads: the parts of the facts that it looks at besides the message; only these are gathered.
    attributes: the names of those of the customer's that it asks for.
    """

    name: str
    about: str
    argument: TypeAdapter[Argument]
    see: Callable[[Facts, Argument], JsonValue]
    holds: Callable[[JsonValue, Argument], bool]
    needs: frozenset[Need] = frozenset()
    names: Callable[[Argument], Iterable[tuple[NameKind, str]]] = _no_names
    index: Callable[[Argument], Indexes] = _not_indexed
    reads: frozenset[Part] = frozenset()
    attributes: Callable[[Argument], Iterable[str]] = _no_attributes


@dataclass(frozen=True)
class Refusal:
    """Why an action is not carried out although its rule fired."""

    outcome: Literal["suppressed", "suppressed by budget"]
    detail: str


def _never(_: Any, __: Facts) -> Refusal | None:
    return None


NEVER_REFUSED: Final = _never
"""Nothing but the guards of answers is against it."""


@dataclass(frozen=True)
class Action(Generic[Argument]):
    """Something that a rule asks for.

    effect: makes the effect from argument, rule id and path. decides: what is settled by it; a
    default leaves that alone. claims: what no later rule may do again (the same template twice).
    answers: it sends something to the customer, so the guards and budgets of answers hold.
    refuses: reasons of its own against carrying it out. needs: the parts of the facts without
    which it can do nothing. reads: the parts that `refuses` looks at; those of answers are known.
    """

    name: str
    about: str
    argument: TypeAdapter[Argument]
    effect: Callable[[Argument, str, str], Effect]
    decides: str
    claims: Callable[[Argument], str | None]
    answers: bool = False
    refuses: Callable[[Argument, Facts], Refusal | None] = NEVER_REFUSED
    names: Callable[[Argument], Iterable[tuple[NameKind, str]]] = _no_names
    needs: frozenset[Need] = frozenset({"conversation"})
    reads: frozenset[Part] = frozenset()


@dataclass(frozen=True)
class Vocabulary:
    """All words that a rule set may use, by name."""

    events: Mapping[str, Event] = field(default_factory=dict)
    conditions: Mapping[str, Condition[Any]] = field(default_factory=dict)
    actions: Mapping[str, Action[Any]] = field(default_factory=dict)

    def extended(
        self,
        *,
        events: Iterable[Event] = (),
        conditions: Iterable[Condition[Any]] = (),
        actions: Iterable[Action[Any]] = (),
    ) -> Vocabulary:
        """This vocabulary with more words. Raises ValueError for a name that is taken."""
        return Vocabulary(
            _joined(self.events, events),
            _joined(self.conditions, conditions),
            _joined(self.actions, actions),
        )


Named = TypeVar("Named", Event, Condition[Any], Action[Any])


def _joined(known: Mapping[str, Named], more: Iterable[Named]) -> dict[str, Named]:
    joined = dict(known)
    for word in more:
        if word.name in joined or word.name in ("all", "any", "not"):
            raise ValueError(f"the name {word.name!r} is taken; give the new word another one")
        joined[word.name] = word
    return joined
