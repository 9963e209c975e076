"""Asking how it was, after a conversation was settled by somebody of us."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select
from sqlmodel import Session

from hub.conversations.ledger import Ledger
from hub.conversations.reply_to import Connected, ways
from hub.message import Content, Survey, plain_text
from hub.satisfaction.answers import survey_token
from hub.security.keys import Keys
from hub.store.statements import table_of
from hub.store.tables import Customer, Message
from hub.store.tables import Survey as SurveyTable
from hub.store.types import new_id

TEMPLATE = "survey"
SCALE = {"stars": 5, "faces": 3, "thumbs": 2, "nps": 10}


@dataclass(frozen=True)
class Asking:
    """How surveys are asked. `render` writes a template out, as `hub.policy.Policy.render`."""

    form: str
    delay: timedelta
    at_most_every: timedelta
    expires_after: timedelta
    give_up_after: timedelta
    locale: str
    organisation: str
    accounts: Mapping[str, Connected]
    keys: Keys
    render: Callable[[str, str, Mapping[str, Any]], Content]


def ask(session: Session, asking: Asking, conversation_id: UUID, now: datetime) -> bool:
    """Queue a survey behind the last answer; whether one was queued.

    Not where nobody of us answered, not to somebody who was asked lately, and not any more when
    the conversation was opened again. If the customer writes before it goes out, it does not.
    """
    ledger = Ledger(session, now)
    ledger.load([conversation_id])
    conversation = ledger.conversations.get(conversation_id)
    if conversation is None or conversation.status != "resolved":
        return False
    message, survey, customer = table_of(Message), table_of(SurveyTable), table_of(Customer)
    answered = session.execute(
        select(
            exists().where(
                message.c.conversation_id == conversation_id,
                message.c.agent_id.is_not(None),
                message.c.direction == "out",
            )
        )
    ).scalar()
    lately = session.execute(
        select(
            exists().where(
                survey.c.customer_id == conversation.customer_id,
                survey.c.asked_at > now - asking.at_most_every,
            )
        )
    ).scalar()
    way = ways(session, conversation_id, asking.accounts).default
    if not answered or lately or way is None:
        return False
    name, locale = session.execute(
        select(customer.c.name, customer.c.locale).where(customer.c.id == conversation.customer_id)
    ).one()
    locale = conversation.locale or locale or asking.locale
    words = asking.render(
        TEMPLATE,
        locale,
        {
            "customer": {"name": name, "locale": locale},
            "conversation": {"number": conversation.number, "subject": conversation.subject},
            "organisation": {"name": asking.organisation},
            "now": now,
        },
    )
    survey_id, message_id = new_id(), new_id()
    question = Survey(
        question=plain_text(words),
        form=asking.form,  # type: ignore[arg-type]
        scale=SCALE[asking.form],
        token=survey_token(asking.keys, survey_id, now=now),
    )
    ledger.write(
        conversation,
        id=message_id,
        direction="out",
        content=(question,),
        channel=way.kind,
        account=way.account,
        identity_id=way.identity_id,
        rule=TEMPLATE,
        template=TEMPLATE,
        subject=conversation.subject,
        automated=True,
    )
    ledger.queue(
        conversation,
        message_id,
        account=way.account,
        due_at=now + asking.delay,
        give_up_after=asking.give_up_after,
        cancel_on_reply=True,
    )
    ledger.add(
        SurveyTable,
        id=survey_id,
        conversation_id=conversation_id,
        customer_id=conversation.customer_id,
        message_id=message_id,
        form=asking.form,
        scale=SCALE[asking.form],
        asked_at=now,
        expires_at=now + asking.expires_after,
    )
    ledger.happened("survey.asked", "hub", conversation, message_id=message_id, depth=1)
    ledger.flush()
    return True
