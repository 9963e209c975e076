"""What the pages are made of; the composition root gives it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from hub.attendance import Attendance
from hub.calendars import Clock
from hub.channel import Capabilities
from hub.live import Live
from hub.policy import Policy
from hub.security.keys import Keys
from hub.security.limits import Limiter, MemoryLimiter
from hub.settings import Settings
from hub.store.blobs import BlobStore
from hub.store.database import Database


@dataclass(frozen=True)
class WebContext:
    """policy: what counts at the moment. capabilities: by account, what its channel carries.

    stopping: set when the process begins to stop, so that open streams end at once.
    metrics_token: whoever sends it as a bearer may read /metrics from anywhere; without one only
    this machine may.
    """

    database: Database
    keys: Keys
    settings: Settings
    clock: Clock
    blobs: BlobStore
    live: Live
    policy: Callable[[], Policy]
    attendance: Attendance
    capabilities: Mapping[str, Capabilities] = field(default_factory=dict)
    limiter: Limiter = field(default_factory=MemoryLimiter)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    metrics_token: str | None = None
