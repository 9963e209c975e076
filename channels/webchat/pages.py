"""The routes of an account, and the files of the widget."""

import functools
import gzip
import hashlib
import json
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from channels.webchat.desk import Desk
from channels.webchat.look import look
from channels.webchat.origins import preflight
from channels.webchat.socket import POLICY, Connection
from channels.webchat.upload import download, upload

_PACKAGE = Path(__file__).resolve().parent
_BUILT = _PACKAGE / "_built"
_DEMO = _PACKAGE / "demo"

WIDGET_CACHE = "public, max-age=300, stale-while-revalidate=86400"
"""The address of the widget is in other people's pages and never changes, so it is asked for anew
every few minutes; the answer is mostly 304."""

DEMO_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)


def widget_path() -> Path | None:
    """Where the built widget lies, or None when it was not built."""
    path = _BUILT / "widget.js"
    return path if path.is_file() else None


@dataclass(frozen=True)
class _File:
    body: bytes
    packed: bytes
    etag: str
    media_type: str


@functools.lru_cache(maxsize=64)
def _load(path: Path, _changed: int, before: bytes) -> _File:
    body = before + path.read_bytes()
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if path.suffix == ".js":
        media_type = "text/javascript"
    packed = gzip.compress(body, 9, mtime=0) if media_type.startswith("text/") else b""
    return _File(body, packed, hashlib.sha256(body).hexdigest()[:20], media_type)


def _serve(
    request: Request, path: Path, cache: str, extra: dict[str, str], before: bytes = b""
) -> Response:
    """A file of ours after some bytes, compressed where asked, with a validator (RFC 9110,
    section 8.8.3)."""
    file = _load(path, path.stat().st_mtime_ns, before)
    gzipped = file.packed and "gzip" in request.headers.get("accept-encoding", "")
    etag = f'"{file.etag}-gz"' if gzipped else f'"{file.etag}"'
    headers = {
        "ETag": etag,
        "Cache-Control": cache,
        "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
        **extra,
    }
    if etag in {tag.strip() for tag in request.headers.get("if-none-match", "").split(",")}:
        return Response(status_code=304, headers=headers)
    if gzipped:
        headers["Content-Encoding"] = "gzip"
    return Response(
        file.packed if gzipped else file.body, media_type=file.media_type, headers=headers
    )


# Any page may load the widget and its fonts; who may use the chat is decided at the socket.
_FOR_EVERY_PAGE = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Timing-Allow-Origin": "*",
}


def widget(request: Request, desk: Desk) -> Response:
    """The widget, and before it how this account's looks: known before anything is drawn."""
    path = widget_path()
    if path is None:
        return Response(
            "The widget is not built. Run `make setup` in the checkout.",
            503,
            media_type="text/plain",
        )
    name, its_look = json.dumps(desk.host.account.name), json.dumps(look(desk.settings))
    before = f"(self.payamLooks??={{}})[{name}]={its_look};\n".encode()
    return _serve(request, path, WIDGET_CACHE, _FOR_EVERY_PAGE, before)


async def font(request: Request) -> Response:
    path = _BUILT / f"{request.path_params['name']}.woff2"
    if not path.is_file():
        return Response("There is no such font.", 404, media_type="text/plain")
    return _serve(request, path, "public, max-age=604800", _FOR_EVERY_PAGE)


async def demo(request: Request) -> Response:
    """A sample shop that shows the chat, in the language of `?lang=` or of the browser."""
    language = request.query_params.get("lang") or request.headers.get("accept-language", "")
    name = "shop.fa.html" if language.lower().startswith("fa") else "shop.en.html"
    extra = {
        "Content-Security-Policy": DEMO_POLICY,
        "Content-Language": name.split(".")[1],
        "Vary": "Accept-Encoding, Accept-Language",
    }
    return _serve(request, _DEMO / name, "no-cache", extra)


async def demo_style(request: Request) -> Response:
    return _serve(request, _DEMO / "shop.css", "no-cache", {})


def routes(desk: Desk) -> list[BaseRoute]:
    """Routes relative to the address of the account."""

    async def socket(websocket: WebSocket) -> None:
        if not desk.settings.allows(websocket.headers.get("origin")):
            await websocket.close(POLICY)
            return
        await Connection(websocket, desk).run()

    async def script(request: Request) -> Response:
        return widget(request, desk)

    async def take(request: Request) -> Response:
        if request.method == "OPTIONS":
            return preflight(request, desk.settings)
        return await upload(request, desk)

    async def give(request: Request) -> Response:
        return await download(request, desk)

    return [
        Route("/widget.js", script),
        Route("/font/{name:str}.woff2", font),
        WebSocketRoute("/socket", socket),
        Route("/upload", take, methods=["POST", "OPTIONS"]),
        Route("/file/{sealed:str}", give),
        Route("/demo", demo),
        Route("/demo.css", demo_style),
    ]
