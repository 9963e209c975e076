"""Which templates are there for whom: those offered to one agent, and those that rules may send."""

from __future__ import annotations

from sqlalchemy import select
from sqlmodel import Session

from hub.agents.rights import Viewer
from hub.replies.cards import cards
from hub.replies.library import Key
from hub.replies.revisions import live_templates
from hub.store.statements import table_of
from hub.store.tables import TemplateCard


def offered(session: Session, viewer: Viewer) -> dict[Key, str]:
    """The live texts of everybody's templates, of the viewer's teams' and of their own; none that
    is in the archive."""
    known = cards(session, viewer)
    return {key: text for key, text in live_templates(session).items() if known.offers(key.name)}


def sendable(session: Session) -> set[str]:
    """The names of the templates that rules and surveys may send: none that is an agent's own, and
    none that is in the archive."""
    table = table_of(TemplateCard)
    kept_out = set(
        session.execute(
            select(table.c.name).where(
                table.c.agent_id.is_not(None) | table.c.archived_at.is_not(None)
            )
        ).scalars()
    )
    return {key.name for key in live_templates(session)} - kept_out
