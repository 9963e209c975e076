"""A conversation from its first word to its last: messages of all channels, notes, what happened,
what rules did, and ratings, in the order in which the hub took them in.

Messages are ordered by their position. Everything else stands where the event log puts it, right
after the message that was there when it happened.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, Select, bindparam, select
from sqlmodel import Session

from hub.agents.rights import Viewer
from hub.conversations import access
from hub.conversations.between import Line, Occurred, Scored, Silent, between
from hub.conversations.spoken import (
    Sent,
    Spoken,
    before_each,
    completed,
    read_spoken,
    select_spoken,
    spoken_after,
    spoken_before,
    stored_after,
)
from hub.store import events
from hub.store.compiled import Compiled
from hub.store.events import Position
from hub.store.statements import table_of
from hub.store.tables import Conversation, Customer, Identity, Message

PAGE: Final = 40
CHANGES: Final = 300
RELOADS: Final = frozenset(
    {"conversation.merged", "conversation.merged_into", "messages.moved", "messages.came"}
)
"""Events after which messages stand elsewhere than they did."""
_OF_READING: Final = frozenset({"conversation.seen", "conversation.unseen"})
"""Events after which nothing of the open conversation is drawn otherwise."""

Item = Spoken | Line


@dataclass(frozen=True)
class Stretch:
    """Items in order. earlier: the position before which an earlier page goes on, or None; later:
    the one after which a later page does.

    before: the message that stands right before the first one here, to tell whether that one
    goes on with what its author was saying.
    """

    items: tuple[Item, ...]
    earlier: int | None = None
    later: int | None = None
    before: Spoken | None = None


@dataclass(frozen=True)
class Changes:
    """What changed after a place in the event log, and the place up to which this is all of it.

    others: something of the conversation itself changed (its state, its assignee). moved: messages
    came from elsewhere, or went there, so that all is to be read anew.
    """

    position: Position
    items: tuple[Item, ...] = ()
    before: dict[UUID, Spoken] = field(default_factory=dict)
    others: bool = False
    moved: bool = False


def page(
    session: Session, viewer: Viewer, conversation_id: UUID, before: int | None = None
) -> Stretch:
    """The newest page, or the one before a message's position. Raises NotVisible."""
    access.require(session, viewer, conversation_id)
    rows = spoken_before(session, conversation_id, before, PAGE + 1)
    more = len(rows) > PAGE
    shown = rows[1:] if more else rows
    return _stretch(
        session, conversation_id, shown, rows[0] if more else None, newest=before is None
    )


def later(session: Session, viewer: Viewer, conversation_id: UUID, after: int) -> Stretch:
    """The page after a message's position. Raises NotVisible."""
    access.require(session, viewer, conversation_id)
    before = spoken_before(session, conversation_id, after + 1, 1)
    shown = spoken_after(session, conversation_id, after, PAGE)
    return _stretch(session, conversation_id, shown, before[0] if before else None)


def around(session: Session, viewer: Viewer, conversation_id: UUID, message_id: UUID) -> Stretch:
    """The page with a message in its middle. Raises NotVisible, also where it is not in there."""
    access.require(session, viewer, conversation_id)
    table = table_of(Message)
    position = session.execute(
        select(table.c.position).where(
            table.c.id == message_id, table.c.conversation_id == conversation_id
        )
    ).scalar()
    if position is None:
        raise access.NotVisible(f"no message {message_id} in this conversation")
    before = spoken_before(session, conversation_id, position, PAGE // 2 + 1)
    more = len(before) > PAGE // 2
    shown = [*(before[1:] if more else before),
             *spoken_after(session, conversation_id, position - 1, PAGE // 2)]  # fmt: skip
    return _stretch(session, conversation_id, shown, before[0] if more else None)


def home_of(session: Session, conversation_id: UUID, message_id: UUID) -> UUID | None:
    """Where a message is by now that was written in a conversation; None where it still is
    there, or never was."""
    table = table_of(Message)
    found: UUID | None = session.execute(
        select(table.c.conversation_id).where(
            table.c.id == message_id, table.c.conversation_id != conversation_id
        )
    ).scalar()
    return found


def _stretch(
    session: Session,
    conversation_id: UUID,
    shown: list[Spoken],
    before: Spoken | None,
    *,
    newest: bool = False,
) -> Stretch:
    """Messages with what stands between and after them. newest: there are none after them."""
    last = shown[-1].position if shown else None
    following = None if newest else stored_after(session, conversation_id, last)
    rest = between(
        session,
        conversation_id,
        shown,
        since=shown[0].received_at if before is not None and shown else None,
        until=following,
    )
    shown = rest.explained(completed(session, shown))
    return Stretch(
        items=tuple(sorted([*shown, *rest.items], key=lambda item: item.key)),
        earlier=shown[0].position if before is not None and shown else None,
        later=last if following is not None else None,
        before=before,
    )


def _moves(kind: str, details: Mapping[str, Any]) -> bool:
    return kind in RELOADS or (kind == "act.undone" and details.get("of") in ("merge", "move"))


def changes(session: Session, viewer: Viewer, conversation_id: UUID, after: Position) -> Changes:
    """What came, or is otherwise than it was, after a place in the log. Raises NotVisible."""
    access.require(session, viewer, conversation_id)
    newest = events.newest(session)
    found = events.read(session, after, CHANGES, conversations=[conversation_id])
    if not found:
        return Changes(max(newest, after))
    if len(found) == CHANGES:
        newest = Position(found[-1].xid, found[-1].position)
    touched = {row.message_id for row in found if row.message_id is not None}
    touched |= {UUID(row.details["press"]) for row in found if "press" in (row.details or {})}
    table = table_of(Message)
    spoken = {
        one.id: one
        for one in map(
            read_spoken, session.execute(select_spoken().where(table.c.id.in_(list(touched))))
        )
    }
    # What a rule wrote long ago is explained again when its delivery changes.
    since = min(
        [row.at for row in found] + [one.received_at for one in spoken.values() if one.rule]
    )
    rest = between(session, conversation_id, list(spoken.values()), since=since, until=None)
    wanted = {row.sequence for row in found}
    items: list[Item] = [
        item for item in rest.items if not isinstance(item, Occurred) or item.key[2] in wanted
    ]
    items += rest.explained(completed(session, list(spoken.values())))
    return Changes(
        position=newest,
        items=tuple(sorted(items, key=lambda item: item.key)),
        before=before_each(session, conversation_id, spoken.values()),
        others=any(row.kind not in _OF_READING for row in found),
        moved=any(_moves(row.kind, row.details or {}) for row in found),
    )


def status_of(session: Session, conversation_id: UUID) -> Row[tuple[object, ...]]:
    """A conversation's own columns that stand above the thread, whoever looks. Raises NotVisible
    where there is none."""
    row: Row[tuple[object, ...]] | None = _status.first(session, {"conversation": conversation_id})
    if row is None:
        raise access.NotVisible(f"no conversation {conversation_id}")
    return row


@Compiled
def _status(_: str) -> Select[Any]:
    table, customer, identity = table_of(Conversation), table_of(Customer), table_of(Identity)
    return (
        select(
            table.c.id,
            table.c.number,
            table.c.status,
            table.c.subject,
            table.c.channels,
            table.c.team_id,
            table.c.assignee_id,
            table.c.customer_id,
            table.c.position,
            table.c.seen_position,
            table.c.last_message_at,
            table.c.brand_id,
            table.c.sla_due_at,
            table.c.priority,
            table.c.snoozed_until,
            table.c.merged_into_id,
            table.c.created_at,
            customer.c.name.label("customer_name"),
            identity.c.kind.label("address_kind"),
            identity.c.address,
            identity.c.name.label("address_name"),
        )
        .join(customer, customer.c.id == table.c.customer_id)
        .outerjoin(identity, identity.c.id == table.c.reply_identity_id)
        .where(table.c.id == bindparam("conversation"))
    )


__all__ = [
    "Changes",
    "Item",
    "Occurred",
    "Scored",
    "Sent",
    "Silent",
    "Spoken",
    "Stretch",
    "around",
    "changes",
    "home_of",
    "later",
    "page",
    "status_of",
]
