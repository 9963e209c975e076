"""The pages as one ASGI application."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from itertools import groupby
from typing import Any, Protocol

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.shipped import shipped
from hub.web.api import PATH, Api
from hub.web.asked import Visit
from hub.web.assets import Assets
from hub.web.compression import Packed
from hub.web.context import WebContext
from hub.web.routes import ROUTES
from hub.web.site import Site

CHANNELS = "/c/"
"""What adapters serve answers under headers of its own."""


class Lifespan(Protocol):
    def __call__(self, app: Starlette) -> AbstractAsyncContextManager[Any]: ...


def create_app(
    context: WebContext,
    *,
    routes: Sequence[BaseRoute] = (),
    lifespan: Lifespan | None = None,
) -> Starlette:
    """All pages, and beside them `routes`: what the adapters serve under /c/<account>/.

    Raises:
        FileNotFoundError: the front end is not built; the text says how to build it.
    """
    site = Site(context)

    async def failed(request: Request, error: Exception) -> Response:
        code = error.status_code if isinstance(error, HTTPException) else 500
        response = await site.failed(Visit(site, request), code)
        if isinstance(error, HTTPException) and error.headers:
            response.headers.update(error.headers)
        return response

    entries = sorted(ROUTES, key=lambda entry: entry.path)
    pages = [
        Route(path, site.serve(found), methods=[entry.method for entry in found])
        for path, group in groupby(entries, key=lambda entry: entry.path)
        if (found := list(group))
    ]
    app = Starlette(
        routes=[
            *pages,
            ApiMount(PATH, Api(context)),
            Mount("/assets", Assets(shipped("assets"))),
            *routes,
        ],
        exception_handlers={HTTPException: failed},
        lifespan=lifespan,
    )
    app.add_middleware(SecurityHeaders, headers=site.headers)
    app.add_middleware(Packed)
    return app


class ApiMount(Mount):
    """All that begins with the API's path is the API's, also what has a line break in it."""

    def __init__(self, path: str, app: ASGIApp) -> None:
        super().__init__(path, app)
        self.path_regex = re.compile(self.path_regex.pattern, re.DOTALL)


class SecurityHeaders:
    """Puts the pages' headers on every response that does not bring its own."""

    def __init__(self, app: ASGIApp, headers: dict[str, str]) -> None:
        self.app = app
        self.headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(CHANNELS):
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, with_headers)
