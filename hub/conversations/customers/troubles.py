"""What troubled a customer, in conversations that the viewer may see: bad answers to surveys,
complaints between the lines, and what they wrote about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Integer, Select, and_, bindparam, case, func, select
from sqlmodel import Session

from hub.agents.rights import Viewer
from hub.conversations.access import visible_to
from hub.store.compiled import Compiled
from hub.store.statements import table_of
from hub.store.tables import Content, Conversation, CustomerTopic, Message, Rating, Topic
from hub.text import snippet

MOST: Final = 3
MATTERS: Final = 5
_WORDS: Final = 140


@dataclass(frozen=True)
class Bad:
    """A bad rating. words: what was said with it, or what a complaint was read from. stars: the
    score and its scale; None of a complaint, which is no answer to a survey."""

    conversation_id: UUID
    at: datetime
    stars: tuple[int, int] | None
    words: str
    about: str


@dataclass(frozen=True)
class Matter:
    """What a customer wrote about: its names by language, in how many conversations, when last."""

    names: Mapping[str, str]
    times: int
    at: datetime


@dataclass(frozen=True)
class Troubles:
    """All of it, the newest first."""

    bad: tuple[Bad, ...] = ()
    matters: tuple[Matter, ...] = ()


def troubles(session: Session, viewer: Viewer, customer_id: UUID) -> Troubles:
    """What is known of them."""
    values = {"customer": customer_id, "viewer": viewer.agent_id}
    return Troubles(
        bad=tuple(
            Bad(
                conversation_id=row.conversation_id,
                at=row.at,
                stars=(row.score, row.scale) if row.source == "survey" else None,
                words=snippet(row.comment or row.text or "", _WORDS),
                about=row.subject or row.snippet or f"#{row.number}",
            )
            for row in _bad.all(session, {**values, "limit": MOST})
        ),
        matters=tuple(
            Matter(row.name or {"en": row.slug}, row.times, row.last)
            for row in _matters.all(session, {**values, "limit": MATTERS})
        ),
    )


@Compiled
def _bad(_: str) -> Select[Any]:
    """Answers in the lower half of their scale, and complaints, with the words that they were
    read from where these still stand."""
    rating, conversation = table_of(Rating), table_of(Conversation)
    message, content = table_of(Message), table_of(Content)
    least = case((rating.c.form == "nps", 0), else_=1)
    return (
        select(
            rating.c.conversation_id,
            rating.c.at,
            rating.c.source,
            rating.c.score,
            rating.c.scale,
            rating.c.comment,
            content.c.text,
            conversation.c.subject,
            conversation.c.snippet,
            conversation.c.number,
        )
        .join(conversation, conversation.c.id == rating.c.conversation_id)
        .outerjoin(
            message,
            and_(
                message.c.id == rating.c.message_id,
                message.c.direction == "in",
                message.c.deleted_at.is_(None),
            ),
        )
        .outerjoin(
            content,
            and_(content.c.message_id == message.c.id, content.c.revision == message.c.revision),
        )
        .where(
            rating.c.customer_id == bindparam("customer"),
            (rating.c.score - least) * 2 < rating.c.scale - least,
            visible_to(bindparam("viewer")),
        )
        .order_by(rating.c.at.desc())
        .limit(bindparam("limit", type_=Integer))
    )


@Compiled
def _matters(_: str) -> Select[Any]:
    """What came up most often first, then what came up last."""
    about, topic, conversation = table_of(CustomerTopic), table_of(Topic), table_of(Conversation)
    times, last = func.count().label("times"), func.max(about.c.at).label("last")
    return (
        select(topic.c.slug, topic.c.name, times, last)
        .join(about, about.c.topic_id == topic.c.id)
        .join(conversation, conversation.c.id == about.c.conversation_id)
        .where(about.c.customer_id == bindparam("customer"), visible_to(bindparam("viewer")))
        .group_by(topic.c.id, topic.c.slug, topic.c.name)
        .order_by(times.desc(), last.desc())
        .limit(bindparam("limit", type_=Integer))
    )
