"""Facts as JSON values, quickly: it is done for every message."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import MISSING, Field, fields
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, Final

from pydantic import JsonValue

NOT_STORED: Final = {"stored": False}
"""Metadata of a field that is left out."""

_PLAIN: Final = frozenset({str, int, float, bool, type(None)})


def sparse(value: Any, among: frozenset[str] | None = None) -> dict[str, JsonValue]:
    """A dataclass as JSON values, without the fields that have their usual value.

    among: the names of those that are looked at; None for all.
    """
    kind = type(value)
    looked_at = _LOOKED_AT.get((kind, among))
    if looked_at is None:
        looked_at = _LOOKED_AT[kind, among] = _looked_at(kind, among)
    names, values_of, usual = looked_at
    stored = {}
    for name, given, (default, as_json) in zip(names, values_of(value), usual, strict=True):
        if given is not default and (told := json_of(given)) != as_json:
            stored[name] = told
    return stored


def json_of(value: Any) -> JsonValue:
    """A value of facts as JSON: moments in ISO 8601 and UTC, sets sorted, dataclasses sparse."""
    kind = type(value)
    if kind in _PLAIN:
        plain: JsonValue = value
        return plain
    if kind is datetime:
        moment: datetime = value if value.tzinfo is UTC else value.astimezone(UTC)
        return moment.isoformat()
    if kind is dict:
        return {key: json_of(one) for key, one in value.items()}
    if kind is frozenset:
        return [*sorted(value)]
    if kind is list or kind is tuple:
        return [json_of(one) for one in value]
    return sparse(value)


_LookedAt = tuple[Sequence[str], Callable[[Any], Sequence[Any]], Sequence[tuple[Any, Any]]]
_LOOKED_AT: Final[dict[tuple[type[Any], frozenset[str] | None], _LookedAt]] = {}


def _looked_at(kind: type[Any], among: frozenset[str] | None) -> _LookedAt:
    """The names of fields, what gives their values, and their usual values, also as JSON."""
    found = [
        one
        for one in fields(kind)
        if one.metadata.get("stored", True) and (among is None or one.name in among)
    ]
    names = [one.name for one in found]
    usual = [
        (default, default if default is MISSING else json_of(default))
        for default in map(_default, found)
    ]
    return names, _values(names), usual


def _values(names: Sequence[str]) -> Callable[[Any], Sequence[Any]]:
    # Of a single name attrgetter makes no tuple.
    return attrgetter(*names) if len(names) > 1 else lambda one: [getattr(one, n) for n in names]


def _default(one: Field[Any]) -> Any:
    if one.default is not MISSING:
        return one.default
    return one.default_factory() if one.default_factory is not MISSING else MISSING
