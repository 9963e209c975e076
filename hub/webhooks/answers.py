"""What a program answered, as far as rules may use it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import Any, Final

from hub.security.fetch import Fetched
from hub.webhooks.calls import LONGEST_WAIT_S, Answer

MOST: Final = 100
"""Members of one JSON object or array that are kept."""
DEEPEST: Final = 4
LONGEST: Final = 2_000
"""Characters of one text."""
GONE: Final = 410
"""The far side wants no more of them (Standard Webhooks, "Operational considerations")."""


def read(response: Fetched, now: datetime) -> Answer:
    """An attempt's outcome by what came back. Never raises."""
    if response.ok:
        return Answer(response.status, answer=_variables(response.body))
    return Answer(
        response.status,
        error=f"it answered with status {response.status}",
        permanent=response.status == GONE,
        retry_after=_retry_after(response.headers, now),
    )


def _variables(body: bytes) -> dict[str, Any] | None:
    """The JSON object in a body, cut to what is kept; None where there is none."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return _bounded(found, 0) if isinstance(found, dict) else None


def _bounded(value: Any, depth: int) -> Any:
    match value:
        case str():
            # A lone surrogate or a NUL is JSON, but no text that a database takes.
            text = value.encode("utf-8", "replace").decode().replace("\x00", "")
            return text[:LONGEST]
        case dict() if depth < DEEPEST:
            kept = list(value.items())[:MOST]
            return {_bounded(key, depth): _bounded(part, depth + 1) for key, part in kept}
        case list() if depth < DEEPEST:
            return [_bounded(part, depth + 1) for part in value[:MOST]]
        case dict() | list():
            return None
        case float() if not isfinite(value):
            return None
        case int() if abs(value) >= 1 << 63:
            return None
        case _:
            return value


def _retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds, from either form of the header (RFC 9110, section 10.2.3)."""
    written = headers.get("Retry-After", "").strip()
    if written.isdecimal():
        return min(float(written[:9]), LONGEST_WAIT_S)
    try:
        at = parsedate_to_datetime(written)
        return min(max(0.0, (at - now).total_seconds()), LONGEST_WAIT_S)
    except (ValueError, TypeError):
        return None
