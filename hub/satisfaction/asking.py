"""Asking how it was: after a conversation was settled by somebody of us, or because a rule says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlmodel import Session

from hub.conversations.ledger import Ledger
from hub.conversations.reply_to import Connected, Way, ways
from hub.conversations.state import ConversationState
from hub.message import Content, Survey, plain_text
from hub.satisfaction.answers import survey_token
from hub.satisfaction.surveys import MAIN, SurveyKind
from hub.security.keys import Keys
from hub.store.statements import table_of
from hub.store.tables import Agent, Consent, Customer, Message, Outgoing, SurveyCredit
from hub.store.tables import Survey as SurveyTable
from hub.store.types import new_id

PURPOSE = "survey"
"""The purpose of `Consent` under which somebody asked not to be asked."""


class Renders(Protocol):
    """Writes an answer from a template. Raises `hub.replies.TemplateError`."""

    def __call__(
        self,
        template: str,
        locale: str,
        variables: Mapping[str, Any],
        *,
        channel: str | None = None,
    ) -> Content: ...


@dataclass(frozen=True)
class Asking:
    """How surveys are asked. `render` writes a template out, as `hub.policy.Policy.render`."""

    kinds: Mapping[str, SurveyKind]
    give_up_after: timedelta
    locale: str
    organisation: str
    accounts: Mapping[str, Connected]
    keys: Keys
    render: Renders


def ask(
    ledger: Ledger,
    asking: Asking,
    conversation_id: UUID,
    *,
    survey: str = MAIN,
    rule: str | None = None,
) -> str | None:
    """Queue a survey behind the last answer. None when it was queued, else why it was not.

    survey: the name of a configured one. rule: the id of the rule that asks. Without a rule it is
    asked because the matter was settled, and only if it still is and a person of ours answered; a
    rule may ask whenever it says so. Nobody is asked twice in the time that is set, nor who asked
    not to be. If the customer writes before it goes out, or the matter is opened again, it is
    withdrawn as if it had not been asked.

    Raises hub.replies.TemplateError when the survey's template can not be rendered.
    """
    kind = asking.kinds.get(survey)
    if kind is None:
        return f"there is no survey called {survey}"
    session, now = ledger.session, ledger.now
    # What this transaction noted so far may hold the conversation itself, or its last answer.
    ledger.flush()
    ledger.load([conversation_id])
    conversation = ledger.conversations.get(conversation_id)
    if conversation is None:
        return "there is no such conversation"
    if rule is None and conversation.status != "resolved":
        return "the conversation is not settled any more"
    if rule is None and not _a_person_answered(session, conversation_id):
        return "nobody of the team answered"
    refusal = _not_again(session, conversation.customer_id, kind, now)
    if refusal is not None:
        return refusal
    way = ways(session, conversation_id, asking.accounts).default
    if way is None:
        return "there is no way back to the customer"
    _queue(ledger, asking, kind, conversation, way, rule)
    return None


def _a_person_answered(session: Session, conversation_id: UUID) -> bool:
    message = table_of(Message)
    return bool(
        session.execute(
            select(
                exists().where(
                    message.c.conversation_id == conversation_id,
                    message.c.agent_id.is_not(None),
                    message.c.direction == "out",
                )
            )
        ).scalar()
    )


def _not_again(session: Session, customer_id: UUID, kind: SurveyKind, now: datetime) -> str | None:
    """Why this customer is not asked now."""
    survey, consent = table_of(SurveyTable), table_of(Consent)
    granted = session.execute(
        select(consent.c.granted)
        .where(consent.c.customer_id == customer_id, consent.c.purpose == PURPOSE)
        .order_by(consent.c.at.desc())
        .limit(1)
    ).scalar()
    if granted is False:
        return "the customer asked not to be asked"
    lately = session.execute(
        select(
            exists().where(
                survey.c.customer_id == customer_id,
                survey.c.asked_at > now - kind.at_most_every,
            )
        )
    ).scalar()
    return "the customer was asked not long ago" if lately else None


def _said_by(session: Session, conversation_id: UUID) -> datetime | None:
    """When the last answer that still waits goes out: nobody is asked how it was before."""
    table = table_of(Outgoing)
    return session.execute(
        select(func.max(table.c.due_at)).where(
            table.c.conversation_id == conversation_id, table.c.state == "queued"
        )
    ).scalar()


def _queue(
    ledger: Ledger,
    asking: Asking,
    kind: SurveyKind,
    conversation: ConversationState,
    way: Way,
    rule: str | None,
) -> None:
    session, now = ledger.session, ledger.now
    customer, agent = table_of(Customer), table_of(Agent)
    name, locale = session.execute(
        select(customer.c.name, customer.c.locale).where(customer.c.id == conversation.customer_id)
    ).one()
    assignee = session.execute(
        select(agent.c.name).where(agent.c.id == conversation.assignee_id)
    ).scalar()
    locale = kind.language(conversation.locale or locale or asking.locale)
    words = asking.render(
        kind.template,
        locale,
        {
            "customer": {"name": name, "locale": locale},
            "conversation": {"number": conversation.number, "subject": conversation.subject},
            "agent": {"name": assignee},
            "organisation": {"name": asking.organisation},
            "now": now,
        },
        channel=way.kind,
    )
    survey_id, message_id = new_id(), new_id()
    question = Survey(
        question=plain_text(words),
        form=kind.form,
        scale=kind.scale,
        token=survey_token(asking.keys, survey_id, now=now),
        comment=kind.comment,
    )
    took_part = _took_part(session, conversation.id)
    ledger.write(
        conversation,
        id=message_id,
        direction="out",
        content=(question,),
        channel=way.kind,
        account=way.account,
        identity_id=way.identity_id,
        rule=rule or kind.template,
        template=kind.template,
        subject=conversation.subject,
        automated=True,
    )
    ledger.queue(
        conversation,
        message_id,
        account=way.account,
        due_at=max(now, _said_by(session, conversation.id) or now) + kind.delay,
        give_up_after=asking.give_up_after,
        cancel_on_reply=True,
    )
    ledger.add(
        SurveyTable,
        id=survey_id,
        conversation_id=conversation.id,
        customer_id=conversation.customer_id,
        message_id=message_id,
        kind=kind.name,
        form=kind.form,
        scale=kind.scale,
        locale=locale,
        comment=kind.comment,
        agent_id=conversation.assignee_id or _last_to_answer(session, conversation.id),
        team_id=conversation.team_id,
        channel=way.kind,
        rule=rule,
        asked_at=now + kind.delay,
        expires_at=now + kind.delay + kind.expires_after,
        change_seconds=int(kind.change_within.total_seconds()),
    )
    for what, credited in sorted(took_part):
        ledger.add(SurveyCredit, survey_id=survey_id, what=what, name=credited)
    ledger.happened(
        "survey.asked",
        f"rule:{rule}" if rule else "hub",
        conversation,
        message_id=message_id,
        depth=ledger.depth + 1,
        survey=str(survey_id),
        asked=kind.name,
    )
    ledger.flush()


def _last_to_answer(session: Session, conversation_id: UUID) -> UUID | None:
    """Who of us wrote last: where nobody is assigned, the rating is about them."""
    message = table_of(Message)
    found: UUID | None = session.execute(
        select(message.c.agent_id)
        .where(
            message.c.conversation_id == conversation_id,
            message.c.direction == "out",
            message.c.agent_id.is_not(None),
        )
        .order_by(message.c.position.desc())
        .limit(1)
    ).scalar()
    return found


def _took_part(session: Session, conversation_id: UUID) -> set[tuple[str, str]]:
    """The templates and rules that answered since this conversation's last survey."""
    message, survey = table_of(Message), table_of(SurveyTable)
    earlier = [
        message_id
        for (message_id,) in session.execute(
            select(survey.c.message_id).where(survey.c.conversation_id == conversation_id)
        )
    ]
    since = session.execute(
        select(message.c.position)
        .where(message.c.id.in_(earlier))
        .order_by(message.c.position.desc())
        .limit(1)
    ).scalar()
    rows = session.execute(
        select(message.c.rule, message.c.template)
        .distinct()
        .where(
            message.c.conversation_id == conversation_id,
            message.c.direction == "out",
            message.c.position > (since or 0),
            message.c.rule.is_not(None) | message.c.template.is_not(None),
        )
    ).all()
    return {("rule", rule) for rule, _ in rows if rule} | {
        ("template", template) for _, template in rows if template
    }
