"""Answers to surveys. The link in a survey is signed, and good until the survey expires.

Looking at the link's page changes nothing: mail scanners and previews fetch every link they see.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, select, update
from sqlmodel import Session

from hub.conversations.ledger import Ledger
from hub.message import Survey as Question
from hub.message import load_content
from hub.satisfaction.surveys import least
from hub.security.keys import Keys
from hub.security.tokens import LinkToken, link_token, read_link_token
from hub.store.statements import insert_new, table_of
from hub.store.tables import Content, Rating, Survey
from hub.store.types import new_id

LONGEST_COMMENT: Final = 2000
SOURCE: Final = "survey"
"""The source of a rating that is an answer; every other one is a signal."""
_PURPOSE: Final = "survey"
_LONGEST: Final = timedelta(days=400)


class Closed(Exception):
    """The survey has expired, was never asked, or its answer stands by now."""


@dataclass(frozen=True)
class Asked:
    """What was asked, and what was answered so far.

    question: as it was put to the customer, in `locale`. commentable: whether words are asked
    for. settled: the answer can not be changed any more.
    """

    survey_id: UUID
    form: str
    scale: int
    locale: str
    question: str
    commentable: bool
    score: int | None
    comment: str | None
    settled: bool

    @property
    def scores(self) -> range:
        """What can be chosen, the least first."""
        return range(least(self.form), self.scale + 1)


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


def survey_under(session: Session, message_id: UUID) -> UUID | None:
    """The survey that a message of ours asks."""
    table = table_of(Survey)
    return session.execute(
        select(table.c.id).where(table.c.message_id == message_id)
    ).scalar_one_or_none()


def asked(session: Session, survey_id: UUID, now: datetime) -> Asked:
    """The survey with its answer. Raises Closed when it is not open and was not answered."""
    row = _read(session, survey_id)
    if row is None or (row.score is None and now >= row.expires_at):
        raise Closed(f"survey {survey_id} is not open")
    return Asked(
        survey_id=survey_id,
        form=row.form,
        scale=row.scale,
        locale=row.locale,
        question=_question(session, row.message_id),
        commentable=row.commentable,
        score=row.score,
        comment=row.comment,
        settled=row.score is not None and now >= _stands_from(row),
    )


def rate(
    session: Session, survey_id: UUID, score: int, comment: str | None, now: datetime
) -> Asked:
    """Store an answer, or another one in its place: people change their minds and add words.

    Raises:
        Closed: the survey is not open, or its answer stands by now.
        ValueError: the score is not on the survey's scale.
    """
    ledger = Ledger(session, now)
    record(ledger, survey_id, score, comment)
    ledger.flush()
    return asked(session, survey_id, now)


def record(ledger: Ledger, survey_id: UUID, score: int, comment: str | None) -> None:
    """As `rate`, among the other things that the ledger's transaction writes.

    A survey has one rating. The same answer again changes nothing, and an answer without words
    leaves the words of the earlier one. Notes "rating.received" with ids and scores:
    rating, survey, source, form, score, scale, was (the score before, when it was changed) and
    commented.
    """
    session, now = ledger.session, ledger.now
    row = _read(session, survey_id)
    if row is None:
        raise Closed(f"survey {survey_id} was withdrawn")
    if not least(row.form) <= score <= row.scale:
        raise ValueError(f"the score is {score}, the scale is {least(row.form)} to {row.scale}")
    ledger.load([row.conversation_id])
    # Looked at again under the conversation's lock: the link and the button may come at once.
    row = _read(session, survey_id)
    if row is None or (now >= row.expires_at if row.score is None else now >= _stands_from(row)):
        raise Closed(f"survey {survey_id} is closed")
    words = (comment or "").strip()[:LONGEST_COMMENT] or None
    if not row.commentable:
        words = None
    if row.score is None:
        rating_id = _add(session, survey_id, row, score, words, now)
    elif (score, words or row.comment) == (row.score, row.comment):
        return
    else:
        rating_id = row.rating_id
        table = table_of(Rating)
        session.execute(
            update(table)
            .where(table.c.id == rating_id)
            .values(score=score, comment=words or row.comment, changed_at=now)
        )
    ledger.happened(
        "rating.received",
        "customer",
        ledger.conversations[row.conversation_id],
        message_id=row.message_id,
        rating=str(rating_id),
        survey=str(survey_id),
        source=SOURCE,
        form=row.form,
        score=score,
        scale=row.scale,
        was=row.score,
        commented=bool(words or row.comment),
    )


def comment_on(ledger: Ledger, message_id: UUID, words: str) -> bool:
    """Add what a customer wrote in reply to an answered survey; whether there was one that could
    still be changed."""
    table, rating = table_of(Survey), table_of(Rating)
    found = ledger.session.execute(
        select(table.c.id, rating.c.score, rating.c.comment)
        .join(rating, rating.c.survey_id == table.c.id)
        .where(table.c.message_id == message_id, table.c.comment)
    ).first()
    if found is None:
        return False
    said = f"{found.comment}\n{words}" if found.comment else words
    try:
        record(ledger, found.id, found.score, said)
    except Closed:
        return False
    return True


def _read(session: Session, survey_id: UUID) -> Row[Any] | None:
    survey, rating = table_of(Survey), table_of(Rating)
    return session.execute(
        select(
            survey.c.conversation_id,
            survey.c.customer_id,
            survey.c.message_id,
            survey.c.form,
            survey.c.scale,
            survey.c.locale,
            survey.c.comment.label("commentable"),
            survey.c.agent_id,
            survey.c.team_id,
            survey.c.channel,
            survey.c.expires_at,
            survey.c.change_seconds,
            rating.c.id.label("rating_id"),
            rating.c.score,
            rating.c.comment,
            rating.c.at,
        )
        .outerjoin(rating, rating.c.survey_id == survey.c.id)
        .where(survey.c.id == survey_id)
    ).first()


def _stands_from(row: Row[Any]) -> datetime:
    """When the answer can not be changed any more."""
    stands: datetime = min(row.expires_at, row.at + timedelta(seconds=row.change_seconds))
    return stands


def _question(session: Session, message_id: UUID | None) -> str:
    """The words that were asked."""
    table = table_of(Content)
    blocks = session.execute(
        select(table.c.blocks)
        .where(table.c.message_id == message_id)
        .order_by(table.c.revision.desc())
        .limit(1)
    ).scalar()
    content = load_content(blocks) if blocks else ()
    return next((one.question for one in content if isinstance(one, Question)), "")


def _add(
    session: Session,
    survey_id: UUID,
    row: Row[Any],
    score: int,
    comment: str | None,
    now: datetime,
) -> UUID:
    rating_id = new_id()
    insert_new(
        session,
        Rating,
        [
            {
                "id": rating_id,
                "survey_id": survey_id,
                "conversation_id": row.conversation_id,
                "customer_id": row.customer_id,
                "message_id": row.message_id,
                "agent_id": row.agent_id,
                "team_id": row.team_id,
                "channel": row.channel,
                "rule": None,
                "template": None,
                "source": SOURCE,
                "form": row.form,
                "score": score,
                "scale": row.scale,
                "comment": comment,
                "at": now,
                "changed_at": None,
            }
        ],
        ["id"],
    )
    return rating_id
