"""Moving messages from one conversation of a customer to another one of theirs.

Messages keep the order of the conversation that they come from and stand among the others by the
time at which they were stored; what hangs on them (files, search, deliveries, ratings, what rules
made of them) goes with them. Everything that a conversation's row repeats of its messages is
counted anew. Whoever moves holds both conversations and both lanes, so the outbox begins nothing
meanwhile; what is being sent right now can not be moved.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import (
    Integer,
    Subquery,
    case,
    cast,
    func,
    literal,
    select,
    update,
)
from sqlmodel import Session, SQLModel

from hub.conversations.ledger import OUTBOX, Ledger
from hub.conversations.ledger.statements import LANES
from hub.conversations.recounting import recount
from hub.conversations.state import ConversationState
from hub.store.database import wake
from hub.store.statements import insert_new, table_of
from hub.store.tables import (
    Lane,
    Mention,
    Message,
    Notification,
    Outgoing,
    Participant,
    Rating,
    RuleResult,
    SearchEntry,
    Survey,
)

GO_ALONG: Final[tuple[type[SQLModel], ...]] = (
    SearchEntry,
    RuleResult,
    Survey,
    Rating,
    Mention,
    Notification,
)
"""Tables that say of a message which conversation it is in."""
AT_ONCE: Final = 500
"""Ids in one statement."""
_ABOVE: Final = 1 << 30
"""Above every position that there is: where messages stand while they are numbered anew."""


class OnItsWay(Exception):
    """One of the messages is being sent at this moment; a few seconds later it is not."""


class NothingToMove(Exception):
    """None of the messages is in the conversation any more."""


def move(
    ledger: Ledger,
    source: ConversationState,
    target: ConversationState,
    messages: Sequence[UUID] | None = None,
) -> list[UUID]:
    """Put messages (None: all of them) of a conversation into another; those that were moved.

    Both must be loaded, and what concerns them flushed. What they repeat of their messages is
    counted anew.

    Raises:
        OnItsWay: one of them is being sent.
        NothingToMove: none of them is there.
    """
    session = ledger.session
    _hold_lanes(session, [source.id, target.id])
    moved = _those_there(session, source.id, messages)
    if not moved:
        raise NothingToMove("none of these messages is in the conversation")
    if _any_sending(session, moved):
        raise OnItsWay("a message is being sent at this moment")
    seen = _unseen(session, source) | _unseen(session, target)
    _join(session, source.id, target, moved, ledger.now)
    _relocate(session, source.id, target.id, moved)
    _number_anew(session, target.id)
    if messages is not None:
        _number_anew(session, source.id)
    _take_along(session, source.id, target.id)
    _keep_order(session, [source.id, target.id])
    for conversation in (source, target):
        recount(session, conversation)
        conversation.seen_position = _first_of(session, conversation, seen) - 1
    return moved


def strayed(session: Session, conversation_id: UUID, messages: Sequence[UUID]) -> bool:
    """Whether any of these messages is in another conversation by now."""
    table = table_of(Message)
    return any(
        session.execute(
            select(table.c.id)
            .where(table.c.id.in_(some), table.c.conversation_id != conversation_id)
            .limit(1)
        ).first()
        for some in _some(messages)
    )


def _some(messages: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    """As many at a time as one statement takes."""
    for start in range(0, len(messages), AT_ONCE):
        yield messages[start : start + AT_ONCE]


def _hold_lanes(session: Session, conversations: list[UUID]) -> None:
    """After the conversations themselves, as everybody does it."""
    lane = table_of(Lane)
    session.execute(
        select(lane.c.conversation_id)
        .where(lane.c.conversation_id.in_(conversations))
        .order_by(lane.c.conversation_id)
        .with_for_update()
    ).all()


def _those_there(
    session: Session, conversation_id: UUID, messages: Sequence[UUID] | None
) -> list[UUID]:
    table = table_of(Message)
    query = select(table.c.id).where(table.c.conversation_id == conversation_id)
    if messages is None:
        return list(session.execute(query).scalars())
    return [
        one
        for some in _some(messages)
        for one in session.execute(query.where(table.c.id.in_(some))).scalars()
    ]


def _any_sending(session: Session, messages: Sequence[UUID]) -> bool:
    table = table_of(Outgoing)
    return any(
        session.execute(
            select(table.c.message_id)
            .where(table.c.message_id.in_(some), table.c.state == "sending")
            .limit(1)
        ).first()
        for some in _some(messages)
    )


def _unseen(session: Session, conversation: ConversationState) -> set[UUID]:
    """The first message that nobody of the team has looked at."""
    table = table_of(Message)
    return set(
        session.execute(
            select(table.c.id)
            .where(
                table.c.conversation_id == conversation.id,
                table.c.position > conversation.seen_position,
            )
            .order_by(table.c.position)
            .limit(1)
        ).scalars()
    )


def _first_of(session: Session, conversation: ConversationState, messages: set[UUID]) -> int:
    """The position of the first of some messages; that after the last where none is there."""
    table = table_of(Message)
    first = session.execute(
        select(func.min(table.c.position)).where(
            table.c.conversation_id == conversation.id, table.c.id.in_(list(messages))
        )
    ).scalar()
    return first or conversation.position + 1


def _relocate(session: Session, source: UUID, target: UUID, moved: Sequence[UUID]) -> None:
    """Below zero they stand in nobody's way."""
    table = table_of(Message)
    home = case(
        (table.c.moved_from_id == target, None),
        else_=func.coalesce(table.c.moved_from_id, literal(source, table.c.moved_from_id.type)),
    )
    for some in _some(moved):
        session.execute(
            update(table)
            .where(table.c.id.in_(some))
            .values(conversation_id=target, position=-table.c.position, moved_from_id=home)
        )


def _number_anew(session: Session, conversation_id: UUID) -> None:
    """Positions from 1 on. Those below zero came from elsewhere and find their places by time."""
    table = table_of(Message)
    own = table.c.position > 0
    # A clock that went back once does not tear a conversation's own order apart.
    stood = (
        func.max(table.c.received_at)
        .over(partition_by=own, order_by=func.abs(table.c.position))
        .label("stood")
    )
    placed = (
        select(table.c.id, table.c.position, stood)
        .where(table.c.conversation_id == conversation_id)
        .subquery()
    )
    rank = func.row_number().over(
        order_by=(placed.c.stood, func.abs(placed.c.position), placed.c.id)
    )
    ranked: Subquery = select(placed.c.id, cast(rank, Integer).label("rank")).subquery()
    session.execute(
        update(table)
        .where(table.c.id == ranked.c.id)
        .values(position=ranked.c.rank + _ABOVE)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(table)
        .where(table.c.conversation_id == conversation_id)
        .values(position=table.c.position - _ABOVE)
    )


def _take_along(session: Session, source: UUID, target: UUID) -> None:
    message = table_of(Message)
    here = select(message.c.id).where(message.c.conversation_id == target)
    for model in GO_ALONG:
        table = table_of(model)
        session.execute(
            update(table)
            .where(table.c.conversation_id == source, table.c.message_id.in_(here))
            .values(conversation_id=target)
        )


def _keep_order(session: Session, conversations: list[UUID]) -> None:
    """Deliveries stand where their messages do, and each lane is ready when its first one is."""
    outgoing, message = table_of(Outgoing), table_of(Message)
    session.execute(
        update(outgoing)
        .where(
            outgoing.c.message_id == message.c.id,
            message.c.conversation_id.in_(conversations),
            outgoing.c.conversation_id.in_(conversations),
        )
        .values(conversation_id=message.c.conversation_id, position=message.c.position)
    )
    ready = session.execute(
        select(outgoing.c.conversation_id, func.min(outgoing.c.due_at))
        .where(outgoing.c.conversation_id.in_(conversations), outgoing.c.state == "queued")
        .group_by(outgoing.c.conversation_id)
    ).all()
    if ready:
        rows = [{"conversation_id": key, "ready_at": at} for key, at in sorted(ready)]
        LANES.each(session, rows)
        wake(session, OUTBOX)


def _join(
    session: Session, source: UUID, target: ConversationState, moved: list[UUID], now: datetime
) -> None:
    """Whoever wrote or got one of the messages takes part where it goes."""
    message, table = table_of(Message), table_of(Participant)
    people = {
        one
        for some in _some(moved)
        for one in session.execute(
            select(message.c.identity_id).distinct().where(message.c.id.in_(some))
        ).scalars()
        if one is not None
    }
    rows = session.execute(
        select(table).where(table.c.conversation_id == source, table.c.identity_id.in_(people))
    ).mappings()
    insert_new(
        session,
        Participant,
        [
            {
                **row,
                "conversation_id": target.id,
                "since_position": target.position,
                "joined_at": now,
            }
            for row in rows
        ],
        ["identity_id"],
    )
