"""The API: what the pages can do, for other programs, under /api/v1.

`Api` is the application that `hub.web.app` mounts. FastAPI and the models of all resources are
imported at the first request: a start of the hub, and every command, does without them.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from starlette.types import ASGIApp, Receive, Scope, Send

if TYPE_CHECKING:
    from hub.web.context import WebContext

PATH: Final = "/api/v1"


class Api:
    """The API as an ASGI application that is built when it is first asked."""

    def __init__(self, context: WebContext) -> None:
        self._context = context
        self._built: ASGIApp | None = None
        self._building = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await (await self._application())(scope, receive, send)

    async def _application(self) -> ASGIApp:
        async with self._building:
            if self._built is None:
                # A second of imports and of building models would hold up everybody's pages.
                self._built = await asyncio.to_thread(_build, self._context)
        return self._built


def _build(context: WebContext) -> ASGIApp:
    from hub.web.api.application import build

    return build(context)
