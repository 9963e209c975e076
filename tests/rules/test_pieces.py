"""One rule is changed; every other stays as it is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.rules.load import rule_files
from hub.rules.marked import parse_yaml
from hub.rules.pieces import NotOneRule, NotThere, Pieces, as_item, split, switched
from hub.rules.revisions import joined
from hub.rules.writing import rewritten, write_rule
from hub.shipped import shipped

THREE = """\
# What customers hear first.

# Greets.
- id: hello
  when: message.received
  then:
    - reply: welcome   # short

# --- the second file
- id: away
  when: message.received
  # nobody is there
  if:
    hours: closed
  then:
    - reply: {template: away, at_most_every: 12h}

- id: desk
  when: message.received
  default: true
  then: [{assign: {team: front-desk}}]
# the end
"""


def ids(pieces: Pieces) -> list[str]:
    return [item["id"] for item in parse_yaml(str(pieces)).plain() or []]


def test_nothing_changes_by_cutting() -> None:
    assert str(split(THREE)) == THREE
    assert split(THREE).keys == ("hello", "away", "desk")
    assert split(THREE).find("hello").text.startswith("# Greets.\n- id: hello")


def test_the_shipped_files_are_cut_without_a_change() -> None:
    source = joined(rule_files(shipped("config") / "rules"))
    assert str(split(source)) == source


def test_a_rule_moves_with_its_own_comment_and_headings_stay() -> None:
    moved = str(split(THREE).moved("hello", "desk"))
    assert ids(split(moved)) == ["away", "hello", "desk"]
    assert moved.index("# What customers hear first.") < moved.index("- id: away")
    assert moved.index("# Greets.") + 10 == moved.index("- id: hello")
    assert ids(split(str(split(THREE).moved("hello", None)))) == ["away", "desk", "hello"]


def test_a_rule_goes_and_comes() -> None:
    without = split(THREE).without("away")
    assert ids(without) == ["hello", "desk"]
    assert "# --- the second file" in str(without)
    again = without.inserted("- id: away\n  then: []", "desk")
    assert ids(again) == ["hello", "away", "desk"]
    with pytest.raises(NotThere):
        without.find("away")
    assert ids(split("").inserted("- id: one", None)) == ["one"]
    assert ids(split(THREE).inserted("- id: one", "hello")) == ["one", "hello", "away", "desk"]


def test_a_rule_is_switched_without_touching_its_comments() -> None:
    text = split(THREE).find("away").text
    off = switched(text, on=False)
    assert "# nobody is there" in off
    assert parse_yaml(off).plain()[0]["enabled"] is False
    assert switched(off, on=True) == text


def test_a_list_in_another_form_is_written_anew() -> None:
    flow = '[{id: a, then: [{tag: x}]}, {id: b, then: [{tag: "1"}]}]'
    pieces = split(flow)
    assert pieces.keys == ("a", "b")
    assert parse_yaml(str(pieces)).plain() == parse_yaml(flow).plain()


def test_rules_without_an_id_of_their_own_are_found_by_their_place() -> None:
    assert split("- id: a\n- about: x\n- id: a\n").keys == ("a", "@2", "@3")


@pytest.mark.parametrize("text", ["", "- id: a\n- id: b", "just words"])
def test_what_is_not_one_rule_is_told(text: str) -> None:
    with pytest.raises(NotOneRule):
        as_item(text)


def test_a_rule_may_come_without_its_dash() -> None:
    assert as_item("id: a\nthen:\n  - tag: x") == "- id: a\n  then:\n    - tag: x\n"


numbers = st.integers(-(10**12), 10**12) | st.floats(allow_nan=False, allow_infinity=False)
words = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12)
plain = st.recursive(
    st.none() | st.booleans() | numbers | words,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text("abcxyz_", min_size=1, max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
rules = st.fixed_dictionaries(
    {"id": st.text("abc-", min_size=1, max_size=6)},
    optional=dict.fromkeys(("about", "when", "if", "then", "stop", "examples", "other"), plain),
)


@given(rules)
def test_what_is_written_is_read_back(data: dict[str, object]) -> None:
    assert parse_yaml(write_rule(data)).plain() == [data]


@given(rules, rules)
def test_a_rewritten_text_says_the_new_rule(
    before: dict[str, object], after: dict[str, object]
) -> None:
    assert parse_yaml(rewritten(write_rule(before), after)).plain() == [after]


def test_what_did_not_change_keeps_its_comments() -> None:
    text = split(THREE).find("away").text
    data = parse_yaml(text).plain()[0] | {"then": [{"tag": ["vip"]}]}
    changed = rewritten(text, data)
    assert "# nobody is there\n  if:\n    hours: closed" in changed
    assert "tag: [vip]" in changed
