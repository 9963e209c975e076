"""Signed-in browsers. A row holds the hash of what the cookie holds, so a stolen database opens
nothing.

A sign-in ends when it was not used for IDLE, in any case after ABSOLUTE, when the agent signs
out or is no longer active, and when the row is gone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, bindparam, delete, insert, select, update
from sqlmodel import Session

from hub.agents.audit import note
from hub.agents.rights import Viewer
from hub.security.tokens import hash_token
from hub.store.compiled import Compiled
from hub.store.database import wake
from hub.store.statements import table_of
from hub.store.tables import Agent
from hub.store.tables import SignIn as SignInTable

IDLE: Final = timedelta(days=7)
ABSOLUTE: Final = timedelta(days=30)
TOPIC: Final = "sign-ins"
"""What is woken when one ends, for pages that are open in other processes."""
LOOK_AGAIN: Final = timedelta(minutes=5)
"""How old `seen_at` may grow before it is written again."""


@dataclass(frozen=True)
class SignedIn:
    """Who is behind a cookie. stale: the use of the sign-in should be noted again. ends_at: when it
    ends if it is not used any more."""

    viewer: Viewer
    token_hash: str
    stale: bool
    ends_at: datetime


@dataclass(frozen=True)
class SignedInBrowser:
    """One browser that an agent is signed in with."""

    token_hash: str
    browser: str | None
    address: str | None
    created_at: datetime
    seen_at: datetime

    @property
    def mark(self) -> str:
        """What a form names it by."""
        return self.token_hash[:20]


def begin(
    session: Session,
    agent_id: UUID,
    token: str,
    *,
    now: datetime,
    address: str | None,
    browser: str | None,
) -> None:
    """Store a new sign-in and its audit entry; forget those that have ended."""
    table = table_of(SignInTable)
    session.execute(
        delete(table).where((table.c.expires_at <= now) | (table.c.seen_at <= now - IDLE))
    )
    session.execute(
        insert(table).values(
            token_hash=hash_token(token),
            agent_id=agent_id,
            created_at=now,
            seen_at=now,
            expires_at=now + ABSOLUTE,
            address=address,
            browser=(browser or "")[:200] or None,
        )
    )
    note(session, "signed in", agent_id=agent_id, now=now, address=address)


def find(session: Session, token_hash: str, now: datetime) -> SignedIn | None:
    """Who is signed in with the token of this hash, if anybody still is."""
    row = _found.first(session, {"token": token_hash, "now": now, "used": now - IDLE})
    if row is None:
        return None
    return SignedIn(
        Viewer(*row[2:]),
        token_hash,
        stale=row.seen_at <= now - LOOK_AGAIN,
        ends_at=min(row.expires_at, row.seen_at + IDLE),
    )


@Compiled
def _found(_: str) -> Select[Any]:
    table, agent = table_of(SignInTable), table_of(Agent)
    return (
        select(
            table.c.seen_at,
            table.c.expires_at,
            agent.c.id,
            agent.c.name,
            agent.c.mail,
            agent.c.role,
            agent.c.locale,
            agent.c.calendar,
            agent.c.time_zone,
            agent.c.theme,
            agent.c.direction,
            agent.c.digits,
            agent.c.density,
            agent.c.shortcuts,
            agent.c.after_sending,
            agent.c.signatures,
        )
        .join(agent, agent.c.id == table.c.agent_id)
        .where(
            table.c.token_hash == bindparam("token"),
            table.c.expires_at > bindparam("now"),
            table.c.seen_at > bindparam("used"),
            agent.c.active,
        )
    )


def touch(session: Session, token_hash: str, now: datetime) -> None:
    """Note that a sign-in was used."""
    table = table_of(SignInTable)
    session.execute(update(table).where(table.c.token_hash == token_hash).values(seen_at=now))


def end(
    session: Session, token_hash: str, agent_id: UUID, *, now: datetime, address: str | None
) -> None:
    """Sign a browser out."""
    table = table_of(SignInTable)
    session.execute(delete(table).where(table.c.token_hash == token_hash))
    wake(session, TOPIC)
    note(session, "signed out", agent_id=agent_id, now=now, address=address)


def end_all(
    session: Session,
    agent_id: UUID,
    *,
    but: str | None = None,
    now: datetime,
    address: str | None = None,
) -> list[str]:
    """Sign an agent out everywhere, but for the browser of this token hash; those that ended."""
    table = table_of(SignInTable)
    query = delete(table).where(table.c.agent_id == agent_id)
    if but is not None:
        query = query.where(table.c.token_hash != but)
    ended = list(session.execute(query.returning(table.c.token_hash)).scalars())
    if ended:
        wake(session, TOPIC)
        note(
            session,
            "signed out elsewhere",
            agent_id=agent_id,
            now=now,
            address=address,
            after={"browsers": len(ended)},
        )
    return ended


def end_one(
    session: Session, agent_id: UUID, mark: str, *, now: datetime, address: str | None
) -> str | None:
    """Sign one of an agent's browsers out, by its mark; its token hash, None where it is gone."""
    for one in everywhere(session, agent_id, now):
        if one.mark == mark:
            end(session, one.token_hash, agent_id, now=now, address=address)
            return one.token_hash
    return None


def everywhere(session: Session, agent_id: UUID, now: datetime) -> list[SignedInBrowser]:
    """Where an agent is signed in, the browser used last first."""
    table = table_of(SignInTable)
    rows = session.execute(
        select(
            table.c.token_hash,
            table.c.browser,
            table.c.address,
            table.c.created_at,
            table.c.seen_at,
        )
        .where(
            table.c.agent_id == agent_id,
            table.c.expires_at > now,
            table.c.seen_at > now - IDLE,
        )
        .order_by(table.c.seen_at.desc())
    )
    return [SignedInBrowser(*row) for row in rows]
