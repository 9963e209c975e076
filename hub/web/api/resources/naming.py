"""Names in the languages that customers read, and the order of a list."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from hub.web.api.model import Given, example

Name = Annotated[
    str, StringConstraints(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$")
]
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
