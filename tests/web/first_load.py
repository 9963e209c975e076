"""What a browser that was never here fetches for a page, in bytes on the wire."""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urldefrag, urljoin

from selectolax.lexbor import LexborHTMLParser

from tests.web.desk import Browser

MOST: Final = 100_000
"""What a first load may take, in bytes, fonts apart."""
_FETCHED: Final = "link[href], script[src], img[src], use[href], iframe[src]:not([loading=lazy])"
_FONT: Final = ".woff2"
_IMPORTED: Final = re.compile(rb"""(?:from|\bimport)["'](\./[\w.-]+\.js)["']""")
"""What a module imports at once, as esbuild writes it; `import("…")` is for later."""


@dataclass
class FirstLoads:
    """Weighs pages; what they share is asked for once."""

    browser: Browser
    _known: dict[str, tuple[int, set[str]]] = field(default_factory=dict)
    """What was asked for: its bytes on the wire, and what it brings along."""

    async def weigh(self, address: str) -> int:
        """Bytes of a page and of all that it brings along at once, its fonts apart."""
        waiting, fetched = {address}, dict[str, int]()
        while waiting:
            one = waiting.pop()
            if one not in self._known:
                body, size = await self._fetch(one)
                self._known[one] = size, _parts(body, one)
            fetched[one], parts = self._known[one]
            waiting |= parts - fetched.keys()
        return sum(fetched.values())

    async def _fetch(self, address: str) -> tuple[bytes, int]:
        """The body, and how long it was on its way."""
        packs = {"Accept-Encoding": "gzip"}
        async with self.browser.client.stream("GET", address, headers=packs) as response:
            raw = b"".join([chunk async for chunk in response.aiter_raw()])
            packed = response.headers.get("content-encoding") == "gzip"
        assert response.is_success, address
        return gzip.decompress(raw) if packed else raw, len(raw)


def _parts(body: bytes, address: str) -> set[str]:
    if address.endswith(".js"):
        return {urljoin(address, one.decode()) for one in _IMPORTED.findall(body)}
    if body.lstrip()[:5].lower() != b"<!doc":
        return set()
    nodes = LexborHTMLParser(body.decode()).css(_FETCHED)
    named = {node.attributes.get("href") or node.attributes.get("src") or "" for node in nodes}
    found = {urldefrag(urljoin(address, one)).url for one in named}
    return {one for one in found if not one.endswith(_FONT)}
