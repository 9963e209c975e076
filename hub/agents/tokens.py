"""Tokens of the API: with them another program asks and acts on behalf of an agent.

A token never may more than its agent does at that moment, and of that only what its scopes name.
A row holds the hash of the secret, so a stolen database opens nothing; the secret itself is shown
once, when it is made.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, insert, or_, select, update
from sqlmodel import Session

from hub.agents.audit import By
from hub.agents.people import require_manageable
from hub.agents.rights import RIGHTS, Missing, NotAllowed, Right, Role, Viewer
from hub.security.tokens import hash_token, opaque_token
from hub.store.statements import table_of
from hub.store.tables import Agent, ApiToken
from hub.store.types import new_id

PREFIX: Final = "payam_"
"""What every secret begins with, so that those who look for leaked secrets know one."""
SHOWN: Final = len(PREFIX) + 4
"""How much of a secret is kept, to tell tokens apart. 39 random characters stay unknown."""
LONGEST: Final = 100
"""Characters that can be a secret at all."""
LOOK_AGAIN: Final = timedelta(minutes=1)
"""How old `used_at` may grow before it is written again."""
UNDO: Final = timedelta(hours=1)
LIVE_AT_MOST: Final = 200
ENDED_SHOWN: Final = 50
DAYS: Final = (7, 30, 90, 365)
NAME_AT_MOST: Final = 80


def scope_of(right: Right) -> str:
    """The scope that gives a right."""
    return right.name.lower().replace("_", "-")


SCOPES: Final[Mapping[str, Right]] = {scope_of(right): right for right in Right}
"""What a token may use, by name: each is a right of its agent."""


@dataclass(frozen=True)
class Bearer:
    """Who is behind a secret. `stale`: the use of the token should be noted again."""

    token_id: UUID
    name: str
    viewer: Viewer
    stale: bool


@dataclass(frozen=True)
class Token:
    """A token without its secret. agent: on whose behalf. created_by: None for the command line
    and for who is gone. ended: it was revoked, its time is over, or its agent was let go."""

    id: UUID
    name: str
    prefix: str
    agent_id: UUID
    agent: str
    scopes: tuple[str, ...]
    created_at: datetime
    created_by: str | None
    expires_at: datetime | None
    used_at: datetime | None
    used_from: str | None
    revoked_at: datetime | None
    ended: bool


@dataclass(frozen=True)
class Actor:
    """An agent on whose behalf the viewer can make tokens, or could while they were here."""

    id: UUID
    name: str
    active: bool


class NoSuchToken(Missing):
    """There is no token of this id."""


class BadToken(ValueError):
    """What was asked for makes no token. `field`: name, scopes, days or agent."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


class TooManyTokens(Exception):
    """LIVE_AT_MOST tokens are in use already."""


def make(
    session: Session,
    by: By,
    *,
    agent_id: UUID,
    name: str,
    scopes: Collection[str],
    days: int | None,
) -> tuple[UUID, str]:
    """A new token, with its secret, which nobody can see again.

    agent_id: on whose behalf it acts, somebody whom the viewer may manage. days: after how many
    it ends, None for never. The scopes may not exceed what the agent may do, nor what the viewer
    may: nobody makes a token that does more than they could.

    Raises BadToken, NotAllowed, TooManyTokens, and NoSuchAgent.
    """
    name = " ".join(name.split())[:NAME_AT_MOST]
    if not name:
        raise BadToken("name", "A token needs a name that says which program uses it.")
    if days is not None and not 1 <= days <= max(DAYS):
        raise BadToken("days", f"A token ends after 1 to {max(DAYS)} days, or never.")
    agent = require_manageable(session, by.viewer, agent_id)
    if not agent.active:
        raise BadToken("agent", f"{agent.name} was let go and can do nothing any more.")
    wanted = _scopes(scopes)
    may = RIGHTS[cast(Role, agent.role)]
    for scope in wanted:
        if SCOPES[scope] not in may:
            raise BadToken("scopes", f"{agent.name} may not do what the scope {scope!r} is for.")
        if not by.viewer.may(SCOPES[scope]):
            raise NotAllowed(f"you may not do what the scope {scope!r} is for")
    live = session.execute(_table(select(func.count())).where(_live(by.now))).scalar_one()
    if live >= LIVE_AT_MOST:
        raise TooManyTokens(f"{live} tokens are in use. Revoke some that are not needed.")
    token_id, secret = new_id(), PREFIX + opaque_token()
    session.execute(
        insert(table_of(ApiToken)).values(
            id=token_id,
            agent_id=agent_id,
            name=name,
            prefix=secret[:SHOWN],
            token_hash=hash_token(secret),
            scopes=list(wanted),
            created_at=by.now,
            created_by=by.viewer.agent_id,
            expires_at=by.now + timedelta(days=days) if days is not None else None,
        )
    )
    by.note(
        session,
        "made an API token",
        f"token:{token_id}",
        after={"name": name, "agent": agent.mail, "scopes": list(wanted), "days": days},
    )
    return token_id, secret


def actors(session: Session, viewer: Viewer) -> list[Actor]:
    """Those whom the viewer may manage, by name."""
    table = table_of(Agent)
    query = select(table.c.id, table.c.name, table.c.active).order_by(table.c.name, table.c.id)
    if viewer.role != "owner":
        query = query.where(table.c.role != "owner")
    return [Actor(*row) for row in session.execute(query)]


def authenticate(session: Session, secret: str, now: datetime) -> Bearer | None:
    """Who asks with this secret; None where it is unknown or ended, or its agent was let go."""
    if not secret.startswith(PREFIX) or len(secret) > LONGEST:
        return None
    table, agent = table_of(ApiToken), table_of(Agent)
    row = session.execute(
        select(
            table.c.id.label("token_id"),
            table.c.name.label("token_name"),
            table.c.scopes,
            table.c.used_at,
            agent.c.id,
            agent.c.name,
            agent.c.mail,
            agent.c.role,
            agent.c.locale,
            agent.c.calendar,
            agent.c.time_zone,
        )
        .join(agent, agent.c.id == table.c.agent_id)
        .where(table.c.token_hash == hash_token(secret), _live(now))
    ).first()
    if row is None:
        return None
    # A scope of an older version that is no more gives nothing.
    held = frozenset(SCOPES[scope] for scope in row.scopes if scope in SCOPES)
    viewer = Viewer(
        row.id, row.name, row.mail, row.role, row.locale, row.calendar, row.time_zone, scopes=held
    )
    stale = row.used_at is None or row.used_at <= now - LOOK_AGAIN
    return Bearer(row.token_id, row.token_name, viewer, stale)


def touch(session: Session, token_id: UUID, now: datetime, address: str | None) -> None:
    """Note that a token was used, and from where."""
    table = table_of(ApiToken)
    session.execute(
        update(table).where(table.c.id == token_id).values(used_at=now, used_from=address)
    )


def tokens(session: Session, now: datetime, *, ended: bool = False) -> list[Token]:
    """Those that can be used, the newest first; or the last ENDED_SHOWN of those that ended."""
    table = table_of(ApiToken)
    query = _query(now).order_by(table.c.created_at.desc(), table.c.id)
    query = query.where(~_live(now)).limit(ENDED_SHOWN) if ended else query.where(_live(now))
    return [_token(row) for row in session.execute(query)]


def one(session: Session, token_id: UUID, now: datetime) -> Token:
    """One token. Raises NoSuchToken."""
    row = session.execute(_query(now).where(table_of(ApiToken).c.id == token_id)).first()
    if row is None:
        raise NoSuchToken(f"there is no token {token_id}")
    return _token(row)


def revoke(session: Session, by: By, token_id: UUID) -> bool:
    """End a token at once; whether it was in use until now. Raises NoSuchToken and NotAllowed."""
    found = _manageable(session, by.viewer, token_id, by.now)
    if found.revoked_at is not None:
        return False
    _set_revoked(session, by, found, revoked=True)
    return not found.ended


def bring_back(session: Session, by: By, token_id: UUID) -> bool:
    """Take a revoking back, for an hour; whether that was possible. Raises as `revoke`."""
    found = _manageable(session, by.viewer, token_id, by.now)
    if found.revoked_at is None or found.revoked_at < by.now - UNDO:
        return False
    _set_revoked(session, by, found, revoked=False)
    return True


def _manageable(session: Session, viewer: Viewer, token_id: UUID, now: datetime) -> Token:
    found = one(session, token_id, now)
    require_manageable(session, viewer, found.agent_id)
    return found


def _set_revoked(
    session: Session,
    by: By,
    token: Token,
    *,
    revoked: bool,
) -> None:
    table = table_of(ApiToken)
    session.execute(
        update(table).where(table.c.id == token.id).values(revoked_at=by.now if revoked else None)
    )
    by.note(
        session,
        "revoked an API token" if revoked else "took the revoking of an API token back",
        f"token:{token.id}",
        {"name": token.name, "prefix": token.prefix},
    )


def _scopes(wanted: Collection[str]) -> tuple[str, ...]:
    """Each once, in the order of SCOPES. Raises BadToken."""
    unknown = sorted(set(wanted) - SCOPES.keys())
    if unknown:
        raise BadToken("scopes", f"There is no scope {unknown[0]!r}.")
    found = tuple(scope for scope in SCOPES if scope in wanted)
    if not found:
        raise BadToken("scopes", "Choose at least one thing that the token may do.")
    return found


def _live(now: datetime) -> ColumnElement[bool]:
    table, agent = table_of(ApiToken), table_of(Agent)
    return and_(
        table.c.revoked_at.is_(None),
        or_(table.c.expires_at.is_(None), table.c.expires_at > now),
        agent.c.active,
    )


def _table(query: Select[Any]) -> Select[Any]:
    table, agent = table_of(ApiToken), table_of(Agent)
    return query.select_from(table.join(agent, agent.c.id == table.c.agent_id))


def _query(now: datetime) -> Select[Any]:
    table, agent, maker = table_of(ApiToken), table_of(Agent), table_of(Agent).alias("maker")
    joined = table.join(agent, agent.c.id == table.c.agent_id)
    return select(
        table.c.id,
        table.c.name,
        table.c.prefix,
        table.c.agent_id,
        agent.c.name.label("agent"),
        table.c.scopes,
        table.c.created_at,
        maker.c.name.label("created_by"),
        table.c.expires_at,
        table.c.used_at,
        table.c.used_from,
        table.c.revoked_at,
        (~_live(now)).label("ended"),
    ).select_from(joined.outerjoin(maker, maker.c.id == table.c.created_by))


def _token(row: Any) -> Token:
    values = dict(row._mapping)
    values["scopes"] = tuple(values["scopes"])
    return Token(**values)
