"""Answering a customer, and writing to colleagues beside it."""

from __future__ import annotations

from typing import Final, Literal
from uuid import UUID

from starlette.responses import Response

from hub.conversations import writing
from hub.conversations.writing import NoSuchWay, Overtaken, Words
from hub.store import events
from hub.store.events import Position
from hub.web import conversation, views
from hub.web.acts import answering
from hub.web.asked import Asked
from hub.web.positions import load_position
from hub.web.uploads import Refused, content_of
from hub.web.views import Composer

LONGEST_BODY: Final = 200_000
_KEY_LENGTH: Final = 100


async def reply(asked: Asked) -> Response:
    """POST /conversations/<id>/reply: body, identity, attachments, form_key, seen, anyway."""
    conversation_id = asked.path_id()
    context = asked.site.context
    before = await asked.read(events.newest)
    try:
        words = await _words(asked, conversation_id)
        await asked.write(
            writing.reply,
            asked.viewer,
            words,
            way=asked.field("identity") or None,
            accounts=context.policy().accounts,
            now=context.clock.now(),
            give_up_after=context.settings.outbox.give_up_after,
            anyway=bool(asked.field("anyway")),
        )
    except Refused as refused:
        return await _refused(asked, conversation_id, "reply", {refused.field: str(refused)})
    except NoSuchWay:
        text = asked.say("This customer cannot be reached that way. Choose another one.")
        return await _refused(asked, conversation_id, "reply", {"identity": text})
    except Overtaken as overtaken:
        return await _refused(
            asked, conversation_id, "reply", {}, views.Overtaken(overtaken.by, overtaken.at)
        )
    return await _written(asked, conversation_id, before)


async def note(asked: Asked) -> Response:
    """POST /conversations/<id>/note: body, form_key."""
    conversation_id = asked.path_id()
    before = await asked.read(events.newest)
    try:
        words = await _words(asked, conversation_id, note=True)
        await asked.write(writing.note, asked.viewer, words, now=asked.site.context.clock.now())
    except Refused as refused:
        return await _refused(asked, conversation_id, "note", {refused.field: str(refused)})
    return await _written(asked, conversation_id, before)


async def _words(asked: Asked, conversation_id: UUID, *, note: bool = False) -> Words:
    body = asked.field("body").replace("\r\n", "\n").strip()
    key = asked.field("form_key")
    if not key or len(key) > _KEY_LENGTH:
        raise Refused("form", asked.say("The form is incomplete. Reload the page."))
    if len(body) > LONGEST_BODY:
        raise Refused("body", asked.say("This text is too long."))
    files = [] if note else asked.files("attachments")
    if not body and not files:
        raise Refused("body", asked.say("Write something first."))
    account = None if note else asked.field("identity").partition(":")[2]
    content = await content_of(asked, body, files, account)
    return Words(conversation_id, content, key, load_position(asked.field("seen")))


async def _refused(
    asked: Asked,
    conversation_id: UUID,
    mode: Literal["reply", "note"],
    errors: dict[str, str],
    overtaken: views.Overtaken | None = None,
) -> Response:
    composer = Composer(
        conversation=conversation_id,
        form_key=asked.field("form_key"),
        ways=(),
        mode=mode,
        body=asked.field("body"),
        errors=errors,
        overtaken=overtaken,
    )
    return await conversation.refused(asked, conversation_id, composer)


async def _written(asked: Asked, conversation_id: UUID, before: Position) -> Response:
    if not asked.partial:
        return answering.back(asked, conversation_id)
    return await asked.show(
        await conversation.update(asked, conversation_id, before, composer=True)
    )
