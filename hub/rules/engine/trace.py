"""How a decision came about, condition by condition."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from hub.rules.engine.decision import Decision, RuleResult


@dataclass(frozen=True, slots=True)
class Step:
    """One condition or group. `name` is the condition's name, or "all", "any", "not".

    holds is None where looking raised `error`. Groups have `steps` and neither wanted nor seen.
    """

    path: str
    name: str
    holds: bool | None
    wanted: Any = None
    seen: Any = None
    error: str | None = None
    steps: tuple[Step, ...] = ()

    def walk(self) -> Iterator[Step]:
        """This step and all below it, in the order of writing."""
        yield self
        for step in self.steps:
            yield from step.walk()


@dataclass(frozen=True, slots=True)
class TracedRule:
    """One rule of the event: its conditions (None where it has none) and what it came to."""

    id: str
    about: str
    conditions: Step | None
    result: RuleResult | None

    @property
    def state(self) -> Literal["fired", "not fired", "error", "not looked at"]:
        if self.result is None:
            return "not looked at"
        if self.result.error is not None:
            return "error"
        return "fired" if self.result.fired else "not fired"


@dataclass(frozen=True, slots=True)
class Trace:
    """The full account of one decision, recomputed from its facts.

    Where `decision` differs from the stored one (its `engine` says whether the engine has changed
    since), the stored one is what happened.
    """

    decision: Decision
    rules: tuple[TracedRule, ...]
