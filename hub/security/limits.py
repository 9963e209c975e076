"""Rate limits: how often something may happen under one key, and when it may happen again.

The rule is GCRA, the generic cell rate algorithm (ITU-T I.371, annex A): of each key only one
number is kept, the theoretical arrival time of the next hit, so a limit costs the same whatever
its size, and a burst of `limit` is followed by an even pace instead of a wall at each minute.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Network, ip_address
from typing import Protocol


class Limiter(Protocol):
    """Counts hits against a limit; `hub.store.limiting` does it for all processes."""

    async def hit(self, key: str, limit: int, period_s: float) -> float | None:
        """Count one hit of `key`, unless that is more than `limit` in `period_s` seconds.

        Returns None when the hit is allowed, else in how many seconds it would be; a hit that is
        refused does not count. One key is always asked with the same limit.
        """
        ...

    async def weigh(self, key: str, limit: int, period_s: float) -> Verdict:
        """The same, and how many more hits there may be."""
        ...


@dataclass(frozen=True, slots=True)
class Verdict:
    """What `judge` found. `arrival` is to be stored; `retry_after` is None for an allowed hit.
    left: how many hits there may be at once after it."""

    arrival: float
    retry_after: float | None
    left: int = 0


def network_of(address: str | None) -> str:
    """What counts as one place for a limit: an IPv4 address, the first 64 bits of an IPv6 address.

    Whoever has one address of version 6 has 2^64 of them (RFC 6177), each of which would have a
    limit of its own.
    """
    try:
        found = ip_address((address or "").partition("%")[0])
    except ValueError:
        return address or ""
    if isinstance(found, IPv4Address):
        return str(found)
    mapped = found.ipv4_mapped
    return str(mapped) if mapped else str(IPv6Network((int(found) >> 64 << 64, 64)))


def judge(arrival: float | None, now: float, limit: int, period_s: float) -> Verdict:
    """Decide one hit, purely. Times are seconds on any one clock.

    `arrival` is what the last verdict for this key said, None for a first hit.

    Raises:
        ValueError: limit or period is not positive.
    """
    if limit < 1 or period_s <= 0:
        raise ValueError(f"A limit of {limit} in {period_s} s allows nothing")
    pace = period_s / limit
    due = now if arrival is None or arrival < now else arrival
    # A clock that was set back, or a limit that was narrowed, must not lock a key for longer than
    # its period.
    due = min(due, now + period_s)
    wait = due + pace - period_s - now
    # What is left of rounding is no reason to wait.
    if wait > pace * 1e-6:
        return Verdict(due, wait)
    left = int((period_s - (due + pace - now)) / pace + 1e-6)
    return Verdict(due + pace, None, left)
