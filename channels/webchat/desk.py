"""What the connections of one account share within this process: limits, keys, who is here."""

import asyncio

from channels.webchat.seals import Seals
from channels.webchat.settings import WebchatSettings
from channels.webchat.visitors import Rate, Tab, Visitors
from hub.channel import Host, Presence

VISITORS_PER_NETWORK = 10
"""Tokens cost nothing, so one network address may upload as much as this many visitors."""


class Desk:
    """The reception of one account. Uploads and sockets come by here."""

    def __init__(self, host: Host, settings: WebchatSettings, visitors: Visitors) -> None:
        self.host = host
        self.settings = settings
        self.visitors = visitors
        self.seals = Seals.of(host.account.secret)
        self.messages = Rate(settings.messages_per_minute)
        self.network = Rate(settings.messages_per_minute_per_network)
        self.uploads = Rate(settings.uploads_per_minute)
        self.network_uploads = Rate(settings.uploads_per_minute * VISITORS_PER_NETWORK)
        self.typing = Rate(60)
        self._leaving: dict[str, asyncio.Task[None]] = {}

    async def arrive(self, address: str, tab: Tab) -> None:
        """A tab was opened; the visitor's first one is told to the agents."""
        leaving = self._leaving.pop(address, None)
        if leaving:
            leaving.cancel()
        if self.visitors.join(address, tab):
            await self.host.signal(Presence(address=address, online=True))

    def leave(self, address: str, tab: Tab) -> None:
        """A tab was closed. Without any for a while, the visitor has left."""
        if self.visitors.leave(address, tab):
            self._leaving[address] = asyncio.create_task(self._miss(address))

    async def _miss(self, address: str) -> None:
        await asyncio.sleep(self.settings.away_after)
        self._leaving.pop(address, None)
        await self.host.signal(Presence(address=address, online=False))

    async def close(self) -> None:
        """Whoever was just leaving has left, as far as this process can know."""
        leaving, self._leaving = self._leaving, {}
        for address, task in leaving.items():
            task.cancel()
            await self.host.signal(Presence(address=address, online=False))
