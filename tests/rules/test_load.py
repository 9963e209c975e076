"""Rules out of files: faults at their line, and the rest runs."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.rules.engine import VOCABULARY
from hub.rules.load import (
    failing_examples,
    read_files,
    read_rules,
    report,
    rule_files,
    unknown_names,
)
from hub.rules.schema import json_schema
from hub.shipped import shipped

GOOD = "- id: good\n  when: message.received\n  then: [{tag: x}]\n"


def faults(text: str) -> list[str]:
    return [str(fault) for fault in read_rules(text, file="r.yaml").faults]


DURATION = "write a duration as a number and a unit: 90s, 30m, 24h, 7d, 2w"


@pytest.mark.parametrize(
    ("written", "line", "fault"),
    [
        ("  if: {chanel: mail}", 3, "there is no condition 'chanel'; did you mean 'channel'?"),
        ("  if:\n    hours: closd", 4, "'closd' is not possible here; did you mean 'closed'?"),
        ("  iff: {}", 3, "unknown key 'iff'; did you mean 'if'?"),
        ("  if: {first_message: yes}", 3, "write true or false, not 'yes'"),
        ("  if: {}", 3, "conditions are a mapping like 'hours: open', not {}"),
        ("  if: {all: []}", 3, "'all' takes a list of conditions, not []"),
        ("  if: {text: {mentions: '?!'}}", 3, "'?!' holds no letter or digit, so no text has it"),
        ("  default: true\n  stop: true", 4, "a default always applies, so it has no 'stop'"),
    ],
)
def test_a_fault_is_told_by_line_with_what_was_probably_meant(
    written: str, line: int, fault: str
) -> None:
    text = f"- id: a\n  when: message.received\n{written}\n  then: [{{tag: x}}]\n"
    assert faults(text) == [f"r.yaml:{line}: {fault}"]


@pytest.mark.parametrize(
    ("action", "fault"),
    [
        ("replay: x", "there is no action 'replay'; did you mean 'reply'?"),
        ("reply: {template: x, at_most_every: 24}", DURATION),
        ("reply: {template: x, at_most_every: 0h}", "a duration is between 1s and 3660d"),
        ("reply: {}", "'template' is missing"),
        ("assign: {}", "assign takes either a team or an agent"),
        ("assign: {team: a, agent: b}", "assign takes either a team or an agent"),
    ],
)
def test_a_wrong_action_is_told(action: str, fault: str) -> None:
    text = f"- id: a\n  when: message.received\n  then:\n    - {action}\n"
    assert faults(text) == [f"r.yaml:4: {fault}"]


def test_every_fault_of_a_rule_is_told_at_once() -> None:
    text = "- id: a\n  when: message.recieved\n  stp: true\n  if: {hour: open}\n  then: [x]\n"
    assert [fault.split(":")[1] for fault in faults(text)] == ["3", "2", "4", "5"]


def test_a_rule_that_does_not_validate_is_unavailable_and_the_others_run() -> None:
    loaded = read_rules(GOOD + "- id: bad\n  when: message.received\n" + GOOD.replace("good", "c"),
                        file="r.yaml")  # fmt: skip
    assert [rule.id for rule in loaded.rules] == ["good", "c"]
    (bad,) = loaded.unavailable
    assert (bad.id, bad.line) == ("bad", 4)
    assert report(bad.faults) == "r.yaml:4: 'then' is missing"


def test_a_file_that_is_no_yaml_is_told_and_the_others_run() -> None:
    loaded = read_files({"a.yaml": "- id: [", "b.yaml": GOOD, "c.yaml": "id: x"})
    assert [rule.id for rule in loaded.rules] == ["good"]
    assert [fault.file for fault in loaded.unreadable] == ["a.yaml", "c.yaml"]


def test_an_id_that_is_taken_in_another_file_is_told_with_its_place() -> None:
    loaded = read_files({"a.yaml": GOOD, "b.yaml": "\n" + GOOD})
    assert len(loaded.rules) == 1
    assert report(loaded.faults) == "b.yaml:2: a rule is called 'good' already, in a.yaml:1"


def test_names_that_do_not_exist_are_told() -> None:
    text = GOOD.replace("{tag: x}", "{assign: {team: front-dsek}}, {reply: welcom}")
    loaded = read_rules(text, file="r.yaml")
    found = unknown_names(loaded, {"team": ["front-desk"], "template": ["welcome", "away"]})
    assert report(found) == (
        "r.yaml:3: there is no team 'front-dsek'; did you mean 'front-desk'?\n"
        "r.yaml:3: there is no template 'welcom'; did you mean 'welcome'?"
    )
    assert unknown_names(loaded, {}) == ()


def test_an_example_that_is_not_met_is_told_with_what_happened() -> None:
    text = (
        "- id: a\n  when: message.received\n  if: {hours: closed}\n  then: [{reply: away}]\n"
        "  examples:\n    - given: {hours: open}\n      expect: {reply: away}\n"
        "    - given: {hours: closed}\n      expect: {fires: true, reply: away, team: null}\n"
        "    - given: {hours: closed, automated: true}\n      expect: {reply: away}\n"
    )
    assert report(failing_examples(read_rules(text, file="r.yaml"))) == (
        "r.yaml:7: the example expects reply: away, but the rule, which did not fire (if.hours), "
        "gives reply: nothing\n"
        "r.yaml:11: the example expects reply: away, but the rule (suppressed: automated mail is "
        "never answered) gives reply: nothing"
    )


def test_the_shipped_rules_are_valid_and_do_what_their_examples_say() -> None:
    loaded = read_files(rule_files(shipped("config") / "rules"))
    assert report(loaded.faults) == ""
    assert report(failing_examples(loaded)) == ""
    for rule in loaded.rules:
        assert rule.about
        assert {example.given.locale for example in rule.examples} >= {None, "fa"}


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    (tmp_path / "notes.txt").write_text("not a rule")
    assert [rule.id for rule in read_files(rule_files(tmp_path)).rules] == ["good"]


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
_keys = st.sampled_from(
    ["id", "when", "if", "then", "stop", "default", "examples", "about", "enabled", "zz"]
)
_words = st.sampled_from(["all", "any", "not", *VOCABULARY.conditions, *VOCABULARY.actions])
_rulish = st.dictionaries(
    _keys,
    _json
    | st.just("message.received")
    | st.lists(st.dictionaries(_words, _json, max_size=2), max_size=3)
    | st.dictionaries(_words, _json | st.lists(st.dictionaries(_words, _json)), max_size=3),
)


@given(st.lists(_rulish | _json, max_size=3))
def test_no_data_makes_the_loader_raise(data: list[Any]) -> None:
    loaded = read_rules(json.dumps(data), file="r.yaml")
    for fault in loaded.faults:
        assert fault.line >= 1
        assert fault.message
    failing_examples(loaded)


@given(st.text())
def test_no_text_makes_the_loader_raise(text: str) -> None:
    read_rules(text, file="r.yaml")


def test_the_schema_knows_the_same_words_as_the_parser() -> None:
    definitions = json_schema()["$defs"]
    conditions = set(definitions["conditions"]["properties"]) - {"all", "any", "not"}
    assert conditions == set(VOCABULARY.conditions)
    assert set(definitions["action"]["properties"]) == set(VOCABULARY.actions)
    events = definitions["rule"]["properties"]["when"]["anyOf"][0]["oneOf"]
    written = {name for event in events for name in event.get("required", [event.get("const")])}
    assert written == set(VOCABULARY.events)


def test_every_reference_of_the_schema_leads_somewhere() -> None:
    schema = json_schema()

    def references(part: Any) -> list[str]:
        match part:
            case dict():
                inner = [found for value in part.values() for found in references(value)]
                return inner + ([part["$ref"]] if "$ref" in part else [])
            case list():
                return [found for value in part for found in references(value)]
            case _:
                return []

    for reference in references(schema):
        assert reference.removeprefix("#/$defs/") in schema["$defs"]
