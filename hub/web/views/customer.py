"""Who a customer is, as the page beside a thread shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID


@dataclass(frozen=True)
class Identity:
    """An address of the customer. `proof`: verified, or only claimed."""

    channel: str
    address: str
    proof: Literal["verified", "claimed"]
    unreachable: str | None = None


@dataclass(frozen=True)
class Purchase:
    """A purchase; `amount` is formatted for the viewer."""

    number: str
    title: str
    amount: str


@dataclass(frozen=True)
class Earlier:
    """An earlier conversation of the same customer."""

    url: str
    channel: str
    title: str
    at: datetime
    score: int | None = None
    best: int = 5


@dataclass(frozen=True)
class Satisfaction:
    """The mean of all ratings, None without any, and the last of them, oldest first, each in
    0..1. thanks, complaints: signals."""

    mean: float | None
    count: int
    last: tuple[float, ...] = ()
    thanks: int = 0
    complaints: int = 0


@dataclass(frozen=True)
class Customer:
    """Who it is. `stage` and `facts` are labels and values already in the viewer's language."""

    id: UUID
    name: str
    since: datetime
    stage: str | None = None
    facts: tuple[tuple[str, str], ...] = ()
    identities: tuple[Identity, ...] = ()
    purchases: tuple[Purchase, ...] = ()
    purchase_count: int = 0
    satisfaction: Satisfaction | None = None
    earlier: tuple[Earlier, ...] = ()
    notes: tuple[str, ...] = ()
