"""One message of somebody: where it belongs, what is stored of it, what it changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import select, update

from hub import parts
from hub.conversations.addressed import Addressed, recipients
from hub.conversations.closing import is_last_word
from hub.conversations.state import ERASED, ConversationState
from hub.deciding import Subject
from hub.deciding.written import attached, domain_of
from hub.intake.originals import keep_raw
from hub.intake.people import Person
from hub.intake.places import SPAM, Referred
from hub.intake.prepared import Entry
from hub.message import Message
from hub.rules.engine import MessageFacts
from hub.satisfaction.answers import comment_on
from hub.store.statements import table_of
from hub.store.tables import Customer, SourceVisit
from hub.store.types import new_id

if TYPE_CHECKING:
    from hub.intake.store import Storing

SAME_ID_OTHER_CONTENT = "same message id, other content"


def receive(storing: Storing, entry: Entry, value: Message) -> UUID | None:
    """Store, place and decide on a message; the id under which it stands.

    None for one that only told an address.
    """
    arrival = entry.arrival
    twin, others = storing.once.twin(entry, value)
    if twin is not None:
        return twin
    person = storing.senders.person(entry, value)
    conversation, began = _place(storing, entry, value, person)
    role = "customer" if person.customer_id == conversation.customer_id else "participant"
    storing.participants.join(conversation, person, role, value)
    if not person.known:
        person.known = True
        storing.deciding.nothing_yet(person.customer_id)
    if value.source:
        _came_from(storing, person, value)
    if not arrival.content:
        storing.participants.claim(conversation, person, value)
        return None
    settled = conversation.status == "resolved" and not began
    answered = _answered_message(storing, entry, value)
    last_word = settled and (
        is_last_word(arrival.content)
        or (role == "customer" and _is_comment(storing, entry, answered))
    )
    first = conversation.position == 0
    storing.ledger.write(
        conversation,
        id=arrival.id,
        direction="in",
        content=arrival.content,
        blocks=arrival.blocks,
        text=arrival.text,
        folded=arrival.folded,
        channel=entry.kind,
        account=value.account,
        identity_id=person.identity_id,
        external_id=arrival.key.external_id,
        shared_id=value.shared_id,
        fingerprint=value.fingerprint,
        client_id=value.client_id,
        reply_to_id=answered,
        subject=arrival.subject,
        addressed=Addressed(recipients(value.to), recipients(value.cc)).dump(),
        automated=value.automated,
        backlog=value.backlog,
        flagged=SAME_ID_OTHER_CONTENT if others else None,
        at=min(value.at, storing.now),
    )
    keep_raw(storing.ledger, arrival, arrival.id)
    scope = entry.kind if value.shared_id else value.account
    external_id = value.shared_id or arrival.key.external_id
    if external_id:
        storing.ledger.refer(scope, external_id, arrival.id)
        storing.places.note(
            scope,
            external_id,
            Referred(arrival.id, conversation.id, "in", person.identity_id),
        )
    storing.participants.claim(conversation, person, value)
    if parts.missing(arrival.content):
        parts.wanted(storing.session, arrival.id, value.account, storing.now)
    if not (value.backlog or last_word):
        _awake(storing, conversation, person, role, value)
    storing.ledger.happened(
        "message.received",
        "customer",
        conversation,
        message_id=arrival.id,
        channel=entry.kind,
        backlog=value.backlog,
        role=role,
    )
    # Nothing is answered, assigned or told to colleagues that is spam already.
    if not (value.backlog or last_word or person.blocked or conversation.status == SPAM):
        storing.bursts.wrote(conversation.id, person.identity_id, conversation.position)
        _decide(storing, entry, value, conversation, person, role, first)
    return arrival.id


def _place(
    storing: Storing, entry: Entry, value: Message, person: Person
) -> tuple[ConversationState, bool]:
    """The conversation, and whether it just began."""
    token = storing.places.token(value)
    if token is not None:
        named = storing.places.named_by(token, value, entry.kind)
        if (found := _standing(storing, named)) is not None:
            return found, False
    key = storing.places.thread_of(value, entry.kind)
    if key is None and (latest := storing.places.latest(person.customer_id)) is not None:
        found = storing.ledger.conversations.get(latest)
        if found is not None and (found.status == SPAM or not entry.batch.threads):
            return found, False
    if key is not None and (found := _standing(storing, key)) is not None:
        return found, False
    conversation = storing.ledger.start(
        customer_id=person.customer_id,
        brand_id=storing.policy.accounts[value.account].brand_id
        if value.account in storing.policy.accounts
        else storing.policy.brand_id,
        at=min(value.at, storing.now),
        subject=entry.arrival.subject,
    )
    if value.backlog:
        conversation.status = "resolved"
        conversation.resolved_at = value.at
    if person.blocked:
        conversation.status = SPAM
    storing.deciding.gathering.began(conversation.id)
    storing.places.now_latest(person.customer_id, conversation.id)
    details: dict[str, Any] = {}
    if value.backlog or person.blocked:
        # Rules are asked about neither what is imported nor who is blocked.
        details["quiet"] = True
    if not person.known:
        details["customer"] = "new"
    storing.ledger.happened("conversation.created", "customer", conversation, **details)
    return conversation, True


def _standing(storing: Storing, key: UUID) -> ConversationState | None:
    """A conversation that can be written to: what was erased is begun anew by its next message."""
    found = storing.ledger.conversations.get(key)
    return found if found is not None and found.status != ERASED else None


def _came_from(storing: Storing, person: Person, value: Message) -> None:
    table = table_of(Customer)
    source = dict(value.source)
    first = storing.session.execute(
        select(table.c.first_source, table.c.last_source).where(table.c.id == person.customer_id)
    ).one()
    if first.last_source == source:
        return
    storing.deciding.gathering.came_from(person.customer_id, source)
    storing.session.execute(
        update(table)
        .where(table.c.id == person.customer_id)
        .values(first_source=first.first_source or source, last_source=source)
    )
    storing.ledger.add(
        SourceVisit, id=new_id(), customer_id=person.customer_id, source=source, at=storing.now
    )


def _awake(
    storing: Storing, conversation: ConversationState, person: Person, role: str, value: Message
) -> None:
    """The customer waits for us: the conversation is open, answers go back the same way."""
    conversation.last_inbound_at = storing.now
    if conversation.status in ("waiting", "snoozed", "resolved"):
        conversation.status = "open"
        conversation.resolved_at = None
        conversation.snoozed_until = None
        storing.ledger.happened("conversation.reopened", "customer", conversation)
    if conversation.position > 1:
        storing.awoken[conversation.id] = conversation.position
    if role != "customer":
        return
    if conversation.waiting_since is None and not value.automated:
        conversation.waiting_since = storing.now
    if conversation.locale is None:
        conversation.locale = person.locale
    if person.verified or not _has_verified_way(storing, conversation, person):
        conversation.reply_identity_id = person.identity_id
        conversation.reply_account = value.account


def _decide(
    storing: Storing,
    entry: Entry,
    value: Message,
    conversation: ConversationState,
    person: Person,
    role: str,
    first: bool,
) -> None:
    late = entry.batch.threads and storing.now - value.at > storing.policy.late_after
    storing.deciding.decide(
        "message.received",
        conversation,
        Subject(
            locale=conversation.locale or person.locale,
            stage=person.stage,
            name=person.name,
            attributes=dict(person.attributes or {}),
            known=not first,
            identity_id=person.identity_id,
            account=value.account,
            channel=entry.kind,
            chat=value.chat,
            answerable=role == "customer",
        ),
        MessageFacts(
            channel=entry.kind,
            account=value.account,
            text=entry.arrival.text,
            folded=entry.arrival.folded,
            subject=entry.arrival.subject,
            domain=domain_of(person.kind, person.address),
            attachments=attached(entry.arrival.content),
            first=first,
            automated=value.automated,
            late=late,
            verified=person.verified,
        ),
        message_id=entry.arrival.id,
    )


def _has_verified_way(storing: Storing, conversation: ConversationState, person: Person) -> bool:
    """Answers stay with a proven address when an unproven one of the same person writes."""
    if conversation.reply_identity_id in (None, person.identity_id):
        return False
    assert conversation.reply_identity_id is not None
    way = storing.people.by_identity(conversation.reply_identity_id)
    return way is not None and way.verified and way.customer_id == conversation.customer_id


def _answered_message(storing: Storing, entry: Entry, value: Message) -> UUID | None:
    if value.reply_to is None:
        return None
    referred = storing.places.referred(value.account, entry.kind, value.reply_to)
    return referred.message_id if referred else None


def _is_comment(storing: Storing, entry: Entry, answered: UUID | None) -> bool:
    """Words in a chat, in reply to a survey that was answered, belong to the answer.

    Not by mail, where every later message is a reply to whatever came last.
    """
    if answered is None or entry.batch.threads:
        return False
    return comment_on(storing.ledger, answered, entry.arrival.text)
