"""What happened in the sample shop."""

from __future__ import annotations

import asyncio
from datetime import datetime

from hub.agents.directory import add_agent
from hub.app import Hub
from hub.calendars import MovedClock
from hub.security.passwords import hash_password

DAYS = 30


async def play(hub: Hub, clock: MovedClock, until: datetime, *, mail: str, password: str) -> None:
    """Let it happen, from where the clock stands until `until`."""
    password_hash = await asyncio.to_thread(hash_password, password)
    await hub.database.write(
        add_agent,
        name="Sample Admin",
        mail=mail,
        password_hash=password_hash,
        role="owner",
        locale="en",
        calendar="gregorian",
        time_zone="UTC",
        now=clock.now(),
    )
