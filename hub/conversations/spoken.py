"""Messages and notes as they stand in a thread: words, author, and how far an answer has come."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Integer, Row, Select, bindparam, func, select
from sqlmodel import Session

from hub.message import Content, load_content
from hub.store.compiled import Compiled
from hub.store.statements import table_of
from hub.store.tables import (
    Agent,
    Customer,
    Identity,
    Message,
    Outgoing,
    Participant,
    Reaction,
)
from hub.store.tables import Content as ContentTable

LAST: Final = 2**31 - 1
"""Above every position."""
BEGINNING: Final = 160
"""Characters of an answered message that are shown above its answer."""

Key = tuple[int, int, int]
"""Where an item stands: after which message, whether it is that message, and its sequence."""


@dataclass(frozen=True)
class Spoken:
    """A message or a note. `outgoing` is None for what came in, and for notes.

    direction: "in", "out" or "note". author: who wrote it, as far as that is a name; `rule` is the
    rule that did, and `why` the result that says so. addressed: to whom a mail was addressed; see
    `hub.conversations.addressed`. reactions: emoji, and who gave them. answers:
    what it is a reply to. `completed` fills in these two.
    """

    key: Key
    id: UUID
    position: int
    direction: str
    channel: str | None
    account: str | None
    content: Content
    text: str
    subject: str | None
    at: datetime
    received_at: datetime
    author: str | None
    address_kind: str | None
    address: str | None
    participant: bool
    agent_id: UUID | None
    rule: str | None
    edited: bool
    deleted: bool
    form_key: str | None
    outgoing: Sent | None
    automated: bool = False
    flagged: str | None = None
    addressed: dict[str, Any] | None = None
    answers_id: UUID | None = None
    why: UUID | None = None
    reactions: tuple[tuple[str, str], ...] = ()
    answers: Target | None = None


@dataclass(frozen=True)
class Target:
    """The message that another one answers, with the beginning of its words."""

    id: UUID
    direction: str
    text: str


@dataclass(frozen=True)
class Sent:
    """How far an answer has come; the columns of `Outgoing`."""

    state: str
    due_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None
    error: str | None
    error_code: str | None


def select_spoken() -> Select[tuple[object, ...]]:
    """Messages with all that is shown of them; `read_spoken` reads its rows."""
    message, content, identity = table_of(Message), table_of(ContentTable), table_of(Identity)
    agent, outgoing, customer = table_of(Agent), table_of(Outgoing), table_of(Customer)
    participant = table_of(Participant)
    return (
        select(
            message.c.id,
            message.c.position,
            message.c.direction,
            message.c.channel,
            message.c.account,
            message.c.subject,
            message.c.at,
            message.c.received_at,
            message.c.agent_id,
            message.c.rule,
            message.c.revision,
            message.c.deleted_at,
            message.c.client_id,
            message.c.automated,
            message.c.flagged,
            message.c.addressed,
            message.c.reply_to_id,
            content.c.blocks,
            content.c.text,
            identity.c.kind.label("address_kind"),
            identity.c.address,
            identity.c.name.label("address_name"),
            customer.c.name.label("customer_name"),
            participant.c.role,
            agent.c.name.label("agent_name"),
            outgoing.c.state,
            outgoing.c.due_at,
            outgoing.c.sent_at,
            outgoing.c.delivered_at,
            outgoing.c.read_at,
            outgoing.c.error,
            outgoing.c.error_code,
        )
        .join(
            content,
            (content.c.message_id == message.c.id) & (content.c.revision == message.c.revision),
        )
        .outerjoin(identity, identity.c.id == message.c.identity_id)
        .outerjoin(customer, customer.c.id == identity.c.customer_id)
        .outerjoin(
            participant,
            (participant.c.conversation_id == message.c.conversation_id)
            & (participant.c.identity_id == message.c.identity_id),
        )
        .outerjoin(agent, agent.c.id == message.c.agent_id)
        .outerjoin(outgoing, outgoing.c.message_id == message.c.id)
    )


def spoken_before(
    session: Session, conversation_id: UUID, position: int | None, limit: int
) -> list[Spoken]:
    """The last messages before a position (None: of all), in their order."""
    values = {
        "conversation": conversation_id,
        "position": LAST if position is None else position,
        "limit": limit,
    }
    return [read_spoken(row) for row in reversed(_BEFORE.all(session, values))]


def spoken_after(
    session: Session, conversation_id: UUID, position: int, limit: int
) -> list[Spoken]:
    """The first messages after a position, in their order."""
    values = {"conversation": conversation_id, "position": position, "limit": limit}
    return [read_spoken(row) for row in _AFTER.all(session, values)]


_message = table_of(Message)
_of_one = select_spoken().where(_message.c.conversation_id == bindparam("conversation"))
_most = bindparam("limit", type_=Integer)
_BEFORE = Compiled(
    _of_one.where(_message.c.position < bindparam("position"))
    .order_by(_message.c.position.desc())
    .limit(_most)
)
_AFTER = Compiled(
    _of_one.where(_message.c.position > bindparam("position"))
    .order_by(_message.c.position)
    .limit(_most)
)


def read_spoken(row: Row[tuple[object, ...]]) -> Spoken:
    """A row of `select_spoken`."""
    inward = row.direction == "in"
    return Spoken(
        key=(row.position, 0, 0),
        id=row.id,
        position=row.position,
        direction=row.direction,
        channel=row.channel,
        account=row.account,
        content=load_content(row.blocks),
        text=row.text,
        subject=row.subject,
        at=row.at,
        received_at=row.received_at,
        author=(row.customer_name or row.address_name) if inward else row.agent_name,
        address_kind=row.address_kind,
        address=row.address,
        participant=inward and row.role == "participant",
        agent_id=row.agent_id,
        rule=row.rule,
        edited=row.revision > 0,
        deleted=row.deleted_at is not None,
        form_key=row.client_id if not inward else None,
        automated=row.automated,
        flagged=row.flagged,
        addressed=row.addressed,
        answers_id=row.reply_to_id,
        outgoing=Sent(
            row.state,
            row.due_at,
            row.sent_at,
            row.delivered_at,
            row.read_at,
            row.error,
            row.error_code,
        )
        if row.state is not None
        else None,
    )


def completed(session: Session, spoken: Sequence[Spoken]) -> list[Spoken]:
    """The same messages, with reactions and with what they answer; two queries for all."""
    reactions = _reactions(session, [one.id for one in spoken])
    targets = _targets(session, {one.answers_id for one in spoken if one.answers_id is not None})
    return [
        replace(
            one,
            reactions=tuple(reactions[one.id]),
            answers=targets.get(one.answers_id) if one.answers_id else None,
        )
        if one.id in reactions or one.answers_id in targets
        else one
        for one in spoken
    ]


def _reactions(
    session: Session, messages: Sequence[UUID]
) -> defaultdict[UUID, list[tuple[str, str]]]:
    found: defaultdict[UUID, list[tuple[str, str]]] = defaultdict(list)
    for message_id, given, *names in _REACTIONS.all(session, {"messages": list(messages)}):
        who = next((name for name in names if name), "")
        found[message_id] += [(emoji, who) for emoji in given.split()]
    return found


_reaction, _identity, _customer = table_of(Reaction), table_of(Identity), table_of(Customer)
_REACTIONS = Compiled(
    select(
        _reaction.c.message_id,
        _reaction.c.reactions,
        _customer.c.name.label("customer_name"),
        _identity.c.name.label("address_name"),
        _identity.c.address,
    )
    .join(_identity, _identity.c.id == _reaction.c.identity_id)
    .join(_customer, _customer.c.id == _identity.c.customer_id)
    .where(
        _reaction.c.message_id.in_(bindparam("messages", expanding=True)),
        _reaction.c.reactions != "",
    )
    .order_by(_reaction.c.at)
)


def _targets(session: Session, messages: set[UUID]) -> dict[UUID, Target]:
    if not messages:
        return {}
    message, content = table_of(Message), table_of(ContentTable)
    rows = session.execute(
        select(message.c.id, message.c.direction, func.substr(content.c.text, 1, BEGINNING))
        .join(
            content,
            (content.c.message_id == message.c.id) & (content.c.revision == message.c.revision),
        )
        .where(message.c.id.in_(list(messages)), message.c.deleted_at.is_(None))
    )
    return {row[0]: Target(*row) for row in rows}


def before_each(
    session: Session, conversation_id: UUID, spoken: Iterable[Spoken]
) -> dict[UUID, Spoken]:
    """For each message the one that stands right before it."""
    wanted = {one.position - 1: one.id for one in spoken}
    table = table_of(Message)
    rows = session.execute(
        select_spoken().where(
            table.c.conversation_id == conversation_id, table.c.position.in_(list(wanted))
        )
    )
    return {wanted[row.position]: read_spoken(row) for row in rows}


def stored_after(session: Session, conversation_id: UUID, position: int | None) -> datetime | None:
    """When the message after this position was stored."""
    if position is None:
        return None
    table = table_of(Message)
    return session.execute(
        select(table.c.received_at)
        .where(table.c.conversation_id == conversation_id, table.c.position > position)
        .order_by(table.c.position)
        .limit(1)
    ).scalar()
