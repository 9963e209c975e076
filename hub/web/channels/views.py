"""What the pages about connected accounts show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from hub.accounts.aside import Aside
from hub.channel import Finding
from hub.web.channels.forms import FormField

State = Literal["running", "starting", "waiting", "stopped", "invalid", "paused"]


@dataclass(frozen=True)
class AccountState:
    """One connected account and how it fares.

    lag: seconds between a message's own time and its arrival here, lately. next_try: when a
    stopped adapter starts again. queue: answers that wait.
    """

    name: str
    kind: str
    state: State
    since: datetime
    address: str | None = None
    lag: float | None = None
    last_message: datetime | None = None
    last_error: str | None = None
    last_error_at: datetime | None = None
    next_try: datetime | None = None
    queue: int = 0
    unconfirmed: int = 0


@dataclass(frozen=True)
class Channels:
    """GET /channels. removed: names and kinds of accounts that can come back. manages: whether
    the viewer may set accounts up."""

    template: ClassVar[str] = "channels/list.html"

    accounts: tuple[AccountState, ...]
    removed: tuple[tuple[str, str], ...] = ()
    manages: bool = False


@dataclass(frozen=True)
class Offer:
    """Something that can be connected: a kind, or one with some settings filled in."""

    name: str
    label: str
    mark: str


@dataclass(frozen=True)
class ChooseKind:
    """GET /channels/new."""

    template: ClassVar[str] = "channels/choose.html"

    offers: tuple[Offer, ...]


@dataclass(frozen=True)
class Connect:
    """GET and POST /channels/new/<offer>: the form of a new account."""

    template: ClassVar[str] = "channels/connect.html"

    offer: Offer
    fields: tuple[FormField, ...]
    name: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class AccountPage:
    """GET and POST /channels/<account>.

    aside: how much could not be handled. stored: set up in the browser, so that it can be changed
    here. findings: what a test found,
    None where none was run. snippet: what puts a web chat on a page. pushed_to: the address at
    which the adapter is reached from outside.
    """

    template: ClassVar[str] = "channels/account.html"

    account: AccountState
    stored: bool
    manages: bool
    fields: tuple[FormField, ...]
    errors: Mapping[str, str] = field(default_factory=dict)
    findings: Sequence[Finding] | None = None
    snippet: str | None = None
    demo: str | None = None
    aside: int = 0


@dataclass(frozen=True)
class SetAside:
    """GET /channels/<account>/aside. more: the query of the next page. failed: why reading one
    again just failed, by its id."""

    template: ClassVar[str] = "channels/aside.html"

    account: str
    originals: tuple[Aside, ...]
    more: str | None = None
    failed: Mapping[UUID, str] = field(default_factory=dict)
