"""What the pages about views show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar
from uuid import UUID

from hub.web.views import Row


@dataclass(frozen=True)
class OneView:
    """A saved view. count: None where it is not counted. by: who made it, of shared ones."""

    id: UUID
    name: str
    url: str
    count: int | None
    may_change: bool
    by: str | None = None
    first: bool = False
    last: bool = False


@dataclass(frozen=True)
class AllViews:
    """GET /views."""

    template: ClassVar[str] = "views/list.html"

    own: tuple[OneView, ...]
    shared: tuple[OneView, ...]


@dataclass(frozen=True)
class Preview:
    """POST /views/check: what the conditions find now. count: at most `most` are counted. faults:
    what is wrong, with the place in the conditions that it is about."""

    template: ClassVar[str] = "views/preview.html"

    faults: tuple[tuple[str, str], ...] = ()
    rows: tuple[Row, ...] = ()
    count: int = 0
    most: int = 0


@dataclass(frozen=True)
class Editor:
    """GET /views/new and /views/<id>. id: None for a new one. conditions: as JSON. catalogue: what
    the builder offers, as JSON."""

    template: ClassVar[str] = "views/edit.html"

    id: UUID | None
    name: str
    conditions: str
    order: str
    shared: bool
    may_share: bool
    catalogue: str
    preview: Preview
    errors: Mapping[str, str] = field(default_factory=dict)
