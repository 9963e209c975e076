"""Deciding, and showing how it was decided. Pure: the same rules and facts give the same result.

`evaluate` looks at the rules that can fire and at no more of their conditions than it must;
`explain` looks at every condition of every rule. Both let the same code carry out the order,
`stop`, the defaults and the guards, so they can only differ in how a single rule is judged, and
property tests hold them to the same verdicts.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType
from typing import Final

from hub.rules.engine.course import Course, Failures, Plan
from hub.rules.engine.decision import Decision, RuleResult
from hub.rules.engine.facts import Facts
from hub.rules.engine.judging import HOLDS, Verdict, examine
from hub.rules.engine.rule import Rule
from hub.rules.engine.ruleset import RuleSet
from hub.rules.engine.trace import Step, Trace, TracedRule

LISTED: Final = 100
"""So many rules that were looked at and did not fire are listed; the others are counted."""

NO_FAILURES: Final[Failures] = MappingProxyType({})


def evaluate(ruleset: RuleSet, facts: Facts, failed: Failures = NO_FAILURES) -> Decision:
    """Decide what happens because of `facts.event`. Never raises.

    failed: actions that were found impossible when they were applied; they are left out, and
    later rules decide in their place.
    """
    rules = ruleset.by_event.get(facts.event, ())
    judged = ruleset.matchers[facts.event].judged(facts) if rules else ()
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

    judged = ((place, ruleset.plans[rule.id], judge(rule)) for place, rule in enumerate(rules))
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
    judged: Iterable[tuple[int, Plan, Verdict]],
    count: int,
    failed: Failures,
    *,
    listed: int,
) -> Decision:
    """Carry out the order. judged: rules with their places among `count`, and the verdicts."""
    course = Course(facts, failed)
    results: list[RuleResult] = []
    stopped_by = None
    silent = 0
    for place, plan, verdict in judged:
        if verdict is HOLDS:
            results.append(course.run(plan, verdict))
            if plan.stop:
                stopped_by = plan.id
                count = place + 1
                break
            continue
        if verdict.error is not None:
            results.append(course.run(plan, verdict))
            continue
        silent += 1
        if silent <= listed:
            results.append(plan.silent(verdict.at))
    passed_by = count - len(results)
    course.fill_only()
    defaults = ruleset.defaults.get(facts.event, ())
    results += [course.run(ruleset.plans[rule.id], HOLDS) for rule in defaults]
    return Decision(
        facts.event,
        ruleset.revision,
        tuple(results),
        stopped_by,
        tuple(course.effects),
        passed_by=passed_by,
    )
