"""Every condition: what it takes, when it holds, what it shows, and what it says of mistakes."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from hub.rules.engine import VOCABULARY, Facts, Rule, compile_rules, evaluate, explain, parse_rule
from hub.rules.engine.conditions.comparing import length_of, spelled
from hub.rules.engine.example import Given
from hub.rules.load import read_rules
from hub.rules.schema import json_schema

EVENT_OF = {
    "change": "customer.changed",
    "rating": "rating.received",
    "button": "button.pressed",
    "webhook_answer": "webhook.answered",
    "promise": "sla.warning(target=first)",
}
"""The event that brings what a condition needs; a received message brings the rest."""


def rule_of(conditions: dict[str, Any], event: str = "message.received") -> Rule:
    name, _, _ = event.partition("(")
    when = {name: {"target": "first"}} if "(" in event else name
    data = {"id": "one", "when": when, "if": conditions, "then": [{"tag": "x"}]}
    parsed = parse_rule(data, VOCABULARY)
    assert parsed.rule is not None, parsed.faults
    return parsed.rule


def holds(conditions: dict[str, Any], given: dict[str, Any]) -> bool:
    """Whether they hold for these facts; the compiled way and the explained one agree on it."""
    event = next((EVENT_OF[name] for name in conditions if name in EVENT_OF), "message.received")
    ruleset = compile_rules([rule_of(conditions, event)])
    facts = Given.model_validate(given).facts(event)
    trace = explain(ruleset, facts)
    decision = evaluate(ruleset, facts)
    assert decision.agrees_with(trace.decision)
    (result,) = [one for one in trace.decision.rules if one.id == "one"]
    assert result.error is None, result.error
    return result.fired


def faults(conditions: Any, event: str = "message.received") -> list[tuple[str, str]]:
    data = {"id": "one", "when": event, "if": conditions, "then": [{"tag": "x"}]}
    parsed = parse_rule(data, VOCABULARY)
    assert parsed.rule is None
    return [(".".join(map(str, fault.path)), fault.message) for fault in parsed.faults]


CASES: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    # --- the message ---
    ({"channel": ["mail", "telegram"]}, {"channel": "mail"}, {"channel": "webchat"}),
    ({"account": "support"}, {"account": "support"}, {"account": "sales"}),
    ({"direction": "out"}, {"direction": "out"}, {}),
    ({"first_message": True}, {"first_message": True}, {}),
    ({"first_message": False}, {}, {"first_message": True}),
    ({"text": {"mentions": "refund"}}, {"text": "a REFUND!"}, {"text": "non-refundable"}),
    (
        {"text": {"mentions": "refund", "part": True}},
        {"text": "non-refundable"},
        {"text": "re fund"},
    ),
    (
        {"text": {"mentions": {"en": ["refund", "money back"], "fa": "بازپرداخت"}}},
        {"text": "درخواست بازپرداخت دارم"},
        {"text": "پرداخت"},
    ),
    (
        {"text": {"mentions": {"en": ["refund", "money back"], "fa": "بازپرداخت"}}},
        {"text": "I want my money back"},
        {"text": "back to money"},
    ),
    ({"text": {"matches": r"order #?\d{4}"}}, {"text": "Order #۱۲۳۴"}, {"text": "order 12"}),
    ({"text": {"matches": "^سفارش\\s\\d+$"}}, {"text": "سفارش ۱۲"}, {"text": "این سفارش ۱۲"}),
    ({"text": {"matches": r"كجا\w*"}}, {"text": "کجاست"}, {"text": "چرا"}),
    (
        {"text": {"mentions": "order", "matches": r"\d{4}"}},
        {"text": "order 1234"},
        {"text": "order, please"},
    ),
    ({"text": {"mentions": "order"}}, {"subject": "Your order"}, {"subject": "Borders"}),
    ({"subject": {"mentions": "invoice"}}, {"subject": "Invoice 3"}, {"text": "invoice"}),
    ({"subject": {"matches": "^re:"}}, {"subject": "Re: hello"}, {"text": "re: hello"}),
    ({"language": "fa"}, {"text": "سلام، سفارش من کجاست؟"}, {"text": "Where is my order?"}),
    ({"language": ["ar", "other"]}, {"text": "أين طلبي؟ شكرا"}, {"text": "hello, thanks"}),
    ({"language": "other"}, {"text": "12345"}, {"text": "please call me"}),
    ({"attachments": True}, {"attachments": "image"}, {}),
    ({"attachments": False}, {}, {"attachments": "location"}),
    (
        {"attachments": ["pdf", "image"]},
        {"attachments": "application/pdf"},
        {"attachments": "voice"},
    ),
    ({"attachments": "image/*"}, {"attachments": ["image/png"]}, {"attachments": "video/mp4"}),
    (
        {"attachments": {"types": "image", "count": {"at_least": 2}}},
        {"attachments": ["image/png", "image", "pdf"]},
        {"attachments": ["image", "pdf"]},
    ),
    ({"attachments": {"count": 0}}, {}, {"attachments": "pdf"}),
    (
        {"sender_domain": "example.org"},
        {"sender_domain": "Mail.Example.org"},
        {"sender_domain": "notexample.org"},
    ),
    ({"sender_domain": "@example.org"}, {"sender_domain": "example.org"}, {}),
    ({"verified": True}, {"verified": True}, {}),
    ({"automated": True}, {"automated": True}, {}),
    # --- the conversation ---
    ({"status": ["open", "waiting"]}, {"status": "waiting"}, {"status": "resolved"}),
    ({"age": "3d"}, {"age": "3d"}, {"age": "71h"}),
    ({"age": {"less_than": "1h"}}, {"age": "59m"}, {"age": "1h"}),
    (
        {"messages": {"from_agents": 0, "from_customer": {"at_least": 3}}},
        {"messages": {"from_customer": 3}},
        {"messages": {"from_customer": 3, "from_agents": 1}},
    ),
    ({"messages": {"total": 2}}, {"messages": {"from_customer": 1, "from_rules": 1}}, {}),
    ({"waiting": True}, {"waiting": "1s"}, {}),
    ({"waiting": False}, {}, {"waiting": "2h"}),
    ({"waiting": "30m"}, {"waiting": "30m"}, {"waiting": "29m"}),
    ({"waiting": {"more_than": "2h", "less_than": "1d"}}, {"waiting": "3h"}, {"waiting": "1d"}),
    ({"team": ["sales", "finance"]}, {"team": "finance"}, {"team": "desk"}),
    ({"team": False}, {}, {"team": "sales"}),
    ({"team": True}, {"team": "sales"}, {}),
    ({"assignee": "mina@example.org"}, {"assignee": "mina@example.org"}, {}),
    ({"assignee": False}, {}, {"assignee": "mina@example.org"}),
    ({"presence": ["away", "offline"]}, {"presence": "away"}, {"presence": "online"}),
    ({"presence": "offline"}, {"presence": "offline"}, {}),
    ({"priority": "urgent"}, {"priority": "urgent"}, {}),
    ({"priority": {"at_least": "high"}}, {"priority": "urgent"}, {"priority": "normal"}),
    ({"priority": {"at_most": "normal"}}, {"priority": "low"}, {"priority": "high"}),
    ({"tags": "vip"}, {"tags": ["vip", "new"]}, {"tags": "new"}),
    (
        {"tags": {"all": ["a", "b"], "none": "c"}},
        {"tags": ["a", "b"]},
        {"tags": ["a", "b", "c"]},
    ),
    ({"tags": {"none": ["spam"]}}, {}, {"tags": "spam"}),
    ({"began_by": ["agent", "rule"]}, {"began_by": "rule"}, {}),
    ({"hours": "closed"}, {"hours": "closed"}, {}),
    (
        {"office": {"sales": "open"}},
        {"office": {"sales": "open"}},
        {"office": {"sales": "closed"}},
    ),
    ({"office": {"sales": "closed"}}, {"office": {"sales": "closed"}}, {}),
    ({"holiday": True}, {"holiday": True}, {}),
    # --- the customer ---
    ({"locale": "fa"}, {"locale": "fa_IR"}, {"locale": "far"}),
    ({"stage": ["lead", "customer"]}, {"stage": "lead"}, {}),
    ({"known_customer": True}, {"known_customer": True}, {}),
    ({"segment": "key-customers"}, {"segment": ["key-customers", "x"]}, {"segment": "x"}),
    ({"customer_tags": {"any": ["vip"]}}, {"customer_tags": "vip"}, {}),
    ({"purchases": {"count": {"at_least": 3}}}, {"purchases": {"count": 3}}, {}),
    ({"purchases": {"count": 0}}, {}, {"purchases": {"count": 1}}),
    (
        {"purchases": {"total": {"more_than": "500 EUR"}}},
        {"purchases": {"count": 1, "total": "500.01 EUR"}},
        {"purchases": {"count": 1, "total": ["500 EUR", "900 USD"]}},
    ),
    (
        {"purchases": {"total": "2,000,000 toman"}},
        {"purchases": {"total": "20,000,000 IRR"}},
        {"purchases": {"total": "19,999,999 IRR"}},
    ),
    (
        {"purchases": {"last": {"more_than": "90d"}}},
        {"purchases": {"count": 1, "last": "91d"}},
        {},
    ),
    ({"satisfaction": {"last": {"at_most": 2}}}, {"satisfaction": {"last": 2}}, {}),
    (
        {"satisfaction": {"mean": {"less_than": 3}, "answers": {"at_least": 2}}},
        {"satisfaction": {"last": 4, "mean": 2.5, "answers": 2}},
        {"satisfaction": {"last": 2}},
    ),
    ({"attributes": {"plan": "Gold"}}, {"attributes": {"plan": "gold"}}, {}),
    ({"attributes": {"city": ["تهران", "شيراز"]}}, {"attributes": {"city": "شیراز"}}, {}),
    (
        {"attributes": {"seats": 10}},
        {"attributes": {"seats": "10"}},
        {"attributes": {"seats": 1}},
    ),
    ({"attributes": {"seats": {"at_least": 10}}}, {"attributes": {"seats": 12}}, {}),
    (
        {"attributes": {"news": True}},
        {"attributes": {"news": True}},
        {"attributes": {"news": 1}},
    ),
    ({"attributes": {"vat": {"exists": True}}}, {"attributes": {"vat": "x"}}, {}),
    ({"attributes": {"vat": {"exists": False}}}, {}, {"attributes": {"vat": "x"}}),
    (
        {"attributes": {"renewal": {"in_next": "7d"}}},
        {"attributes": {"renewal": "2026-01-12"}},
        {"attributes": {"renewal": "2026-01-13"}},
    ),
    (
        {"attributes": {"renewal": {"in_last": "7d"}}},
        {"attributes": {"renewal": "2026-01-05T09:59:59Z"}},
        {"attributes": {"renewal": "2026-01-05T10:00:01+00:00"}},
    ),
    (
        {"attributes": {"since": {"before": "2025-01-01", "after": "2024/01/01"}}},
        {"attributes": {"since": "2024-06-01"}},
        {"attributes": {"since": "no date"}},
    ),
    ({"source": {"campaign": "spring*"}}, {"source": {"utm_campaign": "Spring-Sale"}}, {}),
    (
        {"source": {"campaign": "bot1"}},
        {"source": {"start": "bot1"}},
        {"source": {"page": "bot1"}},
    ),
    ({"first_source": {"medium": "mail"}}, {"first_source": {"utm_medium": "mail"}}, {}),
    # --- what happened ---
    (
        {"change": {"field": "stage", "before": "lead", "after": ["customer"]}},
        {"change": {"field": "stage", "before": "lead", "after": "customer"}},
        {"change": {"field": "stage", "before": "new", "after": "customer"}},
    ),
    ({"change": "status"}, {"change": {"field": "status"}}, {"change": {"field": "team"}}),
    (
        {"change": {"field": "tags", "added": "vip"}},
        {"change": {"field": "tags", "before": ["x"], "after": ["x", "vip"]}},
        {"change": {"field": "tags", "before": ["vip"], "after": ["x", "vip"]}},
    ),
    (
        {"change": {"removed": "vip"}},
        {"change": {"field": "segment", "before": ["vip"], "after": []}},
        {"change": {"field": "segment", "before": [], "after": ["vip"]}},
    ),
    (
        {"change": {"field": "team", "before": False}},
        {"change": {"field": "team", "after": "sales"}},
        {"change": {"field": "team", "before": "sales"}},
    ),
    ({"rating": {"score": {"at_most": 2}}}, {"rating": {"score": 2}}, {"rating": {"score": 3}}),
    (
        {"rating": {"score": {"less_than": 2}}},
        {"rating": {"score": 1, "scale": 2, "form": "thumbs"}},
        {"rating": {"score": 2, "scale": 2, "form": "thumbs"}},
    ),
    (
        {"rating": {"recommends": {"at_most": 6}, "comment": True}},
        {"rating": {"score": 6, "scale": 10, "form": "nps", "comment": True}},
        {"rating": {"score": 1, "comment": True}},
    ),
    ({"button": "order:*"}, {"button": "order:12"}, {"button": "orders"}),
    ({"webhook_answer": "crm"}, {"webhook_answer": {"name": "crm"}}, {"webhook_answer": {}}),
    (
        {"webhook_answer": {"ok": False, "status": {"at_least": 500}}},
        {"webhook_answer": {"ok": False, "status": 502}},
        {"webhook_answer": {"ok": False, "status": None}},
    ),
    (
        {"variables": {"order.status": "shipped", "order.lines.0.price": {"more_than": 5}}},
        {"variables": {"order": {"status": "shipped", "lines": [{"price": 9}]}}},
        {"variables": {"order": {"status": "shipped", "lines": []}}},
    ),
    ({"promise": ["first", "next"]}, {"promise": "next"}, {"promise": "resolution"}),
    ({"by": ["agent", "rule"]}, {"by": "agent"}, {}),
]
"""A condition, facts for which it holds, and facts for which it does not."""


@pytest.mark.parametrize(("conditions", "met", "not_met"), CASES)
def test_a_condition_holds_for_this_and_not_for_that(
    conditions: dict[str, Any], met: dict[str, Any], not_met: dict[str, Any]
) -> None:
    event_parts = {name: _needed(name) for name in conditions if name in EVENT_OF}
    assert holds(conditions, event_parts | met)
    assert not holds(conditions, event_parts | not_met)
    (schema,) = [Draft202012Validator(json_schema())]
    written = {"id": "a", "when": "message.received", "if": conditions, "then": [{"tag": "x"}]}
    assert [error.message for error in schema.iter_errors([written])] == []


def _needed(condition: str) -> Any:
    return {
        "change": {"field": "stage"},
        "rating": {"score": 5},
        "button": "x",
        "webhook_answer": {},
        "promise": "first",
    }[condition]


def test_every_condition_is_tried_here() -> None:
    """Whoever adds a condition adds the case that shows it."""
    tried = {name for conditions, *_ in CASES for name in conditions}
    assert tried == set(VOCABULARY.conditions)


_of_messages = [case for case in CASES if EVENT_OF.keys().isdisjoint(case[0])]
_leaves = st.sampled_from([conditions for conditions, *_ in _of_messages])
_trees = st.recursive(
    _leaves,
    lambda inner: st.one_of(
        st.fixed_dictionaries({"all": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"any": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"not": inner}),
    ),
    max_leaves=6,
)
_givens = st.sampled_from([given for _, *both in _of_messages for given in both])


def _plainly(written: dict[str, Any], facts: Facts) -> bool:
    """What conditions come to, without compiling anything."""
    verdicts = []
    for name, argument in written.items():
        match name:
            case "all":
                verdicts.append(all(_plainly(one, facts) for one in argument))
            case "any":
                verdicts.append(any(_plainly(one, facts) for one in argument))
            case "not":
                verdicts.append(not _plainly(argument, facts))
            case _:
                condition = VOCABULARY.conditions[name]
                wanted = condition.argument.validate_python(argument)
                verdicts.append(condition.holds(condition.see(facts, wanted), wanted))
    return all(verdicts)


@settings(max_examples=300)
@given(st.lists(_trees, min_size=1, max_size=6), st.lists(_givens, min_size=1, max_size=3))
def test_compiled_conditions_hold_where_the_plain_ones_do(
    trees: list[dict[str, Any]], givens: list[dict[str, Any]]
) -> None:
    rules = []
    for number, tree in enumerate(trees):
        data = {"id": f"r{number}", "when": "message.received", "if": tree, "then": [{"tag": "x"}]}
        parsed = parse_rule(data, VOCABULARY)
        assert parsed.rule is not None, parsed.faults
        rules.append(parsed.rule)
    ruleset = compile_rules(rules)
    mixed: dict[str, Any] = {}
    for given_facts in givens:
        mixed |= given_facts
    facts = Given.model_validate(mixed).facts("message.received")
    decision = evaluate(ruleset, facts)
    fired = {result.id for result in decision.rules if result.fired} - {"last-resort"}
    assert fired == {f"r{number}" for number, tree in enumerate(trees) if _plainly(tree, facts)}
    # What the rules do not read makes no difference, so it needs no place in the store.
    reads = ruleset.reads_for("message.received")
    words = {"text": facts.message.text, "subject": facts.message.subject} if facts.message else {}
    again = Facts.restored(facts.stored(reads.parts), **words)  # type: ignore[arg-type]
    assert evaluate(ruleset, again) == decision


@pytest.mark.parametrize(
    ("conditions", "path", "message"),
    [
        ({"chanel": "mail"}, "if.chanel", "did you mean 'channel'?"),
        ({"text": {"mentiones": "x"}}, "if.text.mentiones", "did you mean 'mentions'?"),
        ({"text": {}}, "if.text", "write what the text has to mention"),
        ({"text": {"mentions": "!!"}}, "if.text.mentions", "holds no letter or digit"),
        ({"text": {"matches": "(a"}}, "if.text.matches.0", "missing ): (a"),
        ({"text": {"matches": ["a", "b(?=c)"]}}, "if.text.matches.1", "RE2 does not take"),
        ({"text": {"matches": r"(\w)\1"}}, "if.text.matches.0", "RE2 does not take"),
        ({"text": {"matches": "a*"}}, "if.text.matches.0", "is found in every text"),
        ({"text": {"matches": r"\bسلام\b"}}, "if.text.matches.0", "knows Latin letters alone"),
        ({"text": {"matches": "(a{900}){900}"}}, "if.text.matches.0", "RE2 does not take"),
        ({"language": "farsi"}, "if.language.0", "'farsi' is not possible here"),
        ({"attachments": "pictures"}, "if.attachments", "'pictures' is no type of attachment"),
        ({"sender_domain": "a@example.org"}, "if.sender_domain", "what stands behind the @"),
        ({"age": "3 days"}, "if.age.at_least", "a number and a unit: 90s, 30m"),
        ({"age": {}}, "if.age", "at_least"),
        ({"waiting": {"at_lest": "3d"}}, "if.waiting.at_lest", "unknown key 'at_lest'"),
        ({"messages": {"from_customers": 3}}, "if.messages.from_customers", "'from_customer'"),
        ({"status": "opened"}, "if.status.0", "did you mean 'open'?"),
        ({"priority": {"at_least": "hi"}}, "if.priority.at_least", "did you mean 'high'?"),
        ({"tags": {"some": ["a"]}}, "if.tags.some", "unknown key 'some'"),
        ({"purchases": {"total": "500"}}, "if.purchases.total.at_least", "with its currency"),
        (
            {"purchases": {"total": {"at_least": "5 EUR", "at_most": "9 USD"}}},
            "if.purchases.total",
            "one currency",
        ),
        ({"attributes": {"a": {"before": "soon"}}}, "if.attributes.a.before", "year, month"),
        ({"attributes": {}}, "if.attributes", "at least one"),
        ({"office": {"sales": "shut"}}, "if.office.sales", "'shut' is not possible here"),
        ({"rating": {"score": 5}}, "if.rating", "needs a rating"),
    ],
)
def test_a_mistake_is_told_at_its_place(
    conditions: dict[str, Any], path: str, message: str
) -> None:
    (told, *_) = faults(conditions)
    assert told[0] == path
    assert message in told[1]


def test_a_pattern_that_re2_refuses_is_told_at_its_line() -> None:
    text = """
- id: one
  when: message.received
  if:
    text:
      matches:
        - order
        - "order(?!s)"
  then: [{tag: x}]
"""
    (fault,) = read_rules(text, file="rules.yaml").faults
    assert str(fault).startswith("rules.yaml:8: RE2 does not take this pattern: ")


def test_the_trace_shows_what_was_seen() -> None:
    conditions = {
        "waiting": {"more_than": "1d"},
        "purchases": {"total": {"at_least": "500 EUR"}, "last": {"less_than": "30d"}},
        "text": {"matches": r"order \d+"},
        "attributes": {"renewal": {"in_next": "7d"}, "plan": "gold"},
        "segment": "key-customers",
    }
    given = {
        "text": "my Order 12!",
        "waiting": "26h",
        "purchases": {"count": 2, "total": "12.50 EUR", "last": "36h"},
        "attributes": {"renewal": "2026-01-06"},
        "segment": ["a", "b"],
    }
    facts = Given.model_validate(given).facts("message.received")
    (traced, _) = explain(compile_rules([rule_of(conditions)]), facts).rules
    assert traced.conditions is not None
    seen = {step.name: step.seen for step in traced.conditions.steps}
    assert seen == {
        "waiting": "1d 2h",
        "purchases": {"total": "12.50 EUR", "last": "1d 12h"},
        "text": ["order 12"],
        "attributes": {"renewal": {"date": "2026-01-06", "away": "14h"}, "plan": None},
        "segment": ["a", "b"],
    }


@given(st.timedeltas(timedelta(days=-9999), timedelta(days=9999)))
def test_a_length_that_is_shown_reads_back_to_the_second(length: timedelta) -> None:
    whole = timedelta(seconds=int(length.total_seconds()))
    assert length_of(spelled(length)) == whole


@given(st.text(max_size=40))
def test_no_pattern_makes_the_checker_raise(written: str) -> None:
    data = {
        "id": "one",
        "when": "message.received",
        "if": {"text": {"matches": written}},
        "then": [{"tag": "x"}],
    }
    parsed = parse_rule(data, VOCABULARY)
    assert (parsed.rule is None) == bool(parsed.faults)
    if parsed.rule is not None:
        facts = Given(text="any text 12 سلام").facts("message.received")
        decision = evaluate(compile_rules([parsed.rule]), facts)
        assert decision.agrees_with(explain(compile_rules([parsed.rule]), facts).decision)
        assert not any(result.error for result in decision.rules)
