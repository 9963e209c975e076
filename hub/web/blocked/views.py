"""What the page about blocked senders shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar


@dataclass(frozen=True)
class Sender:
    """A line. shown: the address as people read it; by: an agent's name."""

    kind: str
    address: str
    shown: str
    reason: str | None
    at: datetime
    by: str | None


@dataclass(frozen=True)
class BlockedPage:
    """GET /blocked. kinds: of addresses that can be blocked. changes: the viewer may."""

    template: ClassVar[str] = "blocked/page.html"

    senders: tuple[Sender, ...]
    kinds: tuple[str, ...]
    changes: bool
    search: str = ""
    more: Mapping[str, str] | None = None
    typed: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class BlockedRows:
    """GET /blocked/rows: the next page."""

    template: ClassVar[str] = "blocked/rows.html"

    senders: tuple[Sender, ...]
    changes: bool
    more: Mapping[str, str] | None = None
