"""A conversation to print: its head, its messages some at a time, and its end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hub.web.views.thread import Item


@dataclass(frozen=True)
class PrintedHead:
    """noted: notes among the team are part of it. otherwise: the page with them, or without."""

    template: ClassVar[str] = "conversation/print_head.html"

    number: int
    subject: str | None
    customer: str
    tags: tuple[str, ...] = ()
    noted: bool = True
    otherwise: str = ""


@dataclass(frozen=True)
class PrintedSome:
    template: ClassVar[str] = "conversation/print_some.html"

    items: tuple[Item, ...]


@dataclass(frozen=True)
class PrintedEnd:
    template: ClassVar[str] = "conversation/print_end.html"
