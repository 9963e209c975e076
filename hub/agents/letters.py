"""Words of the hub to an agent by an account of ours: rows that `hub.alerts` sends."""

from __future__ import annotations

import gettext
from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlmodel import Session

from hub.store.database import wake
from hub.store.statements import insert_new
from hub.store.tables import Alert
from hub.store.types import new_id

TOPIC: Final = "alerts"
"""What is stirred when something is queued."""
_LOCALE: Final = Path(__file__).resolve().parent.parent / "locale"


@cache
def words_in(locale: str) -> Callable[[str], str]:
    """What says a sentence of ours in a language."""
    return gettext.translation("payam", _LOCALE, languages=[locale], fallback=True).gettext


def queue_mail(
    session: Session,
    agent_id: UUID,
    *,
    account: str,
    address: str,
    subject: str,
    body: str,
    now: datetime,
) -> UUID:
    """Queue a mail to an agent's own address by a mail account of ours; its id."""
    made = new_id()
    row = {
        "id": made,
        "agent_id": agent_id,
        "conversation_id": None,
        "account": account,
        "kind": "mail",
        "address": address,
        "chat": None,
        "subject": subject,
        "body": body,
        "state": "queued",
        "attempt": 0,
        "due_at": now,
        "lease_until": None,
        "external_id": None,
        "error": None,
        "created_at": now,
    }
    insert_new(session, Alert, [row], ["id"])
    wake(session, TOPIC)
    return made
