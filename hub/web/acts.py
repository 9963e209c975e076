"""What an agent does with a conversation: each act is a form, and can also come from a script."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from starlette.responses import Response

from hub.agents.rights import Viewer
from hub.conversations import acts, outgoing, writing
from hub.conversations.acts import CannotUndo, Done, NoSuchPerson
from hub.conversations.outgoing import TooLate
from hub.conversations.writing import NoSuchWay, Overtaken, Words
from hub.store import events
from hub.store.database import Session
from hub.store.events import Position
from hub.web import conversation, inbox, rows, views
from hub.web.asked import Asked, status
from hub.web.positions import load_position
from hub.web.uploads import Refused, content_of
from hub.web.views import Composer, Toast

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


async def assign(asked: Asked) -> Response:
    """POST /conversations/<id>/assign: `assignee` (an agent's id, or "" for nobody) or `team`."""
    chosen = asked.field("team") if "team" in asked.form else asked.field("assignee")
    person = None
    if chosen:
        try:
            person = UUID(chosen)
        except ValueError:
            raise status(404) from None
    act = acts.assign_team if "team" in asked.form else acts.assign
    say = asked.say
    try:
        return await _act(
            asked,
            lambda session, viewer, one, now: act(session, viewer, one, person, now),
            lambda done: (
                (say("Assigned to %s") % done.name if done.name else say("Assigned"))
                if person
                else say("Assigned to nobody")
            ),
        )
    except NoSuchPerson:
        raise status(404, say("There is no such agent or team any more.")) from None


async def resolve(asked: Asked) -> Response:
    """POST /conversations/<id>/resolve"""
    return await _act(asked, acts.resolve, lambda _: asked.say("Resolved"))


async def reopen(asked: Asked) -> Response:
    """POST /conversations/<id>/reopen"""
    return await _act(asked, acts.reopen, lambda _: asked.say("Reopened"))


async def undo(asked: Asked) -> Response:
    """POST /conversations/<id>/undo/<act>"""
    conversation_id, before = asked.path_id(), await asked.read(events.newest)
    try:
        found = await asked.write(
            acts.undo, asked.viewer, asked.path_id("act"), asked.site.context.clock.now()
        )
    except CannotUndo as refused:
        return await _done(asked, conversation_id, before, Toast(_why_not(asked, refused.changed)))
    if found != conversation_id:
        raise status(404)
    return await _done(asked, conversation_id, before, Toast(asked.say("Undone")))


async def undo_rule(asked: Asked) -> Response:
    """POST /conversations/<id>/undo-rule/<sequence>"""
    conversation_id, before = asked.path_id(), await asked.read(events.newest)
    try:
        await asked.write(
            acts.undo_rule,
            asked.viewer,
            conversation_id,
            asked.request.path_params["sequence"],
            asked.site.context.clock.now(),
        )
    except CannotUndo as refused:
        return await _done(asked, conversation_id, before, Toast(_why_not(asked, refused.changed)))
    return await _done(asked, conversation_id, before, Toast(asked.say("Undone")))


async def seen(asked: Asked) -> Response:
    """POST /conversations/<id>/seen: `position` of the newest message that was looked at."""
    position = asked.field("position")
    if not position.isdecimal() or len(position) > 9:
        raise status(404)
    now = asked.site.context.clock.now()
    await asked.write(acts.mark_seen, asked.viewer, asked.path_id(), int(position), now)
    return Response(status_code=204)


async def retry(asked: Asked) -> Response:
    """POST /conversations/<id>/messages/<message>/retry"""
    context = asked.site.context
    return await _send(
        asked,
        lambda session: outgoing.retry(
            session,
            asked.viewer,
            asked.path_id("message"),
            now=context.clock.now(),
            give_up_after=context.settings.outbox.give_up_after,
        ),
    )


async def arrived(asked: Asked) -> Response:
    """POST /conversations/<id>/messages/<message>/arrived"""
    now = asked.site.context.clock.now()
    return await _send(
        asked,
        lambda session: outgoing.arrived(session, asked.viewer, asked.path_id("message"), now=now),
    )


async def cancel(asked: Asked) -> Response:
    """POST /conversations/<id>/messages/<message>/cancel"""
    now = asked.site.context.clock.now()
    return await _send(
        asked,
        lambda session: outgoing.cancel(session, asked.viewer, asked.path_id("message"), now=now),
    )


async def resend(asked: Asked) -> Response:
    """POST /conversations/<id>/messages/<message>/resend: `identity` for another way."""
    context = asked.site.context
    return await _send(
        asked,
        lambda session: outgoing.resend(
            session,
            asked.viewer,
            asked.path_id("message"),
            way=asked.field("identity") or None,
            accounts=context.policy().accounts,
            now=context.clock.now(),
            give_up_after=context.settings.outbox.give_up_after,
        ),
    )


# --- what they share ---


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
        return _back(asked, conversation_id)
    return await asked.show(
        await conversation.update(asked, conversation_id, before, composer=True)
    )


async def _act(
    asked: Asked,
    act: Callable[[Session, Viewer, UUID, datetime], Done],
    say: Callable[[Done], str],
) -> Response:
    conversation_id, before = asked.path_id(), await asked.read(events.newest)
    done = await asked.write(act, asked.viewer, conversation_id, asked.site.context.clock.now())
    toast = None
    if done.act_id is not None:
        toast = Toast(say(done), f"/conversations/{conversation_id}/undo/{done.act_id}")
    return await _done(asked, conversation_id, before, toast)


async def _send(asked: Asked, act: Callable[[Session], UUID]) -> Response:
    conversation_id, before = asked.path_id(), await asked.read(events.newest)
    toast = None
    try:
        found = await asked.write(act)
        if found != conversation_id:
            raise status(404)
    except TooLate:
        toast = Toast(asked.say("Too late: the message has moved on meanwhile."))
    except NoSuchWay:
        toast = Toast(asked.say("This customer cannot be reached that way."))
    return await _done(asked, conversation_id, before, toast)


async def _done(
    asked: Asked, conversation_id: UUID, before: Position, toast: Toast | None
) -> Response:
    if not asked.partial:
        return _back(asked, conversation_id)
    return await asked.show(await conversation.update(asked, conversation_id, before, toast=toast))


def _back(asked: Asked, conversation_id: UUID) -> Response:
    view = inbox.shown_view(asked)
    return asked.go(rows.url(f"/conversations/{conversation_id}", view))


def _why_not(asked: Asked, changed: str) -> str:
    say = asked.say
    return {
        "status": say("Not undone: the conversation has moved on meanwhile."),
        "assignee_id": say("Not undone: somebody else is assigned by now."),
        "team_id": say("Not undone: another team has it by now."),
    }.get(changed, say("Not undone: it has changed meanwhile."))
