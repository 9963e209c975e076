"""Why something happened by itself: the stored result of the rules, as it was decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from sqlalchemy import select
from starlette.responses import Response

from hub.agents.rights import Viewer
from hub.conversations.access import NotVisible, visible
from hub.rules.engine.decision import Decision
from hub.store.database import Session
from hub.store.statements import table_of
from hub.store.tables import Conversation, RuleResult
from hub.web import inbox
from hub.web.asked import Asked


@dataclass(frozen=True)
class Acted:
    """One action of a rule, and what became of it."""

    path: str
    outcome: str
    detail: str


@dataclass(frozen=True)
class Judged:
    """One rule. at: the condition that did not hold, or that raised `error`."""

    name: str
    state: Literal["fired", "not fired", "error"]
    at: str | None
    error: str | None
    acts: tuple[Acted, ...]
    stopped: bool


@dataclass(frozen=True)
class Why:
    """GET /conversations/<id>/why/<result>"""

    template: ClassVar[str] = "conversation/why.html"

    conversation: UUID
    number: int
    event: str
    at: datetime
    revision: str
    rules: tuple[Judged, ...]


def find(session: Session, viewer: Viewer, conversation_id: UUID, result_id: UUID) -> Why:
    """The stored result. Raises NotVisible."""
    result, table = table_of(RuleResult), table_of(Conversation)
    row = session.execute(
        select(table.c.number, result.c.event, result.c.at, result.c.result)
        .join(table, table.c.id == result.c.conversation_id)
        .where(result.c.id == result_id, table.c.id == conversation_id, visible(viewer))
    ).first()
    if row is None:
        raise NotVisible(f"no result {result_id} for this viewer")
    decision = Decision.from_json(row.result)
    return Why(
        conversation=conversation_id,
        number=row.number,
        event=row.event,
        at=row.at,
        revision=decision.revision[:12],
        rules=tuple(
            Judged(
                name=rule.id,
                state="error" if rule.error else "fired" if rule.fired else "not fired",
                at=rule.failed_at,
                error=rule.error,
                acts=tuple(Acted(one.path, one.outcome, one.detail) for one in rule.actions),
                stopped=decision.stopped_by == rule.id,
            )
            for rule in decision.rules
        ),
    )


async def show(asked: Asked) -> Response:
    """The page."""

    def read(session: Session) -> tuple[inbox.Beside, Why]:
        found = find(session, asked.viewer, asked.path_id(), asked.path_id("result"))
        return inbox.beside(session, asked.viewer), found

    around, found = await asked.read(read)
    return await asked.show(found, page=inbox.page_with_rail(asked, around))
