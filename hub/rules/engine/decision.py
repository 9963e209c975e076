"""What was decided and why, small enough to be stored with every message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from hub.rules.engine.effects import Effect

ENGINE_VERSION: Final = 1
"""Raised whenever the same rules and facts may be decided otherwise than before."""

Outcome = Literal["done", "already decided", "suppressed", "suppressed by budget", "failed"]


@dataclass(frozen=True, slots=True)
class ActionResult:
    """What became of one action of a rule that fired. `path` is "then[1].reply"."""

    path: str
    outcome: Outcome
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.outcome}: {self.detail}" if self.detail else self.outcome


@dataclass(frozen=True, slots=True)
class RuleResult:
    """What one rule came to.

    failed_at: the path of the first condition that did not hold. error: what the condition at
    that path raised; such a rule has not fired.
    """

    id: str
    fired: bool
    failed_at: str | None = None
    error: str | None = None
    actions: tuple[ActionResult, ...] = ()


@dataclass(frozen=True)
class Decision:
    """The result of one evaluation.

    revision: the rule set's digest. rules: those that were looked at, in order, defaults last.
    passed_by: how many others there were before the end or the `stop`; none of them fired, and
    next to all were ruled out by an index without a look. stopped_by: the rule whose `stop` kept
    later ones from being looked at. effects: what the caller has to apply, in this order.
    """

    event: str
    revision: str
    rules: tuple[RuleResult, ...] = ()
    stopped_by: str | None = None
    effects: tuple[Effect, ...] = ()
    engine: int = field(default=ENGINE_VERSION)
    passed_by: int = 0
    not_evaluated: str | None = None
    """Why no rule was looked at, where none was: the event lies too deep below other rules."""

    @property
    def outcome(self) -> Literal["error", "acted", "nothing"]:
        """What came of it all, by which it is decided how long the result is kept.

        "error": a rule broke, or an action could not be carried out. "acted": something was done
        or held back. "nothing": all that fired found it decided before.
        """
        outcomes = {action.outcome for rule in self.rules for action in rule.actions}
        if "failed" in outcomes or self.not_evaluated or any(rule.error for rule in self.rules):
            return "error"
        return "acted" if outcomes - {"already decided"} else "nothing"

    @property
    def failures(self) -> dict[tuple[str, str], str]:
        """Why actions could not be carried out, by rule and path: what `explain` needs to know."""
        return {
            (rule.id, action.path): action.detail
            for rule in self.rules
            for action in rule.actions
            if action.outcome == "failed"
        }

    def agrees_with(self, full: Decision) -> bool:
        """Whether a decision that lists every rule tells the same as this one.

        What was held back only when it was to be carried out is no difference: the facts do not
        tell that.
        """
        mine = {rule.id: rule for rule in self.rules}
        listed = [rule for rule in full.rules if rule.id in mine]
        unlisted = [rule for rule in full.rules if rule.id not in mine]
        return (
            self.stopped_by == full.stopped_by
            and len(listed) == len(self.rules)
            and all(map(_same, self.rules, listed))
            and len(unlisted) == self.passed_by - full.passed_by
            and not any(rule.fired or rule.error for rule in unlisted)
        )

    def held(self, effect: Effect, outcome: Outcome, reason: str) -> Decision:
        """The same decision, with it on record that this effect was held back in its turn."""
        return replace(
            self,
            rules=tuple(
                _held(rule, ActionResult(effect.path, outcome, reason))
                if rule.id == effect.rule
                else rule
                for rule in self.rules
            ),
            effects=tuple(other for other in self.effects if other != effect),
        )

    def to_json(self) -> dict[str, Any]:
        """The stored result: what `from_json` reads back, without the effects."""
        stored: dict[str, Any] = {
            "engine": self.engine,
            "event": self.event,
            "revision": self.revision,
            "rules": [_dump(rule) for rule in self.rules],
        }
        if self.stopped_by is not None:
            stored["stopped_by"] = self.stopped_by
        if self.passed_by:
            stored["passed_by"] = self.passed_by
        if self.not_evaluated is not None:
            stored["not_evaluated"] = self.not_evaluated
        return stored

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Decision:
        """Read a stored result. Its effects were applied then and are not part of it.

        Raises KeyError or TypeError for what `to_json` did not write.
        """
        return cls(
            event=stored["event"],
            revision=stored["revision"],
            rules=tuple(_load(rule) for rule in stored["rules"]),
            stopped_by=stored.get("stopped_by"),
            engine=stored["engine"],
            passed_by=stored.get("passed_by", 0),
            not_evaluated=stored.get("not_evaluated"),
        )


def _same(stored: RuleResult, again: RuleResult) -> bool:
    if stored == again:
        return True
    return (
        replace(stored, actions=()) == replace(again, actions=())
        and len(stored.actions) == len(again.actions)
        and all(map(_same_action, stored.actions, again.actions))
    )


def _same_action(stored: ActionResult, again: ActionResult) -> bool:
    held = stored.outcome in ("suppressed", "suppressed by budget") and again.outcome == "done"
    return stored == again or (held and stored.path == again.path)


def _held(rule: RuleResult, result: ActionResult) -> RuleResult:
    actions = (result if action.path == result.path else action for action in rule.actions)
    return replace(rule, actions=tuple(actions))


def _dump(rule: RuleResult) -> dict[str, Any]:
    stored: dict[str, Any] = {"id": rule.id, "fired": rule.fired}
    if rule.failed_at is not None:
        stored["at"] = rule.failed_at
    if rule.error is not None:
        stored["error"] = rule.error
    if rule.actions:
        stored["actions"] = [[one.path, one.outcome, one.detail] for one in rule.actions]
    return stored


def _load(stored: Mapping[str, Any]) -> RuleResult:
    return RuleResult(
        id=stored["id"],
        fired=stored["fired"],
        failed_at=stored.get("at"),
        error=stored.get("error"),
        actions=tuple(ActionResult(*one) for one in stored.get("actions", ())),
    )
