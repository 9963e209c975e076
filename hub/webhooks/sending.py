"""One attempt to tell another program: signed, never redirected, kept out of private networks."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import datetime
from types import TracebackType
from typing import Final, Self

from hub.security.addresses import Network
from hub.security.fetch import Fetched, Fetcher
from hub.security.webhooks import signed_headers

LARGEST: Final = 64_000
"""Bytes of an answer."""


class Sender:
    """Sends while it is open; an async context manager. timeout_s: for one attempt."""

    def __init__(self, timeout_s: float) -> None:
        self.timeout_s = timeout_s
        self._fetchers: dict[tuple[Network, ...], Fetcher] = {}
        self._stack = AsyncExitStack()

    async def post(
        self,
        url: str,
        body: str,
        *,
        message_id: str,
        keys: Sequence[bytes],
        networks: tuple[Network, ...],
        now: datetime,
    ) -> Fetched:
        """Send JSON. networks: private ones that the address may be in. Raises FetchError."""
        content = body.encode()
        fetcher = await self._fetcher(networks)
        return await fetcher.request(
            "POST",
            url,
            content=content,
            headers={
                "Content-Type": "application/json",
                **signed_headers(keys, message_id, now, content),
            },
        )

    async def _fetcher(self, networks: tuple[Network, ...]) -> Fetcher:
        if networks not in self._fetchers:
            # A redirect would take the signature along to whoever is named in it.
            made = Fetcher(
                allow=networks, max_bytes=LARGEST, timeout_s=self.timeout_s, max_redirects=0
            )
            self._fetchers[networks] = await self._stack.enter_async_context(made)
        return self._fetchers[networks]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stack.aclose()
        self._fetchers.clear()
