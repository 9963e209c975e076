"""Who of the customers has a chat open: visits are counted by the process that holds them.

As with agents' tabs (`hub.attendance`), a process vouches for its visits every third of a lease.
When it was killed, the timer of its lease finds out, and whoever did not come back through
another process counts as gone: answered at the address that was given, not in an empty chat.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, func, select, update
from sqlmodel import Session

from hub import timers
from hub.calendars import Clock
from hub.channel import Presence
from hub.store.database import Database, lease_time
from hub.store.statements import insert_or_update, table_of, together
from hub.store.tables import Identity, OpenVisit, Participant
from hub.timers import Due

LEASE: Final = timedelta(seconds=60)
RENEW: Final = LEASE.total_seconds() / 3
LEASE_ENDS: Final = "visits.lease"
A_MOMENT: Final = timedelta(seconds=1)
AT_ONCE: Final = 500

Visitor = tuple[str, str]
"""Kind and address of an identity."""


class Visits:
    """The open chats of this process. process: a name that no other one has."""

    def __init__(self, database: Database, clock: Clock, *, process: str) -> None:
        self.database = database
        self.clock = clock
        self.process = process
        self._here: set[Visitor] = set()
        self._begun = asyncio.Event()

    @property
    def handlers(self) -> Mapping[str, Due]:
        """What is to be done about timers, by their kinds."""
        return {LEASE_ENDS: self._lease_ended}

    async def noted(self, kind: str, presence: Presence) -> None:
        """Somebody opened the first chat in this process, or closed the last."""
        visitor = (kind, presence.address)
        if presence.online:
            self._here.add(visitor)
            self._begun.set()
            await self.database.write_bulk(self._vouch, [visitor], self.clock.now())
        else:
            self._here.discard(visitor)
            await self.database.write_bulk(self._left, visitor, self.clock.now())

    async def run(self) -> None:
        """Vouch for the open chats until cancelled, also for those that were given up because
        this process stood still for long."""
        while True:
            await self._begun.wait()
            await self.clock.sleep(RENEW)
            here = sorted(self._here)
            if not here:
                self._begun.clear()
            elif await self.database.write_bulk(self._renew, self.clock.now()) < len(here):
                for start in range(0, len(here), AT_ONCE):
                    some = here[start : start + AT_ONCE]
                    await self.database.write_bulk(self._vouch, some, self.clock.now())

    # --- in transactions ---

    def _renew(self, session: Session, now: datetime) -> int:
        """Vouch for those that are noted; how many these are."""
        table = table_of(OpenVisit)
        until = lease_time(session, now) + LEASE
        noted = session.execute(
            update(table).where(table.c.process == self.process).values(until=until)
        )
        timers.schedule(session, LEASE_ENDS, self.process, now + LEASE + A_MOMENT)
        return int(noted.rowcount)  # type: ignore[attr-defined]

    def _vouch(self, session: Session, visitors: Collection[Visitor], now: datetime) -> None:
        until = lease_time(session, now) + LEASE
        insert_or_update(
            session,
            OpenVisit,
            [
                {"kind": kind, "address": address, "process": self.process, "until": until}
                for kind, address in visitors
            ],
            key=["kind", "address", "process"],
            update=["until"],
        )
        timers.schedule(session, LEASE_ENDS, self.process, now + LEASE + A_MOMENT)
        _set_away(session, visitors, None)

    def _left(self, session: Session, visitor: Visitor, now: datetime) -> None:
        table = table_of(OpenVisit)
        kind, address = visitor
        session.execute(
            delete(table).where(
                table.c.kind == kind, table.c.address == address, table.c.process == self.process
            )
        )
        _gone(session, [visitor], now)

    def _lease_ended(
        self, session: Session, subject: str, payload: Mapping[str, Any], now: datetime
    ) -> None:
        table = table_of(OpenVisit)
        ended = session.execute(
            delete(table)
            .where(table.c.process == subject, table.c.until <= lease_time(session, now))
            .returning(table.c.kind, table.c.address)
        )
        _gone(session, [(row.kind, row.address) for row in ended], now)
        left = select(func.max(table.c.until)).where(table.c.process == subject)
        if (until := session.execute(left).scalar()) is not None:
            timers.schedule(session, LEASE_ENDS, subject, max(until, now) + A_MOMENT)


def nobody(session: Session, accounts: Collection[str], now: datetime) -> None:
    """No chat is open, for a process that knows itself to be the only one and just began.

    Whoever is still there comes back and says so. accounts: those whose chats these were.
    """
    session.execute(delete(table_of(OpenVisit)))
    table = table_of(Participant)
    session.execute(
        update(table)
        .where(table.c.account.in_(accounts), table.c.away_since.is_(None))
        .values(away_since=now)
    )


def _gone(session: Session, visitors: Collection[Visitor], now: datetime) -> None:
    """Those who have no chat open in any other process either."""
    table = table_of(OpenVisit)
    place = (table.c.kind, table.c.address)
    rows = session.execute(select(*place).where(together(place, visitors)))
    there = {(row.kind, row.address) for row in rows}
    _set_away(session, [one for one in visitors if one not in there], now)


def _set_away(session: Session, visitors: Collection[Visitor], since: datetime | None) -> None:
    if not visitors:
        return
    table, identity = table_of(Participant), table_of(Identity)
    known = select(identity.c.id).where(
        together((identity.c.kind, identity.c.address), visitors),
        identity.c.proof == "verified",
    )
    changes = table.c.away_since.is_not(None) if since is None else table.c.away_since.is_(None)
    session.execute(
        update(table).where(table.c.identity_id.in_(known), changes).values(away_since=since)
    )
