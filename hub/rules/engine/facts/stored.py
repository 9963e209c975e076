"""Facts as JSON values, quickly: it is done for every message."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import MISSING, Field, fields
from datetime import UTC, datetime
from typing import Any, Final

from pydantic import JsonValue


def differing(value: Any, among: Collection[str] | None = None) -> Iterator[tuple[str, Any]]:
    """The fields of a dataclass that have another value than the usual one, with their values.

    among: the names of those that are looked at; None for all.
    """
    kind = type(value)
    usual = _USUAL.get(kind)
    if usual is None:
        usual = _USUAL[kind] = tuple((one.name, _default(one)) for one in fields(kind))
    for name, default in usual:
        if among is not None and name not in among:
            continue
        given = getattr(value, name)
        if given is not default and given != default:
            yield name, given


def json_of(value: Any) -> JsonValue:
    """A value of facts as JSON: moments in ISO 8601 and UTC, sets sorted, dataclasses sparse."""
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, datetime):
        return (value if value.tzinfo is UTC else value.astimezone(UTC)).isoformat()
    if isinstance(value, dict):
        return {key: json_of(one) for key, one in value.items()}
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, list | tuple):
        return [json_of(one) for one in value]
    return {name: json_of(given) for name, given in differing(value)}


_USUAL: Final[dict[type[Any], tuple[tuple[str, Any], ...]]] = {}
"""The defaults of each dataclass that was met."""


def _default(one: Field[Any]) -> Any:
    if one.default is not MISSING:
        return one.default
    return one.default_factory() if one.default_factory is not MISSING else MISSING
