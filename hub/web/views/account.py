"""An agent's own account, as its pages show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar


@dataclass(frozen=True)
class SignedInAt:
    """One signed-in browser. this: the one that asks."""

    mark: str
    name: str | None
    address: str | None
    since: datetime
    seen: datetime
    this: bool


@dataclass(frozen=True)
class Offered:
    """A secret for the agent's device: as text, as an address (otpauth:) and as a QR code."""

    secret: str
    shown: str
    address: str
    picture: str


@dataclass(frozen=True)
class Security:
    """GET /me/security. codes: fresh recovery codes, shown this once. errors: by field
    ("password", "new", "step-password", "code", "codes-password", "off-password")."""

    template: ClassVar[str] = "security.html"

    second_step: bool
    codes_left: int
    browsers: tuple[SignedInAt, ...]
    offered: Offered | None = None
    codes: tuple[str, ...] = ()
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SignInCode:
    """The second page of signing in. `ticket` says that the password was right."""

    template: ClassVar[str] = "sign_in_code.html"

    ticket: str
    next: str = "/inbox"
    errors: Mapping[str, str] = field(default_factory=dict)
