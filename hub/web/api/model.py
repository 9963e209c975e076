"""What the models of the API are made of: fields that take what their schema says and no more.

JSON has its types, so nothing is converted: "1" is no number, 1 is no flag. No string may hold
NUL, which PostgreSQL can not keep.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, ClassVar, Final
from uuid import UUID

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StringConstraints,
    WithJsonSchema,
)

LONGEST_LINE: Final = 400
LONGEST_TEXT: Final = 200_000
MOST: Final = 2**31 - 1
_ID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def _written(value: Any) -> Any:
    """Pydantic takes seconds since 1970 for a moment too."""
    if isinstance(value, str | datetime):
        return value
    raise ValueError("a moment is written as RFC 3339 does")


def _canonical(value: Any) -> Any:
    """Pydantic takes an id without its hyphens, in braces and as a URN too."""
    if isinstance(value, UUID) or (isinstance(value, str) and _ID.fullmatch(value)):
        return value
    raise ValueError("an id is written as RFC 9562 does")


def _whole(value: Any) -> Any:
    """JSON Schema calls 3.0 an integer, and true none."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise ValueError("a number without a fraction is needed")


Id = Annotated[
    UUID, BeforeValidator(_canonical), WithJsonSchema({"type": "string", "format": "uuid"})
]
"""An id that a request names."""
Line = Annotated[
    str, StringConstraints(min_length=1, max_length=LONGEST_LINE, pattern=r"^[^\x00-\x1f\x7f]+$")
]
"""One line, not empty."""
Lines = Annotated[str, StringConstraints(max_length=LONGEST_TEXT, pattern=r"^[^\x00]*$")]
"""Text of any number of lines, perhaps empty."""
Slug = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[a-z0-9_-]+$")]
Flag = StrictBool
Integer = Annotated[int, BeforeValidator(_whole)]
"""A number without a fraction: 3 and 3.0, never "3" or true."""
Number = Annotated[Integer, Field(ge=0, le=MOST)]
"""A whole number that a database can hold."""
Ordinal = Annotated[int, Field(ge=0, le=MOST)]
"""The same as a parameter of a path or a query, which are text."""
Moment = Annotated[
    AwareDatetime,
    BeforeValidator(_written),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""A point in time, with its offset."""


class Given(BaseModel):
    """What a request brings. It has no other fields than these.

    In a PATCH, what is left out stays as it is: see `changes`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    @property
    def changes(self) -> dict[str, Any]:
        """The fields that were sent, by name."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class Shown(BaseModel):
    """What a response shows."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


class Record(Shown):
    """What a response shows of a customer: reading it is written into the audit log.

    record: what the log calls it ("conversation").
    """

    record: ClassVar[str]
    id: UUID


def example(**values: Any) -> ConfigDict:
    """The configuration of a model with an example, for the document."""
    return ConfigDict(json_schema_extra={"examples": [values]})
