"""The audit log: who did what to the installation, and from where. Rows are only ever added."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, get_args
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlmodel import Session

from hub.agents.rights import Viewer
from hub.store.statements import table_of
from hub.store.tables import Agent, Audit

Action = Literal[
    "signed in",
    "signed out",
    "signed out elsewhere",
    "changed the password",
    "second step turned on",
    "second step turned off",
    "used a recovery code",
    "renewed recovery codes",
    "exported the audit log",
    "exported a conversation",
    "saved a file that was held back",
    "read by the API",
    "invited an agent",
    "made a link to set a password",
    "mailed a link to set a password",
    "was mailed a way back in",
    "set a password by link",
    "changed an agent",
    "deactivated an agent",
    "reactivated an agent",
    "made an API token",
    "revoked an API token",
    "took the revoking of an API token back",
    "wrote a template",
    "changed a template",
    "removed a text of a template",
    "described a template",
    "archived a template",
    "took a template out of the archive",
    "added a file to a template",
    "removed a file from a template",
    "created a team",
    "changed a team",
    "changed who sees a team's conversations",
    "changed a team's hours",
    "added a team member",
    "changed a team member",
    "removed a team member",
    "created a promise",
    "changed a promise",
    "switched a promise",
    "moved a promise",
    "deleted a promise",
    "brought a promise back",
    "changed the rules",
    "described a tag",
    "renamed a tag",
    "retired a tag",
    "brought a tag back",
    "took a tag off everything",
    "defined an attribute",
    "changed an attribute",
    "retired an attribute",
    "brought an attribute back",
    "moved an attribute",
    "created a topic",
    "changed a topic",
    "retired a topic",
    "brought a topic back",
    "moved a topic",
    "changed a segment",
    "removed a segment",
    "exported ratings",
    "retried a webhook",
    "made a webhook",
    "changed a webhook",
    "switched a webhook on",
    "switched a webhook off",
    "renewed the secret of a webhook",
    "ended the old secret of a webhook",
    "removed a webhook",
    "restored a webhook",
    "tested a webhook",
    "sent again to a webhook",
    "verified an identity",
    "blocked a sender",
    "unblocked a sender",
    "blocked a customer",
    "unblocked a customer",
    "merged customers",
    "took a merge of customers back",
    "exported the list of customers",
    "exported a customer",
    "erased a customer",
    "changed the organisation",
    "changed how long conversations are kept",
    "asked for a backup",
    "set up the installation",
    "connected an account",
    "changed an account",
    "paused an account",
    "resumed an account",
    "removed an account",
    "restored an account",
    "exported what was set aside",
    "saved a shared view",
    "deleted a shared view",
]
"""What can be done, in the past tense; the pages translate it."""
ACTIONS: Final[tuple[Action, ...]] = get_args(Action)


@dataclass(frozen=True)
class Entry:
    """One act. agent: the name of who did it, None for the command line and for agents who are
    gone. subject: what it was done to ("agent:<id>", "rules"). before, after: what changed."""

    position: int
    at: datetime
    agent_id: UUID | None
    agent: str | None
    action: str
    subject: str
    address: str | None
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


@dataclass(frozen=True)
class Wanted:
    """Which entries: of an agent, of an action, from a time on, before a time."""

    agent_id: UUID | None = None
    action: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class By:
    """Who does something, when and from which address."""

    viewer: Viewer
    now: datetime
    address: str | None = None

    def note(
        self,
        session: Session,
        action: Action,
        subject: str,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> None:
        """Add it to the log; see the function `note`."""
        note(
            session,
            action,
            agent_id=self.viewer.agent_id,
            now=self.now,
            subject=subject,
            address=self.address,
            before=before,
            after=after,
        )


def note(
    session: Session,
    action: Action,
    *,
    agent_id: UUID | None,
    now: datetime,
    subject: str | None = None,
    address: str | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Add an entry to the log, in the transaction of what it tells.

    agent_id: who did it, None for the command line. subject: what it was done to ("team:<id>");
    the agent themselves where it is left out. address: the client's. before, after: what
    changed, without secrets.
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


def entries(
    session: Session, wanted: Wanted, *, before: int | None = None, limit: int
) -> list[Entry]:
    """The newest entries that are wanted, below a position where one is given."""
    table, agent = table_of(Audit), table_of(Agent)
    query = (
        select(
            table.c.position,
            table.c.at,
            table.c.agent_id,
            agent.c.name,
            table.c.action,
            table.c.subject,
            table.c.address,
            table.c.before,
            table.c.after,
        )
        .outerjoin(agent, agent.c.id == table.c.agent_id)
        .order_by(table.c.position.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(table.c.position < before)
    if wanted.agent_id is not None:
        query = query.where(table.c.agent_id == wanted.agent_id)
    if wanted.action is not None:
        query = query.where(table.c.action == wanted.action)
    # Times only grow with positions, so a bound in time is one in the order that is read.
    if wanted.since is not None:
        first = select(func.min(table.c.position)).where(table.c.at >= wanted.since)
        query = query.where(table.c.position >= first.scalar_subquery())
    if wanted.until is not None:
        last = select(func.max(table.c.position)).where(table.c.at < wanted.until)
        query = query.where(table.c.position <= last.scalar_subquery())
    return [Entry(*row) for row in session.execute(query)]
