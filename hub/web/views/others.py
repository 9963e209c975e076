"""Signing in, own settings, failures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from hub.security.filetypes import Danger
from hub.web.views.thread import Words


@dataclass(frozen=True)
class SignIn:
    """GET and POST /sign-in. `errors` by field ("address", "password", "form")."""

    template: ClassVar[str] = "sign_in.html"

    address: str = ""
    next: str = "/inbox"
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Settings:
    """GET and POST /me: the viewer's own settings, as a page of their own. zones: those that can
    be written. signatures, signed: by channel kind, as they are written and as they will look."""

    template: ClassVar[str] = "me.html"

    errors: Mapping[str, str] = field(default_factory=dict)
    time_zone: str = "UTC"
    zones: tuple[str, ...] = ()
    direction: str = "auto"
    digits: str = "auto"
    density: str = "comfortable"
    shortcuts: str = "on"
    after_sending: str = "stay"
    signatures: Mapping[str, str] = field(default_factory=dict)
    signed: Mapping[str, Words] = field(default_factory=dict)


@dataclass(frozen=True)
class HeldFile:
    """GET /files/<message>/<position>/held. danger: why it is not simply given. back: to where it
    came."""

    template: ClassVar[str] = "held.html"

    name: str
    size: int
    danger: Danger
    action: str
    back: str


@dataclass(frozen=True)
class Failure:
    """An error page. `status` chooses the words: 403, 404, 419 (an expired form), 500, 503;
    every other one gets the words of 500. `reference` finds the failure in the log."""

    template: ClassVar[str] = "error.html"

    status: int
    detail: str | None = None
    reference: str | None = None
    again: str | None = None
