"""Messages: what was said, and answering it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final
from uuid import UUID

from hub.agents.rights import Right
from hub.channel import Capabilities
from hub.conversations import access, messages, outgoing, sending, taking_back, writing
from hub.conversations.addressed import NotAnAddress, TooManyCopies, read_recipients
from hub.conversations.outgoing import TooLate
from hub.conversations.past import past
from hub.conversations.reply_to import ways
from hub.conversations.sending import Plan
from hub.conversations.spoken import Spoken
from hub.conversations.writing import NoSuchWay, Overtaken, Words
from hub.message import Button, Buttons
from hub.store import events
from hub.store.database import Session
from hub.store.events import Position
from hub.web import uploads
from hub.web.api import problem
from hub.web.api.call import ApiCall, Call, Made
from hub.web.api.model import Id
from hub.web.api.paging import Paged, whole
from hub.web.api.problem import Problem
from hub.web.api.resource import Resource
from hub.web.api.resources.parts import File, files_of, parts
from hub.web.api.resources.shared import Address
from hub.web.api.shapes.messages import (
    Author,
    Delivery,
    Message,
    Messages,
    NewNote,
    NewReply,
    Resend,
    Revision,
)
from hub.web.positions import dump_position, load_position
from hub.web.uploads import Refused

OVERTAKEN: Final = problem.Kind(
    "overtaken",
    409,
    "A colleague has answered meanwhile",
    "Somebody of the team answered after `seen`. Read it, and send with `anyway` if yours is still "
    "right.",
)
SOON: Final = timedelta(seconds=1)
resource = Resource(
    "Messages",
    "What was said in a conversation: messages of customers, answers, and notes of the team.",
    refuses={
        NoSuchWay: problem.CONFLICT,
        TooLate: problem.CONFLICT,
        Overtaken: OVERTAKEN,
        Refused: problem.REFUSED,
        NotAnAddress: problem.REFUSED,
        TooManyCopies: problem.REFUSED,
    },
)


@resource.get("/conversations/{conversation_id}/messages", needs=Right.READ)
async def page(call: Call, conversation_id: Id, paging: Paged) -> Messages:
    """List the messages of a conversation, the newest first."""
    place = paging.place(whole)
    before = None if place is None else place[0]

    def read(session: Session) -> Messages:
        position = events.newest(session)
        found = messages.before(session, call.viewer, conversation_id, before, paging.ahead)
        shown, more = paging.part(found, lambda one: (one.position,))
        files = files_of(session, [one.id for one in shown])
        return Messages(
            items=[message(one, conversation_id, files[one.id]) for one in shown],
            next=more,
            seen=dump_position(position),
        )

    return await call.read(read)


@resource.get("/messages/{message_id}", needs=Right.READ)
async def show(call: Call, message_id: Id) -> Message:
    """Show one message."""
    return await call.read(_show, call, message_id)


@resource.get("/messages/{message_id}/revisions", needs=Right.READ)
async def revisions(call: Call, message_id: Id) -> list[Revision]:
    """Show what a message said before it was changed, the newest wording first."""

    def read(session: Session) -> list[Revision]:
        conversation_id = messages.home(session, call.viewer, message_id)
        found = past(session, call.viewer, conversation_id, message_id)
        return [Revision(at=one.at, parts=parts(one.content)) for one in found.revisions]

    shown = await call.read(read)
    call.saw("message", [message_id])
    return shown


@resource.post("/conversations/{conversation_id}/replies", needs=Right.WRITE, status=201)
async def reply(call: Call, conversation_id: Id, given: NewReply) -> Message:
    """Answer the customer.

    The answer is queued; `delivery` of the message tells how far it has come.
    """
    plan = _plan(call, given)
    if given.template is not None and given.template not in call.context.policy().templates.names:
        raise Problem(problem.REFUSED, "there is no such template")
    account = (given.way or "").partition(":")[2] or await _usual(call, conversation_id)
    _check(given, call.context.capabilities.get(account or ""))
    words = _addressed(await _words(call, conversation_id, given, account), given)
    context = call.context

    def run(session: Session) -> Made:
        made, _ = sending.send(
            session,
            call.viewer,
            words,
            plan,
            way=given.way,
            accounts=context.policy().accounts,
            now=call.now,
            give_up_after=context.settings.outbox.give_up_after,
            anyway=given.anyway,
        )
        return {"message": str(made.message_id)}

    made = await call.once(run)
    return await call.read(_show, call, UUID(made["message"]))


@resource.post("/conversations/{conversation_id}/notes", needs=Right.WRITE, status=201)
async def note(call: Call, conversation_id: Id, given: NewNote) -> Message:
    """Write a note among the team."""
    words = await _words(call, conversation_id, given, None)

    def run(session: Session) -> Made:
        made = writing.note(session, call.viewer, words, now=call.now)
        return {"message": str(made.message_id)}

    made = await call.once(run)
    return await call.read(_show, call, UUID(made["message"]))


@resource.post("/messages/{message_id}/cancel", needs=Right.WRITE)
async def cancel(call: Call, message_id: Id) -> Message:
    """Cancel an answer that has not gone out."""
    return await _settle(
        call,
        message_id,
        lambda session: outgoing.cancel(session, call.viewer, message_id, now=call.now),
    )


@resource.post("/messages/{message_id}/take-back", needs=Right.WRITE)
async def take_back(call: Call, message_id: Id) -> Message:
    """Cancel an answer that has not gone out; its words are the agent's draft again."""
    return await _settle(
        call,
        message_id,
        lambda session: taking_back.take_back(session, call.viewer, message_id, now=call.now),
    )


@resource.post("/messages/{message_id}/retry", needs=Right.WRITE)
async def retry(call: Call, message_id: Id) -> Message:
    """Send a failed answer again."""
    give_up_after = call.context.settings.outbox.give_up_after
    return await _settle(
        call,
        message_id,
        lambda session: outgoing.retry(
            session, call.viewer, message_id, now=call.now, give_up_after=give_up_after
        ),
    )


@resource.post("/messages/{message_id}/arrived", needs=Right.WRITE)
async def arrived(call: Call, message_id: Id) -> Message:
    """Settle that an answer did arrive of which nobody knew."""
    return await _settle(
        call,
        message_id,
        lambda session: outgoing.arrived(session, call.viewer, message_id, now=call.now),
    )


@resource.post("/messages/{message_id}/resend", needs=Right.WRITE)
async def resend(call: Call, message_id: Id, given: Resend) -> Message:
    """Queue the words of an answer anew that failed, or of which nobody knows.

    The copy is a message of its own; this one is cancelled.
    """
    context = call.context
    return await _settle(
        call,
        message_id,
        lambda session: outgoing.resend(
            session,
            call.viewer,
            message_id,
            way=given.way,
            accounts=context.policy().accounts,
            now=call.now,
            give_up_after=context.settings.outbox.give_up_after,
        ),
    )


def message(one: Spoken, conversation_id: UUID, files: list[File]) -> Message:
    """A message as it is shown."""
    address = None
    if one.address_kind is not None and one.address is not None:
        address = Address(kind=one.address_kind, address=one.address)
    return Message(
        id=one.id,
        conversation_id=conversation_id,
        position=one.position,
        direction=one.direction,  # type: ignore[arg-type]  # the column says no other
        channel=one.channel,
        account=one.account,
        subject=one.subject,
        text="" if one.deleted else one.text,
        parts=[] if one.deleted else parts(one.content),
        files=[] if one.deleted else files,
        author=Author(name=one.author, agent_id=one.agent_id, rule=one.rule, address=address),
        at=one.at,
        received_at=one.received_at,
        edited=one.edited,
        deleted=one.deleted,
        automated=one.automated,
        answers_id=one.answers_id,
        delivery=Delivery.model_validate(one.outgoing) if one.outgoing is not None else None,
    )


def _show(session: Session, call: ApiCall, message_id: UUID) -> Message:
    conversation_id, found = messages.one(session, call.viewer, message_id)
    return message(found, conversation_id, files_of(session, [message_id])[message_id])


async def _settle(call: ApiCall, message_id: UUID, act: Callable[[Session], object]) -> Message:
    def run(session: Session) -> None:
        act(session)

    await call.act(run)
    return await call.read(_show, call, message_id)


def _check(given: NewReply, carries: Capabilities | None) -> None:
    """Raises Problem for what the account that it goes by does not carry."""
    if carries is None:
        return
    if given.buttons and "buttons" not in carries.blocks:
        raise Problem(problem.REFUSED, "this channel carries no buttons")
    if (given.cc or given.bcc) and not carries.copies:
        raise Problem(problem.REFUSED, "this channel sends no copies")
    if given.subject and not carries.subject:
        raise Problem(problem.REFUSED, "this channel knows no subject")


async def _usual(call: ApiCall, conversation_id: UUID) -> str | None:
    def read(session: Session) -> str | None:
        access.require(session, call.viewer, conversation_id)
        found = ways(session, conversation_id, call.context.policy().accounts).default
        return found.account if found is not None else None

    return await call.read(read)


async def _words(
    call: ApiCall, conversation_id: UUID, given: NewNote, account: str | None
) -> Words:
    stored = uploads.kept_before(call, given.files)
    if not given.text.strip() and not stored:
        raise Problem(problem.REFUSED, "write something, or attach a file")
    content = await uploads.content_of(call, given.text.strip(), [], account, stored)
    return Words(conversation_id, content, call.form_key)


def _addressed(words: Words, given: NewReply) -> Words:
    """The words of an answer, with what only answers have. Raises NotAnAddress, TooManyCopies."""
    rows = tuple(
        (Button(label=one.label, value=one.value or (None if one.url else one.label), url=one.url),)
        for one in given.buttons
    )
    return Words(
        words.conversation_id,
        (*words.content, Buttons(rows=rows)) if rows else words.content,
        words.form_key,
        _position(given.seen),
        cc=read_recipients(", ".join(given.cc)),
        bcc=read_recipients(", ".join(given.bcc)),
        subject=given.subject,
        template=given.template,
    )


def _position(seen: str | None) -> Position | None:
    if seen is None:
        return None
    if (found := load_position(seen)) is None:
        raise Problem(problem.REFUSED, "seen is what a page of messages gave")
    return found


def _plan(call: ApiCall, given: NewReply) -> Plan:
    if given.send_at is not None and given.send_at < call.now + SOON:
        raise Problem(problem.REFUSED, "send_at is a time to come")
    if given.until is not None and (given.then != "snooze" or given.until <= call.now):
        raise Problem(problem.REFUSED, "until is a time to come, and goes with then: snooze")
    delay = given.send_at - call.now if given.send_at is not None else timedelta()
    return Plan(delay, scheduled=given.send_at is not None, then=given.then, until=given.until)
