"""Making one conversation of two, and two again.

Everything that was said in one goes into the other; of the one nothing is left but its number,
which leads to the other from then on, and its log. Mail that answers it, by its signed address or
by its references, lands in the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, delete, select, update
from sqlmodel import Session, SQLModel

from hub.agents.rights import Viewer
from hub.conversations import access, drafts
from hub.conversations.acts.changing import CannotUndo, Done, dump, load
from hub.conversations.ledger import Ledger
from hub.conversations.moving import NothingToMove, move, strayed
from hub.conversations.pairs import (
    CannotMerge,
    Side,
    check,
    locked,
    note_act,
    sides,
    tell_both,
)
from hub.conversations.recounting import recount
from hub.conversations.state import MERGED, ConversationState
from hub.conversations.tags import retag, tags_of
from hub.conversations.withdrawing import withdraw
from hub.store.statements import insert_new, table_of
from hub.store.tables import (
    Act,
    Conversation,
    CustomerTopic,
    Follower,
    Notification,
    Rating,
    RoutingWait,
    RuleResult,
    Survey,
)
from hub.store.types import new_id

KIND: Final = "merge"
_RANK: Final = ("open", "waiting", "snoozed", "resolved")
"""Of two the livelier one's state stands."""
_WITH_IT: Final = (Rating, Survey, RuleResult, Notification)
"""What belongs to a conversation also where no message is named."""
_OWN: Final = (
    "status",
    "resolved_at",
    "snoozed_until",
    "subject",
    "team_id",
    "assignee_id",
    "priority",
    "created_at",
)
"""What a merge changes of a conversation besides what is counted."""


@dataclass(frozen=True)
class Outcome:
    """What a merge would come to: the conversation that stays, and the one that goes into it."""

    into: Side
    other: Side
    status: str
    tags: tuple[str, ...]


def candidates(
    session: Session, viewer: Viewer, conversation_id: UUID, limit: int = 30
) -> list[Side]:
    """The customer's other conversations that the viewer may see, the latest first."""
    table = table_of(Conversation)
    access.require(session, viewer, conversation_id)
    owner = select(table.c.customer_id).where(table.c.id == conversation_id).scalar_subquery()
    rows = session.execute(
        select(table)
        .where(
            table.c.customer_id == owner,
            table.c.id != conversation_id,
            table.c.status.in_((*_RANK, "spam")),
            access.visible(viewer),
        )
        .order_by(table.c.last_message_at.desc())
        .limit(limit)
    ).all()
    return sides(session, rows)


def outcome(session: Session, viewer: Viewer, into: UUID, other: UUID) -> Outcome:
    """What would happen. Raises NotVisible, CannotMerge."""
    table = table_of(Conversation)
    access.require(session, viewer, into)
    access.require(session, viewer, other)
    rows = session.execute(select(table).where(table.c.id.in_((into, other)))).all()
    found = {row.id: row for row in rows}
    check(found.get(into), found.get(other))
    stays, goes = sides(session, [found[into], found[other]])
    return Outcome(
        stays,
        goes,
        status=_livelier(stays.status, goes.status),
        tags=tuple(sorted({*stays.tags, *goes.tags})),
    )


def merge(session: Session, viewer: Viewer, into: UUID, other: UUID, now: datetime) -> Done:
    """Put all of one conversation into another one of the same customer.

    Raises:
        NotVisible: the viewer may not see one of them.
        CannotMerge: they are one, of two customers, or not there any more.
        OnItsWay: a message of the one that goes is being sent; try again in a few seconds.
    """
    ledger = locked(session, viewer, now, into, other)
    target, source = ledger.conversations[into], ledger.conversations[other]
    check(target, source)
    before = {one.id: _own(one) for one in (target, source)}
    act_id = new_id()
    try:
        moved = move(ledger, source, target)
    except NothingToMove:
        moved = []
    beside = _take_with_it(session, source.id, target.id)
    earlier = _follow(session, source.id, target.id)
    drafts.take_along(session, source.id, target.id)
    tags = _tags_over(ledger, viewer, source, target)
    _settle(session, ledger, viewer, source, target)
    details = {"act": str(act_id), "messages": len(moved)}
    tell_both(
        ledger,
        viewer,
        ("conversation.merged", target, "other", source),
        ("conversation.merged_into", source, "into", target),
        details,
    )
    note_act(
        ledger,
        viewer,
        target.id,
        KIND,
        act_id,
        inverse={
            "other": str(source.id),
            "messages": [str(one) for one in moved],
            "earlier": [str(one) for one in earlier],
            "beside": beside,
            "tags": sorted(tags),
            "before": {str(key): values for key, values in before.items()},
        },
        expected=_own(target),
    )
    ledger.flush()
    _stamp(session, source.id, merged_into_id=target.id)
    _stamp(session, target.id, created_at=min(source.created_at, target.created_at))
    return Done(act_id, str(source.number))


def undo(session: Session, viewer: Viewer, act: Row[Any], now: datetime) -> UUID:
    """Make two again of what `merge` made one; the conversation that stayed.

    What has come since stays there. Raises NotVisible, CannotUndo, OnItsWay.
    """
    inverse = act.inverse
    other = UUID(inverse["other"])
    ledger = Ledger(session, now)
    ledger.load([act.conversation_id, other])
    access.require(session, viewer, act.conversation_id)
    target, source = ledger.conversations[act.conversation_id], ledger.conversations.get(other)
    if source is None or source.status != MERGED or target.status == MERGED:
        raise CannotUndo("structure")
    if access.merged_into(session, source.id) != target.id:
        raise CannotUndo("structure")
    messages = [UUID(one) for one in inverse["messages"]]
    if strayed(session, target.id, messages):
        raise CannotUndo("structure")
    _put_back(source, inverse["before"][str(source.id)])
    if messages:
        try:
            move(ledger, target, source, messages)
        except NothingToMove:
            raise CannotUndo("structure") from None
    _bring_back(session, inverse["beside"], source.id)
    for one in inverse["earlier"]:
        _stamp(session, UUID(one), merged_into_id=source.id)
    _stamp(session, source.id, merged_into_id=None)
    # What was changed of the one that stayed since then is left as it is.
    before, now_own = inverse["before"][str(target.id)], _own(target)
    changed = {
        name: before[name]
        for name in _OWN
        if name != "created_at" and now_own[name] == act.expected[name]
    }
    _put_back(target, changed)
    _stamp(session, target.id, created_at=datetime.fromisoformat(before["created_at"]))
    for conversation in (source, target):
        recount(session, conversation)
    retag(ledger, target, viewer.actor, remove=inverse["tags"])
    table = table_of(Act)
    session.execute(update(table).where(table.c.id == act.id).values(undone_at=now))
    for conversation in (target, source):
        ledger.happened("act.undone", viewer.actor, conversation, act=str(act.id), of=KIND)
    ledger.flush()
    return target.id


# --- the parts of a merge ---


def _livelier(one: str, other: str) -> str:
    ranked = [status for status in _RANK if status in (one, other)]
    return ranked[0] if ranked else one


def _own(conversation: ConversationState) -> dict[str, Any]:
    return {name: dump(getattr(conversation, name)) for name in _OWN}


def _put_back(conversation: ConversationState, values: dict[str, Any]) -> None:
    for name in values.keys() - {"created_at"}:
        setattr(conversation, name, load(name, values[name]))


def _stamp(session: Session, conversation_id: UUID, **values: Any) -> None:
    """Columns that nothing else changes, past the ledger."""
    table = table_of(Conversation)
    session.execute(update(table).where(table.c.id == conversation_id).values(**values))


def _follow(session: Session, source: UUID, target: UUID) -> list[UUID]:
    """What was merged into the one that goes leads to where it goes."""
    table = table_of(Conversation)
    return list(
        session.execute(
            update(table)
            .where(table.c.merged_into_id == source)
            .values(merged_into_id=target)
            .returning(table.c.id)
        ).scalars()
    )


def _take_with_it(session: Session, source: UUID, target: UUID) -> dict[str, list[str]]:
    """Ratings, surveys and news of the conversation itself; which, by table."""
    taken: dict[str, list[str]] = {}
    model: type[SQLModel]
    for model in _WITH_IT:
        table = table_of(model)
        ids = session.execute(
            update(table)
            .where(table.c.conversation_id == source)
            .values(conversation_id=target)
            .returning(table.c.id)
        ).scalars()
        taken[table.name] = [str(one) for one in ids]
    for model, other in ((CustomerTopic, "topic_id"), (Follower, "agent_id")):
        table = table_of(model)
        rows = session.execute(select(table).where(table.c.conversation_id == source)).mappings()
        copies = [{**row, "conversation_id": target} for row in rows]
        taken[table.name] = [str(made[0]) for made in insert_new(session, model, copies, [other])]
    wait = table_of(RoutingWait)
    session.execute(delete(wait).where(wait.c.conversation_id == source))
    return taken


def _bring_back(session: Session, taken: dict[str, list[str]], source: UUID) -> None:
    for model in _WITH_IT:
        table = table_of(model)
        if ids := [UUID(one) for one in taken.get(table.name, [])]:
            session.execute(update(table).where(table.c.id.in_(ids)).values(conversation_id=source))


def _tags_over(
    ledger: Ledger, viewer: Viewer, source: ConversationState, target: ConversationState
) -> frozenset[str]:
    """Put the tags of the one that goes on the other; those that are new there."""
    new = tags_of(ledger, source) - tags_of(ledger, target)
    retag(ledger, target, viewer.actor, add=new)
    return new


def _settle(
    session: Session,
    ledger: Ledger,
    viewer: Viewer,
    source: ConversationState,
    target: ConversationState,
) -> None:
    """Whose it is and how it stands: what the one that stays lacks, the other one brings."""
    were = (target.status, source.status)
    status = _livelier(*were)
    if status != target.status:
        target.resolved_at = None
        target.snoozed_until = source.snoozed_until if status == "snoozed" else None
    target.status = status
    target.subject = target.subject or source.subject
    target.team_id = target.team_id or source.team_id
    target.assignee_id = target.assignee_id or source.assignee_id
    target.priority = max(target.priority, source.priority)
    source.status = MERGED
    source.snoozed_until = source.waiting_since = None
    recount(session, target)
    recount(session, source)
    if target.is_open and "resolved" in were:
        withdraw(ledger, {target.id: target.position + 1}, viewer.actor)


__all__ = [
    "KIND",
    "CannotMerge",
    "Outcome",
    "Side",
    "candidates",
    "merge",
    "outcome",
    "sides",
    "undo",
]
