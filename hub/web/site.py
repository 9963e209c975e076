"""The gate in front of every page: who is it, may they, did the form come from us.

A page is reached through its `Entry` alone, so no page can forget to ask.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final, cast
from urllib.parse import quote, urlsplit

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Message, Receive

from hub.agents import sign_ins
from hub.agents.rights import Missing, NotAllowed
from hub.agents.sign_ins import SignedIn
from hub.security.headers import page_headers
from hub.security.tokens import hash_token, opaque_token
from hub.store.database import Busy
from hub.text import storable
from hub.web.asked import FIELDS, Asked, Entry, Public, Visit
from hub.web.assets import front_end
from hub.web.context import WebContext
from hub.web.counted import Counted
from hub.web.live_stream import Streams
from hub.web.security import Cookies, comes_from_elsewhere, form_token_fits, local_path
from hub.web.views import Failure

log = logging.getLogger(__name__)

LARGEST_WORDS: Final = 4_000_000
"""Bytes of a form besides its files; names and marks of the parts are among them."""
HASHES_AT_ONCE: Final = 2
"""A password's hash takes 64 MB and a processor for a fifth of a second; the rest wait."""

EXPIRED: Final = 419
"""The status of a form whose token does not fit any more; no number of the registry says that."""


class Site:
    """The pages' shared parts, and the gate. One for each application."""

    def __init__(self, context: WebContext) -> None:
        self.context = context
        self.https = context.settings.server.url.startswith("https:")
        self.cookies = Cookies(https=self.https)
        self.front = front_end()
        self.streams = Streams(context.database)
        self.counted = Counted()
        files = context.settings.attachments
        self.largest_form = files.max_size * files.max_per_message + LARGEST_WORDS
        self.hashing = asyncio.Semaphore(HASHES_AT_ONCE)
        self.headers = page_headers(https=self.https) | {"Cache-Control": "no-store"}

    async def signed_in(self, request: Request) -> SignedIn | None:
        """Who is behind the request's cookie, if anybody still is."""
        token = request.cookies.get(self.cookies.sign_in)
        if not token or len(token) > 100:
            return None
        now = self.context.clock.now()
        found = await self.context.database.read(sign_ins.find, hash_token(token), now)
        if found is not None and found.stale:
            await self.context.database.write(sign_ins.touch, found.token_hash, now)
        return found

    def serve(self, entries: list[Entry]) -> Callable[[Request], Awaitable[Response]]:
        """The endpoint of one path, for all its methods."""
        by_method = {entry.method: entry for entry in entries}
        if "GET" in by_method:
            by_method["HEAD"] = by_method["GET"]

        async def endpoint(request: Request) -> Response:
            entry = by_method[request.method]
            limit = self.largest_form if entry.body is None else entry.body
            request = Request(request.scope, _limited(request.receive, limit))
            return await self._answer(entry, request)

        return endpoint

    async def _answer(self, entry: Entry, request: Request) -> Response:
        visit = Visit(self, request)
        try:
            return await self._pass(entry, visit)
        except HTTPException as error:
            return await self.failed(visit, error.status_code, error.detail)
        except Missing:
            return await self.failed(visit, 404)
        except (MultiPartException, ConnectionError, ClientDisconnect) as error:
            # Who went away before the whole form had come gets no answer anyway.
            return await self.failed(visit, 400, str(error))
        except Busy:
            return await self.failed(visit, 503)
        except Exception:
            reference = opaque_token()[:10]
            log.exception("%s %s failed, reference %s", entry.method, entry.path, reference)
            return await self.failed(visit, 500, reference=reference)

    async def _pass(self, entry: Entry, visit: Visit) -> Response:
        request = visit.request
        if entry.needs is None:
            if entry.unsafe:
                await _read_form(visit)
                if entry.form:
                    self._check_form(visit, visit.visit())
            return await cast(Public, entry.page)(visit)
        signed_in = await self.signed_in(request)
        if signed_in is None:
            return self._turn_away(entry, visit)
        asked = Asked(self, request, signed_in)
        if not asked.viewer.may(entry.needs):
            return await self.failed(asked, 403)
        if entry.unsafe:
            await _read_form(asked)
            try:
                self._check_form(asked, signed_in.token_hash)
            except HTTPException as error:
                return await self.failed(asked, error.status_code, _typed(asked))
        try:
            return await entry.page(asked)
        except HTTPException as error:
            return await self.failed(asked, error.status_code, error.detail)
        except Missing:
            return await self.failed(asked, 404)
        except NotAllowed:
            return await self.failed(asked, 403)
        finally:
            await asked.form.close()

    def _check_form(self, visit: Visit, bound_to: str) -> None:
        headers = visit.request.headers
        given = headers.get("x-csrf-token") or visit.field("csrf_token")
        fits = form_token_fits(self.context.keys, bound_to, given)
        if comes_from_elsewhere(headers) or not fits:
            raise HTTPException(EXPIRED)

    def _turn_away(self, entry: Entry, visit: Visit) -> Response:
        """To the sign-in page, or 401 where nobody would see one."""
        request = visit.request
        accepts = request.headers.get("accept", "")
        if visit.partial or request.headers.get("hx-request") or "event-stream" in accepts:
            return PlainTextResponse(visit.say("You are signed out."), 401)
        if entry.unsafe:
            return visit.go("/sign-in")
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return visit.go(f"/sign-in?next={quote(path, safe='/')}")

    async def failed(
        self, visit: Visit, code: int, detail: str | None = None, *, reference: str | None = None
    ) -> Response:
        """An error page; its words are the same whether something is hidden or not there."""
        if detail is not None and detail == _PHRASES.get(code):
            detail = None
        again = visit.request.url.path if visit.request.method == "GET" else came_from(visit)
        view = Failure(code, detail, reference, again)
        return await visit.show(view, status=code)


def came_from(visit: Visit) -> str | None:
    """The path of the page of ours that a form was sent from; None for another site's, which an
    error page must not lead back to."""
    try:
        page = urlsplit(visit.request.headers.get("referer", ""))
    except ValueError:
        return None
    if not page.netloc or page.netloc != visit.request.headers.get("host"):
        return None
    return local_path(page.path + (f"?{page.query}" if page.query else ""), "/") or None


_PHRASES: Final = {403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed"}


def _typed(visit: Visit) -> str | None:
    """What was written in a form that has expired, so that it is not lost."""
    return visit.field("body") or None


async def _read_form(visit: Visit) -> None:
    kind = visit.request.headers.get("content-type", "")
    if kind.startswith(("multipart/form-data", "application/x-www-form-urlencoded")):
        given = await visit.request.form(
            max_fields=FIELDS,
            max_files=visit.site.context.settings.attachments.max_per_message + 1,
            max_part_size=1_000_000,
        )
        # What no database can hold is left out here, once for every page.
        visit.form = FormData(
            [
                (name, storable(value) if isinstance(value, str) else value)
                for name, value in given.multi_items()
            ]
        )


def _limited(receive: Receive, limit: int) -> Receive:
    """A body that ends in an error when it grows too long."""
    left = limit

    async def limited() -> Message:
        nonlocal left
        message = await receive()
        if message["type"] == "http.request":
            left -= len(message.get("body", b""))
            if left < 0:
                raise HTTPException(413)
        return message

    return limited
