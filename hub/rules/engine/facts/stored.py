"""Facts as JSON values, quickly: it is done for every message."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import MISSING, Field, fields
from datetime import UTC, datetime
from functools import cache
from typing import Any

from pydantic import JsonValue


def differing(value: Any) -> Iterator[tuple[str, Any]]:
    """The fields of a dataclass that have another value than the usual one, with their values."""
    for name, usual in _usual(type(value)):
        given = getattr(value, name)
        if given is not usual and given != usual:
            yield name, given


def json_of(value: Any) -> JsonValue:
    """A value of facts as JSON: moments in ISO 8601 and UTC, sets sorted, dataclasses sparse."""
    match value:
        case None | str() | int() | float():
            return value
        case datetime():
            return value.astimezone(UTC).isoformat()
        case frozenset():
            return sorted(value)
        case list() | tuple():
            return [json_of(one) for one in value]
        case dict():
            return {key: json_of(one) for key, one in value.items()}
        case _:
            return {name: json_of(given) for name, given in differing(value)}


@cache
def _usual(kind: type[Any]) -> tuple[tuple[str, Any], ...]:
    return tuple((one.name, _default(one)) for one in fields(kind))


def _default(one: Field[Any]) -> Any:
    if one.default is not MISSING:
        return one.default
    return one.default_factory() if one.default_factory is not MISSING else MISSING
