"""Rules made ready to be evaluated."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from hub.rules.engine.actions import ACTIONS
from hub.rules.engine.conditions import CONDITIONS
from hub.rules.engine.course import Plan, plan_of
from hub.rules.engine.events import EVENTS
from hub.rules.engine.matching import Matcher
from hub.rules.engine.occasions import Occasion
from hub.rules.engine.reads import NOTHING, Reads, reads_of
from hub.rules.engine.rule import Rule, canonical, parse_rule
from hub.rules.engine.vocabulary import Vocabulary

VOCABULARY: Final = Vocabulary().extended(events=EVENTS, conditions=CONDITIONS, actions=ACTIONS)
"""The words that the hub itself brings."""

FRONT_DESK: Final = "front-desk"
"""The team that answers for whatever nobody else was given; every installation has it."""


def _last_resort() -> Rule:
    parsed = parse_rule(
        {
            "id": "last-resort",
            "about": "No valid default is written for this event, so the front desk takes it.",
            "when": "message.received",
            "default": True,
            "then": [{"assign": {"team": FRONT_DESK}}],
        },
        VOCABULARY,
    )
    assert parsed.rule is not None
    return parsed.rule


LAST_RESORT: Final = _last_resort()
"""Applies where a set has no default of its own, so that nothing falls through."""


@dataclass(frozen=True)
class RuleSet:
    """Compiled rules: for each event those to be looked at in order, and the defaults after them.

    `revision` is the SHA-256 of what was written, in hex; equal rules have equal revisions.
    """

    revision: str
    rules: tuple[Rule, ...]
    by_event: Mapping[str, tuple[Rule, ...]]
    defaults: Mapping[str, tuple[Rule, ...]]
    occasions: Mapping[str, tuple[Occasion, ...]]
    """Every event that a rule which runs is about, by the event's name, each argument once."""
    reads: Mapping[str, Reads] = field(default_factory=dict)
    """What the rules of an event, defaults included, look at."""
    matchers: Mapping[str, Matcher] = field(default_factory=dict, compare=False)
    """Finds among the rules of `by_event` those that can fire."""
    plans: Mapping[str, Plan] = field(default_factory=dict, compare=False)
    """By id, the rules made ready to fire."""

    def concerns(self, event: str) -> bool:
        """Whether any rule is about an event of this name, whatever its argument."""
        return event in self.occasions

    def reads_for(self, event: str) -> Reads:
        """What has to be known to decide on this event."""
        return self.reads.get(event, NOTHING)


def compile_rules(rules: Sequence[Rule]) -> RuleSet:
    """Make a rule set of valid rules, in their order. Raises ValueError when two share an id."""
    seen = {LAST_RESORT.id}
    for rule in rules:
        if rule.id in seen:
            raise ValueError(f"two rules are called '{rule.id}'; give one of them another id")
        seen.add(rule.id)
    by_event: dict[str, list[Rule]] = {}
    defaults: dict[str, list[Rule]] = {}
    occasions: dict[str, dict[str, Occasion]] = {}
    for rule in (*rules, LAST_RESORT):
        if rule.enabled:
            for occasion in rule.occasions:
                occasions.setdefault(occasion.event, {}).setdefault(occasion.key, occasion)
    for rule in rules:
        if rule.enabled:
            for event in dict.fromkeys(rule.when):
                (defaults if rule.default else by_event).setdefault(event, []).append(rule)
    for event in LAST_RESORT.when:
        defaults.setdefault(event, [LAST_RESORT])
    plans = {rule.id: plan_of(rule) for rule in (*rules, LAST_RESORT) if rule.enabled}
    written = canonical([rule.data for rule in rules])
    return RuleSet(
        revision=hashlib.sha256(written.encode("utf-8", "surrogatepass")).hexdigest(),
        rules=tuple(rules),
        by_event={event: tuple(found) for event, found in by_event.items()},
        defaults={event: tuple(found) for event, found in defaults.items()},
        occasions={event: tuple(found.values()) for event, found in occasions.items()},
        reads={
            event: reads_of((*by_event.get(event, ()), *defaults.get(event, ())))
            for event in by_event.keys() | defaults.keys()
        },
        matchers={
            event: Matcher([plans[rule.id] for rule in found]) for event, found in by_event.items()
        },
        plans=plans,
    )
