"""People and messages for events that come after a message was stored.

Intake has both at hand when a message arrives; whoever reads the log asks here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, select
from sqlmodel import Session

from hub.conversations.state import ConversationState
from hub.customers.consent import CONTACT, declined
from hub.deciding.gathering import Subject
from hub.deciding.written import attached, domain_of
from hub.message import load_content
from hub.policy import Policy
from hub.rules.engine.facts import MessageFacts
from hub.store.statements import table_of
from hub.store.tables import Content, Customer, Identity, Message, Participant


def subjects(
    session: Session, policy: Policy, states: Iterable[ConversationState]
) -> dict[UUID, Subject]:
    """The customer of each conversation and the way that an answer goes, by conversation."""
    here = list(states)
    customer, participant = table_of(Customer), table_of(Participant)
    people: dict[UUID, Row[Any]] = {
        row.id: row
        for row in session.execute(
            select(
                customer.c.id,
                customer.c.locale,
                customer.c.stage,
                customer.c.name,
                customer.c.attributes,
                customer.c.created_at,
                customer.c.blocked_at,
            ).where(customer.c.id.in_({state.customer_id for state in here}))
        )
    }
    joined: dict[tuple[UUID, UUID], Row[Any]] = {
        (row.conversation_id, row.identity_id): row
        for row in session.execute(
            select(
                participant.c.conversation_id,
                participant.c.identity_id,
                participant.c.role,
                participant.c.chat,
                participant.c.account,
            ).where(participant.c.conversation_id.in_([state.id for state in here]))
        )
    }
    silent = declined(session, CONTACT, list(people))
    return {
        state.id: _subject(
            policy, state, people[state.customer_id], joined, state.customer_id not in silent
        )
        for state in here
    }


def _subject(
    policy: Policy,
    state: ConversationState,
    person: Row[Any],
    joined: dict[tuple[UUID, UUID], Row[Any]],
    contactable: bool,
) -> Subject:
    way = joined.get((state.id, state.reply_identity_id)) if state.reply_identity_id else None
    account = policy.accounts.get(state.reply_account or "")
    return Subject(
        locale=state.locale or person.locale,
        stage=person.stage,
        name=person.name,
        attributes=dict(person.attributes or {}),
        known=person.created_at < state.created_at,
        identity_id=state.reply_identity_id,
        account=state.reply_account,
        channel=account.kind if account is not None else None,
        chat=way.chat if way is not None and way.account == state.reply_account else None,
        answerable=person.blocked_at is None and (way is None or way.role == "customer"),
        contactable=contactable,
    )


def messages(session: Session, policy: Policy, ids: Collection[UUID]) -> dict[UUID, MessageFacts]:
    """What rules may look at of these messages, by id."""
    if not ids:
        return {}
    message, content, identity = table_of(Message), table_of(Content), table_of(Identity)
    rows = session.execute(
        select(*message.c, content.c.text, content.c.blocks, identity.c.kind, identity.c.address,
               identity.c.proof)
        .join(
            content,
            and_(content.c.message_id == message.c.id, content.c.revision == message.c.revision),
        )
        .outerjoin(identity, identity.c.id == message.c.identity_id)
        .where(message.c.id.in_(ids))
    )  # fmt: skip
    return {row.id: _message(policy, row) for row in rows}


def _message(policy: Policy, row: Row[Any]) -> MessageFacts:
    account = policy.accounts.get(row.account or "")
    inward = row.direction == "in"
    threads = account is not None and account.threads
    return MessageFacts(
        channel=row.channel or "",
        account=row.account or "",
        text=row.text,
        subject=row.subject,
        direction="in" if inward else "out",
        domain=domain_of(row.kind, row.address) if inward and row.address else None,
        attachments=attached(load_content(row.blocks)),
        first=row.position == 1,
        # Our own answers bear the mark so that other machines leave them alone.
        automated=bool(row.automated and inward),
        backlog=bool(row.backlog),
        late=inward and threads and row.received_at - row.at > policy.late_after,
        verified=inward and row.proof == "verified",
    )
