"""Deciding, and showing how it was decided. Pure: the same rules and facts give the same result.

`evaluate` looks at no more than it must; `explain` looks at every condition. Both let the same
code carry out the order, `stop`, the defaults and the guards, so they can only differ in how a
single rule is judged, and a property test holds them to the same verdicts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from hub.rules.engine.decision import ActionResult, Decision, RuleResult
from hub.rules.engine.effects import Effect
from hub.rules.engine.facts import Facts
from hub.rules.engine.rule import Act, Ask, Group, Rule, Tree
from hub.rules.engine.ruleset import RuleSet
from hub.rules.engine.trace import Step, Trace, TracedRule
from hub.rules.engine.vocabulary import Refusal

_ERROR_LENGTH: Final = 200


@dataclass(frozen=True, slots=True)
class _Verdict:
    """at: the first condition that settled it, where it is not True. error: what that raised."""

    holds: bool
    at: str | None = None
    error: str | None = None


_TRUE: Final = _Verdict(True)

_Judge = Callable[[Rule], _Verdict]


def evaluate(ruleset: RuleSet, facts: Facts) -> Decision:
    """Decide what happens because of `facts.event`. Never raises."""
    return _decide(ruleset, facts, lambda rule: _judge(rule.condition, facts))


def explain(ruleset: RuleSet, facts: Facts) -> Trace:
    """The decision once more, with the value seen and the value wanted of every condition.

    Conditions that `evaluate` has no need to look at are looked at too; a rule behind the one
    that stopped is listed, but not looked at.
    """
    looked: dict[str, Step | None] = {}

    def judge(rule: Rule) -> _Verdict:
        if rule.condition is None:
            looked[rule.id] = None
            return _TRUE
        step, verdict = _examine(rule.condition, facts)
        looked[rule.id] = step
        return verdict

    decision = _decide(ruleset, facts, judge)
    results = {result.id: result for result in decision.rules}
    listed = (
        *ruleset.by_event.get(facts.event, ()),
        *ruleset.defaults.get(facts.event, ()),
    )
    return Trace(
        decision,
        tuple(
            TracedRule(rule.id, rule.about, looked.get(rule.id), results.get(rule.id))
            for rule in listed
        ),
    )


def _decide(ruleset: RuleSet, facts: Facts, judge: _Judge) -> Decision:
    course = _Course(facts)
    results: list[RuleResult] = []
    stopped_by = None
    for rule in ruleset.by_event.get(facts.event, ()):
        result = course.run(rule, judge(rule))
        results.append(result)
        if result.fired and rule.stop:
            stopped_by = rule.id
            break
    course.fill_only()
    results += [course.run(rule, _TRUE) for rule in ruleset.defaults.get(facts.event, ())]
    return Decision(
        facts.event, ruleset.revision, tuple(results), stopped_by, tuple(course.effects)
    )


class _Course:
    """What has been decided so far in one evaluation."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.effects: list[Effect] = []
        self._claimed: dict[str, str] = {}
        self._decided: dict[str, str] = {}
        self._settled: dict[str, str] | None = None
        self._answers = 0

    def fill_only(self) -> None:
        """From here on, leave alone what the rules before have decided."""
        self._settled = dict(self._decided)
        # Whom a person gave it to keeps it: a default is no reason to take it away again.
        if self.facts.conversation.team or self.facts.conversation.agent:
            self._settled.setdefault("assignment", "whoever it was given to before")

    def run(self, rule: Rule, verdict: _Verdict) -> RuleResult:
        if not verdict.holds:
            return RuleResult(rule.id, False, verdict.at, verdict.error)
        return RuleResult(rule.id, True, actions=tuple(self._act(rule, act) for act in rule.acts))

    def _act(self, rule: Rule, act: Act) -> ActionResult:
        try:
            return self._carry_out(rule, act)
        except Exception as error:  # noqa: BLE001 - a broken action must not stop the others
            return ActionResult(act.path, "failed", _told(error))

    def _carry_out(self, rule: Rule, act: Act) -> ActionResult:
        action = act.action
        claim = action.claims(act.argument)
        earlier = self._claimed.get(claim) if claim is not None else None
        if earlier is None and self._settled is not None:
            earlier = self._settled.get(action.decides)
        if earlier is not None:
            return ActionResult(act.path, "already decided", f"by {earlier}")
        refusal = self._guarded() if action.answers else None
        refusal = refusal or action.refuses(act.argument, self.facts)
        if refusal is None:
            effect = action.effect(act.argument, rule.id, act.path)
            self.effects.append(effect)
            self._answers += action.answers
            result = ActionResult(act.path, "done", str(effect))
        else:
            result = ActionResult(act.path, refusal.outcome, refusal.detail)
        # What a rule wanted is decided, also where a guard kept it from being done: a default
        # must not answer in place of an answer that was held back.
        self._decided.setdefault(action.decides, rule.id)
        if claim is not None:
            self._claimed.setdefault(claim, rule.id)
        return result

    def _guarded(self) -> Refusal | None:
        """The reasons against answering that hold whatever a rule says (RFC 3834, section 2)."""
        message, budgets = self.facts.message, self.facts.budgets
        if message is not None:
            if message.automated:
                return Refusal("suppressed", "automated mail is never answered")
            if message.backlog:
                return Refusal("suppressed", "backlog from before the account was connected")
            if message.late:
                return Refusal(
                    "suppressed", "the message arrived too late to be answered by itself"
                )
        for sent, limit, whom in (
            (budgets.to_customer, budgets.customer_limit, "to this customer"),
            (budgets.in_conversation, budgets.conversation_limit, "in this conversation"),
        ):
            if sent + self._answers >= limit:
                return Refusal(
                    "suppressed by budget", f"{limit} automatic answers {whom} within 24 hours"
                )
        return None


def _judge(tree: Tree | None, facts: Facts) -> _Verdict:
    """Look at conditions until the verdict is certain."""
    match tree:
        case None:
            return _TRUE
        case Ask():
            try:
                holds = _holds(tree, tree.condition.see(facts, tree.argument))
            except Exception as error:  # noqa: BLE001 - recorded with the rule; others go on
                return _Verdict(False, tree.path, _told(error))
            return _TRUE if holds else _Verdict(False, tree.path)
        case Group(form="not"):
            return _inverted(tree, _judge(tree.children[0], facts))
        case Group():
            return _combined(tree, (_judge(child, facts) for child in tree.children))


def _examine(tree: Tree, facts: Facts) -> tuple[Step, _Verdict]:
    """Look at every condition, and come to the same verdict."""
    if isinstance(tree, Group):
        found = [_examine(child, facts) for child in tree.children]
        if tree.form == "not":
            verdict = _inverted(tree, found[0][1])
        else:
            verdict = _combined(tree, (verdict for _, verdict in found))
        steps = tuple(step for step, _ in found)
        holds = None if verdict.error is not None else verdict.holds
        return Step(tree.path, tree.form, holds, steps=steps), verdict
    name = tree.condition.name
    seen: Any = None
    try:
        seen = tree.condition.see(facts, tree.argument)
        holds = _holds(tree, seen)
    except Exception as error:  # noqa: BLE001 - shown at its place in the trace
        told = _told(error)
        step = Step(tree.path, name, None, tree.wanted, seen, told)
        return step, _Verdict(False, tree.path, told)
    verdict = _TRUE if holds else _Verdict(False, tree.path)
    return Step(tree.path, name, holds, tree.wanted, seen), verdict


def _holds(ask: Ask, seen: Any) -> bool:
    return bool(ask.condition.holds(seen, ask.argument))


def _inverted(group: Group, inner: _Verdict) -> _Verdict:
    if inner.error is not None:
        return inner
    return _Verdict(False, group.path) if inner.holds else _TRUE


def _combined(group: Group, verdicts: Iterable[_Verdict]) -> _Verdict:
    """Take verdicts in order until one settles the group; an error settles either form."""
    for verdict in verdicts:
        if verdict.error is not None:
            return verdict
        if group.form == "any" and verdict.holds:
            return _TRUE
        if group.form == "all" and not verdict.holds:
            return verdict
    return _TRUE if group.form == "all" else _Verdict(False, group.path)


def _told(error: Exception) -> str:
    text = f"{type(error).__name__}: {error}"
    return text if len(text) <= _ERROR_LENGTH else f"{text[: _ERROR_LENGTH - 1]}…"
