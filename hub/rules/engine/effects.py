"""What a decision asks its caller to do. A closed union: intake applies every member.

`rule` and `path` ("then[1].reply") say whence an effect came, so that its outcome can be recorded
where it belongs.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Assign:
    """Hand the conversation to a team or to an agent, by name; exactly one of them is set."""

    rule: str
    path: str
    team: str | None = None
    agent: str | None = None

    def __str__(self) -> str:
        return f"team {self.team}" if self.team is not None else f"agent {self.agent}"


@dataclass(frozen=True, slots=True)
class Reply:
    """Queue an answer written from this template, in the customer's language."""

    rule: str
    path: str
    template: str

    def __str__(self) -> str:
        return f"template {self.template}"


@dataclass(frozen=True, slots=True)
class AddTags:
    """Put these tags on the conversation; those that it has already are no error."""

    rule: str
    path: str
    tags: tuple[str, ...]

    def __str__(self) -> str:
        return f"tags {', '.join(self.tags)}"


Effect = Assign | Reply | AddTags
