"""docs/rules.md names every word of the vocabulary, and its examples are true."""

import re
from pathlib import Path
from typing import get_args

from hub.rules.engine import VOCABULARY
from hub.rules.engine.decision import Outcome
from hub.rules.engine.example import Expect, Given
from hub.rules.engine.rule import KEYS
from hub.rules.load import failing_examples, read_rules, report
from hub.rules.segments import read_segments

PAGE = (Path(__file__).parents[2] / "docs" / "rules.md").read_text(encoding="utf-8")


def listed(heading: str) -> set[str]:
    """The names in the first column of the tables of a section."""
    section = PAGE.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = re.findall(r"^\| (`[^|]+) \|", section, re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row)}


def test_every_word_is_documented_and_nothing_else() -> None:
    assert listed("Events") == set(VOCABULARY.events)
    assert listed("Conditions") == set(VOCABULARY.conditions)
    assert listed("Actions") == set(VOCABULARY.actions)
    assert listed("The keys of a rule") == set(KEYS)
    assert listed("What is recorded") == set(get_args(Outcome))


def test_every_key_of_an_example_is_documented() -> None:
    own = {"given", "expect"}
    assert listed("Examples") - own == set(Given.model_fields) | set(Expect.model_fields)


def test_the_rules_on_the_page_do_what_they_say() -> None:
    texts = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    rules = [text for text in texts if "when:" in text]
    assert len(rules) >= 2
    for text in rules:
        loaded = read_rules(text, file="docs/rules.md")
        assert loaded.rules
        assert report((*loaded.faults, *failing_examples(loaded))) == ""
    for text in texts:
        assert text in rules or read_segments(text, file="docs/rules.md").faults == ()
