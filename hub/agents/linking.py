"""An agent's own account on a channel: linked by a token that only the agent was shown.

The page shows a token once; who sends it to the account of ours, within a quarter of an hour,
is the agent's own address there. Only what the channel vouches for can be linked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, cast
from uuid import UUID

from sqlalchemy import bindparam, delete, or_, select
from sqlmodel import Session

from hub.agents.rights import Role, Viewer
from hub.message import Address
from hub.security.tokens import hash_token, opaque_token
from hub.store.compiled import Compiled
from hub.store.statements import insert_or_update, table_of
from hub.store.tables import Agent, AgentLink, AgentLinkOffer
from hub.text.plain import storable

PREFIX: Final = "agent-"
"""What every offered token begins with, so that others need not be looked up."""
LASTS: Final = timedelta(minutes=15)
KINDS: Final = frozenset({"telegram", "bale", "memory"})
"""Channels that vouch for who writes, and on which answering a message says which one."""


@dataclass(frozen=True)
class Linked:
    """An agent's address on a channel."""

    account: str
    kind: str
    address: str
    linked_at: datetime


def offer(session: Session, agent_id: UUID, account: str, now: datetime) -> str:
    """A new token for this agent and account; earlier ones are void."""
    table = table_of(AgentLinkOffer)
    session.execute(
        delete(table).where(or_(table.c.agent_id == agent_id, table.c.expires_at <= now))
    )
    token = PREFIX + opaque_token()
    session.add(
        AgentLinkOffer(
            token_hash=hash_token(token),
            agent_id=agent_id,
            account=account,
            expires_at=now + LASTS,
        )
    )
    return token


def take(
    session: Session, account: str, sender: Address, token: str, chat: str | None, now: datetime
) -> UUID | None:
    """Link whoever sent a token to the agent that it was shown to; None where it is void."""
    table, agent = table_of(AgentLinkOffer), table_of(Agent)
    row = session.execute(
        select(table.c.agent_id)
        .join(agent, agent.c.id == table.c.agent_id)
        .where(
            table.c.token_hash == hash_token(token),
            table.c.account == account,
            table.c.expires_at > now,
            agent.c.active,
        )
    ).first()
    if row is None or not sender.verified or sender.kind not in KINDS:
        return None
    agent_id: UUID = row.agent_id
    session.execute(delete(table).where(table.c.agent_id == agent_id))
    link = table_of(AgentLink)
    # The address may have been another agent's.
    session.execute(delete(link).where(link.c.account == account, link.c.address == sender.address))
    values: dict[str, Any] = {
        "account": account,
        "kind": sender.kind,
        "address": sender.address,
        "chat": chat,
        "linked_at": now,
    }
    insert_or_update(
        session,
        AgentLink,
        [{"agent_id": agent_id, **values}],
        key=["agent_id"],
        update=list(values),
    )
    return agent_id


def linked(session: Session, agent_id: UUID) -> Linked | None:
    """What an agent has linked."""
    table = table_of(AgentLink)
    row = session.execute(
        select(table.c.account, table.c.kind, table.c.address, table.c.linked_at).where(
            table.c.agent_id == agent_id
        )
    ).first()
    return Linked(*row) if row is not None else None


def unlink(session: Session, agent_id: UUID) -> None:
    """Alert the agent there no more; what comes from there is a stranger's again."""
    for table in (table_of(AgentLink), table_of(AgentLinkOffer)):
        session.execute(delete(table).where(table.c.agent_id == agent_id))


def owners(
    session: Session, senders: Iterable[tuple[str, str]]
) -> Mapping[tuple[str, str], Viewer]:
    """The active agents behind some (account, address) pairs."""
    # What no database takes is nobody's address.
    wanted = {(account, address) for account, address in senders if storable(address) == address}
    if not wanted:
        return {}
    rows = _OWNERS.all(
        session,
        {
            "accounts": list({account for account, _ in wanted}),
            "addresses": list({address for _, address in wanted}),
        },
    )
    return {
        (row.account, row.address): Viewer(
            row.id,
            row.name,
            row.mail,
            cast(Role, row.role),
            row.locale,
            row.calendar,
            row.time_zone,
        )
        for row in rows
        if (row.account, row.address) in wanted
    }


_link, _agent = table_of(AgentLink), table_of(Agent)
_OWNERS = Compiled(
    select(
        _link.c.account,
        _link.c.address,
        _agent.c.id,
        _agent.c.name,
        _agent.c.mail,
        _agent.c.role,
        _agent.c.locale,
        _agent.c.calendar,
        _agent.c.time_zone,
    )
    .join(_agent, _agent.c.id == _link.c.agent_id)
    .where(
        _link.c.account.in_(bindparam("accounts", expanding=True)),
        _link.c.address.in_(bindparam("addresses", expanding=True)),
        _agent.c.active,
    )
)
