"""What an event brings besides its message: the change, the rating, the press, the answer."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session

from hub.automation.occurrences import Occurrence
from hub.deciding import Happened
from hub.rules.engine.facts import PressFacts, RatingFacts, SlaFacts, WebhookFacts
from hub.store.statements import table_of
from hub.store.tables import WebhookCall


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
            press = PressFacts(value=details["value"], label=details.get("label"))
            return Happened(press=press, by=by)
        case "webhook.answered":
            return _answered(session, details, occurrence)
        case "sla.warning" | "sla.breached":
            return Happened(
                sla=SlaFacts(target=details["target"], due_at=_moment(details.get("due"))), by=by
            )
        case _:
            return Happened(change=occurrence.change, by=by)


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
