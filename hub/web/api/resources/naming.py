"""Names in the languages that customers read, places in a list, conditions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal

from pydantic import Field, StringConstraints

from hub.web.api import problem
from hub.web.api.model import Given, example
from hub.web.api.problem import Problem

_ONE_LINE: Final = r"^[^\x00-\x20\x7f]([^\x00-\x1f\x7f]*[^\x00-\x20\x7f])?$"
Name = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=_ONE_LINE)]
"""A name of one line."""
Names = Annotated[
    dict[Literal["en", "fa"], Name],
    Field(min_length=1, description="By language; where one is missing, the other is shown"),
]
ShortName = Annotated[
    str, StringConstraints(min_length=1, max_length=40, pattern=r"^[a-z][a-z0-9-]*$")
]
"""A name by which rules and settings speak of something."""


class Move(Given):
    """Where something is to go in its list."""

    model_config = example(by=-1)

    by: Literal[-1, 1] = Field(description="-1: one place up, 1: one place down")


Conditions = Annotated[dict[str, Any], Field(max_length=100)]
"""Conditions as rules have them, which only who reads them can judge."""


def require_storable(value: Any) -> None:
    """Raises Problem where a value of JSON holds NUL, or half a character."""
    for text in _texts(value):
        if "\0" in text or not _is_utf8(text):
            raise Problem(problem.REFUSED, "a text holds NUL, or half a character")


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for key, one in value.items():
                yield key
                yield from _texts(one)
        case list():
            for one in value:
                yield from _texts(one)


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
