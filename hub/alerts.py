"""Sends agents what they want to be told outside of the pages: to their linked accounts, and once
a day by mail.

queued -> sending -> sent, failed or unconfirmed, as an answer is sent by the outbox: `sending` is
committed before the network is asked, and what may have arrived is not sent again. An alert that
waits for long is no news any more, and is given up.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, or_, select, update
from sqlmodel import Session

from hub import timers
from hub.agents import notices
from hub.agents.letters import TOPIC
from hub.calendars import Clock
from hub.channel import DeliveryError, Sent
from hub.conversations import alerting
from hub.message import Address, Outbound, Text, load_content
from hub.outbox import Connected
from hub.store.database import Database, lease_time
from hub.store.statements import table_of
from hub.store.stirring import Stirred
from hub.store.tables import Agent, Alert, NoticeChoice
from hub.timers import Due

log = logging.getLogger(__name__)

LEASE: Final = timedelta(seconds=90)
PATIENCE: Final = 60.0
AT_ONCE: Final = 10
ATTEMPTS: Final = 5
GIVE_UP_AFTER: Final = timedelta(hours=6)
LOOK: Final = 5.0
DIGEST: Final = "alerts.digest"
SUBJECT: Final = "daily"
DIGEST_AT: Final = time(8)
"""When the daily mail goes out, by the organisation's clock."""
BROKEN_OFF: Final = "the process ended while this was being sent; it may have arrived"


@dataclass(frozen=True)
class Taken:
    """An alert that is `sending` now."""

    id: UUID
    account: str
    attempt: int
    outbound: Outbound


class Alerts:
    """Sends what is queued until cancelled. connected: the accounts of the moment."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        connected: Callable[[], Mapping[str, Connected]],
        *,
        url: str,
        zone: tzinfo,
    ) -> None:
        self.database = database
        self.clock = clock
        self.connected = connected
        self.url = url
        self.zone = zone
        self._stirred = Stirred(database, TOPIC)

    @property
    def handlers(self) -> Mapping[str, Due]:
        """What is to be done about timers, by their kinds."""
        return {DIGEST: self._digest}

    async def run(self) -> None:
        await self.database.write(self._begin, self.clock.now())
        while True:
            self._stirred.look()
            if await self.database.read(anything_waits, self.clock.now()):
                accounts = self.connected()
                taken = await self.database.write(take, [*accounts], self.clock.now())
                await asyncio.gather(*(self._send(one, accounts[one.account]) for one in taken))
                if taken:
                    continue
            await self._stirred.wait(LOOK)

    async def _send(self, taken: Taken, connected: Connected) -> None:
        result: Sent | DeliveryError
        try:
            async with asyncio.timeout(PATIENCE):
                result = await connected.channel.send(taken.outbound, connected.host)
        except DeliveryError as error:
            result = error
        except Exception as error:
            log.exception("an alert could not be sent by %s", taken.account)
            result = DeliveryError(type(error).__name__, permanent=False, certain=False)
        await self.database.write(finish, taken, result, self.clock.now())

    def _begin(self, session: Session, now: datetime) -> None:
        timers.schedule(session, DIGEST, SUBJECT, self._next(now))

    def _next(self, now: datetime) -> datetime:
        local = now.astimezone(self.zone)
        at = local.replace(hour=DIGEST_AT.hour, minute=DIGEST_AT.minute, second=0, microsecond=0)
        return at if at > local else at + timedelta(days=1)

    def _digest(
        self, session: Session, subject: str, payload: Mapping[str, Any], now: datetime
    ) -> None:
        """The daily mail to everybody who wants one."""
        timers.schedule(session, DIGEST, SUBJECT, self._next(now))
        account = next(
            (name for name, one in self.connected().items() if one.channel.capabilities.copies),
            None,
        )
        if account is None:
            log.info("no daily mail was written: no mail account is connected")
            return
        for agent_id in _readers(session):
            alerting.digest(session, agent_id, account, self.url, now - timedelta(days=1), now)


def anything_waits(session: Session, now: datetime) -> bool:
    """Whether anything is due, or was begun by somebody who may be gone."""
    table = table_of(Alert)
    query = select(table.c.id).where(
        or_(
            (table.c.state == "queued") & (table.c.due_at <= now),
            (table.c.state == "sending") & (table.c.lease_until.is_not(None)),
        )
    )
    return session.execute(query.limit(1)).first() is not None


def take(session: Session, accounts: list[str], now: datetime) -> list[Taken]:
    """Begin what is due, at most `AT_ONCE`."""
    table, agent = table_of(Alert), table_of(Agent)
    leased = lease_time(session, now)
    session.execute(
        update(table)
        .where(table.c.state == "sending", table.c.lease_until < leased)
        .values(state="unconfirmed", error=BROKEN_OFF, lease_until=None, body="", content=None)
    )
    rows = session.execute(
        select(*table.c, agent.c.locale, agent.c.name)
        .join(agent, agent.c.id == table.c.agent_id)
        .where(
            table.c.state == "queued",
            table.c.due_at <= now,
            table.c.account.in_(accounts),
            agent.c.active,
        )
        .order_by(table.c.due_at)
        .limit(AT_ONCE)
        .with_for_update(of=table, skip_locked=True)
    ).all()
    stale = [row.id for row in rows if row.created_at < now - GIVE_UP_AFTER]
    session.execute(
        update(table)
        .where(table.c.id.in_(stale))
        .values(state="failed", error="it waited for too long to be news", body="", content=None)
    )
    fresh = [row for row in rows if row.id not in stale]
    session.execute(
        update(table)
        .where(table.c.id.in_([row.id for row in fresh]))
        .values(state="sending", attempt=table.c.attempt + 1, lease_until=leased + LEASE)
    )
    return [_taken(row, now) for row in fresh]


def finish(session: Session, taken: Taken, result: Sent | DeliveryError, now: datetime) -> None:
    """Write down what became of it, if it is still this attempt's."""
    table = table_of(Alert)
    if isinstance(result, Sent):
        external = result.external_ids[0] if result.external_ids else None
        values: dict[str, Any] = {"state": "sent", "external_id": external, "error": None}
    elif not result.certain:
        values = {"state": "unconfirmed", "error": result.reason}
    elif result.permanent or taken.attempt >= ATTEMPTS:
        values = {"state": "failed", "error": result.reason}
    else:
        pause = timedelta(seconds=result.retry_after or 5 * 4**taken.attempt)
        values = {"state": "queued", "error": result.reason, "due_at": now + pause}
    # What is not sent again needs no words, which may be a customer's or a link to sign in.
    if values["state"] != "queued":
        values |= {"body": "", "content": None}
    session.execute(
        update(table)
        .where(
            table.c.id == taken.id,
            table.c.state == "sending",
            table.c.attempt == taken.attempt,
        )
        .values(lease_until=None, **values)
    )


def _taken(row: Row[Any], now: datetime) -> Taken:
    attempt = row.attempt + 1
    outbound = Outbound(
        message_id=row.id,
        attempt=attempt,
        account=row.account,
        to=Address(kind=row.kind, address=row.address, name=row.name),
        content=load_content(row.content) if row.content else (Text(text=row.body),),
        chat=row.chat,
        subject=row.subject,
        locale=row.locale,
        automated=True,
        at=row.created_at,
    )
    return Taken(row.id, row.account, attempt, outbound)


def _readers(session: Session) -> list[UUID]:
    """Agents who want the daily mail."""
    table, agent = table_of(NoticeChoice), table_of(Agent)
    rows = (
        session.execute(
            select(table.c.agent_id)
            .join(agent, agent.c.id == table.c.agent_id)
            .where(agent.c.active)
        )
        .scalars()
        .all()
    )
    chosen = notices.choices_of(session, rows)
    return [agent_id for agent_id in rows if chosen[agent_id].ways["mail"]]
