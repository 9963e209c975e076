"""Deciding, and showing how it was decided. Pure: the same rules and facts give the same result.

`evaluate` looks at the rules that can fire and at no more of their conditions than it must;
`explain` looks at every condition of every rule. Both let the same code carry out the order,
`stop`, the defaults and the guards, so they can only differ in how a single rule is judged, and
property tests hold them to the same verdicts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from hub.rules.engine.decision import ActionResult, Decision, RuleResult
from hub.rules.engine.effects import Effect
from hub.rules.engine.facts import Facts
from hub.rules.engine.judging import HOLDS, Verdict, examine, told
from hub.rules.engine.rule import Act, Rule
from hub.rules.engine.ruleset import RuleSet
from hub.rules.engine.trace import Step, Trace, TracedRule
from hub.rules.engine.vocabulary import Refusal

LISTED: Final = 100
"""So many rules that were looked at and did not fire are listed; the others are counted."""

Failures = Mapping[tuple[str, str], str]
"""Why an action can not be carried out, by the rule's id and the action's path."""

NO_FAILURES: Final[Failures] = MappingProxyType({})


def evaluate(ruleset: RuleSet, facts: Facts, failed: Failures = NO_FAILURES) -> Decision:
    """Decide what happens because of `facts.event`. Never raises.

    failed: actions that were found impossible when they were applied; they are left out, and
    later rules decide in their place.
    """
    rules = ruleset.by_event.get(facts.event, ())
    matcher = ruleset.matchers.get(facts.event)
    judged = (
        ((place, rule, judge(facts)) for place, rule, judge in matcher.candidates(facts))
        if matcher is not None
        else ()
    )
    return _decide(ruleset, facts, judged, len(rules), failed, listed=LISTED)


def explain(ruleset: RuleSet, facts: Facts, failed: Failures = NO_FAILURES) -> Trace:
    """The decision once more, with the value seen and the value wanted of every condition.

    Rules and conditions that `evaluate` has no need to look at are looked at too; a rule behind
    the one that stopped is listed, but not looked at.
    """
    looked: dict[str, Step | None] = {}
    rules = ruleset.by_event.get(facts.event, ())

    def judge(rule: Rule) -> Verdict:
        if rule.condition is None:
            looked[rule.id] = None
            return HOLDS
        step, verdict = examine(rule.condition, facts)
        looked[rule.id] = step
        return verdict

    judged = ((place, rule, judge(rule)) for place, rule in enumerate(rules))
    decision = _decide(ruleset, facts, judged, len(rules), failed, listed=len(rules))
    results = {result.id: result for result in decision.rules}
    return Trace(
        decision,
        tuple(
            TracedRule(rule.id, rule.about, looked.get(rule.id), results.get(rule.id))
            for rule in (*rules, *ruleset.defaults.get(facts.event, ()))
        ),
    )


def _decide(
    ruleset: RuleSet,
    facts: Facts,
    judged: Iterable[tuple[int, Rule, Verdict]],
    count: int,
    failed: Failures,
    *,
    listed: int,
) -> Decision:
    """Carry out the order. judged: rules with their places among `count`, and the verdicts."""
    course = _Course(facts, failed)
    results: list[RuleResult] = []
    stopped_by = None
    silent = 0
    for place, rule, verdict in judged:
        if verdict.holds or verdict.error is not None:
            results.append(course.run(rule, verdict))
            if verdict.holds and rule.stop:
                stopped_by = rule.id
                count = place + 1
                break
        else:
            silent += 1
            if silent <= listed:
                results.append(RuleResult(rule.id, False, verdict.at))
    passed_by = count - len(results)
    course.fill_only()
    results += [course.run(rule, HOLDS) for rule in ruleset.defaults.get(facts.event, ())]
    return Decision(
        facts.event,
        ruleset.revision,
        tuple(results),
        stopped_by,
        tuple(course.effects),
        passed_by=passed_by,
    )


class _Course:
    """What has been decided so far in one evaluation."""

    def __init__(self, facts: Facts, failed: Failures) -> None:
        self.facts = facts
        self.failed = failed
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

    def run(self, rule: Rule, verdict: Verdict) -> RuleResult:
        if not verdict.holds:
            return RuleResult(rule.id, False, verdict.at, verdict.error)
        return RuleResult(rule.id, True, actions=tuple(self._act(rule, act) for act in rule.acts))

    def _act(self, rule: Rule, act: Act) -> ActionResult:
        try:
            return self._carry_out(rule, act)
        except Exception as error:  # noqa: BLE001 - a broken action must not stop the others
            return ActionResult(act.path, "failed", told(error))

    def _carry_out(self, rule: Rule, act: Act) -> ActionResult:
        action = act.action
        if (rule.id, act.path) in self.failed:
            return ActionResult(act.path, "failed", self.failed[rule.id, act.path])
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
