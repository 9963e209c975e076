"""Customers as requests and answers have them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar, Final, Literal
from uuid import UUID

from pydantic import Field

from hub.customers import acts
from hub.web.api.model import Flag, Given, Line, Lines, Record, Shown, example
from hub.web.api.resources.shared import ONE, OTHER, WHEN

Purpose = Annotated[Line, Field(max_length=60)]
Tag = Annotated[Line, Field(max_length=acts.LONGEST_TAG)]
_AMOUNT: Final = {"minor_units": 1290000, "currency": "IRR"}
_ADDRESS: Final[Mapping[str, Any]] = {
    "id": OTHER,
    "kind": "mail",
    "address": "mina@example.com",
    "name": "Mina Karimi",
    "verified": True,
    "reachable": True,
}
_CONSENT: Final = {"purpose": "marketing", "granted": False, "at": WHEN, "source": "survey"}
_NOTE: Final = {"id": OTHER, "text": "Prefers calls.", "agent": "Sara Ahmadi", "at": WHEN}
_LISTED: Final[Mapping[str, Any]] = {
    "id": ONE,
    "name": "Mina Karimi",
    "stage": "customer",
    "locale": "fa",
    "segments": ["regulars"],
    "tags": ["wholesale"],
    "seen_at": WHEN,
    "created_at": WHEN,
    "satisfaction": 0.9,
    "blocked_at": None,
}


class Amount(Shown):
    """Money. currency: ISO 4217; rial, never toman."""

    model_config = example(**_AMOUNT)

    minor_units: int
    currency: str


class CustomerAddress(Shown):
    """Where the customer can be reached."""

    model_config = example(**_ADDRESS)

    id: UUID
    kind: str
    address: str
    name: str | None
    verified: bool = Field(description="Proven to be the customer's, not only claimed")
    reachable: bool


class CustomerSummary(Record):
    """A customer as a list shows one."""

    model_config = example(**_LISTED, open=1, orders=3, totals=[_AMOUNT])
    record: ClassVar[str] = "customer"

    name: str | None
    stage: str
    locale: str | None
    segments: list[str]
    tags: list[str]
    seen_at: datetime = Field(description="The last contact")
    created_at: datetime
    satisfaction: float | None = Field(description="The mean of all answers to surveys, 0 to 1")
    blocked_at: datetime | None
    open: int = Field(description="Conversations that are open")
    orders: int = Field(description="Orders that were not given back")
    totals: list[Amount] = Field(description="What they came to, an amount a currency")


class Consent(Shown):
    """The customer's last word on a purpose."""

    model_config = example(**_CONSENT)

    purpose: str
    granted: bool
    at: datetime
    source: str


class CustomerNote(Shown):
    """What somebody wrote about the customer."""

    model_config = example(**_NOTE)

    id: UUID
    text: str
    agent: str | None
    at: datetime


class Customer(Record):
    """All that is known of a customer."""

    model_config = example(
        **{name: value for name, value in _LISTED.items() if name != "satisfaction"},
        time_zone="Asia/Tehran",
        attributes={"company": "Sample shop"},
        first_source={"page": "/pricing"},
        last_source={},
        blocked_reason=None,
        addresses=[_ADDRESS],
        consents=[_CONSENT],
        notes=[_NOTE],
        ratings=4,
        mean_rating=4.5,
        orders=3,
        totals=[_AMOUNT],
        alike=[],
    )
    record: ClassVar[str] = "customer"

    name: str | None
    stage: str
    locale: str | None
    time_zone: str | None
    segments: list[str] = Field(description="Names")
    tags: list[str]
    attributes: dict[str, Any]
    first_source: dict[str, str]
    last_source: dict[str, str]
    seen_at: datetime
    created_at: datetime
    blocked_at: datetime | None
    blocked_reason: str | None
    addresses: list[CustomerAddress]
    consents: list[Consent]
    notes: list[CustomerNote] = Field(description="The newest ones")
    ratings: int
    mean_rating: float | None = Field(description="On a scale of five")
    orders: int
    totals: list[Amount]
    alike: list[UUID] = Field(description="Customers who may be the same person")


class CustomerChange(Given):
    """What is to be another."""

    model_config = example(stage="customer", attributes={"company": "Sample shop"}, tag="wholesale")

    name: Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")] | None = Field(
        None, description="An empty one takes it away"
    )
    stage: Annotated[Line, Field(max_length=60)] | None = None
    locale: Literal["", "en", "fa"] | None = None
    time_zone: Annotated[str, Field(max_length=60, pattern=r"^[A-Za-z0-9_/+-]*$")] | None = Field(
        None, description="Of the IANA database; an empty one takes it away"
    )
    attributes: dict[
        Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f]+$")],
        Annotated[str, Field(max_length=acts.LONGEST_VALUE, pattern=r"^[^\x00]*$")] | None,
    ] = Field(
        {},
        max_length=50,
        description="By name; a number, a day (ISO 8601), `yes` or `no`, a choice where the "
        "attribute is defined so, else any text; null takes one away",
    )
    tag: Tag | None = Field(None, description="Comes")
    untag: Tag | None = Field(None, description="Goes")


class NewCustomerNote(Given):
    """What is to be remembered of the customer."""

    model_config = example(text="Prefers to be called.")

    text: Annotated[Lines, Field(min_length=1, max_length=acts.LONGEST_NOTE)]


class NewConsent(Given):
    """A yes or a no of the customer."""

    model_config = example(granted=False)

    granted: Flag


class Block(Given):
    """Why somebody is not heard any more."""

    model_config = example(reason="Advertising")

    reason: Annotated[str, Field(max_length=acts.LONGEST_VALUE, pattern=r"^[^\x00]*$")] = ""
