"""Putting back what an agent's act or a rule changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update
from sqlmodel import Session

from hub.agents.rights import Viewer
from hub.conversations import access, outgoing, topics
from hub.conversations.acts.changing import CannotUndo, Changing, dump, load
from hub.conversations.outgoing import TooLate
from hub.conversations.tags import retag
from hub.store.statements import table_of
from hub.store.tables import Act, Event


def undo(session: Session, viewer: Viewer, act_id: UUID, now: datetime) -> UUID:
    """Put back what an act of the viewer changed; the conversation. Twice does it once.

    Raises:
        NotVisible: there is no such act of the viewer in a conversation that the viewer may see.
        CannotUndo: something has changed since.
        OnItsWay: a message that was moved is being sent.
    """
    table = table_of(Act)
    act = session.execute(
        select(table).where(table.c.id == act_id, table.c.agent_id == viewer.agent_id)
    ).first()
    if act is None:
        raise access.NotVisible(f"no act {act_id} of this viewer")
    conversation_id: UUID = act.conversation_id
    if act.undone_at is not None:
        access.require(session, viewer, conversation_id)
        return conversation_id
    if act.kind in ("merge", "move"):
        return _undo_of_two(session, viewer, act, now)
    inverse = dict(act.inverse)
    tags, topic, message = (inverse.pop(name, None) for name in ("tags", "topic", "message"))
    if message is not None:
        _take_back(session, viewer, UUID(message), now)
    changing = Changing(session, viewer, conversation_id, now)
    conversation = changing.conversation
    for name, value in act.expected.items():
        if message is not None and name == "status":
            continue  # taking the answer back has settled it already
        if dump(getattr(conversation, name)) != value:
            raise CannotUndo(name)
    was_settled = not conversation.is_open
    for name, value in inverse.items():
        setattr(conversation, name, load(name, value))
    if topic is not None:
        _put_topic_back(changing, *topic)
    _look_at_the_clock(changing)
    if was_settled and conversation.is_open:
        changing.withdraw()
    if tags is not None:
        retag(changing.ledger, conversation, viewer.actor, add=tags["add"], remove=tags["remove"])
    session.execute(update(table).where(table.c.id == act_id).values(undone_at=now))
    changing.ledger.happened("act.undone", viewer.actor, conversation, act=str(act_id), of=act.kind)
    changing.ledger.flush()
    return conversation_id


def _undo_of_two(session: Session, viewer: Viewer, act: Row[Any], now: datetime) -> UUID:
    """Of an act on two conversations."""
    # Both are acts themselves, and so import this package.
    from hub.conversations import merging, splitting

    of = {merging.KIND: merging.undo, splitting.KIND: splitting.undo}
    return of[act.kind](session, viewer, act, now)


def acts_together(session: Session, viewer: Viewer, together: UUID) -> list[UUID]:
    """The viewer's acts that were done together and stand, the latest first."""
    table = table_of(Act)
    return list(
        session.execute(
            select(table.c.id)
            .where(
                table.c.together_id == together,
                table.c.agent_id == viewer.agent_id,
                table.c.undone_at.is_(None),
            )
            .order_by(table.c.id.desc())
        ).scalars()
    )


def undo_rule(
    session: Session, viewer: Viewer, conversation_id: UUID, sequence: int, now: datetime
) -> None:
    """Put back what a rule changed of the conversation by its event of this number.

    Raises:
        NotVisible: the viewer may not see the conversation, or no rule changed anything there.
        CannotUndo: something has changed since.
    """
    changing = Changing(session, viewer, conversation_id, now)
    conversation, ledger = changing.conversation, changing.ledger
    event = table_of(Event)
    row = session.execute(
        select(event.c.actor, event.c.details).where(
            event.c.conversation_id == conversation_id, event.c.sequence == sequence
        )
    ).first()
    changed = dict((row.details or {}).get("changed", {})) if row is not None else {}
    if row is None or not changed or not row.actor.startswith("rule:"):
        raise access.NotVisible(f"no rule changed anything by event {sequence}")
    tags = [set(some) for some in changed.pop("tags", ([], []))]
    for name, (_, after) in changed.items():
        if dump(getattr(conversation, name)) != after:
            raise CannotUndo(name)
    was_settled = conversation.status in ("resolved", "spam")
    _restore(conversation, changed)
    if "status" in changed:
        conversation.snoozed_until = None
        conversation.resolved_at = now if conversation.status == "resolved" else None
        if conversation.status == "open" and conversation.last_direction == "in":
            conversation.waiting_since = conversation.last_inbound_at
        if was_settled and conversation.is_open:
            changing.withdraw()
    retag(ledger, conversation, viewer.actor, add=tags[0] - tags[1], remove=tags[1] - tags[0])
    ledger.happened("act.undone", viewer.actor, conversation, of=row.actor)
    ledger.flush()


def _restore(conversation: Any, changed: Mapping[str, Any]) -> None:
    for name, (before, _) in changed.items():
        setattr(conversation, name, load(name, before))


def _take_back(session: Session, viewer: Viewer, message_id: UUID, now: datetime) -> None:
    try:
        outgoing.cancel(session, viewer, message_id, now=now)
    except TooLate:
        raise CannotUndo("message") from None


def _put_topic_back(changing: Changing, before: str | None, chosen: str | None) -> None:
    conversation = changing.conversation
    if topics.chosen(changing.session, conversation.id) != (UUID(chosen) if chosen else None):
        raise CannotUndo("topic")
    topics.choose(
        changing.session,
        conversation.id,
        conversation.customer_id,
        UUID(before) if before else None,
        changing.ledger.now,
    )


def _look_at_the_clock(changing: Changing) -> None:
    """What was snoozed till a time that has come meanwhile is awake."""
    conversation = changing.conversation
    until = conversation.snoozed_until
    if conversation.status == "snoozed" and until is not None and until <= changing.ledger.now:
        conversation.status, conversation.snoozed_until = "open", None
