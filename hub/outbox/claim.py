"""Taking lanes, and beginning what stands first in each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Row, bindparam, or_, select, update
from sqlmodel import Session

from hub.conversations import not_me
from hub.conversations.addressed import KIND, Addressed, Recipient
from hub.conversations.ledger import Ledger
from hub.message import Address, Outbound, load_content
from hub.outbox.order import following, heads
from hub.security.keys import Keys
from hub.security.tokens import thread_token
from hub.store.database import lease_time
from hub.store.statements import table_of
from hub.store.tables import (
    Agent,
    Content,
    Conversation,
    ExternalRef,
    Identity,
    Lane,
    Message,
    Outgoing,
    Participant,
)

LEASE = timedelta(seconds=90)
SOON = timedelta(seconds=0.1)
REFERENCES = 20
BROKEN_OFF = "the process ended while this was being sent; it may have arrived"
GAVE_UP = "it could not be sent for too long"


@dataclass(frozen=True)
class Sender:
    """What the outbox must know of an account that this process can send by.

    wait: seconds until the account may send to this chat again; 0 means now, and counts.
    room: how many more messages the account can begin now.
    """

    kind: str
    threads: bool
    repeatable: bool
    wait: Callable[[str, str], float]
    room: int


@dataclass(frozen=True)
class Begun:
    """A message that is `sending` now, and what goes out."""

    message_id: UUID
    conversation_id: UUID
    attempt: int
    account: str
    outbound: Outbound


@dataclass(frozen=True)
class Claimed:
    """begun: to be sent now. next_at: when something else becomes ready, None: nothing waits."""

    begun: tuple[Begun, ...]
    next_at: datetime | None


def claim(
    session: Session,
    worker: str,
    senders: Mapping[str, Sender],
    keys: Keys,
    url: str,
    now: datetime,
    limit: int,
) -> Claimed:
    """Take lanes that are ready and free, and commit their first messages as `sending`.

    A first message that is `sending` already was begun by somebody whose lease ran out: it is
    unconfirmed, or begins again where sending twice shows once. `url` is the hub's own address,
    for the links that go out.

    Everybody else locks a conversation before its lane. Lanes are found free here, so a
    conversation that must be changed is only taken if nobody has it, and else a little later: who
    never waits while holding lanes is in no circle of waiting.
    """
    leased = lease_time(session, now)
    lane = table_of(Lane)
    free = or_(lane.c.lease_until.is_(None), lane.c.lease_until < leased)
    ready = (
        select(lane.c.conversation_id)
        .where(lane.c.ready_at <= now, free)
        .order_by(lane.c.ready_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    taken = list(session.execute(ready).scalars())
    if not taken:
        next_at = session.execute(
            select(lane.c.ready_at)
            .where(lane.c.ready_at.is_not(None))
            .order_by(lane.c.ready_at)
            .limit(1)
        ).scalar()
        return Claimed((), next_at)
    found = heads(session, taken, now)
    later = following(
        session, [key for key in taken if key not in found or found[key].due_at > now], now
    )
    ledger = Ledger(session, now)
    ends = {key: end for key, head in found.items() if (end := _end(head, senders, now))}
    ledger.load(ends, skip_locked=True)
    lanes: dict[UUID, tuple[datetime | None, datetime | None]] = {}
    sending: list[Row[tuple[object, ...]]] = []
    begun: Counter[str] = Counter()
    for conversation_id in taken:
        head = found.get(conversation_id)
        if head is None:
            lanes[conversation_id] = (later[conversation_id], None)
        elif (end := ends.get(conversation_id)) is not None:
            if conversation_id in ledger.conversations:
                _settle(session, ledger, head, *end)
                lanes[conversation_id] = (now, None)
            else:
                lanes[conversation_id] = (now + SOON, None)
        elif head.due_at > now:
            lanes[conversation_id] = (later[conversation_id], None)
        elif (sender := senders.get(head.account)) is None:
            lanes[conversation_id] = (now + timedelta(seconds=30), None)
        elif (surplus := begun[head.account] - sender.room) >= 0:
            # The further back in the queue, the later the next look, or all would look at once.
            begun[head.account] += 1
            lanes[conversation_id] = (now + SOON * (1 + surplus / max(1, sender.room)), None)
        elif (wait := sender.wait(head.account, str(conversation_id))) > 0:
            lanes[conversation_id] = (now + timedelta(seconds=wait), None)
        else:
            begun[head.account] += 1
            sending.append(head)
            lanes[conversation_id] = (now, leased + LEASE)
    if sending:
        session.execute(
            update(table_of(Outgoing))
            .where(table_of(Outgoing).c.message_id == bindparam("_id"))
            .values(state="sending", attempt=bindparam("_attempt"), begun_at=now),
            [{"_id": head.message_id, "_attempt": head.attempt + 1} for head in sending],
        )
    session.execute(
        update(lane)
        .where(lane.c.conversation_id == bindparam("_id"))
        .values(ready_at=bindparam("_ready"), lease_until=bindparam("_until"), worker=worker),
        [{"_id": key, "_ready": at, "_until": until} for key, (at, until) in sorted(lanes.items())],
    )
    ledger.flush()
    again = [at for at, until in lanes.values() if at is not None and until is None]
    return Claimed(
        tuple(_begun(session, sending, senders, keys, url, now)), min(again) if again else None
    )


def _end(
    head: Row[tuple[object, ...]], senders: Mapping[str, Sender], now: datetime
) -> tuple[str, str] | None:
    """The state and reason of a message that ends unsent or unknown; None when it can go."""
    sender = senders.get(head.account)
    if head.state == "sending" and not (sender is not None and sender.repeatable):
        return "unconfirmed", BROKEN_OFF
    if head.due_at <= now and head.give_up_at <= now:
        return "failed", head.error or GAVE_UP
    return None


def _settle(
    session: Session, ledger: Ledger, head: Row[tuple[object, ...]], state: str, reason: str
) -> None:
    session.execute(
        update(table_of(Outgoing))
        .where(table_of(Outgoing).c.message_id == head.message_id)
        .values(state=state, error=reason)
    )
    conversation = ledger.conversations[head.conversation_id]
    conversation.undelivered += 1
    ledger.happened(
        "delivery.failed" if state == "failed" else "message.state",
        "hub",
        conversation,
        message_id=head.message_id,
        state=state,
    )


def _begun(
    session: Session,
    sending: Sequence[Row[tuple[object, ...]]],
    senders: Mapping[str, Sender],
    keys: Keys,
    url: str,
    now: datetime,
) -> list[Begun]:
    """Everything that an adapter needs to send them, in two queries."""
    if not sending:
        return []
    message, content, identity = table_of(Message), table_of(Content), table_of(Identity)
    participant, conversation, agent = (
        table_of(Participant),
        table_of(Conversation),
        table_of(Agent),
    )
    rows = session.execute(
        select(
            message.c.id,
            message.c.conversation_id,
            message.c.position,
            message.c.account,
            message.c.subject,
            message.c.addressed,
            message.c.reply_to_id,
            message.c.automated,
            message.c.at,
            content.c.blocks,
            identity.c.id.label("identity_id"),
            identity.c.kind,
            identity.c.address,
            identity.c.name,
            identity.c.proof,
            identity.c.origin,
            participant.c.chat,
            conversation.c.locale,
            conversation.c.subject.label("conversation_subject"),
            agent.c.name.label("agent_name"),
        )
        .join(
            content,
            (content.c.message_id == message.c.id) & (content.c.revision == message.c.revision),
        )
        .join(identity, identity.c.id == message.c.identity_id)
        .join(conversation, conversation.c.id == message.c.conversation_id)
        .outerjoin(
            participant,
            (participant.c.conversation_id == message.c.conversation_id)
            & (participant.c.identity_id == message.c.identity_id),
        )
        .outerjoin(agent, agent.c.id == message.c.agent_id)
        .where(message.c.id.in_([head.message_id for head in sending]))
    )
    details = {row.id: row for row in rows}
    begun = []
    for head in sending:
        row = details[head.message_id]
        sender = senders[head.account]
        references = _references(session, row, sender) if sender.threads else ()
        words = load_content(row.blocks)
        if row.proof == "claimed" and row.origin == "given":
            claimed = not_me.Claimed(row.conversation_id, row.identity_id)
            locale = row.locale or "en"
            words += (not_me.notice(keys, claimed, url=url, locale=locale, now=now),)
        replied = _replied(session, row, head.account, sender)
        copied = Addressed.load(row.addressed)
        # Whoever has a copy has its reply address as well, which then proves nobody.
        proven = None if copied.copies else row.identity_id
        begun.append(
            Begun(
                message_id=head.message_id,
                conversation_id=head.conversation_id,
                attempt=head.attempt + 1,
                account=head.account,
                outbound=Outbound(
                    message_id=head.message_id,
                    attempt=head.attempt + 1,
                    account=head.account,
                    to=Address(
                        kind=row.kind,
                        address=row.address,
                        name=row.name,
                        verified=row.proof == "verified",
                        locale=row.locale,
                    ),
                    content=words,
                    chat=row.chat,
                    subject=row.subject or row.conversation_subject,
                    cc=_copies(copied.cc),
                    bcc=_copies(copied.bcc),
                    reply_to=replied or (references[-1] if references else None),
                    references=references,
                    thread_token=thread_token(keys, row.conversation_id, proven),
                    sender_name=row.agent_name,
                    locale=row.locale or "en",
                    automated=row.automated,
                    at=row.at,
                ),
            )
        )
    return begun


def _copies(people: Sequence[Recipient]) -> tuple[Address, ...]:
    return tuple(Address(kind=KIND, address=one.address, name=one.name) for one in people)


def _references(session: Session, row: Row[tuple[object, ...]], sender: Sender) -> tuple[str, ...]:
    """The newest messages of the thread before this one that the recipient may have seen."""
    ref, message = table_of(ExternalRef), table_of(Message)
    found = session.execute(
        select(ref.c.external_id)
        .join(message, message.c.id == ref.c.message_id)
        .where(
            message.c.conversation_id == row.conversation_id,
            message.c.position < row.position,
            message.c.channel == sender.kind,
            message.c.direction != "note",
            ref.c.scope == sender.kind,
        )
        .order_by(message.c.position.desc())
        .limit(REFERENCES)
    ).scalars()
    return tuple(reversed(list(found)))


def _replied(
    session: Session, row: Row[tuple[object, ...]], account: str, sender: Sender
) -> str | None:
    if row.reply_to_id is None:
        return None
    ref = table_of(ExternalRef)
    found: str | None = session.execute(
        select(ref.c.external_id)
        .where(ref.c.message_id == row.reply_to_id, ref.c.scope.in_([account, sender.kind]))
        .limit(1)
    ).scalar()
    return found
