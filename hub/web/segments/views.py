"""What the pages about segments show; see `hub.web.views` for what holds for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from hub.web.rules.views import DiffLine, Fault


@dataclass(frozen=True)
class Row:
    """One segment. sentence: who belongs to it. used: the rules and promises that name it."""

    slug: str
    name: str
    about: str
    sentence: str
    customers: int
    shipped: bool
    used: tuple[str, ...]
    selected: bool = False


@dataclass(frozen=True)
class Gone:
    """One that was removed. revision: what brings it back."""

    slug: str
    revision: int
    at: datetime


@dataclass(frozen=True)
class Segments:
    """GET /segments"""

    template: ClassVar[str] = "segments/list.html"

    rows: tuple[Row, ...]
    gone: tuple[Gone, ...]
    may_edit: bool


@dataclass(frozen=True)
class Revision:
    """number: what restores it. lines: how it differs from what stands now."""

    number: int
    by: str | None
    at: datetime
    removed: bool
    live: bool
    lines: tuple[DiffLine, ...]


@dataclass(frozen=True)
class Editor:
    """GET /segments/s/<slug>, GET /segments/new, and the form again with what was typed.

    key: its id, None for a new one. base: the revision that the text was taken from. catalogue,
    checked: as those of `hub.web.rules.views.Editor`. taken: somebody saved it meanwhile.
    """

    template: ClassVar[str] = "segments/edit.html"

    rows: tuple[Row, ...]
    key: str | None
    title: str
    text: str
    base: int | None
    may_edit: bool
    faults: tuple[Fault, ...]
    sentence: str
    catalogue: str
    checked: str
    revisions: tuple[Revision, ...] = ()
    used: tuple[str, ...] = ()
    customers: int = 0
    readable: bool = True
    changed: bool = False
    taken: bool = False
