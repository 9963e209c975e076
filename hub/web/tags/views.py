"""What the pages about tags show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from hub.conversations.tag_book import OneTag


@dataclass(frozen=True)
class TagsPage:
    """GET /tags. more: the query of the next page. going: tags that are just being renamed or
    taken off. typed, errors: of the form for a new one."""

    template: ClassVar[str] = "tags/list.html"

    tags: tuple[OneTag, ...]
    search: str = ""
    more: Mapping[str, str] | None = None
    going: tuple[str, ...] = ()
    typed: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class TagRows:
    """GET /tags/rows: the next page."""

    template: ClassVar[str] = "tags/rows.html"

    tags: tuple[OneTag, ...]
    more: Mapping[str, str] | None = None


@dataclass(frozen=True)
class TagPage:
    """GET /tags/one?name=…: one tag. joins: the other tag that renaming would make one with this,
    as far as it was asked for. rules, segments: the ids of those that name it."""

    template: ClassVar[str] = "tags/one.html"

    tag: OneTag
    typed: Mapping[str, str]
    errors: Mapping[str, str] = field(default_factory=dict)
    joins: str | None = None
    rules: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
