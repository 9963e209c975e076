"""Agents who want to be told of what is new in a conversation, whoever has it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, delete, select
from sqlmodel import Session

from hub.agents.rights import Viewer
from hub.conversations import access
from hub.store.compiled import Compiled
from hub.store.statements import insert_new, table_of
from hub.store.tables import Agent, Follower


@dataclass(frozen=True)
class Following:
    """Who follows a conversation, by name; whether the viewer does."""

    names: tuple[str, ...] = ()
    viewer: bool = False


def follow(session: Session, viewer: Viewer, conversation_id: UUID, now: datetime) -> None:
    """Tell the viewer of what is new here from now on. Raises NotVisible."""
    add(session, access.standing(session, viewer, conversation_id), [viewer.agent_id], now)


def add(session: Session, conversation_id: UUID, agents: Iterable[UUID], now: datetime) -> None:
    """Make these agents followers; those who are stay so."""
    rows = [
        {"conversation_id": conversation_id, "agent_id": agent_id, "since": now}
        for agent_id in agents
    ]
    insert_new(session, Follower, rows, ["agent_id"])


def unfollow(session: Session, viewer: Viewer, conversation_id: UUID) -> None:
    """Tell the viewer no more. Raises NotVisible."""
    access.require(session, viewer, conversation_id)
    table = table_of(Follower)
    session.execute(
        delete(table).where(
            table.c.conversation_id == conversation_id, table.c.agent_id == viewer.agent_id
        )
    )


def is_following(session: Session, viewer: Viewer, conversation_id: UUID) -> bool:
    """Whether the viewer is told of what is new in a conversation."""
    return followers(session, viewer, conversation_id).viewer


def followers(session: Session, viewer: Viewer, conversation_id: UUID) -> Following:
    """Everybody who follows a conversation."""
    rows = _followers.all(session, {"conversation": conversation_id})
    return Following(
        tuple(row.name for row in rows), any(row.id == viewer.agent_id for row in rows)
    )


@Compiled
def _followers(_: str) -> Select[Any]:
    table, agent = table_of(Follower), table_of(Agent)
    return (
        select(agent.c.id, agent.c.name)
        .join(table, table.c.agent_id == agent.c.id)
        .where(table.c.conversation_id == bindparam("conversation"), agent.c.active)
        .order_by(agent.c.name)
    )
