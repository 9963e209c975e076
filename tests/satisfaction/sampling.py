"""Ratings as they come to be over months, without waiting for months."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlmodel import Session

from hub.store.statements import table_of
from hub.store.tables import Conversation, Rating, Survey, SurveyCredit
from hub.store.types import new_id


def sample(
    session: Session,
    at: datetime,
    score: int | None,
    *,
    conversation: UUID | None = None,
    comment: str | None = None,
    form: str = "stars",
    scale: int = 5,
    templates: tuple[str, ...] = (),
    rules: tuple[str, ...] = (),
    **columns: Any,
) -> UUID:
    """A survey that went out at a moment and, with a score, its answer an hour later.

    columns: agent_id, team_id, channel. Gives the survey's id.
    """
    table = table_of(Conversation)
    query = select(table.c.id, table.c.customer_id).order_by(table.c.number).limit(1)
    if conversation is not None:
        query = query.where(table.c.id == conversation)
    row = session.execute(query).one()
    whose = {"conversation_id": row.id, "customer_id": row.customer_id, **columns}
    asked = {"form": form, "scale": scale}
    survey_id = new_id()
    session.execute(
        insert(table_of(Survey)).values(
            id=survey_id,
            kind="main",
            locale="en",
            asked_at=at,
            expires_at=at + timedelta(days=14),
            comment=True,
            change_seconds=3600,
            **whose,
            **asked,
        )
    )
    for what, names in (("template", templates), ("rule", rules)):
        for name in names:
            session.execute(
                insert(table_of(SurveyCredit)).values(survey_id=survey_id, what=what, name=name)
            )
    if score is not None:
        session.execute(
            insert(table_of(Rating)).values(
                id=new_id(),
                survey_id=survey_id,
                source="survey",
                score=score,
                comment=comment,
                at=at + timedelta(hours=1),
                **whose,
                **asked,
            )
        )
    return survey_id


def signal(session: Session, at: datetime, score: int, source: str = "words") -> None:
    """A signal of the first conversation."""
    table = table_of(Conversation)
    row = session.execute(select(table.c.id, table.c.customer_id).limit(1)).one()
    session.execute(
        insert(table_of(Rating)).values(
            id=new_id(),
            source=source,
            form="signal",
            scale=5,
            score=score,
            at=at,
            conversation_id=row.id,
            customer_id=row.customer_id,
        )
    )
