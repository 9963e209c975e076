"""The audit log: who did what to the installation, and from where. Rows are only ever added."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlmodel import Session

from hub.store.statements import table_of
from hub.store.tables import Audit


def note(
    session: Session,
    action: str,
    *,
    agent_id: UUID | None,
    now: datetime,
    subject: str | None = None,
    address: str | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Add an entry to the log, in the transaction of what it tells.

    action: in the past tense ("signed in"). agent_id: who did it, None for the command line.
    subject: what it was done to ("team:<id>"); the agent themselves where it is left out.
    address: the client's. before, after: what changed, without secrets.
    """
    session.execute(
        insert(table_of(Audit)).values(
            at=now,
            agent_id=agent_id,
            action=action,
            subject=subject or f"agent:{agent_id}",
            address=address,
            before=dict(before) if before is not None else None,
            after=dict(after) if after is not None else None,
        )
    )
