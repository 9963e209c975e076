"""The gallery's pages: the real templates, environment and scripts, over sample data.

A cookie `look` chooses what is seen: `fa.dark.jalali`, `en.light.gregorian`, …
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    JSONResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.security.headers import PAGE_CSP
from hub.shipped import shipped
from hub.web.channels.views import Channels
from hub.web.composing import looks
from hub.web.environment import environment, render
from hub.web.views import (
    Composer,
    Conversation,
    Conversations,
    Failure,
    Inbox,
    MoreItems,
    OlderRows,
    Page,
    Place,
    Preview,
    Rail,
    Row,
    Rows,
    Settings,
    Shown,
    SignIn,
    Toast,
    Update,
)
from tests.web.gallery import administration, sample, webhooks
from tests.web.gallery.shop import Shop, Thread

STATES = Path(__file__).with_name("states.html")
drawn = partial(render, reload=True)
_VIEWS = ("mine", "unassigned", "open", "waiting", "resolved")


class Policy:
    """The strict Content-Security-Policy that the hub sends."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *message["headers"],
                    (b"content-security-policy", PAGE_CSP.encode()),
                    (b"cache-control", b"no-store"),
                ]
            await send(message)

        await self.app(scope, receive, with_policy if scope["type"] == "http" else send)


class Gallery:
    """All routes over one shop for each language."""

    def __init__(self) -> None:
        self.shops = {locale: Shop(words) for locale, words in sample.WORDS.items()}
        self.failing: str | None = None

    # --- what is looked at

    def look(self, request: Request) -> tuple[Any, Any, Any]:
        parts = request.cookies.get("look", "en.auto.gregorian").split(".")
        return parts[0], parts[1], parts[2]

    def shop(self, request: Request) -> Shop:
        return self.shops[self.look(request)[0]]

    def thread(self, request: Request) -> Thread:
        thread = self.shop(request).threads.get(request.path_params["id"])
        if thread is None:
            raise HTTPException(404)
        return thread

    def page(self, request: Request, current: str = "", toast: Toast | None = None) -> Page:
        locale, theme, calendar = self.look(request)
        shop = self.shop(request)
        counts = {key: len(self._in_view(shop, key)) for key in _VIEWS}
        rail = Rail(
            views=tuple(
                Place(key, f"/inbox?view={key}", count=counts[key], current=key == current,
                      strong=key in ("mine", "unassigned"))
                for key in _VIEWS
            ),
            teams=tuple(
                Place("team", f"/inbox?view=open&team={index}", name, count)
                for index, (name, count) in enumerate(
                    zip(shop.words.teams, (18, 15, 8), strict=True)
                )
            ),
            channels=tuple(
                Place(kind, f"/inbox?view=open&channel={kind}", None, count)
                for kind, count in (("telegram", 14), ("mail", 16), ("webchat", 11))
            ),
            pages=(Place("channels", "/channels", current=current == "channels"),),
            search=request.query_params.get("q", ""),
        )  # fmt: skip
        return Page(
            brand=shop.words.brand, locale=locale, now=sample.NOW, calendar=calendar, theme=theme,
            time_zone="Asia/Tehran", csrf="sample-token", viewer=sample.viewer(shop.words),
            rail=rail, position=shop.position, toast=toast,
        )  # fmt: skip

    def show(
        self, request: Request, view: Shown, *, current: str = "", status: int = 200
    ) -> Response:
        return HTMLResponse(drawn(self.page(request, current), view), status)

    def _in_view(self, shop: Shop, view: str) -> list[Row]:
        rows = [
            thread.row
            for thread in shop.threads.values()
            if thread.resolved == (view == "resolved")
        ]
        me = sample.people(shop.words)[0].id
        match view:
            case "mine":
                rows = [row for row in rows if row.assignee and row.assignee.id == me]
            case "unassigned":
                rows = [row for row in rows if row.assignee is None]
            case "waiting":
                rows = [row for row in rows if not row.waiting]
        return sorted(rows, key=lambda row: int(row.sort))

    def _row(self, row: Row) -> Row:
        return replace(row, sort=f"{int(row.sort) + 1_000_000:010}")

    def _partial(self, request: Request) -> bool:
        return request.headers.get("hx-request-type") == "partial"

    # --- pages

    def conversations(self, request: Request, selected: UUID | None = None) -> Conversations:
        view = request.query_params.get("view", "open")
        rows = self._in_view(self.shop(request), view)
        if words := request.query_params.get("q"):
            rows = [row for row in rows if words in f"{row.customer} {row.subject} {row.snippet}"]
        shown = tuple(
            replace(self._row(row), selected=row.id == selected,
                    url=f"/conversations/{row.id}?{urlencode({'view': view})}")
            for row in rows[:40]
        )  # fmt: skip
        older = f"/inbox?view={view}&before=40" if len(rows) > 9 else None
        return Conversations(
            view, shown, f"/inbox/rows?view={view}", len(rows), title=words, older=older
        )

    def conversation(self, request: Request, thread: Thread) -> Conversation:
        shop = self.shop(request)
        made = sample.conversation(shop.words, thread.items, thread.row, shop.position)
        view = request.query_params.get("view", "open")
        return replace(
            made,
            state="resolved" if thread.resolved else made.state,
            agents=tuple(
                replace(one, current=bool(made.assignee and one.id == made.assignee.id))
                for one in made.agents
            ),
            earlier=f"/conversations/{made.id}/thread?before=01",
            back=f"/inbox?view={view}",
        )

    async def inbox(self, request: Request) -> Response:
        current = request.query_params.get("view", "open")
        if "before" in request.query_params:
            more = tuple(
                replace(self._row(row), id=sample.made(f"more-{row.id}"), sort=f"9{row.sort}")
                for row in self._in_view(self.shop(request), current)
            )
            return self.show(request, OlderRows(more), current=current)
        conversations = self.conversations(request)
        if request.query_params.get("empty"):
            conversations = replace(conversations, rows=(), count=0, older=None)
        if self._partial(request):
            return self.show(request, conversations, current=current)
        return self.show(request, Inbox(conversations), current=current)

    async def rows(self, request: Request) -> Response:
        view = request.query_params.get("view", "open")
        rows = self._in_view(self.shop(request), view)
        asked = request.query_params.get("ids")
        shown = [self._row(row) for row in rows if asked is None or str(row.id) in asked]
        return self.show(request, Rows(tuple(shown), len(rows)), current=view)

    async def open(self, request: Request) -> Response:
        thread = self.thread(request)
        thread.row = replace(thread.row, unread=False)
        conversation = self.conversation(request, thread)
        if self._partial(request):
            return self.show(request, conversation)
        inbox = Inbox(self.conversations(request, conversation.id), conversation)
        return self.show(request, inbox, current=request.query_params.get("view", "open"))

    async def part(self, request: Request) -> Response:
        thread, shop = self.thread(request), self.shop(request)
        if "before" in request.query_params:
            days = [
                replace(one, id=sample.made(f"older-{one.key}"), key=f"00-{one.key}", side=side,
                        author=shop.words.agents[0] if side == "team" else one.author)
                for one in thread.items
                if one.kind == "said" and hasattr(one, "letter") and one.letter is None
                for side in ("customer", "team")
            ]  # fmt: skip
            return self.show(request, MoreItems(thread.row.id, tuple(days)))  # type: ignore[arg-type]
        after = int(request.query_params["after"])
        return self.show(request, self.update(request, thread, after))

    def update(
        self, request: Request, thread: Thread, after: int, toast: Toast | None = None
    ) -> Update:
        shop = self.shop(request)
        whole = self.conversation(request, thread)
        return Update(
            thread.row.id, shop.position, shop.since(thread, after), head=whole,
            rows=() if after else (self._row(thread.row),), toast=toast,
        )  # fmt: skip

    # --- acts

    async def reply(self, request: Request) -> Response:
        return await self._write(request, "reply")

    async def note(self, request: Request) -> Response:
        return await self._write(request, "note")

    async def _write(self, request: Request, mode: Any) -> Response:
        thread, shop = self.thread(request), self.shop(request)
        async with request.form() as form:
            body, form_key = str(form["body"]), str(form["form_key"])
            channel = str(form.get("identity", "telegram")).split(":")[0]
            files = [one for one in form.getlist("attachments") if isinstance(one, UploadFile)]
            names = [one.filename for one in files]
            names += [str(token) for token in form.getlist("uploaded")]
        if self.failing:
            await asyncio.sleep(0.2)
            raise HTTPException(int(self.failing))
        composer = Composer(thread.row.id, secrets.token_hex(16), sample.ways(), mode)
        before = shop.position
        if "refuse" in body:
            errors = {"body": "The word ‘refuse’ is refused here, to show how that looks."}
            refused = replace(composer, body=body, errors=errors)
            update = Update(thread.row.id, before, composer=refused)
            return self.show(request, update, status=422)
        text = "\n".join([body, *filter(None, names)])
        if mode == "note":
            await shop.note(thread, text, form_key)
        else:
            await shop.answer(thread, text, channel, form_key)
        if not self._partial(request):
            return RedirectResponse(f"/conversations/{thread.row.id}", 303)
        update = replace(self.update(request, thread, before), composer=composer)
        return self.show(request, update)

    async def upload(self, request: Request) -> Response:
        """A file is stored before its message; its name is its token."""
        async with request.form() as form:
            file = form["file"]
            assert isinstance(file, UploadFile)
            size = len(await file.read())
        return JSONResponse({"token": file.filename, "name": file.filename, "size": size})

    async def act(self, request: Request) -> Response:
        thread, shop = self.thread(request), self.shop(request)
        before, toast = shop.position, None
        fa = shop.words.locale == "fa"
        match request.path_params["act"]:
            case "resolve":
                await shop.resolve(thread, True)
                toast = shop.undoable(thread, "گفت‌وگو حل شد" if fa else "Conversation resolved")
            case "reopen" | "undo":
                await shop.resolve(thread, False)
            case "assign":
                form = await request.form()
                chosen = str(form.get("assignee") or form.get("team") or "")
                people = (*sample.people(shop.words), *sample.teams(shop.words))
                person = next((one for one in people if str(one.id) == chosen), None)
                await shop.assign(thread, person)
                toast = shop.undoable(thread, "واگذار شد" if fa else "Assigned")
        if not self._partial(request):
            return RedirectResponse(f"/conversations/{thread.row.id}", 303)
        return self.show(request, self.update(request, thread, before, toast))

    async def undo(self, request: Request) -> Response:
        request.path_params["act"] = "undo"
        return await self.act(request)

    async def message_act(self, request: Request) -> Response:
        thread, shop = self.thread(request), self.shop(request)
        states = {"retry": "queued", "arrived": "sent", "resend": "sending", "cancel": "cancelled"}
        for item in thread.items:
            if str(getattr(item, "id", "")) == request.path_params["message"]:
                await shop.state(thread, item, states[request.path_params["act"]])  # type: ignore[arg-type]
        return self.show(request, self.update(request, thread, shop.position - 1))

    async def receive(self, request: Request) -> Response:
        """The customer's side: POST /conversations/<id>/receive {text}."""
        form = await request.form()
        shop = self.shops[str(form.get("locale", "en"))]
        thread = shop.threads[request.path_params["id"]]
        await shop.receive(thread, str(form["text"]))
        return Response(status_code=204)

    async def fail(self, request: Request) -> Response:
        """Answers to replies fail with this status from now on; 0 ends it."""
        status = request.path_params["status"]
        self.failing = status if status != "0" else None
        return Response(status_code=204)

    async def live(self, request: Request) -> Response:
        shop = self.shop(request)
        heard = request.headers.get("last-event-id") or request.query_params.get("after")
        position = int(heard or shop.position)

        async def events() -> AsyncIterator[str]:
            nonlocal position
            shop.streams += 1
            try:
                yield f"event: hello\ndata: {shop.position}\n\n"
                while True:
                    for at, data in [one for one in shop.log if one[0] > position]:
                        position = at
                        yield f"id: {at}\nevent: change\ndata: {json.dumps(data)}\n\n"
                    async with shop.news:
                        try:
                            await asyncio.wait_for(shop.news.wait(), 1)
                        except TimeoutError:
                            yield ": still here\n\n"
            finally:
                shop.streams -= 1

        return StreamingResponse(events(), media_type="text/event-stream")

    async def streams(self, request: Request) -> Response:
        return Response(str(sum(shop.streams for shop in self.shops.values())))

    # --- other pages

    async def sign_in(self, request: Request) -> Response:
        view = SignIn()
        if request.method == "POST":
            form = await request.form()
            persian = self.look(request)[0] == "fa"
            error = "نشانی یا گذرواژه درست نیست." if persian else "Address or password is wrong."
            view = SignIn(str(form["address"]), errors={"form": error, "password": error})
        page = replace(self.page(request), viewer=None, rail=None, position=None)
        return HTMLResponse(drawn(page, view), 422 if view.errors else 200)

    async def me(self, request: Request) -> Response:
        if request.method == "GET":
            return self.show(request, Settings())
        form = await request.form()
        response = RedirectResponse(str(form.get("next") or "/inbox"), 303)
        look = f"{form['language']}.{form['theme']}.{form['calendar']}"
        response.set_cookie("look", look, httponly=True)
        return response

    async def sign_out(self, request: Request) -> Response:
        return RedirectResponse("/sign-in", 303)

    async def preview(self, request: Request) -> Response:
        body = str((await request.form())["body"]).strip()
        words = looks(body, None)
        return self.show(request, Preview(words, plain=words.text == body and not words.entities))

    async def channels(self, request: Request) -> Response:
        accounts = () if request.query_params.get("empty") else sample.accounts()
        return self.show(request, Channels(accounts), current="channels")

    async def administration(self, request: Request) -> Response:
        view = administration.VIEWS[request.path_params["page"]]
        return self.show(request, view, current="channels")

    async def webhooks(self, request: Request) -> Response:
        view = webhooks.view(request.path_params["page"])
        page = self.page(request, "webhooks")
        return HTMLResponse(drawn(page, view))

    async def states(self, request: Request) -> Response:
        shop = self.shop(request)
        thread = Thread(
            sample.rows(shop.words)[2],
            [*sample.deliveries(shop.words), *sample.oddities(shop.words)],
        )
        view = self.conversation(request, thread)
        page = self.page(request)
        states = environment(page.locale, reload=True).from_string(STATES.read_text("utf-8"))
        return HTMLResponse(states.render(page=page, view=view, rows=sample.rows(shop.words)))

    async def error(self, request: Request) -> Response:
        status = int(request.path_params["status"])
        page = replace(self.page(request), viewer=None, rail=None, position=None)
        failure = Failure(status, reference="0190-sample", again="/inbox")
        return HTMLResponse(drawn(page, failure), status)

    async def home(self, request: Request) -> Response:
        return RedirectResponse("/inbox")


def application() -> Starlette:
    """The gallery as an ASGI application."""
    it = Gallery()
    acts = "resolve", "reopen", "assign"
    one = "/conversations/{id:uuid}"

    def act(name: str) -> Callable[[Request], Awaitable[Response]]:
        async def run(request: Request) -> Response:
            request.path_params["act"] = name
            return await it.act(request)

        return run

    async def not_found(request: Request, error: Exception) -> Response:
        status = getattr(error, "status_code", 500)
        page = replace(it.page(request), viewer=None, rail=None, position=None)
        return HTMLResponse(drawn(page, Failure(status)), status)

    app = Starlette(
        routes=[
            Route("/", it.home),
            Route("/inbox", it.inbox),
            Route("/inbox/rows", it.rows),
            Route(one, it.open),
            Route(one + "/thread", it.part),
            Route(one + "/reply", it.reply, methods=["POST"]),
            Route(one + "/note", it.note, methods=["POST"]),
            Route(one + "/files", it.upload, methods=["POST"]),
            Route("/preview", it.preview, methods=["POST"]),
            Route(one + "/receive", it.receive, methods=["POST"]),
            Route(one + "/undo/{number:int}", it.undo, methods=["POST"]),
            *(Route(f"{one}/{name}", act(name), methods=["POST"]) for name in acts),
            Route(one + "/messages/{message}/{act}", it.message_act, methods=["POST"]),
            Route("/live", it.live),
            Route("/streams", it.streams),
            Route("/fail/{status}", it.fail, methods=["POST"]),
            Route("/sign-in", it.sign_in, methods=["GET", "POST"]),
            Route("/sign-out", it.sign_out, methods=["POST"]),
            Route("/me", it.me, methods=["GET", "POST"]),
            Route("/channels", it.channels),
            Route("/webhooks/{page}", it.webhooks),
            Route("/administration/{page}", it.administration),
            Route("/states", it.states),
            Route("/errors/{status}", it.error),
            Mount("/assets", StaticFiles(directory=shipped("assets"))),
        ],
        middleware=[Middleware(Policy)],
        exception_handlers={404: not_found, 419: not_found, 500: not_found, 503: not_found},
    )
    app.state.gallery = it
    return app
