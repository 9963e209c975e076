"""Telling people that an endpoint is told nothing any more: a line in the audit log, and a mail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session

from hub.agents import audit, letters
from hub.agents.rights import RIGHTS, Right
from hub.store.statements import table_of
from hub.store.tables import Agent, WebhookEndpoint
from hub.subscriptions.endpoints import Reason

READERS: Final = tuple(role for role, held in RIGHTS.items() if Right.MANAGE_WEBHOOKS in held)
MOST: Final = 20


@dataclass(frozen=True)
class Notices:
    """How they are told. account: gives a mail account of ours, None where there is none. url:
    where the hub is reached."""

    account: Callable[[], str | None]
    url: str

    def ended(self, session: Session, endpoint_id: UUID, reason: Reason, now: datetime) -> None:
        """Tell everybody who can mend it."""
        endpoint = table_of(WebhookEndpoint)
        name = session.execute(
            select(endpoint.c.name).where(endpoint.c.id == endpoint_id)
        ).scalar_one()
        audit.note(
            session,
            "switched a webhook off",
            agent_id=None,
            now=now,
            subject=f"webhook:{endpoint_id}",
            after={"reason": reason},
        )
        account = self.account()
        if account is None:
            return
        agent = table_of(Agent)
        rows = session.execute(
            select(agent.c.id, agent.c.mail, agent.c.locale)
            .where(agent.c.active, agent.c.role.in_(READERS))
            .order_by(agent.c.created_at)
            .limit(MOST)
        )
        for row in rows:
            say = letters.words_in(row.locale)
            why = {
                "failing": say("Nothing has arrived there for a long time."),
                "gone": say("It answered that it wants nothing more (410 Gone)."),
                "agent": say("Who answers for it may not manage webhooks any more."),
            }[reason]
            lines = (
                say("The webhook “%s” is told nothing any more.") % name,
                why,
                say("Nothing is lost: what happens meanwhile can be sent when it is on again."),
                f"{self.url}/webhooks/{endpoint_id}",
            )
            letters.queue_mail(
                session,
                row.id,
                account=account,
                address=row.mail,
                subject=say("A webhook was switched off: %s") % name,
                body="\n\n".join(lines),
                now=now,
            )
