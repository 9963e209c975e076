"""Topics as pages show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar
from uuid import UUID


@dataclass(frozen=True)
class TopicRow:
    """A topic in the tree. part: it stands under another one. used: in so many conversations."""

    id: UUID
    name: str
    slug: str
    part: bool
    retired: bool
    used: int
    first: bool
    last: bool


@dataclass(frozen=True)
class TopicPage:
    """GET /topics, GET /topics/<id>: the tree, and a form for a new one or for that one.

    parents: what a topic can be a part of. changing: the topic that the form is for.
    """

    template: ClassVar[str] = "topics/page.html"

    topics: tuple[TopicRow, ...]
    parents: tuple[tuple[UUID, str], ...]
    typed: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    changing: UUID | None = None
