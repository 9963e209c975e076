"""Answers are packed on their way, so that a first load is small also without a proxy in front."""

from __future__ import annotations

from typing import Final

from starlette.datastructures import Headers
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from hub.web.security import comes_from_elsewhere

_AS_THEY_ARE: Final = ("/files/", "/c/")
"""Files are asked for in parts, which a packed answer has not; adapters pack for themselves."""
_LEVEL: Final = 5
"""Beyond it a page takes twice the time and hardly gets smaller."""


class Packed(GZipMiddleware):
    """gzip for pages, fragments, the API and the built front end; never for streams of events.

    What another site asked for is not packed: by its length a page that repeats what was asked
    would tell what else it holds (BREACH, CVE-2013-3587). Tokens of forms differ in each answer
    for the same reason, see `hub.web.security.form_token`.
    """

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(app, compresslevel=_LEVEL)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        plain = scope["type"] != "http" or scope["path"].startswith(_AS_THEY_ARE)
        if plain or comes_from_elsewhere(Headers(scope=scope)):
            await self.app(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)
