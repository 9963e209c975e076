"""What was looked for, and what was found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from hub.conversations.finding import Fault, Part


@dataclass(frozen=True)
class Hit:
    """A message or a conversation that was found; parts: why, with what was found marked."""

    url: str
    number: int
    customer: str
    marks: tuple[str, ...]
    at: datetime
    parts: tuple[Part, ...]
    subject: str | None = None
    status: str = "open"
    by: Literal["customer", "team", "note"] = "customer"
    file: str | None = None


@dataclass(frozen=True)
class Link:
    """A customer, a template, a page."""

    url: str
    label: str
    kind: str = ""
    detail: str | None = None


@dataclass(frozen=True)
class Hits:
    """The next hits, and where those after them are."""

    template: ClassVar[str] = "finding/hits.html"

    hits: tuple[Hit, ...]
    more: str | None = None


@dataclass(frozen=True)
class Results:
    """What a query finds (a part of the page). direct: conversations that are meant by number or
    name. empty: nothing is looked for yet."""

    template: ClassVar[str] = "finding/results.html"

    query: str
    hits: tuple[Hit, ...] = ()
    more: str | None = None
    direct: tuple[Hit, ...] = ()
    customers: tuple[Link, ...] = ()
    templates: tuple[Link, ...] = ()
    faults: tuple[Fault, ...] = ()
    empty: bool = False


@dataclass(frozen=True)
class SearchPage:
    """GET /search"""

    template: ClassVar[str] = "finding/page.html"

    results: Results


@dataclass(frozen=True)
class Jumps:
    """What the palette finds beside the acts that it knows (GET /palette)."""

    template: ClassVar[str] = "finding/jumps.html"

    query: str
    conversations: tuple[Hit, ...] = ()
    customers: tuple[Link, ...] = ()
    templates: tuple[Link, ...] = ()
    macros: tuple[Link, ...] = ()
