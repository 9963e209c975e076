"""The kinds of value that settings are written in: durations, sizes, rates, zones, networks.

Each is a type for a pydantic field. A validator that refuses raises `Wanted`, whose text says
what would have been right; the fault shown to an admin is built from it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, PlainSerializer

_UNIT_SECONDS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_DURATION = re.compile(r"(?:\d{1,9}[dhms])+", re.ASCII)
_DURATION_PART = re.compile(r"(\d+)([dhms])", re.ASCII)

_UNIT_BYTES = {
    "B": 1,
    "KB": 1_000,
    "MB": 1_000_000,
    "GB": 1_000_000_000,
    "KIB": 1 << 10,
    "MIB": 1 << 20,
    "GIB": 1 << 30,
}
_SIZE = re.compile(r"(\d{1,12})\s*([KMG]I?B|B)", re.ASCII | re.IGNORECASE)
_RATE = re.compile(r"(\d{1,9})/(.+)", re.ASCII)


class Wanted(ValueError):
    """A value was refused; the text completes the words "found …, wanted"."""


def parse_duration(text: str) -> timedelta:
    """Read "72h", "15m", "30s", "7d" or a sum of these such as "1h30m".

    Raises:
        Wanted: the text is not a duration, or longer than a hundred years.
    """
    text = text.strip()
    if not _DURATION.fullmatch(text):
        raise Wanted('a duration such as "72h", "15m", "30s" or "1h30m"')
    seconds = sum(int(n) * _UNIT_SECONDS[unit] for n, unit in _DURATION_PART.findall(text))
    if seconds > 100 * 366 * 86_400:
        raise Wanted("a duration of at most a hundred years")
    return timedelta(seconds=seconds)


def format_duration(duration: timedelta) -> str:
    """Write a duration of whole seconds the way `parse_duration` reads it: "1h30m"."""
    left = int(duration.total_seconds())
    parts = []
    for unit, seconds in _UNIT_SECONDS.items():
        if unit == "d" and left % seconds:
            continue  # 72h30m reads better than 3d30m
        count, left = divmod(left, seconds)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def _duration(value: Any) -> timedelta:
    if isinstance(value, timedelta):
        return value
    if isinstance(value, str):
        return parse_duration(value)
    raise Wanted('a duration in quotes such as "72h", "15m" or "30s"')


Duration = Annotated[
    timedelta, BeforeValidator(_duration), PlainSerializer(format_duration, return_type=str)
]
"""A span of time, written as text with its unit; never negative."""


def parse_size(text: str) -> int:
    """Read "25MB" (decimal) or "25MiB" (binary) into bytes.

    Raises:
        Wanted: the text is not a size.
    """
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise Wanted('a size such as "25MB" or "512KiB"')
    return int(match[1]) * _UNIT_BYTES[match[2].upper()]


def format_size(size: int) -> str:
    """Write bytes in the largest decimal or binary unit that divides them: "25MB", "64KiB"."""
    for unit, label in (
        ("GB", "GB"), ("GIB", "GiB"), ("MB", "MB"), ("MIB", "MiB"), ("KB", "KB"), ("KIB", "KiB"),
    ):  # fmt: skip
        if size and size % _UNIT_BYTES[unit] == 0:
            return f"{size // _UNIT_BYTES[unit]}{label}"
    return f"{size}B"


def _size(value: Any) -> int:
    if isinstance(value, str):
        return parse_size(value)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise Wanted('a size such as "25MB", or a whole number of bytes')


Size = Annotated[int, BeforeValidator(_size), PlainSerializer(format_size, return_type=str)]
"""A number of bytes, written as a whole number or as text with its unit."""


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `count` things in any `period`."""

    count: int
    period: timedelta

    def __str__(self) -> str:
        return f"{self.count}/{format_duration(self.period)}"


def _rate(value: Any) -> Rate:
    wanted = 'a rate such as "30/1s" (thirty in a second)'
    if isinstance(value, Rate):
        return value
    match = _RATE.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise Wanted(wanted)
    try:
        rate = Rate(int(match[1]), parse_duration(match[2]))
    except Wanted:
        raise Wanted(wanted) from None
    if not rate.count or not rate.period:
        raise Wanted(f"{wanted}, neither part zero")
    return rate


RateLimit = Annotated[Rate, BeforeValidator(_rate), PlainSerializer(str, return_type=str)]
"""How many in how long, written "30/1s"."""


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown; malformed; a directory of the database
        raise Wanted('a time zone of the IANA database such as "Asia/Tehran"') from None
    return name


TimeZone = Annotated[str, AfterValidator(_zone)]
"""The name of a zone in the IANA time zone database."""

OptionalTimeZone = Annotated[str, AfterValidator(lambda name: name and _zone(name))]
"""As `TimeZone`; empty for "the same as elsewhere"."""


def _network(value: Any) -> IPv4Network | IPv6Network:
    if isinstance(value, IPv4Network | IPv6Network):
        return value
    try:
        return ip_network(value if isinstance(value, str) else "")
    except ValueError:
        raise Wanted('an address or network such as "127.0.0.1" or "10.0.0.0/8"') from None


Network = Annotated[
    IPv4Network | IPv6Network, BeforeValidator(_network), PlainSerializer(str, return_type=str)
]
"""An IP network; a single address is the network of that address alone."""


_PLAIN = re.compile(r"[^\s\x00-\x20\"'<>\\^`{|}]+")


def _public_url(url: str) -> str:
    if not url:
        return url
    wanted = 'an address such as "https://help.example.org", without a path'
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Wanted(wanted) from None
    unfit = parts.query or parts.fragment or parts.path not in ("", "/") or "@" in parts.netloc
    # Line breaks and quotes would end up in links, headers and other programs' settings.
    unfit = unfit or not _PLAIN.fullmatch(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or unfit or port == 0:
        raise Wanted(wanted)
    return url.rstrip("/")


PublicUrl = Annotated[str, AfterValidator(_public_url)]
"""Scheme, host and port of this installation as the world sees it; no slash at the end."""


def _clock_time(value: Any) -> time:
    if isinstance(value, time):
        return value
    match = _CLOCK_TIME.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise Wanted('a time of day in quotes such as "03:30"')
    return time(int(match[1]), int(match[2]))


_CLOCK_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)

ClockTime = Annotated[
    time,
    BeforeValidator(_clock_time),
    PlainSerializer(lambda at: f"{at:%H:%M}", return_type=str),
]
"""A time of day on the organisation's clock, written "03:30"."""
