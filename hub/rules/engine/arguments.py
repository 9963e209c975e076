"""The forms in which conditions and actions take what is written beside them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, Any, Final

from pydantic import (
    BaseModel,
    BeforeValidator,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)

from hub.text.marking import Sentence

_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DURATION: Final = re.compile(r"([0-9]{1,6})\s*([smhdw])")
_LONGEST: Final = timedelta(days=3660)


def parse_duration(written: object) -> timedelta:
    """Read "90s", "30m", "24h", "7d" or "2w". Raises ValueError for anything else."""
    if isinstance(written, timedelta):
        return written
    match = _DURATION.fullmatch(written.strip()) if isinstance(written, str) else None
    if match is None:
        raise ValueError(Sentence("write a duration as a number and a unit: 90s, 30m, 24h, 7d, 2w"))
    length = timedelta(**{_UNITS[match[2]]: int(match[1])})
    if not timedelta(0) < length <= _LONGEST:
        raise ValueError(Sentence("a duration is between 1s and 3660d"))
    return length


def write_duration(length: timedelta) -> str:
    """The shortest form that `parse_duration` reads back: "24h", "7d", "90s"."""
    seconds = int(length.total_seconds())
    for unit, size in (("w", 604_800), ("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds % size == 0 and seconds // size > (1 if unit in "wd" else 0):
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


@dataclass(frozen=True, eq=False)
class Shorter:
    """The JSON Schema of an argument that may also be written in forms shorter than its model.

    Written when somebody asks for the schema: no start of a hub needs one. `changed` stands over
    what the model says, where the shorter forms are told by one schema for all.
    """

    model: type[BaseModel]
    forms: Sequence[Mapping[str, Any]] = ()
    changed: Mapping[str, Any] = field(default_factory=dict)

    def __get_pydantic_json_schema__(self, core: object, handler: object) -> dict[str, Any]:
        whole = {**self.model.model_json_schema(), **self.changed}
        return {"anyOf": [*self.forms, whole]} if self.forms else whole


def _word(written: object) -> object:
    # A number in a list of words is a word: `mentions: [2024]`.
    if isinstance(written, int | float) and not isinstance(written, bool):
        return str(written)
    return written


def _listed(written: object) -> object:
    return written if isinstance(written, list | tuple) else (written,)


DURATION_PATTERN: Final = r"^[0-9]{1,6}\s*[smhdw]$"
Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    PlainSerializer(write_duration),
    WithJsonSchema({"type": "string", "pattern": DURATION_PATTERN, "examples": ["24h"]}),
]
Word = Annotated[
    str,
    BeforeValidator(_word),
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    WithJsonSchema({"type": ["string", "number"]}),
]
Name = Annotated[
    str,
    StringConstraints(pattern=r"^[^\W_][\w.\-]*$", max_length=80),
    # No pattern: what `\w` means differs between this checker and an editor's.
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 80}),
]
Phrase = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
WORD_FORMS: Final[tuple[Mapping[str, Any], ...]] = (
    {"type": ["string", "number"]},
    {"type": "array", "items": {"type": ["string", "number"]}, "minItems": 1},
)
Words = Annotated[
    tuple[Word, ...],
    BeforeValidator(_listed),
    Field(min_length=1, max_length=5000),
    WithJsonSchema({"anyOf": [*WORD_FORMS]}),
]
"""One word, or a list of words."""

PRIORITIES: Final[Mapping[str, int]] = {"low": -1, "normal": 0, "high": 1, "urgent": 2}
"""How rules name the priorities, and how conversations keep them."""
