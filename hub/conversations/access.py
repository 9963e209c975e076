"""Which conversations a viewer may see: one restriction in SQL for lists, threads, search, files
and the live stream alike."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, Select, and_, bindparam, or_, select
from sqlmodel import Session

from hub.agents.rights import Missing, Viewer
from hub.conversations.state import ERASED
from hub.store.compiled import Compiled
from hub.store.statements import table_of
from hub.store.tables import Conversation, Team, TeamMember


class NotVisible(Missing):
    """There is no such conversation, or the viewer may not know of it: the two look alike."""


class Merged(NotVisible):
    """It is part of another conversation by now; `into` says of which."""

    def __init__(self, conversation_id: UUID, into: UUID) -> None:
        super().__init__(f"conversation {conversation_id} is part of {into} by now")
        self.into = into


def visible(viewer: Viewer) -> ColumnElement[bool]:
    """A condition on the conversation table.

    Conversations of a restricted team are seen by its members alone, whatever their role; those
    that were erased by nobody.
    """
    return visible_to(viewer.agent_id)


def visible_to(agent_id: UUID | BindParameter[UUID]) -> ColumnElement[bool]:
    """The same for an agent's id, or for the parameter of a statement that is made once."""
    table = table_of(Conversation)
    return and_(
        table.c.status != ERASED,
        or_(table.c.team_id.is_(None), table.c.team_id.not_in(_hidden(agent_id))),
    )


def _hidden(agent_id: UUID | BindParameter[UUID]) -> Select[tuple[UUID]]:
    """The restricted teams to which an agent does not belong."""
    team, member = table_of(Team), table_of(TeamMember)
    mine = select(member.c.team_id).where(member.c.agent_id == agent_id)
    return select(team.c.id).where(team.c.restricted, team.c.id.not_in(mine))


def hidden_teams(session: Session, viewer: Viewer) -> frozenset[UUID]:
    """The teams whose conversations the viewer does not see; two viewers from whom the same teams
    are hidden see the same."""
    return frozenset(row.id for row in _hidden_from.all(session, {"viewer": viewer.agent_id}))


@Compiled
def _hidden_from(_: str) -> Select[Any]:
    return _hidden(bindparam("viewer"))


def sees_all(session: Session, viewer: Viewer) -> bool:
    """Whether no team's conversations are hidden from the viewer at present."""
    return not hidden_teams(session, viewer)


def visible_ids(session: Session, viewer: Viewer, ids: Iterable[UUID]) -> set[UUID]:
    """Those of some conversations that the viewer may see."""
    values = {"ids": list(ids), "viewer": viewer.agent_id}
    return {row.id for row in _those.all(session, values)}


@Compiled
def _those(_: str) -> Select[Any]:
    table = table_of(Conversation)
    ids: Any = bindparam("ids", expanding=True)
    return select(table.c.id).where(table.c.id.in_(ids), visible_to(bindparam("viewer")))


def require(session: Session, viewer: Viewer, conversation_id: UUID) -> None:
    """Raise NotVisible unless the viewer may see this conversation."""
    if not visible_ids(session, viewer, [conversation_id]):
        raise NotVisible(f"no conversation {conversation_id} for this viewer")


def standing(session: Session, viewer: Viewer, conversation_id: UUID) -> UUID:
    """The conversation that has a conversation's messages by now: itself, or what it was merged
    into. Raises NotVisible."""
    require(session, viewer, conversation_id)
    into = merged_into(session, conversation_id)
    return conversation_id if into is None else standing(session, viewer, into)


def merged_into(session: Session, conversation_id: UUID) -> UUID | None:
    """Where a conversation's messages are by now, if it was merged into another one."""
    row = _merged_into.first(session, {"conversation": conversation_id})
    return row.merged_into_id if row is not None else None


@Compiled
def _merged_into(_: str) -> Select[Any]:
    table = table_of(Conversation)
    return select(table.c.merged_into_id).where(table.c.id == bindparam("conversation"))
