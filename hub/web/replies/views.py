"""What the pages about reply templates show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from hub.message import Buttons, Text
from hub.replies.editing import Saving, Variant
from hub.web.rules.views import DiffLine


@dataclass(frozen=True)
class Listed:
    """One template with its languages. rules: how many live rules send it. words: how the first
    variant begins."""

    name: str
    variants: tuple[Variant, ...]
    words: str
    rules: int


@dataclass(frozen=True)
class TemplatesPage:
    """GET and POST /templates. typed, errors: of the form that makes a new one."""

    template: ClassVar[str] = "replies/list.html"

    templates: tuple[Listed, ...]
    search: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Fault:
    """What is wrong with the text. line: counted from 1, None where it is none's in particular."""

    line: int | None
    message: str


@dataclass(frozen=True)
class Preview:
    """What somebody would read. faults: why nothing is written. of: whom it is written for, as
    it was chosen; missing: there is no such conversation."""

    template: ClassVar[str] = "replies/preview.html"

    locale: str
    of: str
    text: Text | None = None
    buttons: Buttons | None = None
    faults: tuple[Fault, ...] = ()
    missing: bool = False


@dataclass(frozen=True)
class EditorPage:
    """GET and POST /templates/<name>/<locale>. base: the revision that was read, 0 for a new
    variant. conflict: what somebody else saved meanwhile. variables, filters: what a text can
    speak of, by name and meaning."""

    template: ClassVar[str] = "replies/edit.html"

    name: str
    locale: str
    source: str
    base: int
    state: str
    others: tuple[str, ...]
    preview: Preview
    variables: Mapping[str, str]
    filters: tuple[str, ...]
    faults: tuple[Fault, ...] = ()
    conflict: tuple[DiffLine, ...] = ()


@dataclass(frozen=True)
class HistoryPage:
    """GET /templates/<name>/<locale>/revisions. opened: the one that is compared; lines: what it
    changed of the one before; against: what restoring it would change of what is live."""

    template: ClassVar[str] = "replies/revisions.html"

    name: str
    locale: str
    savings: tuple[Saving, ...]
    opened: Saving | None
    live: int
    lines: tuple[DiffLine, ...]
    against: tuple[DiffLine, ...]
    older: int | None
    shippable: bool
