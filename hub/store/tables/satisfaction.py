"""What customers were asked about us, what they answered, and what they let show unasked."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from hub.store.types import Utc, new_id


class Survey(SQLModel, table=True):
    """A question that was asked. Its token is derived from the id and kept nowhere.

    kind: which of the configured surveys. rule: the rule that asked; None when it was asked
    because the matter was settled. Agent, team and channel are those of the moment of asking, so
    that what happens to the conversation later moves no result. asked_at: when it goes out.
    change_seconds: how long after the first answer that can be changed.
    """

    __table_args__ = (
        UniqueConstraint("message_id"),
        Index("ix_survey_customer_id", "customer_id", "asked_at"),
        Index("ix_survey_form", "form", "scale", "asked_at"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    conversation_id: UUID = Field(foreign_key="conversation.id", ondelete="CASCADE", index=True)
    customer_id: UUID = Field(foreign_key="customer.id", ondelete="CASCADE")
    message_id: UUID | None = Field(default=None, foreign_key="message.id", ondelete="CASCADE")
    kind: str
    form: str
    scale: int
    locale: str
    comment: bool = True
    agent_id: UUID | None = Field(default=None, foreign_key="agent.id")
    team_id: UUID | None = Field(default=None, foreign_key="team.id")
    channel: str | None = None
    rule: str | None = None
    asked_at: datetime = Field(sa_type=Utc)
    expires_at: datetime = Field(sa_type=Utc)
    change_seconds: int = 0


class SurveyCredit(SQLModel, table=True):
    """A template or a rule that had a part in the conversation that a survey asks about.

    what: "template" or "rule".
    """

    __tablename__ = "survey_credit"

    survey_id: UUID = Field(foreign_key="survey.id", ondelete="CASCADE", primary_key=True)
    what: str = Field(primary_key=True)
    name: str = Field(primary_key=True)


class Rating(SQLModel, table=True):
    """How satisfied somebody was.

    source: "survey" for an answer; "words", "emoji" or "reaction" for a signal, of which there is
    one for each message and source. form: that of the survey, or "signal". rule, template: of a
    signal, the rule that logged it and the template of the message that it speaks of; those of an
    answer are its survey's credits. at: when it was first given.
    """

    __table_args__ = (
        UniqueConstraint("message_id", "source"),
        Index("ix_rating_form", "form", "scale", "at", "id"),
        Index("ix_rating_source", "source", "at"),
        Index("ix_rating_customer_id", "customer_id", "at"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    survey_id: UUID | None = Field(
        default=None, foreign_key="survey.id", ondelete="CASCADE", unique=True
    )
    conversation_id: UUID = Field(foreign_key="conversation.id", ondelete="CASCADE", index=True)
    customer_id: UUID = Field(foreign_key="customer.id", ondelete="CASCADE")
    message_id: UUID | None = Field(default=None, foreign_key="message.id", ondelete="SET NULL")
    agent_id: UUID | None = Field(default=None, foreign_key="agent.id", index=True)
    team_id: UUID | None = Field(default=None, foreign_key="team.id")
    channel: str | None = None
    rule: str | None = None
    template: str | None = None
    source: str
    form: str
    score: int
    scale: int
    comment: str | None = None
    at: datetime = Field(sa_type=Utc)
    changed_at: datetime | None = Field(default=None, sa_type=Utc)
