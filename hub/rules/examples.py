"""The examples that a rule carries, carried out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from hub.rules.engine import Fault, Rule, compile_rules, effects, explain
from hub.rules.engine.decision import RuleResult
from hub.rules.engine.effects import Effect
from hub.rules.engine.example import Example, Expect
from hub.text.marking import Sentence


def check_examples(rule: Rule) -> list[Fault]:
    """What the rule, looked at alone, does otherwise than its examples expect."""
    ruleset = compile_rules([rule])
    faults = []
    for place, example in enumerate(rule.examples):
        decision = explain(ruleset, example.given.facts(rule.when[0])).decision
        mine = [result for result in decision.rules if result.id == rule.id]
        asked = [effect for effect in decision.effects if effect.rule == rule.id]
        result = mine[0] if mine else RuleResult(rule.id, fired=False)
        for key, wanted, got in _compared(example, result, asked):
            if wanted != got:
                path = ("examples", place, "expect", key)
                message = Sentence(
                    "the example expects %(key)s: %(wanted)s, but %(result)s gives "
                    "%(key)s: %(got)s",
                    key=key,
                    wanted=_told(wanted),
                    result=_why(result),
                    got=_told(got),
                )
                faults.append(Fault(path, message))
    return faults


def _compared(
    example: Example, result: RuleResult, asked: Iterable[Effect]
) -> Iterable[tuple[str, object, object]]:
    expect: Expect = example.expect
    got: dict[str, object] = {"fires": result.fired, **_UNTOUCHED}
    for effect in asked:
        for key, value in _EXPECTED[type(effect)](effect):
            match got[key]:
                case tuple() as before:
                    got[key] = (*before, *value)
                case dict() as before:
                    got[key] = {**before, **value}
                case _:
                    got[key] = value
    return [(key, getattr(expect, key), got[key]) for key in got if key in expect.model_fields_set]


_UNTOUCHED: Final[dict[str, Any]] = {
    **dict.fromkeys(("team", "agent", "route", "status", "priority", "topic", "stage")),
    "log_satisfaction": None,
    **dict.fromkeys(("snooze", "spam", "note", "ask_satisfaction", "block"), False),
    **dict.fromkeys(("tag", "untag", "customer_tag", "customer_untag"), ()),
    **dict.fromkeys(("notify", "reply", "webhook", "forward"), ()),
    "attribute": {},
}


_EXPECTED: Final[dict[type, Callable[[Any], tuple[tuple[str, Any], ...]]]] = {
    effects.Assign: lambda effect: (("team", effect.team), ("agent", effect.agent)),
    effects.Route: lambda effect: (("route", effect.strategy),),
    effects.SetStatus: lambda effect: (("status", effect.status),),
    effects.Snooze: lambda _: (("snooze", True),),
    effects.MarkSpam: lambda _: (("spam", True),),
    effects.SetPriority: lambda effect: (("priority", effect.priority),),
    effects.SetTopic: lambda effect: (("topic", effect.topic),),
    effects.AddTags: lambda effect: (("tag", effect.tags),),
    effects.RemoveTags: lambda effect: (("untag", effect.tags),),
    effects.TagCustomer: lambda effect: (("customer_tag", effect.tags),),
    effects.UntagCustomer: lambda effect: (("customer_untag", effect.tags),),
    effects.AddNote: lambda _: (("note", True),),
    effects.Notify: lambda effect: (("notify", (effect.team or effect.agent or "assignee",)),),
    effects.Reply: lambda effect: (("reply", (effect.template,)),),
    effects.AskSatisfaction: lambda _: (("ask_satisfaction", True),),
    effects.LogSatisfaction: lambda effect: (("log_satisfaction", effect.score),),
    effects.SetAttribute: lambda effect: (("attribute", {effect.name: effect.value}),),
    effects.SetStage: lambda effect: (("stage", effect.stage),),
    effects.Block: lambda _: (("block", True),),
    effects.CallWebhook: lambda effect: (("webhook", (effect.webhook,)),),
    effects.Forward: lambda effect: (("forward", (effect.to,)),),
}
"""What each effect looks like under `expect`."""


def _why(result: RuleResult) -> str:
    if not result.fired:
        why = result.error or result.failed_at or Sentence("disabled")
        return Sentence("the rule, which did not fire (%(why)s),", why=why)
    held = "; ".join(str(action) for action in result.actions if action.outcome != "done")
    return Sentence("the rule (%(held)s)", held=held) if held else Sentence("the rule")


def _told(value: object) -> str:
    match value:
        case None | ():
            return Sentence("nothing")
        case dict():
            said = ", ".join(f"{name}={one}" for name, one in value.items())
            return said or Sentence("nothing")
        case bool():
            return str(value).lower()
        case tuple():
            return ", ".join(map(str, value))
        case _:
            return str(value)
