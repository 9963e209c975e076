"""Files: a visitor's upload on its way into the store, and every file on its way out."""

from collections.abc import AsyncIterator
from urllib.parse import quote, unquote

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from channels.webchat.desk import Desk
from channels.webchat.filetype import HEAD, honest_name, media_type
from channels.webchat.origins import cors
from channels.webchat.visitors import address_of, is_token
from hub.channel import Overloaded, Refused
from hub.text import cut, visible

# Only what a browser draws without running anything of it is shown in place.
INLINE = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


class _TooLarge(Exception):
    pass


def _problem(request: Request, desk: Desk, status: int, code: str, message: str) -> Response:
    return JSONResponse(
        {"code": code, "message": message}, status, headers=cors(request, desk.settings)
    )


def _visitor(request: Request) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return address_of(token) if scheme.lower() == "bearer" and is_token(token) else None


async def upload(request: Request, desk: Desk) -> Response:
    """POST, the body is the file. Answers with a key under which this visitor can send it.

    Headers: Authorization (Bearer, the visitor's token), X-File-Name (percent-encoded UTF-8).
    """
    settings = desk.settings
    if not settings.allows(request.headers.get("origin")):
        return _problem(request, desk, 403, "origin", "This page may not use this chat.")
    address = _visitor(request)
    if address is None:
        return _problem(request, desk, 401, "token", "Connect first; the token is missing.")
    network = request.client.host if request.client else ""
    if wait := desk.uploads.take(address) or desk.network_uploads.take(network):
        response = _problem(request, desk, 429, "slow_down", "Too many files at once.")
        response.headers["Retry-After"] = str(int(wait) + 1)
        return response
    limit = settings.upload_limit
    too_large = f"The file is over the limit of {limit} bytes."
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > limit:
        return _problem(request, desk, 413, "too_large", too_large)

    name = cut(visible(unquote(request.headers.get("x-file-name", ""))), 200) or "file"
    stream = request.stream()
    try:
        head = await _head(stream)
        found = media_type(head, name)
        if found is None or found not in settings.upload_types:
            return _problem(request, desk, 415, "bad_type", "Files of this type are not taken.")
        blob = await desk.host.put_blob(
            _limited(head, stream, limit), name=honest_name(name, found), media_type=found
        )
    except (_TooLarge, Refused):
        return _problem(request, desk, 413, "too_large", too_large)
    except Overloaded:
        return _problem(
            request, desk, 503, "overloaded", "Files can not be taken now. Try again later."
        )
    except ClientDisconnect:
        return Response(status_code=499)
    return JSONResponse(
        {
            "key": desk.seals.upload(blob, address, desk.host.now()),
            "url": f"file/{desk.seals.link(blob, address, desk.host.now())}",
            "name": blob.name,
            "size": blob.size,
            "media_type": blob.media_type,
        },
        201,
        headers=cors(request, settings),
    )


async def _head(stream: AsyncIterator[bytes]) -> bytes:
    head = bytearray()
    async for chunk in stream:
        head += chunk
        if len(head) >= HEAD:
            break
    return bytes(head)


async def _limited(head: bytes, stream: AsyncIterator[bytes], limit: int) -> AsyncIterator[bytes]:
    size = len(head)
    if size > limit:
        raise _TooLarge
    yield head
    async for chunk in stream:
        size += len(chunk)
        if size > limit:
            raise _TooLarge
        yield chunk


async def download(request: Request, desk: Desk) -> Response:
    """GET of a signed link. Pictures are shown, everything else is saved."""
    blob = desk.seals.open_link(request.path_params["sealed"], desk.host.now())
    if blob is None:
        return Response("This link has lapsed. Open the chat again.", 404, media_type="text/plain")
    try:
        body = await desk.host.get_blob(blob)
    except FileNotFoundError:
        return Response("This file was erased.", 410, media_type="text/plain")
    shown = blob.media_type in INLINE
    place = "inline" if shown else "attachment"
    return Response(
        body,
        media_type=blob.media_type if shown else "application/octet-stream",
        headers={
            "Content-Disposition": f"{place}; filename*=UTF-8''{quote(blob.name, safe='')}",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Resource-Policy": "cross-origin",
            "Cache-Control": "private, max-age=86400, immutable",
            "Referrer-Policy": "no-referrer",
        },
    )
