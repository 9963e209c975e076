"""Tokens as their page shows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from hub.web.views import Person


@dataclass(frozen=True)
class TokenRow:
    """A token. may: its scopes in words. soon: it ends within a week. manageable: the viewer may
    revoke it."""

    id: UUID
    name: str
    prefix: str
    agent: str
    may: tuple[str, ...]
    created_at: datetime
    created_by: str | None
    expires_at: datetime | None
    used_at: datetime | None
    used_from: str | None
    revoked_at: datetime | None
    soon: bool
    manageable: bool


@dataclass(frozen=True)
class ScopeChoice:
    """Something that a token can be given. changes: it is more than reading."""

    scope: str
    label: str
    changes: bool
    chosen: bool


@dataclass(frozen=True)
class Made:
    """A token that was just made; its secret is shown this once."""

    name: str
    secret: str


@dataclass(frozen=True)
class TokensPage:
    """GET and POST /tokens. agents: on whose behalf a token can act. days: after how many it can
    end, None for never. address: where the API is."""

    template: ClassVar[str] = "tokens/page.html"

    live: tuple[TokenRow, ...]
    ended: tuple[TokenRow, ...]
    scopes: tuple[ScopeChoice, ...]
    agents: tuple[Person, ...]
    days: tuple[int | None, ...]
    address: str
    typed: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    made: Made | None = None
