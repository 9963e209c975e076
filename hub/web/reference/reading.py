"""Reading an OpenAPI document into what the pages show."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from hub.web.reference.views import Body, Field, Operation, Parameter, Part, Problem, Words

_CODE: Final = re.compile(r"`([^`]+)`")
_METHODS: Final = ("get", "post", "put", "patch", "delete")
Schema = Mapping[str, Any]


def slug(title: str) -> str:
    """How an address names a part."""
    return title.lower().replace(" ", "-")


def words(text: str) -> Words:
    """A text with its code apart; marks of emphasis are left out."""
    found: list[tuple[str, bool]] = []
    for number, piece in enumerate(_CODE.split(" ".join(text.replace("**", "").split()))):
        if piece:
            found.append((piece, bool(number % 2)))
    return tuple(found)


class Reading:
    """One document. `parts` are its operations by what they are about."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        by_tag: dict[str, list[Operation]] = {tag["name"]: [] for tag in document["tags"]}
        for path, methods in document["paths"].items():
            for method in _METHODS:
                if method in methods:
                    told = methods[method]
                    by_tag[told["tags"][0]].append(self._operation(path, method, told))
        self.parts = tuple(
            Part(slug(tag["name"]), tag["name"], words(tag["description"]), tuple(operations))
            for tag in document["tags"]
            if (operations := by_tag[tag["name"]])
        )

    def _operation(self, path: str, method: str, told: Mapping[str, Any]) -> Operation:
        [[scope]] = told["security"][0].values()
        status = next(one for one in told["responses"] if one.startswith("2"))
        return Operation(
            id=told["operationId"],
            method=method.upper(),
            path=path,
            summary=told["summary"],
            scope=scope,
            about=words(told.get("description", "")),
            parameters=tuple(self._parameter(one) for one in told.get("parameters", ())),
            takes=self._body(told.get("requestBody")),
            gives=self._body(told["responses"][status]),
            status=status,
            problems=tuple(
                Problem(code, words(one["description"]))
                for code, one in told["responses"].items()
                if not code.startswith("2")
            ),
        )

    def _parameter(self, given: Schema) -> Parameter:
        one = self._resolved(given)
        about = one.get("description") or one["schema"].get("description", "")
        return Parameter(
            name=one["name"],
            where=one["in"],
            shape=self._shape(one["schema"]),
            required=one.get("required", False),
            about=words(about),
        )

    def _body(self, given: Mapping[str, Any] | None) -> Body | None:
        if not given or not given.get("content"):
            return None
        [(media_type, content)] = given["content"].items()
        schema = self._resolved(content["schema"])
        example = self._example(schema)
        shown = None
        if example is not None:
            shown = json.dumps(example, ensure_ascii=False, indent=2)
        whole = self._resolved(schema.get("items", schema))
        required = whole.get("required", ())
        fields = tuple(
            Field(name, self._shape(inner), name in required, words(self._about(inner)))
            for name, inner in whole.get("properties", {}).items()
        )
        return Body(media_type, shown, fields)

    def _about(self, schema: Schema) -> str:
        return str(schema.get("description", ""))

    def _example(self, schema: Schema) -> Any:
        """An example of a model, of a list, or of a page."""
        if "examples" in schema:
            return schema["examples"][0]
        if schema.get("type") == "array":
            inner = self._example(self._resolved(schema["items"]))
            return None if inner is None else [inner]
        items = schema.get("properties", {}).get("items")
        if items is not None and "next" in schema["properties"]:
            return {"items": self._example(self._resolved(items)), "next": None}
        return None

    def _resolved(self, schema: Schema) -> Schema:
        if "$ref" not in schema:
            return schema
        found: Any = self._document
        for step in schema["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        return dict(found)

    def _shape(self, schema: Schema) -> str:
        """What values there are, in a few words."""
        return " | ".join(dict.fromkeys(self._shapes(schema)))

    def _shapes(self, schema: Schema) -> Iterator[str]:
        if "$ref" in schema:
            yield schema["$ref"].rpartition("/")[2].removesuffix("-Input").removesuffix("-Output")
        elif "anyOf" in schema or "oneOf" in schema:
            for one in schema.get("anyOf", schema.get("oneOf", ())):
                yield from self._shapes(one)
        elif "enum" in schema:
            yield from (json.dumps(one) for one in schema["enum"])
        elif "const" in schema:
            yield json.dumps(schema["const"])
        elif schema.get("type") == "array":
            yield f"[{self._shape(schema.get('items', {}))}]"
        else:
            yield str(schema.get("format") or schema.get("type") or "any")
