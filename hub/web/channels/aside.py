"""What an account received and could not be handled: looked at, fetched, read again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from starlette.responses import Response

from hub.accounts import aside
from hub.accounts.aside import PAGE, Aside, Place
from hub.agents.audit import note
from hub.security.headers import content_disposition
from hub.web import inbox
from hub.web.asked import Asked, status
from hub.web.channels.views import SetAside
from hub.web.views import Toast

_AS_BYTES: Final = "application/octet-stream"


async def show(asked: Asked) -> Response:
    """GET /channels/<account>/aside?at=…&id=…"""
    return await _show(asked)


async def _show(
    asked: Asked, *, failed: Mapping[UUID, str] | None = None, toast: Toast | None = None
) -> Response:
    account = asked.request.path_params["account"]
    found = await asked.read(aside.page, account, before=_place(asked), limit=PAGE + 1)
    around = await asked.read(inbox.beside, asked.viewer)
    more = None
    if len(found) > PAGE:
        last = found[PAGE - 1]
        more = urlencode({"at": last.at.isoformat(), "id": str(last.id)})
    view = SetAside(account, tuple(found[:PAGE]), more, failed or {})
    page = inbox.page_with_rail(asked, around, page="channels")
    return await asked.show(view, page=replace(page, toast=toast))


async def original(asked: Asked) -> Response:
    """GET /channels/<account>/aside/<original>: its bytes, as a file and nothing that runs."""
    one = await _one(asked)
    body = one.body or b""
    if one.blob_key is not None:
        body = await asked.site.context.blobs.get(one.blob_key)
    await asked.write(
        note,
        "exported what was set aside",
        agent_id=asked.viewer.agent_id,
        now=asked.site.context.clock.now(),
        subject=f"account:{one.account}",
        address=asked.address,
    )
    name = f"{one.id}.eml" if one.media_type == "message/rfc822" else f"{one.id}.bin"
    headers = {"Content-Disposition": content_disposition("attachment", name)}
    return Response(body, media_type=_AS_BYTES, headers=headers)


async def again(asked: Asked) -> Response:
    """POST /channels/<account>/aside/<original>: read it once more."""
    one = await _one(asked)
    reason = await asked.site.context.accounts.replay(one.account, one.id)
    if reason is None:
        toast = Toast(asked.say("Read. It stands where it belongs now."))
        return await _show(asked, toast=toast)
    return await _show(asked, failed={one.id: reason})


async def _one(asked: Asked) -> Aside:
    account, original_id = asked.request.path_params["account"], asked.path_id("original")
    found = await asked.read(aside.one, account, original_id)
    if found is None:
        raise status(404)
    return found


def _place(asked: Asked) -> Place | None:
    """Where the page before ended, as its link says."""
    try:
        at = datetime.fromisoformat(asked.query("at") or "")
        return (at, UUID(asked.query("id") or "")) if at.tzinfo else None
    except ValueError:
        return None
