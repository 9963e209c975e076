"""What customers write about: a short tree that admins keep, one topic for each conversation.

The tree has two storeys: topics, and what they divide into. A topic that was chosen anywhere is
retired rather than deleted, so that what was said of past conversations stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, delete, func, insert, select, update
from sqlmodel import Session

from hub.agents.directory import localized
from hub.agents.rights import Missing
from hub.store.compiled import Compiled
from hub.store.statements import table_of
from hub.store.tables import CustomerTopic, Topic
from hub.store.types import new_id

MOST = 200


class NoSuchTopic(Missing):
    """There is no such topic, or it is not chosen any more."""


class TopicExists(Exception):
    """Another topic has this short name."""


@dataclass(frozen=True)
class OneTopic:
    """A topic. names: by language; used: how many conversations were about it."""

    id: UUID
    slug: str
    names: Mapping[str, str]
    parent_id: UUID | None
    position: int
    retired: bool
    used: int = 0

    def name(self, locale: str) -> str:
        return localized(self.names, locale) or self.slug


@dataclass(frozen=True)
class Choice:
    """A topic as agents choose it; `under` is what it is a part of."""

    id: UUID
    name: str
    under: str | None = None


def tree(session: Session, *, retired: bool = False) -> list[OneTopic]:
    """All topics, each followed by its parts; with those that are retired where they are wanted."""
    found = [OneTopic(*row) for row in (_all if retired else _offered).all(session, {})]
    below: dict[UUID | None, list[OneTopic]] = {}
    for topic in found:
        below.setdefault(topic.parent_id, []).append(topic)
    return [one for top in below.get(None, []) for one in (top, *below.get(top.id, []))]


def _topics(*more: Any) -> Select[Any]:
    table = table_of(Topic)
    columns = (table.c.id, table.c.slug, table.c.name, table.c.parent_id, table.c.position)
    return select(*columns, table.c.retired, *more).order_by(table.c.position, table.c.slug)


@Compiled
def _offered(_: str) -> Select[Any]:
    return _topics().where(~table_of(Topic).c.retired)


@Compiled
def _all(_: str) -> Select[Any]:
    """Each with how often it was chosen."""
    table, about = table_of(Topic), table_of(CustomerTopic)
    used = (
        select(about.c.topic_id, func.count().label("used")).group_by(about.c.topic_id).subquery()
    )
    often = func.coalesce(used.c.used, 0).label("often")
    return _topics(often).outerjoin(used, used.c.topic_id == table.c.id)


def choices(session: Session, locale: str) -> list[Choice]:
    """What a conversation can be about: topics without parts, and the parts of the others."""
    topics = tree(session)
    names = {topic.id: topic.name(locale) for topic in topics}
    divided = {topic.parent_id for topic in topics}
    return [
        Choice(topic.id, names[topic.id], names.get(topic.parent_id) if topic.parent_id else None)
        for topic in topics
        if topic.id not in divided
    ]


def chosen(session: Session, conversation_id: UUID) -> UUID | None:
    """What a conversation is about, the latest choice."""
    row = _chosen.first(session, {"conversation": conversation_id})
    return row.topic_id if row else None


@Compiled
def _chosen(_: str) -> Select[Any]:
    table = table_of(CustomerTopic)
    return (
        select(table.c.topic_id)
        .where(table.c.conversation_id == bindparam("conversation"))
        .order_by(table.c.at.desc(), table.c.topic_id)
        .limit(1)
    )


def choose(
    session: Session,
    conversation_id: UUID,
    customer_id: UUID,
    topic_id: UUID | None,
    now: datetime,
) -> UUID | None:
    """Say what a conversation is about, and that alone; what it was about before.

    The conversation must be locked. Raises NoSuchTopic.
    """
    topic, table = table_of(Topic), table_of(CustomerTopic)
    was = chosen(session, conversation_id)
    if was == topic_id:
        return was
    if topic_id is not None:
        found = select(topic.c.id).where(topic.c.id == topic_id)
        if session.execute(found).first() is None:
            raise NoSuchTopic(f"there is no topic {topic_id}")
    session.execute(delete(table).where(table.c.conversation_id == conversation_id))
    if topic_id is not None:
        session.execute(
            insert(table).values(
                conversation_id=conversation_id,
                topic_id=topic_id,
                customer_id=customer_id,
                at=now,
            )
        )
    return was


def slugs(session: Session) -> list[str]:
    """The short names by which rules know the topics that can be chosen."""
    table = table_of(Topic)
    return list(
        session.execute(
            select(table.c.slug).where(~table.c.retired).order_by(table.c.slug)
        ).scalars()
    )


def named(session: Session, slug: str) -> UUID | None:
    """The topic that rules know by this short name, unless it is retired."""
    table = table_of(Topic)
    found: UUID | None = session.execute(
        select(table.c.id).where(table.c.slug == slug, ~table.c.retired)
    ).scalar()
    return found


# --- what admins do ---


def save(
    session: Session,
    topic_id: UUID | None,
    *,
    slug: str,
    names: Mapping[str, str],
    parent_id: UUID | None,
) -> UUID:
    """Make a topic (None), or change one; its id.

    Raises:
        TopicExists: another one has this short name.
        NoSuchTopic: there is none of this id, or no such topic to be a part of.
        ValueError: it would stand more than two storeys deep, or there are too many.
    """
    table = table_of(Topic)
    topics = {one.id: one for one in tree(session, retired=True)}
    if topic_id is not None and topic_id not in topics:
        raise NoSuchTopic(f"there is no topic {topic_id}")
    if any(one.slug == slug for one in topics.values() if one.id != topic_id):
        raise TopicExists(slug)
    if parent_id is not None:
        parent = topics.get(parent_id)
        if parent is None:
            raise NoSuchTopic(f"there is no topic {parent_id}")
        divided = any(one.parent_id == topic_id for one in topics.values()) and topic_id
        if parent.parent_id is not None or divided or parent_id == topic_id:
            raise ValueError("topics stand two storeys deep at most")
    values = {"slug": slug, "name": dict(names), "parent_id": parent_id}
    if topic_id is not None:
        session.execute(update(table).where(table.c.id == topic_id).values(**values))
        return topic_id
    if len(topics) >= MOST:
        raise ValueError(f"there are at most {MOST} topics")
    made = new_id()
    last = max((one.position for one in topics.values()), default=0)
    session.execute(insert(table).values(id=made, position=last + 1, retired=False, **values))
    return made


def retire(session: Session, topic_id: UUID, *, retired: bool) -> None:
    """Take a topic, with its parts, out of what is chosen, or put it back. Raises NoSuchTopic."""
    table = table_of(Topic)
    changed = session.execute(
        update(table)
        .where((table.c.id == topic_id) | (table.c.parent_id == topic_id))
        .values(retired=retired)
        .returning(table.c.id)
    ).all()
    if not changed:
        raise NoSuchTopic(f"there is no topic {topic_id}")


def move(session: Session, topic_id: UUID, step: int) -> None:
    """Exchange a topic with its neighbour: -1 up, 1 down. Raises NoSuchTopic."""
    topics = tree(session, retired=True)
    moved = next((one for one in topics if one.id == topic_id), None)
    if moved is None:
        raise NoSuchTopic(f"there is no topic {topic_id}")
    beside = [one for one in topics if one.parent_id == moved.parent_id]
    place = beside.index(moved) + step
    if not 0 <= place < len(beside):
        return
    beside.remove(moved)
    beside.insert(place, moved)
    table = table_of(Topic)
    for position, one in enumerate(beside):
        session.execute(update(table).where(table.c.id == one.id).values(position=position))
