"""The API as its pages show it. Words between backticks are code: `Words` has them apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

Words = tuple[tuple[str, bool], ...]
"""Pieces of a text, and whether each is code."""


@dataclass(frozen=True)
class Parameter:
    """What an operation takes besides its body. shape: what its values are."""

    name: str
    where: str
    shape: str
    required: bool
    about: Words


@dataclass(frozen=True)
class Field:
    """A field of what is sent or given back. shape: what its values are."""

    name: str
    shape: str
    required: bool
    about: Words


@dataclass(frozen=True)
class Body:
    """What is sent, or given back: an example as JSON, and its fields."""

    media_type: str
    example: str | None
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Problem:
    """A status that an operation can end in, and what it means."""

    status: str
    about: Words


@dataclass(frozen=True)
class Operation:
    """One method of a path. id: the anchor. scope: what the token needs."""

    id: str
    method: str
    path: str
    summary: str
    scope: str
    about: Words
    parameters: tuple[Parameter, ...]
    takes: Body | None
    gives: Body | None
    status: str
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class Part:
    """Operations on one kind of thing."""

    name: str
    title: str
    about: Words
    operations: tuple[Operation, ...]


@dataclass(frozen=True)
class Kind:
    """A kind of problem. id: the fragment of its type."""

    id: str
    status: int
    title: str
    about: Words


@dataclass(frozen=True)
class ReferencePage:
    """GET /api: what every request has in common, and all operations by name.

    address: where the API is. paragraphs: about all of it.
    """

    template: ClassVar[str] = "reference/all.html"

    address: str
    paragraphs: tuple[Words, ...]
    parts: tuple[Part, ...]
    kinds: tuple[Kind, ...]


@dataclass(frozen=True)
class PartPage:
    """GET /api/parts/<name>: the operations on one kind of thing, whole."""

    template: ClassVar[str] = "reference/part.html"

    address: str
    part: Part
    parts: tuple[Part, ...]
