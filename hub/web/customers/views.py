"""What the pages about customers show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from hub.web.views import Customer, Toast


@dataclass(frozen=True)
class Told:
    """One line of the timeline. icon: a Lucide name, or None where a channel's mark stands. url:
    where it can be seen. head: the matter that a run of messages belongs to, "" where it has no
    name but its number. by: who did it."""

    key: str
    kind: str
    at: datetime
    icon: str | None = None
    channel: str | None = None
    title: str | None = None
    text: str | None = None
    by: str | None = None
    ours: bool = False
    url: str | None = None
    head: str | None = None
    number: int = 0
    stars: tuple[int, int] | None = None
    undo: str | None = None


@dataclass(frozen=True)
class CustomerPage:
    """GET /customers/<id>. older: the address of the next lines. hidden: some conversations are
    not for the viewer. kinds: what can be shown alone, by key with its label; kind: which is."""

    template: ClassVar[str] = "customers/page.html"

    customer: Customer
    lines: tuple[Told, ...]
    older: Mapping[str, str] | None
    hidden: bool
    kinds: Mapping[str, str]
    kind: str
    may_export: bool
    may_erase: bool


@dataclass(frozen=True)
class TimelineLines:
    """GET /customers/<id>/timeline: the next lines. after: when the line before them was."""

    template: ClassVar[str] = "customers/lines.html"

    id: UUID
    lines: tuple[Told, ...]
    older: Mapping[str, str] | None
    after: datetime


@dataclass(frozen=True)
class Changed:
    """What became of a customer, for the pane or, by `page`, for the customer's own page."""

    template: ClassVar[str] = "customers/changed.html"

    customer: Customer
    toast: Toast | None = None
    page: CustomerPage | None = None


@dataclass(frozen=True)
class Ordered:
    """An order with its lines: name, quantity as text, price each."""

    number: str
    at: datetime
    amount: str
    status: str
    tone: str
    lines: tuple[tuple[str, int, str], ...]


@dataclass(frozen=True)
class Purchases:
    """GET /customers/<id>/purchases"""

    template: ClassVar[str] = "customers/purchases.html"

    id: UUID
    name: str
    orders: tuple[Ordered, ...]
    value: str | None
    older: Mapping[str, str] | None


@dataclass(frozen=True)
class Cell:
    """A column of the list, as it can be chosen."""

    key: str
    label: str
    shown: bool


@dataclass(frozen=True)
class Listed:
    """A row of the list; cells by column, already as they are read."""

    id: UUID
    name: str
    url: str
    channels: tuple[str, ...]
    seen_at: datetime
    since: datetime
    stage: str
    segments: tuple[str, ...]
    tags: tuple[str, ...]
    satisfaction: float | None
    value: str | None
    open: int
    key: bool
    source: str
    language: str
    addresses: tuple[tuple[str, str, str], ...]
    blocked: bool
    reason: str | None


@dataclass(frozen=True)
class Choice:
    """An entry of a filter."""

    value: str
    label: str
    current: bool


@dataclass(frozen=True)
class CustomersPage:
    """GET /customers. query: the choice as a query; filters: by name, what can be chosen."""

    template: ClassVar[str] = "customers/list.html"

    rows: tuple[Listed, ...]
    columns: tuple[Cell, ...]
    filters: Mapping[str, tuple[Choice, ...]]
    query: Mapping[str, str]
    older: Mapping[str, str] | None
    may_export: bool
    may_erase: bool
    alike: int


@dataclass(frozen=True)
class CustomerRows:
    """GET /customers/rows: the next page."""

    template: ClassVar[str] = "customers/rows.html"

    rows: tuple[Listed, ...]
    columns: tuple[Cell, ...]
    query: Mapping[str, str]
    older: Mapping[str, str] | None


@dataclass(frozen=True)
class Likeness:
    """Two customers who may be one. reasons: in words."""

    first_id: UUID
    first: str
    second_id: UUID
    second: str
    reasons: tuple[str, ...]
    sure: bool


@dataclass(frozen=True)
class DuplicatesPage:
    """GET /customers/duplicates"""

    template: ClassVar[str] = "customers/duplicates.html"

    pairs: tuple[Likeness, ...]
    older: Mapping[str, str] | None


@dataclass(frozen=True)
class Other:
    """Somebody with whom a customer can be merged. reasons: what speaks for it, in words."""

    id: UUID
    name: str
    addresses: tuple[tuple[str, str], ...]
    seen_at: datetime
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class MergeChoice:
    """GET /customers/<id>/merge. query: what was searched for, "" for what is suggested."""

    template: ClassVar[str] = "customers/choose.html"

    id: UUID
    name: str
    query: str
    others: tuple[Other, ...]


@dataclass(frozen=True)
class MergeSide:
    """One of two customers, as the preview shows it. counts: label and number."""

    id: UUID
    name: str
    since: datetime
    identities: tuple[tuple[str, str, str], ...]
    counts: tuple[tuple[str, int], ...]
    tags: tuple[str, ...]
    blocked: bool


@dataclass(frozen=True)
class Clash:
    """A value that both have: which of the two is to win. field: the form's."""

    field: str
    label: str
    kept: str
    other: str


@dataclass(frozen=True)
class MergePage:
    """GET /customers/merge. joined: what both will have, in words; taken: values that only the
    one who goes has."""

    template: ClassVar[str] = "customers/merge.html"

    kept: MergeSide
    gone: MergeSide
    clashes: tuple[Clash, ...]
    taken: tuple[tuple[str, str], ...]
    folded: tuple[str, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class UnlinkPage:
    """GET /customers/<id>/identities/<identity>/unlink: what it would do."""

    template: ClassVar[str] = "customers/unlink.html"

    id: UUID
    name: str
    identity: UUID
    channel: str
    address: str
    going: int
    staying: int
    used: bool


@dataclass(frozen=True)
class JobRow:
    """Background work about customers. state: queued, running, done, failed or cancelled."""

    id: UUID
    what: str
    state: str
    done: int
    total: int | None
    at: datetime
    by: str | None
    error: str | None
    file: str | None = None
    stop: bool = False


@dataclass(frozen=True)
class ErasePage:
    """GET /customers/<id>/erase. typed, errors: of a form that was refused."""

    template: ClassVar[str] = "customers/erase.html"

    id: UUID
    name: str
    counts: tuple[tuple[str, int], ...]
    errors: Mapping[str, str] = field(default_factory=dict)
    typed: str = ""


@dataclass(frozen=True)
class ExportPage:
    """GET /customers/<id>/export: what was packed and what is being."""

    template: ClassVar[str] = "customers/export.html"

    id: UUID
    name: str
    jobs: tuple[JobRow, ...]
    running: bool


@dataclass(frozen=True)
class PrivacyPage:
    """GET and POST /customers/privacy: how long conversations are kept, what was exported and
    erased. kinds: of channels that have an age of their own; typed: days, by field. doomed: how
    many conversations would be erased next, which somebody has to be sure of."""

    template: ClassVar[str] = "customers/privacy.html"

    kinds: tuple[str, ...]
    typed: Mapping[str, str]
    jobs: tuple[JobRow, ...]
    running: bool
    errors: Mapping[str, str] = field(default_factory=dict)
    doomed: int = 0
