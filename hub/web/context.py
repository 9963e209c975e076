"""What the pages are made of; the composition root gives it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from hub.accounts import Configured
from hub.attendance import Attendance
from hub.calendars import Clock
from hub.channel import Capabilities, ChannelKind, Finding
from hub.live import Live
from hub.pictures import Pictures
from hub.policy import Policy
from hub.security.keys import Keys
from hub.security.limits import Limiter
from hub.settings import Settings
from hub.store.blobs import BlobStore
from hub.store.database import Database
from hub.watch import Watch


class Accounts(Protocol):
    """The open accounts of this process; the composition root gives `hub.connections`."""

    @property
    def kinds(self) -> Mapping[str, ChannelKind]:
        """What can be connected."""
        ...

    @property
    def faults(self) -> Mapping[str, str]:
        """Why accounts could not be opened, by name."""
        ...

    @property
    def capabilities(self) -> Mapping[str, Capabilities]:
        """What each open account carries, as it changes."""
        ...

    @property
    def awake(self) -> Mapping[str, object]:
        """Those that are open and not paused, by name."""
        ...

    async def replay(self, account: str, original_id: UUID) -> str | None:
        """Read again what was set aside; None when it was handled, else why it still is not."""
        ...

    async def check(self, configured: Configured) -> Sequence[Finding]:
        """What its adapter finds out about an account; never raises for what is wrong with it."""
        ...


@dataclass(frozen=True)
class WebContext:
    """policy: what counts at the moment.

    stopping: set when the process begins to stop, so that open streams end at once.
    """

    database: Database
    keys: Keys
    settings: Settings
    clock: Clock
    blobs: BlobStore
    pictures: Pictures
    live: Live
    policy: Callable[[], Policy]
    attendance: Attendance
    accounts: Accounts
    watch: Watch
    limiter: Limiter
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def capabilities(self) -> Mapping[str, Capabilities]:
        """What each open account carries."""
        return self.accounts.capabilities
