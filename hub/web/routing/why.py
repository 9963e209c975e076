"""Why a conversation went to whom: the stored decision, as it was made."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from starlette.responses import Response

from hub.agents import directory
from hub.agents.rights import Viewer
from hub.conversations.access import NotVisible, visible
from hub.routing.choice import Considered
from hub.store.database import Session
from hub.store.statements import table_of
from hub.store.tables import Conversation, RoutingDecision, Team
from hub.web import inbox
from hub.web.asked import Asked
from hub.web.routing.views import Looked, Why


def find(session: Session, viewer: Viewer, conversation_id: UUID, decision_id: UUID) -> Why:
    """The stored decision. Raises NotVisible."""
    table, conversation, team = table_of(RoutingDecision), table_of(Conversation), table_of(Team)
    row = session.execute(
        select(*table.c, conversation.c.number, team.c.name, team.c.slug)
        .join(conversation, conversation.c.id == table.c.conversation_id)
        .outerjoin(team, team.c.id == table.c.team_id)
        .where(table.c.id == decision_id, conversation.c.id == conversation_id, visible(viewer))
    ).first()
    if row is None:
        raise NotVisible(f"no decision {decision_id} for this viewer")
    names = directory.agent_names(session)
    kind, _, name = row.actor.partition(":")
    considered = [Considered.restored(one) for one in row.considered]
    return Why(
        conversation=conversation_id,
        number=row.number,
        at=row.at,
        rule=name if kind == "rule" else None,
        strategy=row.strategy,
        team=directory.localized(row.name, viewer.locale) or row.slug,
        agent=names.get(row.agent_id) if row.agent_id else None,
        reason=row.reason,
        looked=tuple(
            Looked(
                name=names.get(one.agent_id, "?"),
                state=one.state,
                load=one.load,
                capacity=one.capacity,
                obstacle=one.obstacle,
                chosen=one.agent_id == row.agent_id,
            )
            for one in considered
        ),
    )


async def show(asked: Asked) -> Response:
    """The page."""

    def read(session: Session) -> tuple[inbox.Beside, Why]:
        found = find(session, asked.viewer, asked.path_id(), asked.path_id("decision"))
        return inbox.beside(session, asked.viewer), found

    around, found = await asked.read(read)
    return await asked.show(found, page=inbox.page_with_rail(asked, around))
