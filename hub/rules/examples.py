"""The examples that a rule carries, carried out."""

from __future__ import annotations

from collections.abc import Iterable

from hub.rules.engine import Fault, Rule, compile_rules, evaluate
from hub.rules.engine.decision import RuleResult
from hub.rules.engine.effects import AddTags, Assign, Effect, Reply
from hub.rules.engine.example import Example, Expect


def check_examples(rule: Rule) -> list[Fault]:
    """What the rule, looked at alone, does otherwise than its examples expect."""
    ruleset = compile_rules([rule])
    faults = []
    for place, example in enumerate(rule.examples):
        decision = evaluate(ruleset, example.given.facts(rule.when[0]))
        mine = [result for result in decision.rules if result.id == rule.id]
        effects = [effect for effect in decision.effects if effect.rule == rule.id]
        result = mine[0] if mine else RuleResult(rule.id, fired=False)
        for key, wanted, got in _compared(example, result, effects):
            if wanted != got:
                path = ("examples", place, "expect", key)
                message = (
                    f"the example expects {key}: {_told(wanted)}, "
                    f"but {_why(result)} gives {key}: {_told(got)}"
                )
                faults.append(Fault(path, message))
    return faults


def _compared(
    example: Example, result: RuleResult, effects: Iterable[Effect]
) -> Iterable[tuple[str, object, object]]:
    expect: Expect = example.expect
    team = agent = None
    replies: list[str] = []
    tags: list[str] = []
    for effect in effects:
        match effect:
            case Assign():
                team, agent = effect.team, effect.agent
            case Reply():
                replies.append(effect.template)
            case AddTags():
                tags += effect.tags
    got: dict[str, object] = {
        "fires": result.fired,
        "team": team,
        "agent": agent,
        "reply": tuple(replies),
        "tag": tuple(tags),
    }
    return [(key, getattr(expect, key), got[key]) for key in got if key in expect.model_fields_set]


def _why(result: RuleResult) -> str:
    if not result.fired:
        return f"the rule, which did not fire ({result.error or result.failed_at or 'disabled'}),"
    held = [str(action) for action in result.actions if action.outcome != "done"]
    return f"the rule ({'; '.join(held)})" if held else "the rule"


def _told(value: object) -> str:
    match value:
        case None | ():
            return "nothing"
        case bool():
            return str(value).lower()
        case tuple():
            return ", ".join(map(str, value))
        case _:
            return str(value)
