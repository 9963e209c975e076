"""The JSON Schema of rule files, for editors that check and complete while one writes.

Made from the vocabulary itself, so that it can not say anything else than the parser does.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from pydantic import TypeAdapter

from hub.rules.engine import VOCABULARY, Action, Condition, Vocabulary
from hub.rules.engine.example import Example
from hub.rules.engine.rule import FRAME

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

_ABOUT: Final = {
    "id": "The rule's name; unique, and kept for good, because results refer to it.",
    "about": "What the rule is for, in a sentence for colleagues.",
    "when": "The event, or several, that the rule is about.",
    "if": "Conditions, all of which must hold; left out, the rule always fires.",
    "then": "Actions, carried out in order.",
    "stop": "Whether later rules are left out when this one fires. Defaults still apply.",
    "default": "Whether this rule comes after all others and fills only what is undecided.",
    "enabled": "Whether the rule runs.",
    "examples": "What the rule does in which case; checked whenever rules are checked.",
}


def json_schema(vocabulary: Vocabulary = VOCABULARY) -> dict[str, Any]:
    """The schema of one rule file (a list of rules), draft 2020-12."""
    definitions: dict[str, Any] = {}
    conditions = {
        name: _word(word, definitions) for name, word in sorted(vocabulary.conditions.items())
    }
    group = {"$ref": "#/$defs/conditions"}
    several = {"type": "array", "items": group, "minItems": 1}
    definitions["conditions"] = {
        "description": "Conditions, all of which must hold.",
        "type": "object",
        "minProperties": 1,
        "additionalProperties": False,
        "properties": {
            "all": {"description": "All of these hold.", **several},
            "any": {"description": "At least one of these holds.", **several},
            "not": {"description": "These do not all hold.", **group},
            **conditions,
        },
    }
    definitions["action"] = {
        "description": "One action.",
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": False,
        "properties": {
            name: _word(word, definitions) for name, word in sorted(vocabulary.actions.items())
        },
    }
    return {
        "$schema": DIALECT,
        "title": "Payam rules",
        "type": "array",
        "items": {"$ref": "#/$defs/rule"},
        "$defs": {"rule": _rule(vocabulary, definitions), **definitions},
    }


def _rule(vocabulary: Vocabulary, definitions: dict[str, Any]) -> dict[str, Any]:
    event = {"oneOf": [*_events(vocabulary, definitions)]}
    frame = FRAME.model_json_schema(by_alias=True)
    properties: dict[str, Any] = {
        name: {"description": _ABOUT[name], **rest} for name, rest in frame["properties"].items()
    }
    properties["when"] = {
        "description": _ABOUT["when"],
        "anyOf": [event, {"type": "array", "items": event, "minItems": 1}],
    }
    properties["if"] = {"description": _ABOUT["if"], "$ref": "#/$defs/conditions"}
    properties["then"]["items"] = {"$ref": "#/$defs/action"}
    properties["examples"]["items"] = _hoisted(TypeAdapter(Example).json_schema(), definitions)
    for one in properties.values():
        one.pop("title", None)
    return {
        "type": "object",
        "required": frame["required"],
        "additionalProperties": False,
        "properties": properties,
    }


def _events(vocabulary: Vocabulary, definitions: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Each event as it may be written: by its name, with its argument, or both."""
    for one in vocabulary.events.values():
        if one.argument is None or one.each:
            yield {"const": one.name, "description": one.about}
        if one.argument is not None:
            argument = _hoisted(one.argument.json_schema(mode="validation"), definitions)
            yield {
                "description": one.about,
                "type": "object",
                "required": [one.name],
                "additionalProperties": False,
                "properties": {one.name: argument},
            }


def _word(word: Condition[Any] | Action[Any], definitions: dict[str, Any]) -> dict[str, Any]:
    schema = _hoisted(word.argument.json_schema(mode="validation"), definitions)
    if isinstance(word, Action) and schema.get("type") == "object":
        required = schema.get("required", [])
        if len(required) == 1:
            # An action's one necessary key may be written alone: `reply: welcome`.
            name = schema["properties"][required[0]]
            return {"description": word.about, "anyOf": [name, schema]}
    return {**schema, "description": word.about}


def _hoisted(schema: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    definitions |= schema.pop("$defs", {})
    return schema
