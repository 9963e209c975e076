"""Answering a customer, and writing to colleagues beside it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, Literal, cast, get_args
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import Session
from starlette.responses import Response

from hub.agents.rights import Viewer
from hub.calendars import parse_moment
from hub.conversations import acts, drafts, sending, taking_back, writing
from hub.conversations.acts import CannotUndo, Done
from hub.conversations.addressed import NotAnAddress, Recipient, TooManyCopies, read_recipients
from hub.conversations.outgoing import TooLate
from hub.conversations.sending import Plan, Then
from hub.conversations.taking_back import TakenBack
from hub.conversations.writing import NoSuchWay, Overtaken, Words, Written
from hub.message import Button, Buttons
from hub.store import events
from hub.store.events import Position
from hub.web import conversation, uploads, views
from hub.web.acts import answering
from hub.web.asked import Asked, status
from hub.web.positions import load_position
from hub.web.uploads import Refused, content_of
from hub.web.views import Composer, Toast

LONGEST_BODY: Final = 200_000
LONGEST_SUBJECT: Final = 400
LONGEST_LABEL: Final = 60
LONGEST_TARGET: Final = 500
MOST_BUTTONS: Final = 10
_KEY_LENGTH: Final = 100


async def reply(asked: Asked) -> Response:
    """POST /conversations/<id>/reply: body, identity, attachments, uploaded, form_key, seen,
    anyway; unsigned ("1": without the signature); template (what it began from); subject, cc,
    bcc; button; send_at (a moment in words),
    then ("stay", "open", "resolve" or "snooze"), until (a moment in words), undo ("1": the
    page can take it back)."""
    conversation_id = asked.path_id()
    context = asked.site.context
    before = await asked.read(events.newest)
    now = context.clock.now()
    try:
        words = await _words(asked, conversation_id)
        plan = _plan(asked, now)
        made, done = await asked.write(
            sending.send,
            asked.viewer,
            words,
            plan,
            way=asked.field("identity") or None,
            accounts=context.policy().accounts,
            now=now,
            give_up_after=context.settings.outbox.give_up_after,
            anyway=bool(asked.field("anyway")),
        )
    except Refused as refused:
        return await _refused(asked, conversation_id, "reply", {refused.field: str(refused)})
    except NoSuchWay:
        text = asked.say("This customer cannot be reached that way. Choose another one.")
        return await _refused(asked, conversation_id, "reply", {"identity": text})
    except Overtaken as overtaken:
        shown = views.Overtaken(overtaken.by, overtaken.at, overtaken.text)
        return await _refused(asked, conversation_id, "reply", {}, shown)
    return await _written(asked, conversation_id, before, _undoable(asked, made, done, plan))


async def note(asked: Asked) -> Response:
    """POST /conversations/<id>/note: body, form_key, attachments, uploaded."""
    conversation_id = asked.path_id()
    before = await asked.read(events.newest)
    try:
        words = await _words(asked, conversation_id, note=True)
        await asked.write(writing.note, asked.viewer, words, now=asked.site.context.clock.now())
    except Refused as refused:
        return await _refused(asked, conversation_id, "note", {refused.field: str(refused)})
    return await _written(asked, conversation_id, before, None)


async def take_back(asked: Asked) -> Response:
    """POST /conversations/<id>/messages/<message>/take-back[/<act>]: the answer is cancelled and
    its words stand in the form again; the act that came with it is undone."""
    conversation_id, before = asked.path_id(), await asked.read(events.newest)
    now = asked.site.context.clock.now()
    act = asked.path_id("act") if "act" in asked.request.path_params else None
    try:
        message_id = asked.path_id("message")
        back = await asked.write(_take_back, asked.viewer, message_id, act, now, asked)
    except (TooLate, CannotUndo):
        toast = Toast(asked.say("Too late: the message has moved on meanwhile."))
        return await answering.done(asked, conversation_id, before, toast)
    if back.conversation_id != conversation_id:
        raise status(404)
    form = Composer(
        conversation=conversation_id,
        form_key="",
        ways=(),
        files=tuple(uploads.offered(asked, media) for media in back.files),
        buttons=_buttons_of(back),
        again=True,
    )
    if not asked.partial:
        return answering.back(asked, conversation_id)
    return await asked.show(
        await conversation.update(asked, conversation_id, before, composer=form)
    )


def _take_back(
    session: Session,
    viewer: Viewer,
    message_id: UUID,
    act: UUID | None,
    now: datetime,
    asked: Asked,
) -> TakenBack:
    if act is not None:
        acts.undo(session, viewer, act, now)
    back = taking_back.take_back(session, viewer, message_id, now=now)
    beside = {
        "files": "\n".join(uploads.offered(asked, media).token for media in back.files),
        "buttons": "\n".join("\t".join(one) for one in _buttons_of(back)),
    }
    drafts.put_beside(session, viewer, back.conversation_id, beside, now)
    return back


def _buttons_of(back: TakenBack) -> tuple[tuple[str, str], ...]:
    """What each button says, and what it sends or opens."""
    return tuple((one.label, one.url or one.value or "") for one in back.buttons)


def _plan(asked: Asked, now: datetime) -> Plan:
    """Raises Refused."""
    outbox = asked.site.context.settings.outbox
    delay = outbox.undo_for if asked.field("undo") and asked.partial else timedelta()
    send_at, then = asked.field("send_at").strip(), asked.field("then") or "stay"
    if then not in get_args(Then):
        raise status(422)
    if send_at:
        delay = _moment(asked, send_at, now, "send_at") - now
    until = None
    if then == "snooze" and asked.field("until").strip():
        until = _moment(asked, asked.field("until"), now, "until")
    plan = cast(Then, then)
    return Plan(delay, scheduled=bool(send_at), then=plan, until=until)


def _moment(asked: Asked, text: str, now: datetime, field: str) -> datetime:
    viewer = asked.viewer
    calendar: Literal["jalali", "gregorian"] = (
        "jalali" if viewer.calendar == "jalali" else "gregorian"
    )
    found = parse_moment(text, now, ZoneInfo(viewer.time_zone), calendar)
    if found is None:
        say = asked.say("Write a time to come, such as “tomorrow 9” or “in 2 hours”.")
        raise Refused(field, say)
    return found


async def _words(asked: Asked, conversation_id: UUID, *, note: bool = False) -> Words:
    body = asked.field("body").replace("\r\n", "\n").strip()
    key = asked.field("form_key")
    if not key or len(key) > _KEY_LENGTH:
        raise Refused("form", asked.say("The form is incomplete. Reload the page."))
    if len(body) > LONGEST_BODY:
        raise Refused("body", asked.say("This text is too long."))
    files = asked.files("attachments")
    tokens = [one for one in asked.form.getlist("uploaded") if isinstance(one, str)]
    stored = uploads.kept_before(asked, tokens)
    if not body and not files and not stored:
        raise Refused("body", asked.say("Write something first."))
    account = None if note else asked.field("identity").partition(":")[2]
    if account is not None and not asked.field("unsigned"):
        body = _signed(asked, body, account)
    content = await content_of(asked, body, files, account, stored)
    carries = asked.site.context.capabilities.get(account or "")
    if carries is not None and "buttons" in carries.blocks:
        content = (*content, *_buttons(asked))
    copies = carries is not None and carries.copies
    titled = carries is not None and carries.subject
    return Words(
        conversation_id,
        content,
        key,
        load_position(asked.field("seen")),
        cc=_recipients(asked, "cc") if copies else (),
        bcc=_recipients(asked, "bcc") if copies else (),
        subject=asked.field("subject").strip()[:LONGEST_SUBJECT] or None if titled else None,
        template=_template(asked) if not note else None,
    )


def _template(asked: Asked) -> str | None:
    """The template that the answer began from, as the form says it."""
    name = asked.field("template")
    return name if name in asked.site.context.policy().templates.names else None


def _buttons(asked: Asked) -> tuple[Buttons, ...]:
    """The choices under an answer, a row each: `button`, as a label, or a label, a tab and what it
    sends or opens."""
    rows = []
    for one in asked.form.getlist("button"):
        label, _, target = str(one).partition("\t")
        if label := " ".join(label.split())[:LONGEST_LABEL]:
            target = target.strip()[:LONGEST_TARGET]
            opens = target.startswith(("https://", "http://"))
            value = None if opens else target or label
            rows.append((Button(label=label, value=value, url=target if opens else None),))
    return (Buttons(rows=tuple(rows[:MOST_BUTTONS])),) if rows else ()


def _signed(asked: Asked, body: str, account: str) -> str:
    """The words with the agent's signature for the kind of channel by which they go."""
    known = asked.site.context.policy().accounts.get(account)
    if known is None or not body:
        return body
    signature = asked.viewer.signatures.get(known.kind, "")
    return f"{body}\n\n{signature}" if signature and not body.endswith(signature) else body


def _recipients(asked: Asked, field: str) -> tuple[Recipient, ...]:
    """Raises Refused."""
    try:
        return read_recipients(asked.field(field))
    except NotAnAddress as fault:
        raise Refused(field, asked.say("%s is no mail address.") % fault.text) from None
    except TooManyCopies:
        raise Refused(field, asked.say("These are too many addresses.")) from None


def _undoable(asked: Asked, made: Written, done: Done | None, plan: Plan) -> Toast | None:
    if not made.fresh or not plan.delay:
        return None
    path = f"/conversations/{asked.path_id()}/messages/{made.message_id}/take-back"
    act = f"/{done.act_id}" if done is not None and done.act_id is not None else ""
    say = asked.say
    if plan.scheduled:
        return Toast(say("Scheduled"), path + act)
    return Toast(say("Sent"), path + act)


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
        subject=asked.field("subject"),
        cc=asked.field("cc"),
        bcc=asked.field("bcc"),
        unsigned=bool(asked.field("unsigned")),
    )
    return await conversation.refused(asked, conversation_id, composer)


async def _written(
    asked: Asked, conversation_id: UUID, before: Position, toast: Toast | None
) -> Response:
    if not asked.partial:
        return answering.back(asked, conversation_id)
    return await asked.show(
        await conversation.update(asked, conversation_id, before, composer=True, toast=toast)
    )
