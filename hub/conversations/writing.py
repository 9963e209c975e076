"""What agents write: answers that go out, and notes that stay.

A form carries a key. The same form sent twice is done once, and both times says the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlmodel import Session

from hub.agents.rights import Viewer
from hub.conversations import access, drafts, following, mentions, telling
from hub.conversations.addressed import Addressed, Recipient
from hub.conversations.ledger import Ledger
from hub.conversations.reply_to import Connected, Way, ways
from hub.conversations.state import MERGED, ConversationState
from hub.conversations.telling import Telling
from hub.conversations.withdrawing import withdraw
from hub.message import Content, Text
from hub.store import events
from hub.store.events import Position
from hub.store.statements import insert_new, table_of
from hub.store.tables import Agent, Event, FormKey, Message, Participant
from hub.store.tables import Content as ContentTable
from hub.store.types import new_id
from hub.text import snippet


class NoSuchWay(Exception):
    """The chosen way is none of this conversation's, or is gone."""


class Overtaken(Exception):
    """A colleague has answered meanwhile; `text` is the beginning of what they wrote."""

    def __init__(self, by: str, at: datetime, text: str = "") -> None:
        super().__init__(f"{by} answered at {at.isoformat()}")
        self.by = by
        self.at = at
        self.text = text


@dataclass(frozen=True)
class Words:
    """What was written in which form. seen: how far in the event log its writer had read.

    cc, bcc: who gets a copy, on channels that send copies. subject: of a mail; None keeps the
    conversation's. template: the reply template that it began from.
    """

    conversation_id: UUID
    content: Content
    form_key: str
    seen: Position | None = None
    cc: tuple[Recipient, ...] = ()
    bcc: tuple[Recipient, ...] = ()
    subject: str | None = None
    template: str | None = None


@dataclass(frozen=True)
class Written:
    """The message that a form made, and whether it was made just now."""

    message_id: UUID
    fresh: bool


def reply(
    session: Session,
    viewer: Viewer,
    words: Words,
    *,
    way: str | None,
    accounts: Mapping[str, Connected],
    now: datetime,
    give_up_after: timedelta,
    delay: timedelta = timedelta(),
    anyway: bool = False,
) -> Written:
    """Queue an answer. way: as `Way.value`, None for the default.

    delay: how long it can be taken back before it goes out. anyway: also when a colleague has
    answered meanwhile.

    Raises:
        NotVisible: the viewer may not see the conversation.
        NoSuchWay: there is no such way, or none at all.
        Overtaken: a colleague has answered meanwhile; nothing was queued.
    """
    access.require(session, viewer, words.conversation_id)
    if (done := _done(session, viewer, words.form_key)) is not None:
        return done
    ledger, conversation = _load(session, viewer, words.conversation_id, now)
    if not anyway:
        _look_for_colleagues(session, viewer, words, conversation.id)
    target = ways(session, conversation.id, accounts).named(way)
    if target is None:
        raise NoSuchWay("this customer can not be reached that way")
    if target.kind == "mail":
        if words.subject:
            conversation.subject = words.subject
        elif conversation.subject is None:
            conversation.subject = _subject_of(session, conversation.id)
    message_id = _write(
        session,
        ledger,
        conversation,
        viewer,
        words,
        direction="out",
        channel=target.kind,
        account=target.account,
        identity_id=target.identity_id,
        subject=conversation.subject,
        addressed=_addressed(words, target),
        template=words.template,
    )
    ledger.queue(
        conversation,
        message_id,
        account=target.account,
        due_at=now + delay,
        give_up_after=give_up_after,
    )
    if not target.joined:
        ledger.add(
            Participant,
            conversation_id=conversation.id,
            identity_id=target.identity_id,
            role="participant" if target.stranger else "customer",
            account=target.account,
            chat=None,
            answers=not target.stranger,
            away_since=None,
            since_position=conversation.position - 1,
            joined_at=now,
        )
    conversation.waiting_since = None
    if conversation.status in ("open", "snoozed"):
        conversation.status = "waiting"
        conversation.snoozed_until = None
    ledger.happened("message.queued", viewer.actor, conversation, message_id=message_id)
    drafts.discard(session, viewer, conversation.id, "reply")
    ledger.flush()
    # What a rule would have said for want of this answer is not said behind it.
    withdraw(ledger, {conversation.id: conversation.position}, viewer.actor)
    ledger.flush()
    return Written(message_id, fresh=True)


def note(session: Session, viewer: Viewer, words: Words, *, now: datetime) -> Written:
    """Write words among the team. Whom they name is told, and follows from then on.

    Raises NotVisible.
    """
    access.require(session, viewer, words.conversation_id)
    if (done := _done(session, viewer, words.form_key)) is not None:
        return done
    ledger, conversation = _load(session, viewer, words.conversation_id, now)
    content, meant = _named(session, words.content)
    words = replace(words, content=content)
    message_id = _write(session, ledger, conversation, viewer, words, direction="note")
    ledger.happened("note.added", viewer.actor, conversation, message_id=message_id)
    drafts.discard(session, viewer, conversation.id, "note")
    ledger.flush()
    meant -= {viewer.agent_id}
    mentions.mention(session, conversation.id, message_id, meant, now)
    following.add(session, conversation.id, meant, now)
    telling.tell(
        session,
        [
            Telling(agent_id, conversation.id, "mention", viewer.actor, now, message_id)
            for agent_id in sorted(meant)
        ],
    )
    return Written(message_id, fresh=True)


def _named(session: Session, content: Content) -> tuple[Content, frozenset[UUID]]:
    """The note with its mentions marked, and whom they mean."""
    if not any(isinstance(block, Text) and "@" in block.text for block in content):
        return content, frozenset()
    known, meant, blocks = mentions.nameable(session), frozenset[UUID](), []
    for block in content:
        if isinstance(block, Text):
            block, more = mentions.named(block, known)  # noqa: PLW2901
            meant |= more
        blocks.append(block)
    return tuple(blocks), meant


def _done(session: Session, viewer: Viewer, form_key: str) -> Written | None:
    """The message that this form made before, if it did."""
    table = table_of(FormKey)
    result = session.execute(
        select(table.c.result).where(table.c.key == form_key, table.c.agent_id == viewer.agent_id)
    ).scalar()
    return Written(UUID(result["message"]), fresh=False) if result else None


def _write(
    session: Session,
    ledger: Ledger,
    conversation: ConversationState,
    viewer: Viewer,
    words: Words,
    *,
    direction: str,
    **columns: Any,
) -> UUID:
    message_id = new_id()
    made = insert_new(
        session,
        FormKey,
        [
            {
                "key": words.form_key,
                "agent_id": viewer.agent_id,
                "result": {"message": str(message_id)},
                "at": ledger.now,
            }
        ],
        ["key"],
    )
    if not made:
        raise ValueError("the form's key belongs to somebody else's form")
    ledger.write(
        conversation,
        id=message_id,
        direction=direction,
        content=words.content,
        agent_id=viewer.agent_id,
        client_id=words.form_key,
        at=ledger.now,
        **columns,
    )
    # Who writes has read what stands above.
    conversation.seen_position = conversation.position
    return message_id


def _addressed(words: Words, target: Way) -> dict[str, Any] | None:
    """The fields of an answer by mail; who has a blind copy has it from there alone."""
    if not (words.cc or words.bcc):
        return None
    to = Recipient(target.address, target.name)
    cc = tuple(one for one in words.cc if one.address != to.address)
    open_copies = {to.address, *(one.address for one in cc)}
    bcc = tuple(one for one in words.bcc if one.address not in open_copies)
    return Addressed((to,), cc, bcc).dump()


def _load(
    session: Session, viewer: Viewer, conversation_id: UUID, now: datetime
) -> tuple[Ledger, ConversationState]:
    """The conversation; what it was merged into while its writer wrote."""
    ledger = Ledger(session, now)
    ledger.load([conversation_id])
    conversation = ledger.conversations[conversation_id]
    if conversation.status == MERGED:
        into = access.standing(session, viewer, conversation_id)
        return _load(session, viewer, into, now)
    return ledger, conversation


def _look_for_colleagues(session: Session, viewer: Viewer, words: Words, goes_to: UUID) -> None:
    """Raise Overtaken when a colleague answered what the writer has not read yet."""
    if words.seen is None:
        return
    looked_at = [*{words.conversation_id, goes_to}]
    news = events.read(session, words.seen, conversations=looked_at, kinds=["message.queued"])
    _stop_behind_colleagues(session, viewer, news)


def look_since(session: Session, viewer: Viewer, conversation_id: UUID, at: datetime) -> None:
    """Raise Overtaken when a colleague has answered after a moment, for those who see no thread.

    Raises NotVisible.
    """
    table, here = table_of(Event), access.standing(session, viewer, conversation_id)
    news = session.execute(
        select(table.c.actor, table.c.at, table.c.message_id)
        .where(
            table.c.conversation_id.in_({here, conversation_id}),
            table.c.kind == "message.queued",
            table.c.at > at,
        )
        .order_by(table.c.at)
    ).all()
    _stop_behind_colleagues(session, viewer, news)


def _stop_behind_colleagues(session: Session, viewer: Viewer, news: Sequence[Row[Any]]) -> None:
    """Raise Overtaken when one of these answers, the latest last, is a colleague's."""
    colleagues = [
        row for row in news if row.actor.startswith("agent:") and row.actor != viewer.actor
    ]
    if not colleagues:
        return
    newest, table = colleagues[-1], table_of(Agent)
    agent_id = UUID(newest.actor.removeprefix("agent:"))
    name = session.execute(select(table.c.name).where(table.c.id == agent_id)).scalar()
    content = table_of(ContentTable)
    text = session.execute(
        select(content.c.text)
        .where(content.c.message_id == newest.message_id)
        .order_by(content.c.revision.desc())
        .limit(1)
    ).scalar()
    raise Overtaken(name or "", newest.at, snippet(text or "", 300))


def _subject_of(session: Session, conversation_id: UUID) -> str | None:
    """The subject of the newest mail in the conversation."""
    table = table_of(Message)
    return session.execute(
        select(table.c.subject)
        .where(table.c.conversation_id == conversation_id, table.c.subject.is_not(None))
        .order_by(table.c.position.desc())
        .limit(1)
    ).scalar()
