"""A request on its way to a page: who asks, with what, and how it is answered."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar, cast
from uuid import UUID

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from hub.agents.audit import By
from hub.agents.rights import Right, Viewer
from hub.agents.sign_ins import SignedIn
from hub.security.limits import network_of
from hub.security.tokens import opaque_token
from hub.store.database import Session
from hub.text import storable, to_latin, to_persian
from hub.web.context import WebContext
from hub.web.environment import render
from hub.web.security import form_token
from hub.web.views import Calendar, Digits, Direction, Locale, Page, Shown, Theme, Toast
from hub.web.views import Viewer as ShownViewer
from hub.web.words import Say, words

if TYPE_CHECKING:
    from hub.web.site import Site

P = ParamSpec("P")
T = TypeVar("T")

SMALL_BODY = 64 * 1024
FIELDS = 120


class Visit:
    """A request of anybody. `form` is read by whoever checks it, before the page sees it."""

    def __init__(self, site: Site, request: Request) -> None:
        self.site = site
        self.request = request
        self.form = FormData()
        self.new_visit: str | None = None

    @property
    def locale(self) -> Locale:
        """The language that the browser asks for first, of those that we have."""
        for wanted in self.request.headers.get("accept-language", "").lower().split(","):
            if wanted.strip()[:2] in ("en", "fa"):
                return cast(Locale, wanted.strip()[:2])
        return self.site.context.policy().organisation.locale

    @property
    def say(self) -> Say:
        return words(self.locale)

    @property
    def context(self) -> WebContext:
        return self.site.context

    @property
    def partial(self) -> bool:
        """Whether a fragment is asked for (htmx 4, "HX-Request-Type")."""
        return self.request.headers.get("hx-request-type") == "partial"

    @property
    def address(self) -> str | None:
        """The client's IP address."""
        return self.request.client.host if self.request.client else None

    @property
    def network(self) -> str:
        """What counts as one client where attempts are limited."""
        return network_of(self.address)

    def query(self, name: str) -> str | None:
        value = self.request.query_params.get(name)
        return storable(value) if value is not None else None

    def field(self, name: str) -> str:
        """A field of the form as text, "" where there is none."""
        value = self.form.get(name)
        return value if isinstance(value, str) else ""

    def files(self, name: str) -> list[UploadFile]:
        """The files under a name; an empty file field sends one without a name."""
        found = self.form.getlist(name)
        return [one for one in found if isinstance(one, UploadFile) and one.filename]

    def path_id(self, name: str = "id") -> UUID:
        value = self.request.path_params[name]
        assert isinstance(value, UUID)
        return value

    def visit(self) -> str:
        """The secret that forms are bound to before anybody is signed in."""
        found = self.request.cookies.get(self.site.cookies.visit)
        if not found and self.new_visit is None:
            self.new_visit = opaque_token()
        return found or self.new_visit or ""

    @property
    def csrf(self) -> str:
        return form_token(self.site.context.keys, self.visit())

    async def read(
        self, function: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return await self.site.context.database.read(function, *args, **kwargs)

    async def write(
        self, function: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return await self.site.context.database.write(function, *args, **kwargs)

    def page(self) -> Page:
        """What the page knows of its reader."""
        organisation = self.site.context.policy().organisation
        return Page(
            brand=organisation.name,
            locale=self.locale,
            now=self.site.context.clock.now(),
            calendar=organisation.calendar,
            time_zone=str(organisation.time_zone),
            csrf=self.csrf,
        )

    async def show(self, view: Shown, *, page: Page | None = None, status: int = 200) -> Response:
        """Render a view, beside the event loop: a long list takes tens of milliseconds, and a
        template that is compiled when it is first used takes longer."""
        html = await asyncio.to_thread(render, page or self.page(), view)
        return self.dressed(HTMLResponse(html, status))

    def go(self, path: str) -> Response:
        """Send the browser on, by GET."""
        return self.dressed(RedirectResponse(path, 303))

    def go_whole(self, path: str) -> Response:
        """The same where a fragment was asked for, as by the undo of a toast: the whole page."""
        if not self.partial:
            return self.go(path)
        return self.dressed(Response(status_code=200, headers={"HX-Redirect": path}))

    def dressed(self, response: Response) -> Response:
        """The response with the cookie of a visit that just began."""
        if self.new_visit is not None:
            self.site.cookies.set_visit(response, self.new_visit)
        return response


class Asked(Visit):
    """A request of somebody who is signed in."""

    def __init__(self, site: Site, request: Request, signed_in: SignedIn) -> None:
        super().__init__(site, request)
        self.signed_in = signed_in

    @property
    def viewer(self) -> Viewer:
        return self.signed_in.viewer

    @property
    def by(self) -> By:
        """Who does what is asked, for the audit log."""
        return By(self.viewer, self.site.context.clock.now(), self.address)

    @property
    def locale(self) -> Locale:
        return "fa" if self.viewer.locale == "fa" else "en"

    @property
    def say(self) -> Say:
        return words(self.locale, latin=self.viewer.digits == "latin")

    @property
    def persian_digits(self) -> bool:
        """Whether numbers are shown in Persian digits, as `Page.persian_digits`."""
        digits = self.viewer.digits
        return digits == "persian" or (digits == "auto" and self.locale == "fa")

    def digits(self, text: str) -> str:
        """A text of ours with its digits as the viewer reads them."""
        return to_persian(text) if self.persian_digits else to_latin(text)

    @property
    def csrf(self) -> str:
        return form_token(self.site.context.keys, self.signed_in.token_hash)

    def page(self, toast: Toast | None = None) -> Page:
        viewer = self.viewer
        theme = viewer.theme if viewer.theme in ("light", "dark") else "auto"
        calendar = "jalali" if viewer.calendar == "jalali" else "gregorian"
        return replace(
            super().page(),
            calendar=cast(Calendar, calendar),
            time_zone=viewer.time_zone,
            theme=cast(Theme, theme),
            shortcuts=viewer.shortcuts,
            direction=cast(Direction, viewer.direction),
            digits=cast(Digits, viewer.digits),
            density="compact" if viewer.density == "compact" else "comfortable",
            viewer=ShownViewer(viewer.agent_id, viewer.name, viewer.mail),
            toast=toast,
        )


Public = Callable[[Visit], Awaitable[Response]]
Private = Callable[[Asked], Awaitable[Response]]


@dataclass(frozen=True)
class Entry:
    """One method of one path, and who may use it.

    needs: the right that it takes; None opens it to anybody, and then `why` says why that is
    right. form: whether an unsafe request must carry our form's token; only pages whose address
    is itself a secret do without. body: how many bytes a request may have; None for as many as
    the files make that may be sent at once.
    """

    method: str
    path: str
    page: Public | Private
    needs: Right | None
    why: str = ""
    form: bool = True
    body: int | None = SMALL_BODY

    @property
    def unsafe(self) -> bool:
        return self.method not in ("GET", "HEAD", "OPTIONS")


def status(code: int, detail: str | None = None) -> HTTPException:
    """An error that is shown as a page."""
    return HTTPException(code, detail)
