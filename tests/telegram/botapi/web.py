"""The HTTP door: methods, file downloads, and a control path for tests in other processes."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from tests.telegram.botapi.methods import DOWNLOAD_LIMIT, Files, Methods
from tests.telegram.botapi.people import People
from tests.telegram.botapi.world import ApiError, Fault, Json, World

COMMANDS = frozenset(
    {
        "write", "start", "send_location", "send_contact", "edit", "press", "react", "block",
        "unblock", "send_update", "shown", "texts", "pending", "answered", "inject", "heal",
        "advance",
    }
)  # fmt: skip


class BrokenOff:
    """A response whose connection breaks in the middle."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b'{"ok":', "more_body": True})


class Door:
    """Turns HTTP requests into calls of bots and acts of customers, and strikes with faults."""

    def __init__(self, world: World, methods: Methods, people: People) -> None:
        self.world = world
        self.methods = methods
        self.people = people

    def application(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/bot{token}/{method}", self.call, methods=["GET", "POST"]),
                Route("/file/bot{token}/files/{file_id}", self.download),
                Route("/_control/{command}", self.control, methods=["POST"]),
            ]
        )

    async def call(self, request: Request) -> Any:
        token, method = request.path_params["token"], request.path_params["method"]
        if ":" not in token:
            return _refusal(ApiError(404, "Not Found"))
        bot = self.world.bots.get(token)
        if bot is None:
            return _refusal(ApiError(401, "Unauthorized"))
        params, files = await _parameters(request)
        fault = self.world.take_fault(method, _chat_id(params))
        if fault is not None and fault.kind == "drop":
            return BrokenOff()
        if fault is not None and fault.kind == "error":
            return _refusal(_injected(fault))
        try:
            result = await self.methods.call(bot, method, params, files)
        except ApiError as refused:
            return _refusal(refused)
        match fault:
            case Fault(kind="cut"):
                return BrokenOff()
            case Fault(kind="garbage"):
                return Response("<html>captive portal</html>", media_type="text/html")
            case Fault(kind="hang", seconds=seconds):
                await self._hang(seconds)
        return JSONResponse({"ok": True, "result": result})

    async def download(self, request: Request) -> Response:
        file_id = request.path_params["file_id"]
        if request.path_params["token"] not in self.world.bots:
            return _refusal(ApiError(401, "Unauthorized"))
        fault = self.world.take_fault("download", None)
        if fault is not None and fault.kind == "error":
            return _refusal(_injected(fault))
        if fault is not None and fault.kind == "hang":
            await self._hang(fault.seconds)
        if self.world.file_sizes.get(file_id, DOWNLOAD_LIMIT + 1) > DOWNLOAD_LIMIT:
            return _refusal(ApiError(404, "Not Found"))
        return Response(self.world.files[file_id], media_type="application/octet-stream")

    async def control(self, request: Request) -> Response:
        command = request.path_params["command"]
        if command not in COMMANDS:
            return JSONResponse({"error": f"no such command: {command}"}, 404)
        body = await request.body()
        arguments: Json = json.loads(body) if body else {}
        result = getattr(self.people, command)(*arguments.pop("args", ()), **arguments)
        if asyncio.iscoroutine(result):
            result = await result
        return JSONResponse({"result": result})

    async def _hang(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds), self.world.changed:
                await self.world.changed.wait_for(lambda: self.world.closing)
        except TimeoutError:
            pass


async def _parameters(request: Request) -> tuple[Json, Files]:
    """Query, form, multipart or JSON: all four are documented, and may be mixed."""
    params: Json = dict(request.query_params)
    files: Files = {}
    kind = request.headers.get("content-type", "")
    if kind.startswith("application/json"):
        params |= await request.json()
    elif kind:
        async with request.form(max_part_size=1024 * 1024) as form:
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    files[name] = (value.filename or "", await value.read())
                else:
                    params[name] = value
    return params, files


def _chat_id(params: Json) -> int | None:
    try:
        return int(params["chat_id"])
    except (KeyError, ValueError):
        return None


def _injected(fault: Fault) -> ApiError:
    parameters = None if fault.retry_after is None else {"retry_after": fault.retry_after}
    return ApiError(fault.code, fault.description, parameters)


def _refusal(refused: ApiError) -> Response:
    body: Json = {"ok": False, "error_code": refused.code, "description": refused.description}
    if refused.parameters:
        body["parameters"] = refused.parameters
    return JSONResponse(body, refused.code)
