"""Which facts a set of rules looks at, so that no others are gathered and none else are stored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from hub.rules.engine.facts import Part
from hub.rules.engine.rule import Ask, Rule, asks


@dataclass(frozen=True, slots=True)
class Reads:
    """parts: of the facts. attributes: the customer's, by name."""

    parts: frozenset[Part] = frozenset()
    attributes: frozenset[str] = frozenset()

    def __or__(self, other: Reads) -> Reads:
        return Reads(self.parts | other.parts, self.attributes | other.attributes)


NOTHING: Final = Reads()

_ANSWERING: Final[frozenset[Part]] = frozenset({"budgets", "hours"})
"""What the guards of an answer and the templates look at."""

_DEFAULT: Final[frozenset[Part]] = frozenset({"conversation"})
"""A default asks whether the conversation was given to somebody."""


def reads_of_asks(conditions: Iterable[Ask]) -> Reads:
    """What these conditions read."""
    parts: set[Part] = set()
    attributes: set[str] = set()
    for ask in conditions:
        parts |= ask.condition.reads
        attributes.update(ask.condition.attributes(ask.argument))
    return Reads(frozenset(parts), frozenset(attributes))


def reads_of(rules: Iterable[Rule]) -> Reads:
    """What these rules read, all of them together."""
    parts: set[Part] = set()
    attributes: set[str] = set()
    for rule in rules:
        for ask in asks(rule.condition):
            parts |= ask.condition.reads
            attributes.update(ask.condition.attributes(ask.argument))
        for act in rule.acts:
            parts |= act.action.reads
            if act.action.answers:
                parts |= _ANSWERING
        if rule.default:
            parts |= _DEFAULT
    return Reads(frozenset(parts), frozenset(attributes))
