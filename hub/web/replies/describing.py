"""What a template is for, whose it is, its tags, and the files that go along with it."""

from __future__ import annotations

from uuid import UUID

from starlette.responses import Response

from hub.replies import attached, cards
from hub.replies.attached import TooManyFiles
from hub.replies.cards import StillUsed
from hub.replies.revisions import newest
from hub.store.database import Session
from hub.web import uploads
from hub.web.asked import Asked, status
from hub.web.replies import editor, which
from hub.web.replies.listing import OWN
from hub.web.uploads import Refused
from hub.web.views import Toast


async def describe(asked: Asked) -> Response:
    """POST /templates/<name>/<locale>/card?form=: purpose, tags (in one line), whose."""
    key, whose = which.key_of(asked), asked.field("whose").strip()
    used = which.used_by(asked, key.name)
    try:
        team_id = UUID(whose) if whose and whose != OWN else None
    except ValueError:
        raise status(422) from None

    def write(session: Session) -> None:
        before = which.changeable(session, asked, key.name)
        purpose = asked.field("purpose")
        # Shipped words that were shown translated and not touched stay what they are.
        if before.purpose and purpose.strip() == asked.say(before.purpose):
            purpose = before.purpose
        cards.describe(
            session,
            asked.by,
            key.name,
            purpose=purpose,
            tags=asked.field("tags").replace("،", ",").split(","),
            own=whose == OWN,
            team_id=team_id,
            used=used,
        )

    try:
        await asked.write(write)
    except ValueError:
        raise status(422) from None
    except StillUsed as still:
        text = asked.say("It stays everybody's: it is sent by %s.") % ", ".join(still.by)
        return await _again(asked, text, code=409)
    return await _again(asked, asked.say("Saved."))


async def attach(asked: Asked) -> Response:
    """POST /templates/<name>/<locale>/files?form=: file, every ("1": with each language)."""
    key, now = which.key_of(asked), asked.site.context.clock.now()
    await asked.read(which.changeable, asked, key.name)
    given = asked.files("file")
    if not given:
        return await _again(asked, asked.say("Choose a file first."), code=422)
    try:
        media = await uploads.store_file(asked, given[0])
    except Refused as refused:
        return await _again(asked, str(refused), code=422)
    locale = None if asked.field("every") else key.locale

    def write(session: Session) -> None:
        which.changeable(session, asked, key.name)
        attached.attach(
            session, key.name, locale, media, agent_id=asked.viewer.agent_id, now=now,
            address=asked.address,
        )  # fmt: skip

    try:
        await asked.write(write)
    except TooManyFiles:
        return await _again(asked, asked.say("A template has at most five files."), code=422)
    return await _again(asked, asked.say("Added. It goes along from now on."))


async def detach(asked: Asked) -> Response:
    """POST /templates/<name>/<locale>/files/<file>/remove?form="""
    key, file_id = which.key_of(asked), asked.path_id("file")
    now = asked.site.context.clock.now()

    def write(session: Session) -> str:
        which.changeable(session, asked, key.name)
        return attached.detach(
            session, key.name, file_id, agent_id=asked.viewer.agent_id, now=now,
            address=asked.address,
        )  # fmt: skip

    name = await asked.write(write)
    undo = which.bare_path_of(key, f"/files/{file_id}/restore")
    return await _again(asked, asked.say("It goes along no more: %s") % name, undo=undo)


async def bring_back(asked: Asked) -> Response:
    """POST /templates/<name>/<locale>/files/<file>/restore?form=: undoes the removal."""
    key, file_id = which.key_of(asked), asked.path_id("file")
    now = asked.site.context.clock.now()

    def write(session: Session) -> None:
        which.changeable(session, asked, key.name)
        attached.bring_back(
            session, key.name, file_id, agent_id=asked.viewer.agent_id, now=now,
            address=asked.address,
        )  # fmt: skip

    await asked.write(write)
    return asked.go_whole(which.path_of(key))


async def _again(asked: Asked, text: str, *, undo: str | None = None, code: int = 200) -> Response:
    """The editor as it stands, with what was done."""
    key = which.key_of(asked)
    row = (await asked.read(newest, key)).get(key)
    return await editor.editor(
        asked,
        key,
        row.source if row else "",
        base=row.revision if row else 0,
        toast=Toast(text, undo, {"form": key.form}),
        code=code,
    )
