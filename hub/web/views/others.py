"""Signing in, own settings, connected accounts, failures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Literal


@dataclass(frozen=True)
class SignIn:
    """GET and POST /sign-in. `errors` by field ("address", "password", "form")."""

    template: ClassVar[str] = "sign_in.html"

    address: str = ""
    next: str = "/inbox"
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Settings:
    """GET and POST /me: the viewer's own settings, as a page of their own."""

    template: ClassVar[str] = "me.html"

    errors: Mapping[str, str] = field(default_factory=dict)
    next: str = "/inbox"


@dataclass(frozen=True)
class AccountState:
    """One connected account and how it fares.

    lag: seconds between a message's own time and its arrival here, lately. queue: answers that
    wait. next_try: when a stopped adapter starts again.
    """

    name: str
    kind: str
    state: Literal["running", "starting", "waiting", "stopped", "invalid"]
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
    """GET /channels."""

    template: ClassVar[str] = "channels.html"

    accounts: tuple[AccountState, ...]


@dataclass(frozen=True)
class Failure:
    """An error page. `status` chooses the words: 403, 404, 419 (an expired form), 500, 503;
    every other one gets the words of 500. `reference` finds the failure in the log."""

    template: ClassVar[str] = "error.html"

    status: int
    detail: str | None = None
    reference: str | None = None
    again: str | None = None
