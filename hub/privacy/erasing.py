"""Erasing: a customer as a whole, or what conversations held.

What is left is a skeleton without words, names and addresses, so that counts and means stay true:
the customer's row with its stages, conversations with their times and numbers, scores, and which
rules fired. That a message was handled is kept as well (`delivery`), or it would come in again.
Files whose rows are gone are collected by `hub.orphans`. Backups keep what they hold.

Who is erased is nobody from the first transaction on: whatever comes from the same address then
belongs to a new customer. The messages follow in chunks, as a job.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, func, select, tuple_, update
from sqlmodel import Session, SQLModel

from hub import jobs
from hub.agents.audit import By
from hub.conversations.state import ERASED
from hub.customers.acts import NoSuchCustomer
from hub.jobs import Progress
from hub.rules.results import forget
from hub.store import events
from hub.store.events import Happening
from hub.store.statements import table_of
from hub.store.tables import (
    Act,
    Alert,
    Attachment,
    Blob,
    BlockedSender,
    Consent,
    Conversation,
    Customer,
    CustomerAct,
    CustomerKey,
    CustomerMerge,
    CustomerNote,
    CustomerSegment,
    CustomerTag,
    Draft,
    Duplicate,
    Follower,
    Identity,
    Lane,
    Mention,
    Message,
    Notification,
    OpenVisit,
    Participant,
    Purchase,
    Rating,
    RoutingWait,
    SlaClock,
    SourceVisit,
    Survey,
    Timer,
    TrialDifference,
    WebhookCall,
    WebhookDelivery,
)

JOB: Final = "customers.erase"
CHUNK: Final = 200
"""Messages that one transaction erases."""

OF_CUSTOMERS: Final[tuple[type[SQLModel], ...]] = (
    Consent, CustomerAct, CustomerKey, CustomerNote, CustomerSegment, CustomerTag, Purchase,
    SourceVisit, WebhookDelivery,
)  # fmt: skip
"""Tables of which no row of an erased customer is left."""
OF_CONVERSATIONS: Final[tuple[type[SQLModel], ...]] = (
    Act, Alert, Draft, Follower, Lane, Mention, Notification, Participant, RoutingWait, SlaClock,
    TrialDifference, WebhookCall, WebhookDelivery,
)  # fmt: skip
"""Tables of which no row of an erased conversation is left. What hangs on its messages goes with
them."""

_customer, _conversation, _message = (
    table_of(Customer),
    table_of(Conversation),
    table_of(Message),
)
_identity, _file, _blob = table_of(Identity), table_of(Attachment), table_of(Blob)


def begin(session: Session, by: By, customer_id: UUID) -> UUID:
    """Make a customer nobody, and put the erasing of the messages in line; the job.

    Raises NoSuchCustomer.
    """
    row = session.execute(
        select(_customer.c.id)
        .where(_customer.c.id == customer_id, _customer.c.erased_at.is_(None))
        .with_for_update(key_share=True)
    ).first()
    if row is None:
        raise NoSuchCustomer(f"there is no customer {customer_id} any more")
    people = _merged(session, customer_id)
    conversations = list(
        session.execute(
            select(_conversation.c.id).where(_conversation.c.customer_id.in_(people))
        ).scalars()
    )
    bare(session, conversations)
    _unname(session, people, by.now)
    by.note(
        session,
        "erased a customer",
        f"customer:{customer_id}",
        after={"conversations": len(conversations)},
    )
    told = Happening(
        "customer.erased", by.viewer.actor, by.now, customer_id=customer_id, details={}
    )
    events.append(session, [told])
    return jobs.enqueue(
        session,
        JOB,
        by.now,
        agent_id=by.viewer.agent_id,
        customers=[str(one) for one in people],
    )


def chunk(
    session: Session,
    params: Mapping[str, Any],
    cursor: Mapping[str, Any] | None,
    now: datetime,
) -> Progress | None:
    """Erase the next messages of customers who are nobody by now; see `hub.jobs.Chunk`."""
    people = [UUID(one) for one in params["customers"]]
    theirs = select(_conversation.c.id).where(
        _conversation.c.customer_id.in_(people), _conversation.c.status == ERASED
    )
    done = cursor["done"] if cursor else 0
    total = cursor["total"] if cursor else _messages_of(session, theirs)
    gone = drop_messages(session, theirs)
    if gone:
        done += gone
        return Progress({"done": done, "total": total}, done, max(total, done))
    conversations = list(session.execute(theirs).scalars())
    after = UUID(cursor["results"]) if cursor and cursor.get("results") else None
    left = forget(session, conversations, after=after)
    if left is None:
        return None
    return Progress({"done": done, "total": total, "results": str(left)}, done, max(total, done))


def bare(session: Session, conversations: Sequence[UUID]) -> None:
    """Leave of conversations nothing but their skeleton; their messages are still to be dropped.

    What waited to be sent is not sent any more: it goes with the messages.
    """
    ids = list(conversations)
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        session.execute(
            update(_conversation)
            .where(_conversation.c.id.in_(some))
            .values(
                status=ERASED,
                subject=None,
                snippet="",
                reply_identity_id=None,
                reply_account=None,
                waiting_since=None,
                snoozed_until=None,
                undelivered=0,
                sla_due_at=None,
                sla_target=None,
                seen_position=_conversation.c.position,
                version=_conversation.c.version + 1,
            )
        )
        survey, rating, timer = table_of(Survey), table_of(Rating), table_of(Timer)
        # The question goes with its message, the answer is a score that stays.
        session.execute(
            update(survey).where(survey.c.conversation_id.in_(some)).values(message_id=None)
        )
        session.execute(
            update(rating).where(rating.c.conversation_id.in_(some)).values(comment=None)
        )
        session.execute(delete(timer).where(timer.c.subject.in_([str(one) for one in some])))
        for model in OF_CONVERSATIONS:
            table = table_of(model)
            session.execute(delete(table).where(table.c.conversation_id.in_(some)))


def drop_messages(session: Session, conversations: Any, *, limit: int = CHUNK) -> int:
    """Delete the first messages of some conversations, with their originals, search entries and
    files; how many. conversations: ids, or a query of them."""
    ids = list(
        session.execute(
            select(_message.c.id)
            .where(_message.c.conversation_id.in_(conversations))
            .order_by(_message.c.conversation_id, _message.c.position)
            .limit(limit)
        ).scalars()
    )
    if not ids:
        return 0
    keys = list(
        session.execute(
            select(_file.c.blob_key).where(_file.c.message_id.in_(ids)).distinct()
        ).scalars()
    )
    session.execute(delete(_message).where(_message.c.id.in_(ids)))
    if keys:
        shown = select(_file.c.blob_key).where(_file.c.blob_key.in_(keys))
        # A file without a customer is ours, and goes along with the next answer of its template.
        theirs = _blob.c.customer_id.is_not(None)
        session.execute(
            delete(_blob).where(_blob.c.key.in_(keys), _blob.c.key.not_in(shown), theirs)
        )
    return len(ids)


def _messages_of(session: Session, conversations: Any) -> int:
    found: int = session.execute(
        select(func.count())
        .select_from(_message)
        .where(_message.c.conversation_id.in_(conversations))
    ).scalar_one()
    return found


def _merged(session: Session, customer_id: UUID) -> list[UUID]:
    """The customer, and everybody who was merged into them."""
    people = [customer_id]
    for one in people:
        people += session.execute(
            select(_customer.c.id).where(_customer.c.merged_into_id == one)
        ).scalars()
    return people


def _unname(session: Session, people: Sequence[UUID], now: datetime) -> None:
    """Take names, addresses and everything else that is known away."""
    ids = list(people)
    own = select(_identity.c.id).where(_identity.c.customer_id.in_(ids))
    # What they wrote where they were guests is theirs as well.
    guest = list(
        session.execute(
            select(_message.c.id)
            .join(_conversation, _conversation.c.id == _message.c.conversation_id)
            .where(
                _message.c.identity_id.in_(own),
                _message.c.direction == "in",
                _conversation.c.customer_id.not_in(ids),
            )
        ).scalars()
    )
    session.execute(delete(_message).where(_message.c.id.in_(guest)))
    session.execute(
        update(_message).where(_message.c.identity_id.in_(own)).values(identity_id=None)
    )
    session.execute(
        update(_conversation)
        .where(_conversation.c.reply_identity_id.in_(own))
        .values(reply_identity_id=None, reply_account=None)
    )
    visit = table_of(OpenVisit)
    at = select(_identity.c.kind, _identity.c.address).where(_identity.c.customer_id.in_(ids))
    session.execute(delete(visit).where(tuple_(visit.c.kind, visit.c.address).in_(at)))
    blocked = table_of(BlockedSender)
    session.execute(delete(blocked).where(tuple_(blocked.c.kind, blocked.c.address).in_(at)))
    session.execute(delete(_identity).where(_identity.c.customer_id.in_(ids)))
    for model in OF_CUSTOMERS:
        table = table_of(model)
        session.execute(delete(table).where(table.c.customer_id.in_(ids)))
    merge, duplicate = table_of(CustomerMerge), table_of(Duplicate)
    session.execute(delete(merge).where(merge.c.kept_id.in_(ids) | merge.c.gone_id.in_(ids)))
    session.execute(
        delete(duplicate).where(duplicate.c.first_id.in_(ids) | duplicate.c.second_id.in_(ids))
    )
    session.execute(
        update(_customer)
        .where(_customer.c.id.in_(ids))
        .values(
            name=None,
            time_zone=None,
            attributes={},
            first_source={},
            last_source={},
            blocked_at=None,
            blocked_by=None,
            blocked_reason=None,
            erased_at=now,
            version=_customer.c.version + 1,
        )
    )
