"""What is known of the sample shop's customers, and the form in which their matters are told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Literal

Way = Literal["webchat", "telegram", "mail"]

ACCOUNTS: Final[Mapping[Way, str]] = {
    "webchat": "chat",
    "telegram": "sample-telegram",
    "mail": "sample-mail",
}
"""The account of each way, as in `payam.toml`."""
PLAYED: Final = ("sample-telegram", "sample-mail")
"""The accounts whose far side is in the demo's own process."""


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


def days(count: float) -> timedelta:
    return timedelta(days=count)


@dataclass(frozen=True)
class SampleAgent:
    """Somebody who answers in the shop."""

    name: str
    mail: str
    locale: str
    calendar: str


@dataclass(frozen=True)
class Order:
    """One purchase. amount: in minor units of the currency. lines: name, quantity, unit amount."""

    number: str
    ago: timedelta
    amount: int
    currency: str
    status: str
    lines: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True)
class SampleCustomer:
    """Somebody who writes to the shop; `number` is part of the name."""

    number: int
    locale: Literal["en", "fa"]
    stage: str = "lead"
    time_zone: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    source: Mapping[str, str] = field(default_factory=dict)
    orders: tuple[Order, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        if self.locale == "fa":
            return "مشتری نمونه " + str(self.number).translate(_PERSIAN)
        return f"Sample Customer {self.number}"

    def address(self, way: Way) -> str:
        """Where the customer writes from."""
        return {
            "telegram": f"{7_000_000_000 + self.number}",
            "mail": f"customer-{self.number}@sample.example",
            "webchat": f"sample-visitor-{self.number}",
        }[way]


_PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")


@dataclass(frozen=True)
class Says:
    """The customer writes. gives_mail: and leaves a mail address for the answer. way: where the
    matter goes on elsewhere than it began."""

    ago: timedelta
    text: str
    gives_mail: bool = False
    way: Way | None = None


@dataclass(frozen=True)
class Leaves:
    """The customer closes the chat."""

    ago: timedelta


@dataclass(frozen=True)
class Answers:
    """An agent, by the place in the list of agents, answers."""

    ago: timedelta
    agent: int
    text: str


@dataclass(frozen=True)
class Notes:
    """An agent writes a note for colleagues."""

    ago: timedelta
    agent: int
    text: str


@dataclass(frozen=True)
class Takes:
    """An agent takes the matter."""

    ago: timedelta
    agent: int


@dataclass(frozen=True)
class Resolves:
    """An agent settles the matter; the customer is asked how it was."""

    ago: timedelta
    agent: int


@dataclass(frozen=True)
class Rates:
    """The customer answers the survey, with one to five stars."""

    ago: timedelta
    score: int
    comment: str | None = None


Step = Says | Leaves | Answers | Notes | Takes | Resolves | Rates


@dataclass(frozen=True)
class Matter:
    """One conversation, its steps in order of time."""

    customer: int
    way: Way
    steps: tuple[Step, ...]
    subject: str | None = None
