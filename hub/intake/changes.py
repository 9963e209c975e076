"""Arrivals that change something which is there already: edits, reactions, receipts.

What speaks of a message that we never had (from before the account was connected) is kept as an
original with the reason, and changes nothing.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import select, update

from hub.conversations.indexed import indexed
from hub.intake.originals import keep_raw
from hub.intake.places import Referred
from hub.intake.prepared import Entry
from hub.message import (
    Arrived,
    Deletion,
    Edit,
    Press,
    Reachability,
    Reaction,
    Receipt,
    System,
    Unparsed,
)
from hub.satisfaction.answers import Closed, record, survey_under
from hub.satisfaction.signals import reacted
from hub.store.statements import insert_or_update, table_of
from hub.store.tables import Content, Identity, Message, Outgoing, SearchEntry
from hub.store.tables import Reaction as ReactionTable

if TYPE_CHECKING:
    from hub.intake.store import Storing


def apply(storing: Storing, entry: Entry, value: Arrived) -> UUID | None:
    """Do it; the id of the message concerned, or None."""
    match value:
        case Unparsed():
            keep_raw(storing.ledger, entry.arrival, None, value.reason)
            return None
        case Reachability():
            _reachability(storing, value)
            return None
        case Edit() | Deletion() | Reaction() | Press() if (
            storing.people.known(value.sender) is None
        ):
            keep_raw(storing.ledger, entry.arrival, None, "it comes from somebody who never wrote")
            return None
        case Edit() | Deletion() | Reaction() | Press() | Receipt():
            target = storing.places.referred(value.account, entry.kind, value.target)
            if target is None:
                keep_raw(
                    storing.ledger,
                    entry.arrival,
                    None,
                    f"this {value.type} speaks of a message that was never stored",
                )
                return None
            # The message may have come with this very batch, and be noted but not written.
            storing.ledger.flush()
            storing.ledger.load([target.conversation_id])
            match value:
                case Edit():
                    _edit(storing, entry, value, target)
                case Deletion():
                    _delete(storing, value, target)
                case Reaction():
                    _react(storing, value, target)
                case Press():
                    return _press(storing, entry, value, target)
                case Receipt():
                    _receipt(storing, value, target)
            return target.message_id
        case _:
            raise TypeError(f"{type(value).__name__} is no inbound value")


def _edit(storing: Storing, entry: Entry, value: Edit, target: Referred) -> None:
    if storing.people.sender(value.sender).identity_id != target.identity_id:
        keep_raw(storing.ledger, entry.arrival, None, "somebody else's message can not be edited")
        return
    arrival, session = entry.arrival, storing.session
    message, search = table_of(Message), table_of(SearchEntry)
    revision: int = session.execute(
        update(message)
        .where(message.c.id == target.message_id)
        .values(revision=message.c.revision + 1)
        .returning(message.c.revision)
    ).scalar_one()
    storing.ledger.add(
        Content,
        message_id=target.message_id,
        revision=revision,
        blocks=arrival.blocks,
        text=arrival.text,
        at=value.at,
    )
    session.execute(
        update(search)
        .where(search.c.message_id == target.message_id)
        .values(folded=indexed(arrival.folded, value.content))
    )
    _happened(storing, "message.edited", target, revision=revision)


def _delete(storing: Storing, value: Deletion, target: Referred) -> None:
    if storing.people.sender(value.sender).identity_id != target.identity_id:
        return
    table = table_of(Message)
    storing.session.execute(
        update(table).where(table.c.id == target.message_id).values(deleted_at=storing.now)
    )
    _happened(storing, "message.deleted", target)


def _react(storing: Storing, value: Reaction, target: Referred) -> None:
    insert_or_update(
        storing.session,
        ReactionTable,
        [
            {
                "message_id": target.message_id,
                "identity_id": storing.people.sender(value.sender).identity_id,
                "reactions": " ".join(value.reactions),
                "at": value.at,
            }
        ],
        key=["message_id", "identity_id"],
        update=["reactions", "at"],
    )
    _happened(storing, "message.reacted", target, reactions=list(value.reactions))
    person = storing.people.sender(value.sender)
    conversation = storing.ledger.conversations[target.conversation_id]
    if person.customer_id == conversation.customer_id:
        reacted(
            storing.ledger,
            target.conversation_id,
            target.message_id,
            value.reactions,
            storing.policy.reactions,
        )


def _press(storing: Storing, entry: Entry, value: Press, target: Referred) -> UUID | None:
    """A press is something that the customer said: it stands in the thread by its label.

    The answer to a survey is a rating, and opens nothing again.
    """
    survey_id = survey_under(storing.session, target.message_id)
    if survey_id is not None:
        return _rated(storing, entry, value, target, survey_id)
    person = storing.people.sender(value.sender)
    conversation = storing.ledger.conversations[target.conversation_id]
    position = storing.ledger.write(
        conversation,
        id=entry.arrival.id,
        direction="in",
        content=(System(what="press", text=value.label or value.value),),
        channel=entry.kind,
        account=value.account,
        identity_id=person.identity_id,
        external_id=entry.arrival.key.external_id,
        reply_to_id=target.message_id,
        at=min(value.at, storing.now),
    )
    storing.awoken[conversation.id] = position
    conversation.last_inbound_at = storing.now
    if not conversation.is_open and conversation.status != "spam":
        conversation.status = "open"
        conversation.resolved_at = None
    _happened(storing, "button.pressed", target, value=value.value, press=str(entry.arrival.id))
    return entry.arrival.id


def _rated(
    storing: Storing, entry: Entry, value: Press, target: Referred, survey_id: UUID
) -> UUID | None:
    """Take the answer to a survey; its value is JSON with score and comment.

    None when it is not taken, because the survey is closed or somebody else was asked: the
    adapter can say so.
    """
    person = storing.people.sender(value.sender)
    if person.customer_id != storing.ledger.conversations[target.conversation_id].customer_id:
        keep_raw(storing.ledger, entry.arrival, target.message_id, "somebody else was asked")
        return None
    try:
        given = json.loads(value.value)
        record(storing.ledger, survey_id, int(given["score"]), given.get("comment"))
    except (ValueError, TypeError, KeyError, Closed) as error:
        reason = f"the survey takes no such answer: {error}"
        keep_raw(storing.ledger, entry.arrival, target.message_id, reason)
        return None
    return target.message_id


def _receipt(storing: Storing, value: Receipt, target: Referred) -> None:
    table = table_of(Outgoing)
    mine = table.c.message_id == target.message_id
    if value.state == "bounced":
        row = storing.session.execute(
            update(table)
            .where(mine, table.c.state.in_(("sent", "unconfirmed", "sending")))
            .values(state="failed", error=value.reason or "it was returned as undeliverable")
            .returning(table.c.message_id)
        ).first()
        if row is None:
            return
        storing.ledger.conversations[target.conversation_id].undelivered += 1
        _happened(storing, "delivery.failed", target, reason=value.reason)
        return
    column = table.c.delivered_at if value.state == "delivered" else table.c.read_at
    was = storing.session.execute(select(table.c.state).where(mine)).scalar()
    if was is None:
        return
    # A receipt proves that an unconfirmed message arrived after all.
    settled = {"state": "sent"} if was in ("unconfirmed", "sending") else {}
    if was == "unconfirmed":
        conversation = storing.ledger.conversations[target.conversation_id]
        conversation.undelivered = max(0, conversation.undelivered - 1)
    storing.session.execute(
        update(table).where(mine, column.is_(None)).values({column: value.at, **settled})
    )
    _happened(storing, "message.state", target, state=value.state)


def _reachability(storing: Storing, value: Reachability) -> None:
    person = storing.people.known(value.sender)
    if person is None:
        return
    table = table_of(Identity)
    storing.session.execute(
        update(table)
        .where(table.c.id == person.identity_id)
        .values(
            reachable=value.reachable,
            unreachable_reason=None if value.reachable else value.reason,
        )
    )


def _happened(storing: Storing, kind: str, target: Referred, **details: Any) -> None:
    storing.ledger.happened(
        kind,
        "customer",
        storing.ledger.conversations[target.conversation_id],
        message_id=target.message_id,
        **details,
    )
