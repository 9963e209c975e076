"""What the pages about webhooks show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar
from uuid import UUID

from hub.subscriptions.deliveries import Delivery, State
from hub.subscriptions.endpoints import Endpoint


@dataclass(frozen=True)
class KindChoice:
    """An event that can be told. about: in the reader's language."""

    name: str
    about: str
    chosen: bool


@dataclass(frozen=True)
class KindGroup:
    """Events of one sort. name: messages, conversations, customers or results."""

    name: str
    kinds: tuple[KindChoice, ...]


@dataclass(frozen=True)
class Typed:
    """The form as it stands. every: whether all kinds of events are told, also those to come."""

    name: str = ""
    url: str = ""
    words: bool = True
    every: bool = True
    kinds: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Webhooks:
    """GET /webhooks. removed: what can be brought back."""

    template: ClassVar[str] = "webhooks/list.html"

    webhooks: tuple[Endpoint, ...]
    removed: tuple[Endpoint, ...] = ()


@dataclass(frozen=True)
class NewWebhook:
    """GET and POST /webhooks/new."""

    template: ClassVar[str] = "webhooks/new.html"

    groups: tuple[KindGroup, ...]
    typed: Typed = Typed()
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class WebhookPage:
    """GET and POST /webhooks/<webhook>. secret: shown this once, None as a rule. own: whether the
    viewer answers for it."""

    template: ClassVar[str] = "webhooks/one.html"

    webhook: Endpoint
    groups: tuple[KindGroup, ...]
    typed: Typed
    own: bool
    errors: Mapping[str, str] = field(default_factory=dict)
    secret: str | None = None


@dataclass(frozen=True)
class ToldRow:
    """One delivery. sent: its JSON as people read it, "" where the viewer may not see it."""

    told: Delivery
    sent: str
    again: bool


@dataclass(frozen=True)
class Log:
    """GET /webhooks/<webhook>/log. older: the query of the next page. running: whether something
    that was just put in line is under way."""

    template: ClassVar[str] = "webhooks/log.html"

    webhook: Endpoint
    rows: tuple[ToldRow, ...]
    state: State | None
    running: bool
    older: Mapping[str, str] | None = None


@dataclass(frozen=True)
class LogRows(Log):
    """The rows alone."""

    template: ClassVar[str] = "webhooks/rows.html"


Undo = Mapping[str, str]
"""The fields of a form that puts back what stood there."""


def undo_of(webhook: Endpoint) -> Undo:
    """What makes a webhook again what it is now."""
    return {
        "name": webhook.name,
        "url": webhook.url,
        "words": "1" if webhook.words else "",
        "which": "some" if webhook.kinds else "all",
        "kinds": ",".join(webhook.kinds),
    }


def address(webhook_id: UUID, more: str = "") -> str:
    return f"/webhooks/{webhook_id}{more}"
