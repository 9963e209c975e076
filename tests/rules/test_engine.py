"""What rules decide, and that the account of it is true."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.rules.engine import (
    ENGINE_VERSION,
    LAST_RESORT,
    VOCABULARY,
    Budgets,
    ConversationFacts,
    CustomerFacts,
    Decision,
    Facts,
    Hours,
    MessageFacts,
    Rule,
    RuleResult,
    Step,
    compile_rules,
    evaluate,
    explain,
    parse_rule,
)
from hub.rules.engine.effects import AddTags, AskSatisfaction, Assign, Reply
from tests.rules import strategies
from tests.rules.strategies import BREAKING

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)


def rule(**data: Any) -> Rule:
    """A rule from the keys of its YAML form; `if_` stands for `if`."""
    data = {"if" if key == "if_" else key: value for key, value in data.items()}
    parsed = parse_rule({"id": "one", "when": "message.received", **data}, BREAKING)
    assert parsed.rule is not None, parsed.faults
    return parsed.rule


def received(**message: Any) -> Facts:
    return Facts(event="message.received", now=NOW, message=MessageFacts(channel="mail", **message))


def replies(decision: Decision) -> list[str]:
    return [effect.template for effect in decision.effects if isinstance(effect, Reply)]


def outcomes(decision: Decision, rule_id: str = "one") -> list[str]:
    (result,) = [result for result in decision.rules if result.id == rule_id]
    return [str(action) for action in result.actions]


def outcome(one: Rule, facts: Facts) -> RuleResult:
    """What one rule alone comes to, told the same way by both."""
    ruleset = compile_rules([one])
    full = explain(ruleset, facts).decision
    assert evaluate(ruleset, facts).agrees_with(full)
    return full.rules[0]


def test_a_rule_that_fires_gives_its_effects_in_order() -> None:
    one = rule(then=[{"tag": "new"}, {"assign": {"agent": "mina"}}, {"reply": "welcome"}])
    decision = evaluate(compile_rules([one]), received())
    assert decision.effects == (
        AddTags("one", "then[0].tag", ("new",)),
        Assign("one", "then[1].assign", agent="mina"),
        Reply("one", "then[2].reply", "welcome"),
    )


def test_the_first_failing_condition_is_told_by_its_path() -> None:
    one = rule(
        if_={"all": [{"channel": "mail"}, {"hours": "closed", "first_message": True}]},
        then=[{"reply": "away"}],
    )
    decision = explain(compile_rules([one]), received()).decision
    assert decision.rules[0].failed_at == "if.all[1].hours"


@pytest.mark.parametrize(
    ("conditions", "path"),
    [
        ({"any": [{"hours": "closed"}, {"channel": "telegram"}]}, "if.any"),
        ({"not": {"channel": "mail"}}, "if.not"),
        ({"all": [{"not": {"any": [{"channel": "mail"}]}}]}, "if.all[0].not"),
        ({"channel": "mail", "first_message": True}, "if.first_message"),
    ],
)
def test_a_group_that_fails_as_a_whole_is_told_itself(
    conditions: dict[str, Any], path: str
) -> None:
    one = rule(if_=conditions, then=[{"reply": "away"}])
    assert outcome(one, received()).failed_at == path


@pytest.mark.parametrize(
    ("mention", "text", "found"),
    [
        ("فاکتور", "فاكتور من كجاست؟", True),  # Arabic kaf
        ("می‌خواهم", "فاکتور می خواهم", True),
        ("12", "سفارش ۱۲ رسید", True),
        ("refund", "I want a REFUND!", True),
        ("refund", "it is non-refundable", False),
        ("order status", "my order, status please", True),
        ("order status", "my order has a status", False),
        ("a", "", False),
    ],
)
def test_mentions_are_whole_words_in_any_spelling(mention: str, text: str, found: bool) -> None:
    one = rule(if_={"text": {"mentions": [mention]}}, then=[{"tag": "x"}])
    assert outcome(one, received(text=text)).fired is found


def test_a_mention_in_the_subject_counts() -> None:
    one = rule(if_={"text": {"mentions": "invoice"}}, then=[{"tag": "x"}])
    assert outcome(one, received(subject="Invoice 12")).fired


@pytest.mark.parametrize(
    ("locale", "fires"),
    [("fa", True), ("fa-IR", True), ("FA_ir", True), ("far", False), (None, False)],
)
def test_a_language_takes_its_regions(locale: str | None, fires: bool) -> None:
    one = rule(if_={"locale": "fa"}, then=[{"tag": "x"}])
    facts = replace(received(), customer=CustomerFacts(locale=locale))
    assert outcome(one, facts).fired is fires


def test_nothing_falls_through_without_any_rule() -> None:
    decision = evaluate(compile_rules([]), received())
    assert decision.effects == (Assign(LAST_RESORT.id, "then[0].assign", team="front-desk"),)


def test_a_default_fills_what_is_undecided_also_after_stop() -> None:
    default = rule(
        id="d", default=True, then=[{"assign": {"team": "desk"}}, {"reply": {"template": "ack"}}]
    )
    stopper = rule(id="s", stop=True, then=[{"reply": "menu"}])
    later = rule(id="later", then=[{"assign": {"team": "sales"}}])
    decision = evaluate(compile_rules([default, stopper, later]), received())
    assert decision.stopped_by == "s"
    assert [result.id for result in decision.rules] == ["s", "d"]
    assert decision.effects == (
        Reply("s", "then[0].reply", "menu"),
        Assign("d", "then[0].assign", team="desk"),
    )
    assert outcomes(decision, "d") == ["done: team desk", "already decided: by s"]


def test_the_first_rule_to_assign_decides() -> None:
    first = rule(id="a", then=[{"assign": {"team": "sales"}}])
    second = rule(id="b", then=[{"assign": {"team": "finance"}}])
    decision = evaluate(compile_rules([first, second]), received())
    assert outcomes(decision, "b") == ["already decided: by a"]
    assert [effect.rule for effect in decision.effects] == ["a"]


def test_one_template_is_sent_once_and_two_templates_both() -> None:
    first = rule(id="a", then=[{"reply": "welcome"}])
    second = rule(id="b", then=[{"reply": "welcome"}, {"reply": "away"}])
    decision = evaluate(compile_rules([first, second]), received())
    assert replies(decision) == ["welcome", "away"]
    assert outcomes(decision, "b") == ["already decided: by a", "done: template away"]


@pytest.mark.parametrize(
    ("mark", "why"), [("automated", "automated mail"), ("backlog", "backlog"), ("late", "too late")]
)
def test_machines_backlog_and_late_mail_are_routed_never_answered(mark: str, why: str) -> None:
    one = rule(then=[{"reply": "welcome"}, {"assign": {"team": "sales"}}])
    default = rule(id="d", default=True, then=[{"reply": "ack"}])
    decision = evaluate(compile_rules([one, default]), received(**{mark: True}))
    assert [type(effect) for effect in decision.effects] == [Assign]
    assert outcomes(decision)[0].startswith("suppressed: ")
    assert why in outcomes(decision)[0]


@pytest.mark.parametrize(("hours", "sent"), [(23, False), (24, True), (-1, False)])
def test_a_budget_holds_to_the_minute(hours: int, sent: bool) -> None:
    one = rule(then=[{"reply": {"template": "away", "at_most_every": "24h"}}])
    budgets = Budgets(last_reply={"away": NOW - timedelta(hours=hours)})
    facts = replace(received(), budgets=budgets)
    decision = evaluate(compile_rules([one]), facts)
    assert (replies(decision) == ["away"]) is sent
    if not sent:
        assert outcomes(decision)[0].startswith("suppressed by budget: template away was sent")


def test_a_suppressed_answer_is_not_replaced_by_the_default() -> None:
    one = rule(then=[{"reply": {"template": "away", "at_most_every": "24h"}}])
    default = rule(id="d", default=True, then=[{"reply": "ack"}])
    facts = replace(received(), budgets=Budgets(last_reply={"away": NOW}))
    decision = evaluate(compile_rules([one, default]), facts)
    assert replies(decision) == []
    assert outcomes(decision, "d") == ["already decided: by one"]


@pytest.mark.parametrize("spent", [{"to_customer": 19}, {"in_conversation": 9}])
def test_answers_are_limited_whatever_the_rules_say(spent: dict[str, int]) -> None:
    many = [rule(id=f"r{n}", then=[{"reply": f"t{n}"}]) for n in range(3)]
    facts = replace(received(), budgets=Budgets(**spent))
    decision = evaluate(compile_rules(many), facts)
    assert replies(decision) == ["t0"]
    assert "automatic answers" in outcomes(decision, "r1")[0]


def test_a_condition_that_breaks_is_recorded_and_the_others_go_on() -> None:
    broken = rule(id="x", if_={"all": [{"channel": "mail"}, {"broken": True}]}, then=[{"tag": "x"}])
    fine = rule(id="y", then=[{"tag": "y"}])
    decision = evaluate(compile_rules([broken, fine]), received())
    result = decision.rules[0]
    assert (result.fired, result.failed_at) == (False, "if.all[1].broken")
    assert result.error == "ZeroDivisionError: this condition always breaks"
    assert AddTags("y", "then[0].tag", ("y",)) in decision.effects
    assert any(isinstance(effect, Assign) for effect in decision.effects)


def test_a_break_behind_a_settled_group_is_not_met() -> None:
    settled = {"any": [{"channel": "mail"}, {"broken": True}]}
    assert (
        evaluate(compile_rules([rule(if_=settled, then=[{"tag": "x"}])]), received()).rules[0].fired
    )


def test_a_disabled_rule_does_not_run() -> None:
    decision = evaluate(compile_rules([rule(enabled=False, then=[{"tag": "x"}])]), received())
    assert [result.id for result in decision.rules] == [LAST_RESORT.id]


def test_an_event_without_rules_decides_nothing() -> None:
    facts = replace(received(), event="rating.received")
    assert evaluate(compile_rules([rule(then=[{"tag": "x"}])]), facts).rules == ()


def test_two_rules_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="two rules are called 'one'"):
        compile_rules([rule(then=[{"tag": "x"}]), rule(then=[{"tag": "y"}])])


def test_an_effect_that_was_held_back_in_its_turn_is_put_on_record() -> None:
    one = rule(then=[{"tag": "x"}, {"ask_satisfaction": True}])
    decision = evaluate(compile_rules([one]), received())
    (ask,) = [effect for effect in decision.effects if isinstance(effect, AskSatisfaction)]
    after = decision.held(ask, "suppressed", "the customer was asked not long ago")
    assert outcomes(after) == ["done: tags x", "suppressed: the customer was asked not long ago"]
    assert ask not in after.effects


def test_what_could_not_be_done_leaves_it_to_the_next_rule_to_decide() -> None:
    one = rule(then=[{"assign": {"team": "none"}}, {"reply": "broken"}], stop=True)
    other = rule(id="other", then=[{"assign": {"team": "finance"}}])
    default = rule(id="last", default=True, then=[{"assign": {"team": "desk"}}, {"reply": "hello"}])
    failed = {("one", "then[0].assign"): "no such team", ("one", "then[1].reply"): "a fault"}
    decision = evaluate(compile_rules([one, other, default]), received(), failed)
    assert outcomes(decision) == ["failed: no such team", "failed: a fault"]
    assert outcomes(decision, "last") == ["done: team desk", "done: template hello"]
    unstopped = rule(then=[{"assign": {"team": "none"}}])
    decision = evaluate(compile_rules([unstopped, other, default]), received(), failed)
    assert outcomes(decision, "other") == ["done: team finance"]
    assert outcomes(decision, "last") == ["already decided: by other", "done: template hello"]


def test_equal_rules_have_equal_revisions() -> None:
    def revision(tag: str) -> str:
        return compile_rules([rule(then=[{"tag": tag}])]).revision

    assert revision("x") == revision("x") != revision("y")


def test_the_trace_shows_wanted_and_seen_also_behind_the_failing_condition() -> None:
    one = rule(
        if_={"all": [{"hours": "closed"}, {"text": {"mentions": ["refund", "invoice"]}}]},
        then=[{"tag": "x"}],
    )
    facts = replace(received(text="my invoice"), hours=Hours(open=True))
    (traced, _) = explain(compile_rules([one]), facts).rules
    assert traced.state == "not fired"
    assert traced.conditions is not None
    _, hours, text = traced.conditions.walk()
    assert hours == Step("if.all[0].hours", "hours", False, "closed", "open")
    assert (text.wanted, text.seen) == ({"mentions": ["refund", "invoice"]}, ["invoice"])


def test_the_trace_lists_what_was_not_looked_at() -> None:
    stopper = rule(id="s", stop=True, then=[{"tag": "x"}])
    later = rule(id="later", if_={"hours": "open"}, then=[{"tag": "y"}])
    trace = explain(compile_rules([stopper, later]), received())
    assert [(one.id, one.state) for one in trace.rules] == [
        ("s", "fired"),
        ("later", "not looked at"),
        (LAST_RESORT.id, "fired"),
    ]


@given(strategies.rules(), strategies.facts())
def test_explaining_tells_what_happened(rules: list[Rule], facts: Facts) -> None:
    ruleset = compile_rules(rules)
    trace = explain(ruleset, facts)
    decision = evaluate(ruleset, facts)
    assert decision.agrees_with(trace.decision)
    assert decision.effects == trace.decision.effects
    for traced in trace.rules:
        if traced.conditions is None or traced.result is None:
            continue
        assert traced.conditions.holds is (None if traced.result.error else traced.result.fired)
        if traced.result.failed_at is not None:
            # A `not` over a list and the list itself stand at one place.
            there = [
                step for step in traced.conditions.walk() if step.path == traced.result.failed_at
            ]
            assert any(step.holds is not True for step in there)


@given(strategies.rules(), strategies.facts(), st.randoms(use_true_random=False))
def test_the_order_of_independent_rules_changes_nothing(
    rules: list[Rule], facts: Facts, random: Any
) -> None:
    """Rules that neither stop nor share an action nor answer can not disturb each other."""
    independent = []
    for number, one in enumerate(rules):
        data = {key: one.data[key] for key in ("id", "when", "if") if key in one.data}
        parsed = parse_rule(data | {"then": [{"tag": f"t{number}"}]}, BREAKING)
        assert parsed.rule is not None
        independent.append(parsed.rule)
    shuffled = random.sample(independent, len(independent))
    before = evaluate(compile_rules(independent), facts)
    after = evaluate(compile_rules(shuffled), facts)
    assert set(before.rules) == set(after.rules)
    assert set(before.effects) == set(after.effects)


@given(strategies.rules(), strategies.facts())
def test_every_message_is_assigned_once(rules: list[Rule], facts: Facts) -> None:
    rules = [one for one in rules if not one.default]
    decision = evaluate(compile_rules(rules), facts)
    assert sum(isinstance(effect, Assign) for effect in decision.effects) == 1


@given(strategies.rules(), strategies.facts())
def test_machines_are_never_answered(rules: list[Rule], facts: Facts) -> None:
    assert facts.message is not None
    message = replace(facts.message, automated=True)
    decision = evaluate(compile_rules(rules), replace(facts, message=message))
    assert replies(decision) == []


@given(strategies.rules(), strategies.facts())
def test_a_stored_result_reads_back(rules: list[Rule], facts: Facts) -> None:
    decision = evaluate(compile_rules(rules), facts)
    stored = Decision.from_json(decision.to_json())
    assert (stored.rules, stored.stopped_by) == (decision.rules, decision.stopped_by)
    assert (stored.revision, stored.engine) == (decision.revision, ENGINE_VERSION)


@given(strategies.rules(), strategies.facts())
def test_stored_facts_give_the_same_decision_again(rules: list[Rule], facts: Facts) -> None:
    assert facts.message is not None
    ruleset = compile_rules(rules)
    stored = facts.stored()
    assert "text" not in stored["message"]
    restored = Facts.restored(stored, text=facts.message.text)
    assert evaluate(ruleset, restored) == evaluate(ruleset, facts)


def test_facts_of_an_event_without_a_message_are_stored_too() -> None:
    facts = Facts(event="rating.received", now=NOW)
    assert Facts.restored(facts.stored()) == facts


def test_the_vocabulary_grows_without_two_words_of_one_name() -> None:
    channel = VOCABULARY.conditions["channel"]
    with pytest.raises(ValueError, match="'channel' is taken"):
        VOCABULARY.extended(conditions=[channel])


def test_a_default_takes_nothing_from_whom_it_was_given_to() -> None:
    given = Facts(
        event="message.received",
        now=datetime(2026, 11, 23, 10, tzinfo=UTC),
        message=MessageFacts(channel="mail", text="and one more thing"),
        conversation=ConversationFacts(team="confidential"),
    )
    decision = evaluate(compile_rules(()), given)
    assert decision.effects == ()
    assert decision.rules[0].actions[0].outcome == "already decided"
