"""What a browser that was never here fetches for a page, in bytes on the wire."""

from __future__ import annotations

import gzip
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urldefrag, urljoin

from selectolax.lexbor import LexborHTMLParser

from tests.web.desk import Browser

MOST: Final = 100_000
"""What a first load may take, in bytes, fonts apart."""
_FETCHED: Final = "link[href], script[src], img[src], use[href], iframe[src]:not([loading=lazy])"
_FONT: Final = ".woff2"


@dataclass
class FirstLoads:
    """Weighs pages; what they share is asked for once."""

    browser: Browser
    _known: dict[str, int] = field(default_factory=dict)

    async def weigh(self, address: str) -> int:
        """Bytes of a page and of all that it brings along at once, its fonts apart."""
        page, size = await self._fetch(address)
        return size + sum([await self._part(one) for one in _parts(page, address)])

    async def _part(self, address: str) -> int:
        if address not in self._known:
            body, size = await self._fetch(address)
            framed = _parts(body, address) if body.lstrip()[:5].lower() == b"<!doc" else set()
            self._known[address] = size + sum([await self._part(one) for one in framed])
        return self._known[address]

    async def _fetch(self, address: str) -> tuple[bytes, int]:
        """The body, and how long it was on its way."""
        packs = {"Accept-Encoding": "gzip"}
        async with self.browser.client.stream("GET", address, headers=packs) as response:
            raw = b"".join([chunk async for chunk in response.aiter_raw()])
            packed = response.headers.get("content-encoding") == "gzip"
        assert response.is_success, address
        return gzip.decompress(raw) if packed else raw, len(raw)


def _parts(page: bytes, address: str) -> set[str]:
    nodes = LexborHTMLParser(page.decode()).css(_FETCHED)
    named = {node.attributes.get("href") or node.attributes.get("src") or "" for node in nodes}
    found = {urldefrag(urljoin(address, one)).url for one in named}
    return {one for one in found if not one.endswith(_FONT)}
