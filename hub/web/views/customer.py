"""Who a customer is, as the pane beside a thread and the customer's own page show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal
from uuid import UUID


@dataclass(frozen=True)
class Identity:
    """An address of the customer. `proof`: verified, or only claimed."""

    channel: str
    address: str
    proof: Literal["verified", "claimed"]
    unreachable: str | None = None
    id: UUID | None = None


@dataclass(frozen=True)
class Purchase:
    """A purchase; `amount` is formatted for the viewer."""

    number: str
    title: str
    amount: str
    at: datetime | None = None


@dataclass(frozen=True)
class Earlier:
    """An earlier conversation of the same customer. open: it is not settled yet."""

    url: str
    channel: str
    title: str
    at: datetime
    score: int | None = None
    best: int = 5
    open: bool = False


@dataclass(frozen=True)
class Trouble:
    """Something that a customer was not happy with. stars: of an answer to a survey; None of a
    complaint. words: theirs; about: the conversation."""

    url: str
    at: datetime
    about: str
    words: str = ""
    stars: tuple[int, int] | None = None


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
class Remark:
    """A note about the customer. author: None for a rule's or an import's."""

    id: UUID
    text: str
    author: str | None
    at: datetime


@dataclass(frozen=True)
class SharedFile:
    """A file that went to or fro."""

    url: str
    name: str
    size: int
    at: datetime


@dataclass(frozen=True)
class Agreed:
    """The customer's word on a purpose, None where there is none yet. label: in the viewer's
    language."""

    purpose: str
    label: str
    granted: bool | None = None
    at: datetime | None = None


@dataclass(frozen=True)
class Alike:
    """Somebody who may be this customer. text: what speaks for it, in a sentence."""

    text: str
    url: str


@dataclass(frozen=True)
class Blocked:
    """Since when and why nothing of the customer is heard."""

    at: datetime
    reason: str | None = None


@dataclass(frozen=True)
class AttributeLine:
    """An attribute of a customer, or one that is asked for. shown: in the viewer's words, None
    where there is none; typed: what stands in its form. form: as `hub.customers.attributes`; day:
    of a day."""

    name: str
    label: str
    shown: str | None
    typed: str
    form: str = "text"
    choices: tuple[str, ...] = ()
    day: date | None = None


@dataclass(frozen=True)
class Customer:
    """Who it is. `stage` and `facts` are labels and values already in the viewer's language.

    url: the customer's own page; without one nothing can be changed. key: one of those who are
    served first. troubles: what they were not happy with; matters: what they wrote about, and how
    often. stages: what can be chosen,
    by key with its label. value: what was bought, as one line. conversation: beside which the pane
    stands. errors: by field, of a form that was refused; typed: what stood in it.
    """

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
    notes: tuple[Remark, ...] = ()
    url: str | None = None
    conversation: UUID | None = None
    own_name: str | None = None
    stage_key: str = "new"
    stages: Mapping[str, str] = field(default_factory=dict)
    locale: str | None = None
    languages: Mapping[str, str] = field(default_factory=dict)
    time_zone: str | None = None
    key: bool = False
    segments: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    matters: tuple[tuple[str, int], ...] = ()
    bought_at: datetime | None = None
    seen_at: datetime | None = None
    value: str | None = None
    attributes: tuple[AttributeLine, ...] = ()
    files: tuple[SharedFile, ...] = ()
    agreed: tuple[Agreed, ...] = ()
    alike: tuple[Alike, ...] = ()
    blocked: Blocked | None = None
    errors: Mapping[str, str] = field(default_factory=dict)
    typed: Mapping[str, str] = field(default_factory=dict)
