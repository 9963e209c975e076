"""Answers to surveys. The link in a survey is signed, and good until the survey expires.

Looking at the link's page changes nothing: mail scanners and previews fetch every link they see.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select, update
from sqlmodel import Session

from hub.conversations.ledger import Ledger
from hub.security.keys import Keys
from hub.security.tokens import LinkToken, link_token, read_link_token
from hub.store.statements import insert_new, table_of
from hub.store.tables import Message, Rating, Survey
from hub.store.types import new_id

LONGEST_COMMENT: Final = 2000
_PURPOSE: Final = "survey"
_LONGEST: Final = timedelta(days=400)


class Closed(Exception):
    """The survey has expired, or was never asked."""


@dataclass(frozen=True)
class Asked:
    """What was asked, and what was answered so far."""

    survey_id: UUID
    form: str
    scale: int
    score: int | None
    comment: str | None


def survey_token(keys: Keys, survey_id: UUID, *, now: datetime) -> str:
    """The signed part of a survey's link."""
    return link_token(keys, _PURPOSE, str(survey_id), now=now)


def survey_of(keys: Keys, token: str, *, now: datetime) -> UUID | None:
    """The survey that a link belongs to, if the link is ours."""
    found = read_link_token(keys, _PURPOSE, token, max_age=_LONGEST, now=now)
    if not isinstance(found, LinkToken):
        return None
    try:
        return UUID(found.payload)
    except (ValueError, TypeError, AttributeError):
        return None


def asked(session: Session, survey_id: UUID, now: datetime) -> Asked:
    """The survey with its answer. Raises Closed."""
    survey, rating = table_of(Survey), table_of(Rating)
    row = session.execute(
        select(survey.c.form, survey.c.scale, rating.c.score, rating.c.comment)
        .outerjoin(rating, rating.c.survey_id == survey.c.id)
        .where(survey.c.id == survey_id, survey.c.expires_at > now)
    ).first()
    if row is None:
        raise Closed(f"survey {survey_id} is not open")
    return Asked(survey_id, *row)


def rate(
    session: Session, survey_id: UUID, score: int, comment: str | None, now: datetime
) -> Asked:
    """Store an answer, or another one in its place: people change their minds and add words.

    Raises:
        Closed: the survey is not open.
        ValueError: the score is not on the survey's scale.
    """
    ledger = Ledger(session, now)
    record(ledger, survey_id, score, comment)
    ledger.flush()
    return asked(session, survey_id, now)


def survey_under(session: Session, message_id: UUID) -> UUID | None:
    """The survey that a message of ours asks."""
    table = table_of(Survey)
    return session.execute(
        select(table.c.id).where(table.c.message_id == message_id)
    ).scalar_one_or_none()


def record(ledger: Ledger, survey_id: UUID, score: int, comment: str | None) -> None:
    """As `rate`, among the other things that the ledger's transaction writes."""
    session, now = ledger.session, ledger.now
    was = asked(session, survey_id, now)
    least = 0 if was.form == "nps" else 1
    if not least <= score <= was.scale:
        raise ValueError(f"the score is {score}, the scale is {least} to {was.scale}")
    comment = (comment or "").strip()[:LONGEST_COMMENT] or None
    survey, message = table_of(Survey), table_of(Message)
    conversation_id, message_id, channel = session.execute(
        select(survey.c.conversation_id, survey.c.message_id, message.c.channel)
        .outerjoin(message, message.c.id == survey.c.message_id)
        .where(survey.c.id == survey_id)
    ).one()
    ledger.load([conversation_id])
    conversation = ledger.conversations[conversation_id]
    made = insert_new(
        session,
        Rating,
        [
            {
                "id": new_id(),
                "survey_id": survey_id,
                "conversation_id": conversation_id,
                "customer_id": conversation.customer_id,
                "message_id": message_id,
                "agent_id": conversation.assignee_id,
                "team_id": conversation.team_id,
                "channel": channel,
                "source": "survey",
                "score": score,
                "scale": was.scale,
                "comment": comment,
                "at": now,
                "context": {},
            }
        ],
        ["id"],
    )
    if not made:
        rating = table_of(Rating)
        session.execute(
            update(rating)
            .where(rating.c.survey_id == survey_id)
            .values(score=score, comment=comment or was.comment)
        )
    ledger.happened(
        "rating.given",
        "customer",
        conversation,
        message_id=message_id,
        score=score,
        scale=was.scale,
    )
