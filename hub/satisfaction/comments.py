"""The answers one by one: those with words for the page, all of them for a file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session

from hub.agents.rights import Viewer
from hub.conversations.access import visible
from hub.satisfaction.results import Filter, conditions
from hub.store.statements import table_of
from hub.store.tables import Agent, Conversation, Customer, Rating, SurveyCredit, Team

PAGE: Final = 20


@dataclass(frozen=True)
class Answer:
    """One answer or signal. templates, rules: those that had a part in it."""

    id: UUID
    at: datetime
    score: int
    comment: str | None
    source: str
    customer: str | None
    conversation_id: UUID
    number: int
    channel: str | None
    agent: str | None
    team: dict[str, str] | None
    rules: tuple[str, ...] = ()
    templates: tuple[str, ...] = ()

    @property
    def cursor(self) -> str:
        """The place of this answer in the list, to go on behind it."""
        return f"{self.at.isoformat()}~{self.id}"


def read_cursor(text: str | None) -> tuple[datetime, UUID] | None:
    """What `Answer.cursor` wrote; None for anything else."""
    at, _, key = (text or "").partition("~")
    try:
        moment, found = datetime.fromisoformat(at), UUID(key)
    except ValueError:
        return None
    return (moment, found) if moment.tzinfo is not None else None


def answers(
    session: Session,
    viewer: Viewer,
    wanted: Filter,
    *,
    after: tuple[datetime, UUID] | None = None,
    commented: bool = True,
    limit: int = PAGE,
) -> list[Answer]:
    """A page of answers, the latest first. commented: only those with words."""
    rating, conversation, customer, agent = (
        table_of(one) for one in (Rating, Conversation, Customer, Agent)
    )
    # By another name: what a viewer may see asks the same table.
    team = table_of(Team).alias("rated_team")
    query = (
        select(
            rating.c.id,
            rating.c.at,
            rating.c.score,
            rating.c.comment,
            rating.c.source,
            customer.c.name,
            rating.c.conversation_id,
            conversation.c.number,
            rating.c.channel,
            agent.c.name,
            team.c.name,
            rating.c.rule,
            rating.c.template,
            rating.c.survey_id,
        )
        .select_from(rating)
        .join(conversation, conversation.c.id == rating.c.conversation_id)
        .join(customer, customer.c.id == rating.c.customer_id)
        .outerjoin(agent, agent.c.id == rating.c.agent_id)
        .outerjoin(team, team.c.id == rating.c.team_id)
        .where(*conditions(rating, wanted, rating.c.at, rating.c.survey_id), visible(viewer))
        .order_by(rating.c.at.desc(), rating.c.id.desc())
        .limit(limit)
    )
    if commented:
        query = query.where(rating.c.comment.is_not(None))
    if wanted.score is not None:
        query = query.where(rating.c.score == wanted.score)
    if after is not None:
        at, key = after
        query = query.where(rating.c.at <= at, (rating.c.at < at) | (rating.c.id < key))
    rows = session.execute(query).all()
    took_part = _credits(session, [row[-1] for row in rows if row[-1] is not None])
    return [
        Answer(
            id=row[0],
            at=row[1],
            score=row[2],
            comment=row[3],
            source=row[4],
            customer=row[5],
            conversation_id=row[6],
            number=row[7],
            channel=row[8],
            agent=row[9],
            team=row[10],
            rules=took_part.get((row[13], "rule"), (row[11],) if row[11] else ()),
            templates=took_part.get((row[13], "template"), (row[12],) if row[12] else ()),
        )
        for row in rows
    ]


def _credits(session: Session, surveys: list[UUID]) -> dict[tuple[UUID, str], tuple[str, ...]]:
    if not surveys:
        return {}
    table = table_of(SurveyCredit)
    found: dict[tuple[UUID, str], tuple[str, ...]] = {}
    for survey_id, what, name in session.execute(
        select(table.c.survey_id, table.c.what, table.c.name)
        .where(table.c.survey_id.in_(surveys))
        .order_by(table.c.what, table.c.name)
    ):
        found[survey_id, what] = (*found.get((survey_id, what), ()), name)
    return found
