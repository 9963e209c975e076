"""Who a visitor is, and which of them are here.

A visitor is whoever holds a token: 32 random bytes that the server made at first contact and the
browser keeps. The hub stores only its SHA-256, which is the address of the identity; nobody who
reads the database can speak as a visitor.
"""

import hashlib
import re
import secrets
import time
from collections import OrderedDict
from typing import Protocol

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")

REMEMBERED = 10_000


def new_token() -> str:
    """A fresh visitor token: 32 random bytes as base64url, 43 characters."""
    return secrets.token_urlsafe(32)


def is_token(text: str | None) -> bool:
    """Whether this has the form of a visitor token."""
    return text is not None and _TOKEN.fullmatch(text) is not None


def address_of(token: str) -> str:
    """The identity's address: the SHA-256 of the token, in hex."""
    return hashlib.sha256(token.encode("ascii")).hexdigest()


class Rate:
    """At most `per_minute` acts a minute for each key, in bursts of up to a quarter of them.

    Kept in this process; the buckets longest unused are forgotten first.
    """

    def __init__(self, per_minute: int) -> None:
        self._refill = per_minute / 60
        self._burst = max(1.0, per_minute / 4)
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> float:
        """Count one act. Returns 0, or the seconds to wait before the next one is allowed."""
        now = time.monotonic()
        tokens, since = self._buckets.get(key, (self._burst, now))
        tokens = min(self._burst, tokens + (now - since) * self._refill)
        allowed = tokens >= 1
        self._buckets[key] = (tokens - 1 if allowed else tokens, now)
        self._buckets.move_to_end(key)
        if len(self._buckets) > REMEMBERED:
            self._buckets.popitem(last=False)
        return 0.0 if allowed else (1 - tokens) / self._refill


class Tab(Protocol):
    """One open socket of a visitor."""

    def show_typing(self, on: bool, name: str | None) -> None: ...

    def give_way(self) -> None:
        """Close: the visitor has opened too many tabs since."""
        ...


class Visitors:
    """The open tabs of this process, by the visitor's address."""

    def __init__(self, per_visitor: int, total: int) -> None:
        self._per_visitor = per_visitor
        self._total = total
        self._tabs: dict[str, list[Tab]] = {}
        self._count = 0

    @property
    def full(self) -> bool:
        return self._count >= self._total

    def join(self, address: str, tab: Tab) -> bool:
        """Add a tab; the oldest one gives way beyond the limit. True for the visitor's first."""
        tabs = self._tabs.setdefault(address, [])
        tabs.append(tab)
        self._count += 1
        if len(tabs) > self._per_visitor:
            tabs[0].give_way()
        return len(tabs) == 1

    def leave(self, address: str, tab: Tab) -> bool:
        """Remove a tab. True for the visitor's last."""
        tabs = self._tabs.get(address, [])
        if tab in tabs:
            tabs.remove(tab)
            self._count -= 1
        if not tabs:
            self._tabs.pop(address, None)
        return not tabs

    def at(self, address: str) -> tuple[Tab, ...]:
        """The visitor's open tabs."""
        return tuple(self._tabs.get(address, ()))
