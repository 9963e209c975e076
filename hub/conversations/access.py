"""Which conversations a viewer may see: one restriction in SQL for lists, threads, search, files
and the live stream alike."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlmodel import Session

from hub.agents.rights import Viewer
from hub.conversations.state import ERASED
from hub.store.statements import table_of
from hub.store.tables import Conversation, Team, TeamMember


class NotVisible(LookupError):
    """There is no such conversation, or the viewer may not know of it: the two look alike."""


def visible(viewer: Viewer) -> ColumnElement[bool]:
    """A condition on the conversation table.

    Conversations of a restricted team are seen by its members alone, whatever their role; those
    that were erased by nobody.
    """
    table, team, member = table_of(Conversation), table_of(Team), table_of(TeamMember)
    mine = select(member.c.team_id).where(member.c.agent_id == viewer.agent_id)
    hidden = select(team.c.id).where(team.c.restricted, team.c.id.not_in(mine))
    return and_(
        table.c.status != ERASED,
        or_(table.c.team_id.is_(None), table.c.team_id.not_in(hidden)),
    )


def hidden_teams(session: Session, viewer: Viewer) -> frozenset[UUID]:
    """The teams whose conversations the viewer does not see; two viewers from whom the same teams
    are hidden see the same."""
    team, member = table_of(Team), table_of(TeamMember)
    mine = select(member.c.team_id).where(member.c.agent_id == viewer.agent_id)
    hidden = select(team.c.id).where(team.c.restricted, team.c.id.not_in(mine))
    return frozenset(session.execute(hidden).scalars())


def sees_all(session: Session, viewer: Viewer) -> bool:
    """Whether no team's conversations are hidden from the viewer at present."""
    team, member = table_of(Team), table_of(TeamMember)
    mine = select(member.c.team_id).where(member.c.agent_id == viewer.agent_id)
    hidden = select(team.c.id).where(team.c.restricted, team.c.id.not_in(mine)).limit(1)
    return session.execute(hidden).first() is None


def visible_ids(session: Session, viewer: Viewer, ids: Iterable[UUID]) -> set[UUID]:
    """Those of some conversations that the viewer may see."""
    table = table_of(Conversation)
    return set(
        session.execute(
            select(table.c.id).where(table.c.id.in_(list(ids)), visible(viewer))
        ).scalars()
    )


def require(session: Session, viewer: Viewer, conversation_id: UUID) -> None:
    """Raise NotVisible unless the viewer may see this conversation."""
    if not visible_ids(session, viewer, [conversation_id]):
        raise NotVisible(f"no conversation {conversation_id} for this viewer")
