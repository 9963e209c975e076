"""What the builder offers: every event, condition and action with the fields of its argument.

Made from the vocabulary and the JSON Schema of its arguments, so that a new word appears by
itself, with fitting fields. A form that no field fits is edited as YAML.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from typing import Any, Final

from pydantic import TypeAdapter

from hub.rules.engine import VOCABULARY
from hub.rules.engine.example import Expect, Given
from hub.rules.engine.vocabulary import NameKind, Vocabulary
from hub.web.rules.words import ACTIONS, CONDITIONS, EVENTS, FIELDS, VALUES, called
from hub.web.words import Say

Field = dict[str, Any]
"""kind, label, and what the kind has besides: see `_Fields.field`."""

_KINDS: Final[Mapping[str, NameKind]] = {
    "account": "account",
    "accounts": "account",
    "agent": "agent",
    "agents": "agent",
    "assignee": "agent",
    "channel": "channel",
    "channels": "channel",
    "segment": "segment",
    "segments": "segment",
    "team": "team",
    "teams": "team",
    "template": "template",
    "survey": "survey",
    "topic": "topic",
    "webhook": "webhook",
}
_GIVEN: Final[TypeAdapter[Any]] = TypeAdapter(Given)
_EXPECT: Final[TypeAdapter[Any]] = TypeAdapter(Expect)
_CHANNELS: Final = ("webchat", "mail", "telegram", "bale")


def catalogue(
    known: Mapping[NameKind, Collection[str]],
    say: Say,
    names: Mapping[str, str],
    vocabulary: Vocabulary = VOCABULARY,
) -> dict[str, Any]:
    """The words and their fields, as JSON values. names: what slugs and addresses are called."""
    fields = _Fields(say)
    channels = sorted({*known.get("channel", ()), *_CHANNELS})
    return {
        "events": [
            {
                "name": one.name,
                "label": called(EVENTS, one.name, say),
                "brings": sorted(one.brings),
                "field": fields.of(_schema(one.argument), "") if one.argument else None,
                "optional": bool(one.each),
            }
            for one in vocabulary.events.values()
        ],
        "conditions": [
            {
                "name": one.name,
                "label": called(CONDITIONS, one.name, say),
                "needs": sorted(one.needs),
                "field": fields.of(_schema(one.argument), one.name),
            }
            for one in vocabulary.conditions.values()
        ],
        "actions": [
            {
                "name": one.name,
                "label": called(ACTIONS, one.name, say),
                "field": fields.of(_schema(one.argument), one.name),
            }
            for one in vocabulary.actions.values()
        ],
        "given": fields.of(_schema(_GIVEN), ""),
        "expect": fields.of(_schema(_EXPECT), ""),
        "names": {
            kind: [
                {
                    "value": one,
                    "label": called(VALUES, one, say) if kind == "channel" else names.get(one, one),
                }
                for one in (channels if kind == "channel" else found)
            ]
            for kind, found in known.items()
        },
    }


_ORDER: Final = (
    "words", "choices", "choice", "duration", "number", "object", "map", "word", "flag", "only",
    "either", "yaml",
)  # fmt: skip
"""Which of several forms is offered first."""


def _compares(found: Field) -> bool:
    equals = found["fields"].get("equals", {}) if found["kind"] == "object" else {}
    return bool(equals.get("kind") == "number")


def _values(found: Collection[Field]) -> list[Any]:
    """The values of choices between which one chooses."""
    return [
        value
        for one in found
        for value in (
            [option["value"] for option in one["options"]]
            if one["kind"] == "choice"
            else [one["value"]]
        )
    ]


@cache
def _schema(argument: TypeAdapter[Any]) -> Mapping[str, Any]:
    """Making one takes a millisecond, and there are many."""
    return argument.json_schema()


class _Fields:
    """Reads JSON Schemas as fields."""

    def __init__(self, say: Say) -> None:
        self.say = say
        self.definitions: Mapping[str, Any] = {}

    def of(self, schema: Mapping[str, Any], name: str) -> Field:
        """The field of a whole schema."""
        self.definitions = schema.get("$defs", {})
        return self.field(schema, name)

    def field(self, schema: Mapping[str, Any], name: str) -> Field:
        """One of the kinds

        flag; only (one possible value, `value`); choice (`options`); number (`whole`, `least`,
        `most`); duration; word and words (`names`: of which kind); object (`fields`, `needed`,
        `short`: the field that may be written alone); either (`forms`, each a field); map
        (`value`: a field); yaml.
        """
        schema = self._resolved(schema)
        found = self._found(schema, name)
        label = called(FIELDS, name, self.say) if name else ""
        return {"label": label, **found}

    def _found(self, schema: Mapping[str, Any], name: str) -> Field:
        forms = schema.get("anyOf") or schema.get("oneOf")
        if forms and "properties" not in schema:
            return self._either([self._resolved(form) for form in forms], name)
        if "enum" in schema:
            return {"kind": "choice", "options": self._options(schema["enum"])}
        if "const" in schema:
            return {"kind": "only", "value": schema["const"]}
        kind = schema.get("type")
        if isinstance(kind, list):
            kinds = [one for one in kind if one != "null"]
            if set(kinds) == {"string", "number"}:
                return self._word(schema, name)
            simple = next((one for one in ("object", "string", "boolean") if one in kinds), "")
            found = self._found({**schema, "type": simple}, name)
            found["loose"] = [one for one in kinds if one != simple]
            return found
        match kind:
            case "boolean":
                return {"kind": "flag"}
            case "integer" | "number":
                return {
                    "kind": "number",
                    "whole": kind == "integer",
                    "least": schema.get("minimum", schema.get("exclusiveMinimum")),
                    "most": schema.get("maximum", schema.get("exclusiveMaximum")),
                }
            case "string":
                return self._word(schema, name)
            case "array":
                items = self._resolved(schema.get("items", {}))
                inner = self.field(items, name) if items else {"kind": "yaml"}
                if inner["kind"] == "choice":
                    return {"kind": "choices", "options": inner["options"]}
                return {**inner, "kind": "words"} if inner["kind"] == "word" else {"kind": "yaml"}
            case "object":
                return self._object(schema)
        return {"kind": "yaml"}

    def _word(self, schema: Mapping[str, Any], name: str) -> Field:
        pattern = str(schema.get("pattern", ""))
        if "smhdw" in pattern:
            return {"kind": "duration"}
        names = schema.get("x-name") or _KINDS.get(name)
        long = schema.get("maxLength", 0) > 300 or name in ("note", "text")
        return {"kind": "word", "names": names, "long": long}

    def _object(self, schema: Mapping[str, Any]) -> Field:
        properties = schema.get("properties")
        if not properties:
            more = schema.get("additionalProperties")
            value = self.field(more, "") if isinstance(more, dict) else {"kind": "yaml"}
            return {"kind": "map", "value": value}
        needed = list(schema.get("required", []))
        return {
            "kind": "object",
            "fields": {name: self.field(one, name) for name, one in properties.items()},
            "needed": needed,
        }

    def _either(self, forms: list[Mapping[str, Any]], name: str) -> Field:
        """Several forms, as few as say the same: a list stands for its single item as well, and a
        comparison for the bare number."""
        forms = [form for form in forms if form.get("type") != "null" and form.get("maxItems") != 0]
        found = [self._found(form, name) for form in forms]
        if len(found) == 1:
            return found[0]
        kinds = {one["kind"] for one in found}
        if kinds <= {"choice", "only"}:
            return {"kind": "choice", "options": self._options(_values(found))}
        bare = {"number"} if any(_compares(one) for one in found) else set()
        bare |= {"word", "only"} if "words" in kinds else set()
        bare |= {"choice", "only"} if "choices" in kinds else set()
        kept: dict[str, Field] = {}
        for one in found:
            if one["kind"] not in bare:
                kept.setdefault(one["kind"], one)
        ordered = sorted(kept.values(), key=lambda one: _ORDER.index(one["kind"]))
        return ordered[0] if len(ordered) == 1 else {"kind": "either", "forms": ordered}

    def _options(self, values: Collection[Any]) -> list[dict[str, Any]]:
        return [{"value": one, "label": called(VALUES, str(one), self.say)} for one in values]

    def _resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        if "$ref" in schema:
            found = self.definitions.get(str(schema["$ref"]).rpartition("/")[2], {})
            return {**found, **{key: one for key, one in schema.items() if key != "$ref"}}
        return schema
