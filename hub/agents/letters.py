"""Words of the hub to an agent by an account of ours: rows that `hub.alerts` sends."""

from __future__ import annotations

import gettext
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session

from hub.message import Content, dump_content, plain_text
from hub.store.database import wake
from hub.store.statements import insert_new, table_of
from hub.store.tables import AgentLink, Alert
from hub.store.types import new_id

MAIL: Final = "mail"
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
    to = {"account": account, "kind": MAIL, "address": address, "chat": None}
    return _queue(session, agent_id, {**to, "subject": subject, "body": body, "content": None}, now)


def linked(session: Session, agent_id: UUID) -> str | None:
    """The account that an agent linked an address of their own with."""
    table = table_of(AgentLink)
    found: str | None = session.execute(
        select(table.c.account).where(table.c.agent_id == agent_id)
    ).scalar()
    return found


def queue_content(
    session: Session,
    agent_id: UUID,
    content: Content,
    *,
    account: str,
    mail: str | None,
    subject: str | None,
    now: datetime,
) -> str | None:
    """Queue what a customer would be sent to an agent's own address by an account; that address.

    mail: the agent's mail address where the account is one of mail, else None. None where the
    agent has no address there.
    """
    to: dict[str, Any] = {"account": account, "kind": MAIL, "address": mail, "chat": None}
    if mail is None:
        table = table_of(AgentLink)
        row = session.execute(
            select(table.c.kind, table.c.address, table.c.chat).where(
                table.c.agent_id == agent_id, table.c.account == account
            )
        ).first()
        if row is None:
            return None
        to |= {"kind": row.kind, "address": row.address, "chat": row.chat}
    words = {"subject": subject, "body": plain_text(content), "content": dump_content(content)}
    _queue(session, agent_id, {**to, **words}, now)
    return str(to["address"])


def _queue(session: Session, agent_id: UUID, what: Mapping[str, Any], now: datetime) -> UUID:
    made = new_id()
    row = {
        "id": made,
        "agent_id": agent_id,
        "conversation_id": None,
        **what,
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
