"""What an agent can still do about an answer that is on its way, or did not arrive.

queued      -> cancelled    taken back before it went out
failed      -> queued       tried again, the same message
unconfirmed -> sent         the agent knows that it arrived
unconfirmed -> cancelled    and a copy is queued: sent again, as a message of its own
failed      -> cancelled    and a copy is queued, by another way
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, or_, select, update
from sqlmodel import Session

from hub.agents.rights import Viewer
from hub.conversations import access, addressed
from hub.conversations.ledger import OUTBOX, Ledger
from hub.conversations.reply_to import Connected, ways
from hub.conversations.state import ConversationState
from hub.conversations.writing import NoSuchWay
from hub.message import load_content
from hub.store.database import wake
from hub.store.statements import insert_or_update, table_of
from hub.store.tables import Content, Lane, Message, Outgoing
from hub.store.types import new_id

UNDELIVERED = ("failed", "unconfirmed")


class TooLate(Exception):
    """The message is in another state by now, so this can not be done to it."""

    def __init__(self, state: str) -> None:
        super().__init__(f"the message is {state} by now")
        self.state = state


@dataclass(frozen=True)
class Sending:
    """An answer of a conversation that the viewer may see, locked with it."""

    ledger: Ledger
    conversation: ConversationState
    row: Row[tuple[object, ...]]


def retry(
    session: Session, viewer: Viewer, message_id: UUID, *, now: datetime, give_up_after: timedelta
) -> UUID:
    """Try a failed message again; its conversation.

    Raises:
        NotVisible: there is no such answer for the viewer.
        TooLate: it is not failed any more.
    """
    found = _lock(session, viewer, message_id, now, ("failed",))
    _change(
        session,
        found,
        viewer,
        "queued",
        due_at=now,
        give_up_at=now + give_up_after,
        error=None,
        error_code=None,
    )
    _ready(session, found.conversation.id, now)
    return found.conversation.id


def arrived(session: Session, viewer: Viewer, message_id: UUID, *, now: datetime) -> UUID:
    """Settle that an unconfirmed message did arrive. Raises as `retry`."""
    found = _lock(session, viewer, message_id, now, ("unconfirmed",))
    _change(session, found, viewer, "sent", sent_at=now, error=None, error_code=None)
    return found.conversation.id


def cancel(session: Session, viewer: Viewer, message_id: UUID, *, now: datetime) -> UUID:
    """Take back an answer that has not gone out. Raises as `retry`."""
    found = _lock(session, viewer, message_id, now, ("queued",))
    conversation = found.conversation
    if conversation.status == "waiting" and _is_last(session, found):
        # The answer that settled it for now was never given.
        conversation.status = "open"
        conversation.waiting_since = conversation.last_inbound_at
    _change(session, found, viewer, "cancelled")
    return conversation.id


def resend(
    session: Session,
    viewer: Viewer,
    message_id: UUID,
    *,
    way: str | None,
    accounts: Mapping[str, Connected],
    now: datetime,
    give_up_after: timedelta,
) -> UUID:
    """Queue the same words anew, by this way (None: the way that it was sent by).

    Raises:
        NotVisible, TooLate: as `retry`.
        NoSuchWay: there is no such way.
    """
    found = _lock(session, viewer, message_id, now, UNDELIVERED)
    conversation, row = found.conversation, found.row
    named = way or f"{row.identity_id}:{row.account}"
    target = ways(session, conversation.id, accounts).named(named)
    if target is None:
        raise NoSuchWay("this customer can not be reached that way")
    # A copy of its own: the first one may have arrived, and its attempts are its history.
    _change(session, found, viewer, "cancelled", flush=False)
    copy_id = new_id()
    found.ledger.write(
        conversation,
        id=copy_id,
        direction="out",
        content=load_content(row.blocks),
        channel=target.kind,
        account=target.account,
        identity_id=target.identity_id,
        agent_id=viewer.agent_id,
        subject=row.subject,
        addressed=row.addressed if target.kind == addressed.KIND else None,
        at=now,
    )
    found.ledger.queue(
        conversation, copy_id, account=target.account, due_at=now, give_up_after=give_up_after
    )
    conversation.seen_position = conversation.position
    found.ledger.happened(
        "message.queued", viewer.actor, conversation, message_id=copy_id, of=str(message_id)
    )
    found.ledger.flush()
    return conversation.id


def _lock(
    session: Session, viewer: Viewer, message_id: UUID, now: datetime, states: tuple[str, ...]
) -> Sending:
    message, content, outgoing = table_of(Message), table_of(Content), table_of(Outgoing)
    conversation_id = session.execute(
        select(outgoing.c.conversation_id).where(outgoing.c.message_id == message_id)
    ).scalar()
    if conversation_id is None:
        raise access.NotVisible(f"no answer {message_id}")
    ledger = Ledger(session, now)
    ledger.load([conversation_id])
    access.require(session, viewer, conversation_id)
    row = session.execute(
        select(
            outgoing.c.message_id,
            outgoing.c.state,
            outgoing.c.position,
            message.c.identity_id,
            message.c.account,
            message.c.subject,
            message.c.addressed,
            content.c.blocks,
        )
        .join(message, message.c.id == outgoing.c.message_id)
        .join(
            content,
            (content.c.message_id == message.c.id) & (content.c.revision == message.c.revision),
        )
        .where(outgoing.c.message_id == message_id)
        .with_for_update(of=outgoing)
    ).one()
    if row.state not in states:
        raise TooLate(row.state)
    return Sending(ledger, ledger.conversations[conversation_id], row)


def _is_last(session: Session, found: Sending) -> bool:
    """Whether nobody said anything after it; notes, and what was taken back, say nothing."""
    message, outgoing = table_of(Message), table_of(Outgoing)
    query = (
        select(message.c.id)
        .outerjoin(outgoing, outgoing.c.message_id == message.c.id)
        .where(
            message.c.conversation_id == found.conversation.id,
            message.c.position > found.row.position,
            message.c.direction != "note",
            or_(outgoing.c.state.is_(None), outgoing.c.state != "cancelled"),
        )
        .limit(1)
    )
    return session.execute(query).first() is None


def _change(
    session: Session,
    found: Sending,
    viewer: Viewer,
    state: str,
    *,
    flush: bool = True,
    **values: Any,
) -> None:
    table = table_of(Outgoing)
    session.execute(
        update(table)
        .where(table.c.message_id == found.row.message_id)
        .values(state=state, **values)
    )
    if found.row.state in UNDELIVERED:
        found.conversation.undelivered = max(0, found.conversation.undelivered - 1)
    found.ledger.happened(
        "message.state",
        viewer.actor,
        found.conversation,
        message_id=found.row.message_id,
        state=state,
    )
    if flush:
        found.ledger.flush()


def _ready(session: Session, conversation_id: UUID, now: datetime) -> None:
    insert_or_update(
        session,
        Lane,
        [{"conversation_id": conversation_id, "ready_at": now}],
        key=["conversation_id"],
        update=["ready_at"],
    )
    wake(session, OUTBOX)
