"""Whatever a rule can say, the builder has a field and a name for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field, TypeAdapter

from hub.rules.engine import VOCABULARY
from hub.web.rules.catalogue import catalogue
from hub.web.rules.sentences import Teller
from hub.web.rules.words import ACTIONS, CONDITIONS, EVENTS, FIELDS, VALUES
from hub.web.words import words

NAMES: dict[Any, Any] = {
    "account": ["support"],
    "agent": ["sara@example.com"],
    "channel": ["mail"],
    "team": ["front-desk"],
    "template": ["away"],
}
OFFERED = catalogue(NAMES, lambda text: text, {"front-desk": "Front desk"})


def fields(found: dict[str, Any] | None, name: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """A field and all within it, by name."""
    if found is None:
        return
    yield name, found
    for key, inner in found.get("fields", {}).items():
        yield from fields(inner, key)
    for inner in found.get("forms", ()):
        yield from fields(inner, name)
    if found["kind"] == "map":
        yield from fields(found["value"], name)


@pytest.mark.parametrize("kind", ["conditions", "actions"])
def test_every_word_is_offered_with_fields_that_fit(kind: str) -> None:
    known = getattr(VOCABULARY, kind)
    assert [word["name"] for word in OFFERED[kind]] == list(known)
    raw = [
        word["name"]
        for word in OFFERED[kind]
        if any(one["kind"] == "yaml" for _, one in fields(word["field"]))
    ]
    assert raw == []


def test_every_word_has_a_name_in_both_languages() -> None:
    persian = words("fa")
    unnamed = []
    for kind, table in (("events", EVENTS), ("conditions", CONDITIONS), ("actions", ACTIONS)):
        for word in OFFERED[kind]:
            if word["name"] not in table:
                unnamed.append(f"{kind}: {word['name']}")
            for name, found in fields(word["field"]):
                if name and name not in (*FIELDS, *CONDITIONS, *ACTIONS):
                    unnamed.append(f"{word['name']}: {name}")
                unnamed += [
                    f"{word['name']}: {option['value']}"
                    for option in found.get("options", ())
                    if str(option["value"]) not in VALUES
                ]
    assert unnamed == []
    for table in (EVENTS, CONDITIONS, ACTIONS, FIELDS, VALUES):
        for label in table.values():
            assert label == "NPS" or persian(label) != label, label


def test_names_are_chosen_among_those_that_exist() -> None:
    reply = next(word for word in OFFERED["actions"] if word["name"] == "reply")
    assert reply["field"]["fields"]["template"]["names"] == "template"
    assert OFFERED["names"]["team"] == [{"value": "front-desk", "label": "Front desk"}]


class _New(BaseModel):
    often: Annotated[int, Field(ge=1, le=9)]
    team: str | None = None
    odd: dict[str, list[int]] | None = None


def test_a_new_word_appears_by_itself() -> None:
    like = VOCABULARY.conditions["hours"]
    new = replace(like, name="moon_phase", argument=TypeAdapter(_New))
    more = VOCABULARY.extended(conditions=[new])
    [found] = [
        word
        for word in catalogue(NAMES, lambda text: text, {}, vocabulary=more)["conditions"]
        if word["name"] == "moon_phase"
    ]
    assert found["label"] == "moon phase"
    parts = found["field"]["fields"]
    assert (parts["often"]["kind"], parts["often"]["least"], parts["often"]["most"]) == (
        "number", 1, 9,
    )  # fmt: skip
    assert parts["team"]["names"] == "team"
    assert parts["odd"]["kind"] == "map"


@pytest.mark.parametrize("locale", ["en", "fa"])
def test_a_sentence_is_told_of_anything_that_was_written(locale: str) -> None:
    tell = Teller(words(locale), locale, {"front-desk": "Front desk"})
    for data in (
        {},
        {"when": 3, "if": [1], "then": "x"},
        {
            "when": [{"time.unanswered": {"for": "30m"}}],
            "if": {"not": {"any": [{"hours": "open"}]}},
        },
        {"when": "message.received", "then": [{"assign": {"team": "front-desk"}}], "stop": True},
    ):
        assert tell.rule(data)
    said = tell.rule({"when": "message.received", "then": [{"assign": {"team": "front-desk"}}]})
    assert "Front desk" in said
