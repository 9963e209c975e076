"""Alerts to agents outside of the pages: messages to their own linked accounts, and the daily mail.

An alert is a row, sent by `hub.alerts` as an answer is by the outbox. Its words are in the agent's
language. Answering it answers the customer: see `hub.agents.linking`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import Row, func, select
from sqlmodel import Session

from hub.agents import letters, notices
from hub.agents.letters import TOPIC
from hub.agents.letters import words_in as _say
from hub.conversations import access
from hub.store.database import wake
from hub.store.statements import insert_new, table_of
from hub.store.tables import (
    Agent,
    AgentLink,
    Alert,
    Content,
    Conversation,
    Customer,
    Identity,
    Message,
    Notification,
)
from hub.store.types import new_id
from hub.text import snippet
from hub.text.digits import to_persian

WORDS: Final = 1_000
"""How much of a message stands in an alert."""
LISTED: Final = 20


@dataclass(frozen=True)
class Telling:
    """What is to be told to whom. occasion: of `hub.agents.notices`; actor: as in the event log."""

    agent_id: UUID
    conversation_id: UUID
    occasion: str
    actor: str
    at: datetime
    message_id: UUID | None = None
    rule: str = ""
    text: str = ""


def alert(session: Session, tellings: Sequence[Telling]) -> None:
    """Queue an alert for each who linked an account and wants it there."""
    if not tellings:
        return
    agents = {one.agent_id for one in tellings}
    links = _links(session, agents)
    if not links:
        return
    chosen = notices.choices_of(session, agents)
    wanted = [
        one
        for one in tellings
        if one.agent_id in links and chosen[one.agent_id].wants(one.occasion, "telegram")
    ]
    about = _about(session, wanted)
    rows = [
        _row(links[one.agent_id], one, about[one.conversation_id], _words(session, one))
        for one in wanted
    ]
    if insert_new(session, Alert, rows, ["id"]):
        wake(session, TOPIC)


def _row(link: Row[Any], one: Telling, about: Row[Any], words: str) -> dict[str, Any]:
    say = _say(link.locale)
    lines = {
        "assigned": say("Given to you: %(customer)s, #%(number)s"),
        "taken": say("No longer yours: %(customer)s, #%(number)s"),
        "mention": say("You were mentioned: %(customer)s, #%(number)s"),
        "message": say("%(customer)s wrote, #%(number)s"),
        "followed": say("News from %(customer)s, #%(number)s"),
        "rule": say("A rule asks you to look: %(customer)s, #%(number)s"),
    }
    named = about.name or about.address_name or about.address or "?"
    head = lines[one.occasion] % {"customer": named, "number": _digits(about.number, link)}
    hint = say("Reply to this message to answer the customer.")
    return {
        **_alert(link.agent_id, one.conversation_id, one.at),
        "account": link.account,
        "kind": link.kind,
        "address": link.address,
        "chat": link.chat,
        "subject": None,
        "body": "\n".join(part for part in (head, words or one.text, hint) if part),
    }


def _alert(agent_id: UUID, conversation_id: UUID | None, at: datetime) -> dict[str, Any]:
    return {
        "id": new_id(),
        "agent_id": agent_id,
        "conversation_id": conversation_id,
        "state": "queued",
        "attempt": 0,
        "due_at": at,
        "lease_until": None,
        "external_id": None,
        "error": None,
        "created_at": at,
    }


def reply(
    session: Session,
    agent_id: UUID,
    what: Literal["linked", "answered", "overtaken", "nowhere", "words", "forbidden"],
    now: datetime,
    conversation_id: UUID | None = None,
    *,
    by: str = "",
    text: str = "",
) -> None:
    """Say to an agent's linked account what became of what came from there. by, text: who was
    faster, and with which words."""
    link = _links(session, {agent_id}).get(agent_id)
    if link is None:
        return
    say = _say(link.locale)
    words = {
        "linked": say("Linked. Alerts come here; reply to one to answer its customer."),
        "answered": say("Your answer is on its way to the customer."),
        "overtaken": say(
            "%(name)s has answered since: “%(text)s”\n"
            "Nothing was sent. Reply to this message to answer all the same."
        )
        % {"name": by, "text": text},
        "nowhere": say("This reaches nobody. Reply to an alert to answer its customer."),
        "words": say("Only words can be sent from here. Nothing was sent."),
        "forbidden": say("This customer can not be answered from here. Nothing was sent."),
    }
    row = {
        **_alert(agent_id, conversation_id, now),
        "account": link.account,
        "kind": link.kind,
        "address": link.address,
        "chat": link.chat,
        "subject": None,
        "body": words[what],
    }
    insert_new(session, Alert, [row], ["id"])
    wake(session, TOPIC)


def digest(
    session: Session, agent_id: UUID, account: str, url: str, since: datetime, now: datetime
) -> bool:
    """Queue a mail with what the agent was told since then and has not looked at; whether there is
    anything. account: the mail account that sends it. url: where the hub is reached."""
    told, conversation = table_of(Notification), table_of(Conversation)
    customer, agent = table_of(Customer), table_of(Agent)
    chosen = notices.choices(session, agent_id)
    occasions = chosen.ways["mail"]
    rows = session.execute(
        select(conversation.c.id, conversation.c.number, customer.c.name, conversation.c.subject)
        .join(told, told.c.conversation_id == conversation.c.id)
        .join(customer, customer.c.id == conversation.c.customer_id)
        .where(
            told.c.agent_id == agent_id,
            told.c.seen_at.is_(None),
            told.c.at > since,
            told.c.occasion.in_(occasions),
            access.visible_to(agent_id),
        )
        .group_by(conversation.c.id, conversation.c.number, customer.c.name, conversation.c.subject)
        .order_by(func.max(told.c.at).desc())
        .limit(LISTED + 1)
    ).all()
    if not rows:
        return False
    person = session.execute(
        select(agent.c.mail, agent.c.locale, agent.c.digits).where(
            agent.c.id == agent_id, agent.c.active
        )
    ).first()
    if person is None:
        return False
    say = _say(person.locale)
    lines = [
        f"• #{_digits(row.number, person)} {row.name or '?'}"
        f"{': ' + row.subject if row.subject else ''}\n"
        f"  {url}/conversations/{row.id}"
        for row in rows[:LISTED]
    ]
    more = [say("… and more: %s") % f"{url}/notifications"] if len(rows) > LISTED else []
    body = "\n".join([say("These conversations wait for you to look:"), "", *lines, *more])
    letters.queue_mail(
        session,
        agent_id,
        account=account,
        address=person.mail,
        subject=say("What waits for you"),
        body=body,
        now=now,
    )
    return True


def _digits(number: int, reader: Row[Any]) -> str:
    """A conversation's number as the agent reads numbers."""
    persian = reader.digits == "persian" or (reader.digits == "auto" and reader.locale == "fa")
    return to_persian(str(number)) if persian else str(number)


def _links(session: Session, agents: set[UUID]) -> dict[UUID, Row[Any]]:
    link, agent = table_of(AgentLink), table_of(Agent)
    rows = session.execute(
        select(
            link.c.agent_id,
            link.c.account,
            link.c.kind,
            link.c.address,
            link.c.chat,
            agent.c.locale,
            agent.c.digits,
        )
        .join(agent, agent.c.id == link.c.agent_id)
        .where(link.c.agent_id.in_(agents), agent.c.active)
    )
    return {row.agent_id: row for row in rows}


def _about(session: Session, tellings: Sequence[Telling]) -> dict[UUID, Row[Any]]:
    conversation, customer = table_of(Conversation), table_of(Customer)
    identity = table_of(Identity)
    rows = session.execute(
        select(
            conversation.c.id,
            conversation.c.number,
            customer.c.name,
            identity.c.name.label("address_name"),
            identity.c.address,
        )
        .join(customer, customer.c.id == conversation.c.customer_id)
        .outerjoin(identity, identity.c.id == conversation.c.reply_identity_id)
        .where(conversation.c.id.in_({one.conversation_id for one in tellings}))
    )
    return {row.id: row for row in rows}


def _words(session: Session, one: Telling) -> str:
    """What was written; of a conversation that was given, the newest words of it."""
    message, content = table_of(Message), table_of(Content)
    query = (
        select(content.c.text)
        .join(
            message,
            (content.c.message_id == message.c.id) & (content.c.revision == message.c.revision),
        )
        .order_by(message.c.position.desc())
        .limit(1)
    )
    if one.message_id is not None:
        query = query.where(message.c.id == one.message_id)
    else:
        query = query.where(
            message.c.conversation_id == one.conversation_id, message.c.direction == "in"
        )
    return snippet(session.execute(query).scalar() or "", WORDS)
