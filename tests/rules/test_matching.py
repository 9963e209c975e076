"""Rules are found by an index, and nothing is decided otherwise than by looking at each."""

from dataclasses import replace
from typing import Any

import pytest
import re2
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.rules.engine import Facts, MessageFacts, Rule, compile_rules, evaluate, explain, parse_rule
from hub.rules.engine.course import plan_of
from hub.rules.engine.evaluate import LISTED
from hub.rules.engine.index import Index, Lookup
from hub.rules.engine.matching import Matcher
from hub.rules.engine.rule import Ask, Tree
from tests.rules import indexed
from tests.rules.indexed import INDEXED
from tests.rules.strategies import NOW


def rule(id: str, conditions: dict[str, Any] | None, **more: Any) -> Rule:
    data = {"id": id, "when": "message.received", "then": [{"tag": id}], **more}
    parsed = parse_rule(data | ({"if": conditions} if conditions else {}), INDEXED)
    assert parsed.rule is not None, parsed.faults
    return parsed.rule


def received(text: str = "", *tags: str, **more: Any) -> Facts:
    message = MessageFacts(channel="mail", text=text, **more)
    return Facts(event="message.received", now=NOW, message=message, tags=frozenset(tags))


def found(rules: list[Rule], facts: Facts) -> list[str]:
    return [one.id for one in Matcher([plan_of(one) for one in rules]).candidates(facts)]


def judged(tree: Tree | None, facts: Facts) -> bool | None:
    """Whether conditions hold, the plain way; None where that can not be told."""
    if tree is None:
        return True
    if isinstance(tree, Ask):
        try:
            return bool(
                tree.condition.holds(tree.condition.see(facts, tree.argument), tree.argument)
            )
        except Exception:  # noqa: BLE001 - whatever breaks
            return None
    inner = [judged(child, facts) for child in tree.children]
    if tree.form == "not":
        return None if inner[0] is None else not inner[0]
    settling = tree.form == "any"
    return settling if settling in inner else None if None in inner else not settling


def agree(rules: list[Rule], facts: Facts) -> None:
    """Compiled, plain and explained say the same."""
    ruleset = compile_rules(rules)
    quick, trace = evaluate(ruleset, facts), explain(ruleset, facts)
    assert quick.effects == trace.decision.effects
    assert quick.agrees_with(trace.decision)
    listed = {result.id: result for result in quick.rules}
    for one in ruleset.by_event.get(facts.event, ()):
        holds = judged(one.condition, facts)
        result = listed.get(one.id)
        if result is not None:
            assert (result.fired, result.error is not None) == (holds is True, holds is None)
        else:
            assert holds is False
        if one.stop and holds:
            assert quick.stopped_by == one.id
            break
    else:
        assert quick.stopped_by is None


@settings(max_examples=50)
@given(indexed.rules(), st.lists(indexed.facts(), min_size=4, max_size=4))
def test_compiled_rules_decide_what_a_plain_loop_decides(
    rules: list[Rule], many: list[Facts]
) -> None:
    for facts in many:
        agree(rules, facts)


@pytest.mark.long
@pytest.mark.parametrize("part", range(10))
@settings(max_examples=1_250)
@given(rules=indexed.rules(), many=st.lists(indexed.facts(), min_size=8, max_size=8))
def test_compiled_rules_decide_the_same_a_hundred_thousand_times(
    part: int, rules: list[Rule], many: list[Facts]
) -> None:
    for facts in many:
        agree(rules, facts)


def test_only_what_the_index_leaves_is_looked_at() -> None:
    rules = [
        rule("by-mark", {"marked": ["a"]}),
        rule("by-word", {"says": ["invoice"]}),
        rule("by-both", {"all": [{"says": ["invoice"]}, {"marked": ["b"]}]}),
        rule("by-pattern", {"like": [r"inv\w+"]}),
        rule("by-nothing", {"attachments": True}),
    ]
    assert found(rules, received()) == ["by-nothing"]
    assert found(rules, received("my invoice")) == ["by-word", "by-pattern", "by-nothing"]
    assert found(rules, received("my invoice", "b")) == [
        "by-word",
        "by-both",
        "by-pattern",
        "by-nothing",
    ]


def test_an_event_of_many_rules_lists_those_that_were_looked_at_and_counts_the_others() -> None:
    rules = [rule(f"r{number}", {"says": [f"word{number}"]}) for number in range(300)]
    decision = evaluate(compile_rules(rules), received("word7 and word250"))
    assert [one.id for one in decision.rules] == ["r7", "r250", "last-resort"]
    assert decision.passed_by == 298


def test_what_a_stop_left_out_is_not_counted() -> None:
    rules = [rule(f"r{number}", {"says": [f"word{number}"]}, stop=True) for number in range(9)]
    decision = evaluate(compile_rules(rules), received("word4 word5"))
    assert (decision.stopped_by, decision.passed_by) == ("r4", 4)


def test_a_stored_result_stays_small_where_no_index_helps() -> None:
    rules = [rule(f"r{number}", {"attachments": True}) for number in range(LISTED + 50)]
    decision = evaluate(compile_rules([*rules, rule("last", None)]), received())
    assert [one.id for one in decision.rules][-2:] == ["last", "last-resort"]
    assert len(decision.rules) == LISTED + 2
    assert decision.passed_by == 50


def test_any_is_found_by_what_all_its_parts_share() -> None:
    rules = [
        rule("either", {"any": [{"says": ["invoice"]}, {"part": ["fund"]}]}),
        rule("mixed", {"any": [{"says": ["invoice"]}, {"marked": ["a"]}]}),
    ]
    assert found(rules, received("refunds")) == ["either", "mixed"]
    assert found(rules, received("thanks")) == ["mixed"]


def test_a_list_within_any_is_found_by_one_part_and_looked_at_for_the_others() -> None:
    both = {"all": [{"marked": ["a"]}, {"attachments": True}]}
    rules = [
        rule("never", {"any": [both, both]}),
        rule("two", {"any": [{"all": [{"marked": ["a"]}, {"marked": ["b"]}]}, both]}),
    ]
    assert found(rules, received("", "a")) == ["never", "two"]
    for tags in (["a"], ["b"], ["a", "b"]):
        agree(rules, received("", *tags))


def test_what_can_not_be_looked_up_is_looked_at() -> None:
    rules = [rule("shaky", {"unsteady": ["a"]}), rule("sure", {"marked": ["b"]})]
    facts = received("", "b", late=True)
    decision = evaluate(compile_rules(rules), facts)
    shaky, sure, _ = decision.rules
    assert shaky.error == "ZeroDivisionError: late messages can not be looked up"
    assert sure.fired


def test_what_holds_or_not_settles_what_broke_beside_it() -> None:
    rules = [
        rule("all", {"all": [{"broken": True}, {"attachments": True}]}),
        rule("any", {"any": [{"broken": True}, {"attachments": False}]}),
        rule("neither", {"any": [{"broken": True}, {"attachments": True}]}),
    ]
    results = evaluate(compile_rules(rules), received()).rules
    assert [(one.fired, one.failed_at) for one in results[:3]] == [
        (False, "if.all[1].attachments"),
        (True, None),
        (False, "if.any[0].broken"),
    ]
    assert results[0].error is None
    assert results[2].error is not None


def test_a_failed_action_leaves_its_place_to_later_rules() -> None:
    rules = [
        rule("first", None, then=[{"assign": {"team": "gone"}}]),
        rule("second", None, then=[{"assign": {"team": "there"}}]),
    ]
    ruleset, failed = compile_rules(rules), {("first", "then[0].assign"): "no team gone"}
    decision = evaluate(ruleset, received(), failed)
    assert [str(effect) for effect in decision.effects] == ["team there"]
    assert decision.failures == failed
    assert decision.agrees_with(explain(ruleset, received(), decision.failures).decision)


def test_what_was_held_back_later_agrees_with_what_the_facts_tell() -> None:
    ruleset = compile_rules([rule("one", None, then=[{"tag": "x"}, {"reply": "welcome"}])])
    decision = evaluate(ruleset, received())
    again = explain(ruleset, received()).decision
    effect = decision.effects[-2]
    assert decision.held(effect, "suppressed", "asked not long ago").agrees_with(again)
    assert not decision.held(effect, "already decided", "").agrees_with(again)


@pytest.mark.parametrize("text", ["", "x", "\ud800", "\0", "ﷺ" * 50, "\n\x01qzwitnessqz"])
def test_difficult_text_is_found_like_any_other(text: str) -> None:
    rules = [
        rule("says", {"says": ["x"]}),
        rule("like", {"like": ["x|witness"]}),
        rule("empty", {"like": ["^$"]}),
        rule("not", {"not": {"like": ["x"]}}),
    ]
    agree(rules, received(text))


@given(st.text(alphabet="abc xفي١\u200c", max_size=40))
def test_phrases_overlap(text: str) -> None:
    rules = [
        rule("ab", {"says": ["a b"]}),
        rule("ba", {"says": ["b a"]}),
        rule("b", {"part": ["b"]}),
    ]
    agree(rules, received(text))


def test_more_patterns_than_one_filter_holds() -> None:
    many = [rule(f"r{number}", {"like": [f"order-{number}x"]}) for number in range(1_200)]
    rules = [*many, rule("any", {"like": ["."]})]
    assert found(rules, received("my order-1107x please")) == ["r1107", "any"]


def test_a_pattern_that_no_filter_takes_is_looked_at_always() -> None:
    text = Lookup("text", lambda facts: facts.message.text if facts.message else "", by="pattern")
    broken = replace(INDEXED.conditions["like"], index=lambda _: (Index(text, frozenset({"("})),))
    made = rule("one", {"like": ["x"]})
    assert isinstance(made.condition, Ask)
    odd = replace(made, condition=replace(made.condition, condition=broken))
    assert found([odd], received("y")) == ["one"]


NASTY = (
    r"(a*)*b",
    r"(a|aa)+$",
    r"(.*a){20}",
    r"(x+x+)+y",
    r"^(([a-z])+.)+[A-Z]([a-z])+$",
    r"(?i)(\w+\s?)*$",
    r"((a{1,9}){1,9}){1,9}b",
    r"[\p{L}\p{M}]*[\p{L}]*[\p{L}]*!",
)


@pytest.mark.parametrize("pattern", NASTY)
def test_no_pattern_takes_longer_than_its_text_is_long(pattern: str) -> None:
    """With any of these a backtracking engine would not end: a hang is what fails here."""
    made = rule("nasty", {"like": [pattern]})
    for text in ("a" * 100_000, "سلام " * 20_000, "aA! " * 25_000):
        result = evaluate(compile_rules([made]), received(text)).rules[0]
        assert result.fired is bool(re2.search(pattern, text))
