"""Putting messages into another conversation: into a new one, or into one that is there.

A reply to a message that was moved follows it, also when it comes to the signed address of the
conversation that the message was written in; see `hub.intake.places`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Row, func, select, update
from sqlmodel import Session

from hub.agents.rights import Viewer
from hub.conversations import access
from hub.conversations.acts.changing import CannotUndo, Done
from hub.conversations.ledger import Ledger
from hub.conversations.moving import NothingToMove, move, strayed
from hub.conversations.pairs import Side, check, locked, note_act, sides, tell_both
from hub.conversations.recounting import recount
from hub.conversations.state import MERGED, ConversationState
from hub.conversations.tags import retag, tags_of
from hub.store.statements import table_of
from hub.store.tables import Act, Content, Conversation, Message, Outgoing
from hub.store.types import new_id

KIND: Final = "move"
MOST: Final = 500
"""How many messages can be chosen one by one."""


@dataclass(frozen=True)
class Chosen:
    """Messages that are to be moved, in their order. all: they are all that the conversation has,
    so that moving them is merging it. queued: how many of them wait to be sent."""

    source: Side
    messages: tuple[UUID, ...]
    first: str
    last: str
    all: bool
    queued: int


def chosen(
    session: Session,
    viewer: Viewer,
    conversation_id: UUID,
    *,
    messages: Sequence[UUID] = (),
    since: UUID | None = None,
) -> Chosen:
    """What would be moved: these messages, or one and everything after it.

    Raises NotVisible, NothingToMove.
    """
    access.require(session, viewer, conversation_id)
    table, content, outgoing = table_of(Message), table_of(Content), table_of(Outgoing)
    here = table.c.conversation_id == conversation_id
    rows = session.execute(
        select(table.c.id, func.substr(content.c.text, 1, 200), outgoing.c.state)
        .join(
            content,
            (content.c.message_id == table.c.id) & (content.c.revision == table.c.revision),
        )
        .outerjoin(outgoing, outgoing.c.message_id == table.c.id)
        .where(here, _wanted(conversation_id, messages, since))
        .order_by(table.c.position)
    ).all()
    if not rows:
        raise NothingToMove("none of these messages is in the conversation")
    conversation = table_of(Conversation)
    [source] = sides(
        session,
        session.execute(select(conversation).where(conversation.c.id == conversation_id)).all(),
    )
    return Chosen(
        source=source,
        messages=tuple(row[0] for row in rows),
        first=rows[0][1],
        last=rows[-1][1],
        all=len(rows) == source.messages,
        queued=sum(row.state == "queued" for row in rows),
    )


def _wanted(
    conversation_id: UUID, messages: Sequence[UUID], since: UUID | None
) -> ColumnElement[bool]:
    table = table_of(Message)
    if since is None:
        return table.c.id.in_(list(messages[:MOST]))
    start = (
        select(table.c.position)
        .where(table.c.id == since, table.c.conversation_id == conversation_id)
        .scalar_subquery()
    )
    return table.c.position >= start


def split(
    session: Session,
    viewer: Viewer,
    conversation_id: UUID,
    messages: Sequence[UUID],
    now: datetime,
    *,
    subject: str | None = None,
) -> Done:
    """Put messages into a new conversation of the same customer; `name` is its number.

    It begins as the one that they come from stands: its team, its agent, its tags.

    Raises:
        NotVisible: the viewer may not see the conversation.
        NothingToMove: none of the messages is there, or they are all that there is.
        OnItsWay: one of them is being sent; try again in a few seconds.
    """
    ledger = locked(session, viewer, now, conversation_id)
    source = ledger.conversations[conversation_id]
    first = _first(session, source.id, messages)
    if first is None or not _leaves_something(session, source.id, messages):
        raise NothingToMove("nothing would be left, or nothing is moved")
    target = ledger.start(
        customer_id=source.customer_id,
        brand_id=source.brand_id,
        at=first.at,
        subject=subject or source.subject,
        began_by={"in": "customer", "out": "rule" if first.rule else "agent"}.get(
            first.direction, "agent"
        ),
    )
    target.created_at = first.received_at
    target.status = source.status
    target.resolved_at = source.resolved_at
    target.snoozed_until = source.snoozed_until
    target.team_id, target.assignee_id = source.team_id, source.assignee_id
    target.priority, target.locale = source.priority, source.locale
    # Rules do not greet anew what was said long ago.
    ledger.happened("conversation.created", viewer.actor, target, quiet=True)
    retag(ledger, target, viewer.actor, add=tags_of(ledger, source))
    ledger.flush()
    return _move(ledger, viewer, source, target, messages, new=True)


def move_to(
    session: Session,
    viewer: Viewer,
    conversation_id: UUID,
    messages: Sequence[UUID],
    target_id: UUID,
    now: datetime,
) -> Done:
    """Put messages into another conversation of the same customer; `name` is its number.

    Raises:
        NotVisible, NothingToMove, OnItsWay: as `split`.
        CannotMerge: the other one is another customer's, or gone.
    """
    ledger = locked(session, viewer, now, conversation_id, target_id)
    source = ledger.conversations[conversation_id]
    target = ledger.conversations[target_id]
    check(target, source)
    if not _leaves_something(session, source.id, messages):
        raise NothingToMove("nothing would be left; merge the two instead")
    return _move(ledger, viewer, source, target, messages, new=False)


def undo(session: Session, viewer: Viewer, act: Row[Any], now: datetime) -> UUID:
    """Put the messages back; the conversation that they came from.

    A conversation that was made for them is merged back when it is empty then. Raises NotVisible,
    CannotUndo, OnItsWay.
    """
    inverse = act.inverse
    target_id = UUID(inverse["target"])
    ledger = locked(session, viewer, now, act.conversation_id, target_id)
    source = ledger.conversations[act.conversation_id]
    target = ledger.conversations.get(target_id)
    messages = [UUID(one) for one in inverse["messages"]]
    if target is None or MERGED in (source.status, target.status):
        raise CannotUndo("structure")
    if strayed(session, target_id, messages):
        raise CannotUndo("structure")
    if inverse["new"] and _leaves_something(session, target_id, messages):
        raise CannotUndo("written")
    try:
        moved = move(ledger, target, source, messages)
    except NothingToMove:
        raise CannotUndo("structure") from None
    if inverse["new"]:
        target.status = MERGED
        recount(session, target)
        table = table_of(Conversation)
        session.execute(
            update(table).where(table.c.id == target.id).values(merged_into_id=source.id)
        )
    if inverse["status"] != source.status and source.status == act.expected["status"]:
        source.status = inverse["status"]
        recount(session, source)
    acts = table_of(Act)
    session.execute(update(acts).where(acts.c.id == act.id).values(undone_at=now))
    for conversation in (source, target):
        ledger.happened(
            "act.undone", viewer.actor, conversation, act=str(act.id), of=KIND, messages=len(moved)
        )
    ledger.flush()
    return source.id


def _move(
    ledger: Ledger,
    viewer: Viewer,
    source: ConversationState,
    target: ConversationState,
    messages: Sequence[UUID],
    *,
    new: bool,
) -> Done:
    was = source.status
    moved = move(ledger, source, target, messages)
    for conversation in (source, target):
        if conversation.waiting_since is not None and conversation.status == "waiting":
            conversation.status = "open"
    act_id = new_id()
    details = {"act": str(act_id), "messages": len(moved), "new": new}
    tell_both(
        ledger,
        viewer,
        ("messages.moved", source, "to", target),
        ("messages.came", target, "of", source),
        details,
    )
    note_act(
        ledger,
        viewer,
        source.id,
        KIND,
        act_id,
        inverse={
            "target": str(target.id),
            "messages": [str(one) for one in moved],
            "new": new,
            "status": was,
        },
        expected={"status": source.status},
    )
    ledger.flush()
    return Done(act_id, str(target.number))


def _first(session: Session, conversation_id: UUID, messages: Sequence[UUID]) -> Row[Any] | None:
    table = table_of(Message)
    return session.execute(
        select(table.c.at, table.c.received_at, table.c.direction, table.c.rule)
        .where(table.c.conversation_id == conversation_id, table.c.id.in_(list(messages[:MOST])))
        .order_by(table.c.position)
        .limit(1)
    ).first()


def _leaves_something(session: Session, conversation_id: UUID, messages: Sequence[UUID]) -> bool:
    table = table_of(Message)
    total: int = session.execute(
        select(func.count()).where(table.c.conversation_id == conversation_id)
    ).scalar_one()
    return total > len(set(messages))


__all__ = ["KIND", "MOST", "Chosen", "chosen", "move_to", "split", "undo"]
