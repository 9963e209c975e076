"""What an event brings besides its message: the change, the rating, the press, the answer."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session

from hub.automation.occurrences import Occurrence
from hub.deciding import Happened
from hub.message import Buttons, Card, load_content
from hub.rules.engine.facts import PressFacts, RatingFacts, SlaFacts, WebhookFacts
from hub.store.statements import table_of
from hub.store.tables import Content, Message, WebhookCall


def happened(session: Session, occurrence: Occurrence) -> Happened:
    """The parts of the facts that only this event has."""
    details, by = occurrence.details, occurrence.by
    match occurrence.event:
        case "rating.received":
            return Happened(
                rating=RatingFacts(
                    score=details["score"],
                    scale=details["scale"],
                    source=details.get("source", "survey"),
                    form=details.get("form"),
                    comment=bool(details.get("commented")),
                ),
                by=by,
            )
        case "button.pressed":
            value = details["value"]
            press = PressFacts(value, _label(session, occurrence.row.message_id, value))
            return Happened(press=press, by=by)
        case "webhook.answered":
            return _answered(session, details, occurrence)
        case "sla.warning" | "sla.breached":
            return Happened(
                sla=SlaFacts(target=details["target"], due_at=_moment(details.get("due"))), by=by
            )
        case _:
            return Happened(change=occurrence.change, by=by)


def _label(session: Session, message_id: UUID, value: str) -> str | None:
    """What stands on the button of a message of ours that carries this value."""
    message, content = table_of(Message), table_of(Content)
    blocks = session.execute(
        select(content.c.blocks)
        .join(
            message,
            (message.c.id == content.c.message_id) & (message.c.revision == content.c.revision),
        )
        .where(message.c.id == message_id)
    ).scalar()
    return next(
        (
            button.label
            for block in (load_content(blocks) if blocks else ())
            if isinstance(block, Buttons | Card)
            for row in block.rows
            for button in row
            if button.value == value
        ),
        None,
    )


def _answered(session: Session, details: dict[str, Any], occurrence: Occurrence) -> Happened:
    table = table_of(WebhookCall)
    row = session.execute(
        select(table.c.webhook, table.c.state, table.c.status, table.c.answer).where(
            table.c.id == UUID(details["call"])
        )
    ).first()
    if row is None:
        return Happened(webhook=WebhookFacts(details["name"], ok=False), by=occurrence.by)
    return Happened(
        webhook=WebhookFacts(row.webhook, row.status, ok=row.state == "answered"),
        variables=row.answer,
        by=occurrence.by,
    )


def _moment(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written else None
