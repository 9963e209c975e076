"""What is written and not sent yet: drafts and files, kept while their writer goes on.

These pages answer scripts, in JSON.
"""

from __future__ import annotations

from typing import Literal, cast

from sqlmodel import Session
from starlette.responses import JSONResponse, Response

from hub.conversations import access, drafts
from hub.conversations.drafts import FIELDS, Elsewhere, Kept
from hub.web import uploads
from hub.web.asked import Asked, status
from hub.web.uploads import Refused


async def keep(asked: Asked) -> Response:
    """POST /conversations/<id>/draft: kind, body, revision; identity, subject, cc, bcc.

    {"revision"}, or 409 with what another page has kept meanwhile.
    """
    kind, revision = asked.field("kind"), asked.field("revision") or "0"
    if kind not in ("reply", "note") or not revision.isdecimal() or len(revision) > 15:
        raise status(422)
    try:
        made = await asked.write(
            drafts.keep,
            asked.viewer,
            asked.path_id(),
            cast("Literal['reply', 'note']", kind),
            asked.field("body").replace("\r\n", "\n"),
            {name: asked.field(name) for name in FIELDS},
            int(revision),
            asked.site.context.clock.now(),
        )
    except Elsewhere as elsewhere:
        return JSONResponse(_shown(elsewhere.kept), 409)
    return JSONResponse({"revision": made})


async def show(asked: Asked) -> Response:
    """GET /conversations/<id>/draft: the viewer's drafts by kind, as they are now."""

    def read(session: Session) -> dict[str, Kept]:
        access.require(session, asked.viewer, asked.path_id())
        return drafts.drafts(session, asked.viewer, asked.path_id())

    found = await asked.read(read)
    return JSONResponse({kind: _shown(found.get(kind, Kept())) for kind in ("reply", "note")})


async def upload(asked: Asked) -> Response:
    """POST /conversations/<id>/files: `file`. {"token", "name", "size"}, or 422 with why not."""

    def require(session: Session) -> None:
        access.require(session, asked.viewer, asked.path_id())

    await asked.read(require)
    found = asked.files("file")
    if len(found) != 1:
        raise status(422)
    try:
        offered = await uploads.kept(asked, found[0])
    except Refused as refused:
        return JSONResponse({"why": str(refused)}, 422)
    return JSONResponse(vars(offered))


def _shown(kept: Kept) -> dict[str, object]:
    return {"body": kept.body, "revision": kept.revision, **kept.fields}
