"""Reading untrusted JSON: every function takes anything and gives what its name says."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType

Fields = Mapping[str, object]

_NOTHING: Fields = MappingProxyType({})
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
_LAST_SECOND = 253_402_300_799  # 9999-12-31T23:59:59Z


def fields(value: object) -> Fields:
    """The object, or an empty one."""
    return value if isinstance(value, dict) else _NOTHING


def items(value: object) -> Sequence[object]:
    """The array, or an empty one."""
    return value if isinstance(value, list) else ()


def integer(value: object) -> int | None:
    """A whole number that a database can hold."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63:
        return value
    return None


def decimal(value: object) -> float | None:
    """A finite number."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return float(value) if math.isfinite(value) else None
        except OverflowError:
            return None
    return None


def string(value: object) -> str:
    """The text, or "". What no database takes (NUL, half a surrogate pair) becomes U+FFFD."""
    return _UNSTORABLE.sub("\ufffd", value) if isinstance(value, str) else ""


def moment(value: object, otherwise: datetime) -> datetime:
    """Unix time in UTC."""
    seconds = integer(value)
    if seconds is None or not 0 < seconds <= _LAST_SECOND:
        return otherwise
    return datetime.fromtimestamp(seconds, UTC)
