"""Keeps by what customers are found, a moment behind what happens to them.

It reads the event log from where it stopped, and brings the customers up to date of whom events
tell, each once however many events there are. The position is committed together with the effect.
Intake pays for nothing of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, select, update
from sqlmodel import Session

from hub.calendars import Clock
from hub.customers import index
from hub.store import events
from hub.store.database import Database
from hub.store.events import Position
from hub.store.statements import insert_new, table_of
from hub.store.stirring import Stirred
from hub.store.tables import Consumer, Conversation

NAME: Final = "recognition"
BATCH: Final = 500
PAUSE: Final = 0.5
"""Seconds between two looks, so that a busy minute costs no more than a quiet one."""
LOOK: Final = 5.0
KINDS: Final = frozenset(
    {
        "conversation.created",
        "message.received",
        "message.sent",
        "identity.claimed",
        "identity.denied",
        "identity.verified",
        "customer.changed",
        "rating.received",
    }
)


def reached(session: Session) -> Position:
    """How far the log has been looked at."""
    table = table_of(Consumer)
    row = session.execute(select(table.c.xid, table.c.position).where(table.c.name == NAME)).first()
    return Position(row.xid, row.position) if row is not None else Position()


def waits(session: Session) -> bool:
    """Whether something happened since."""
    return bool(events.read(session, reached(session), 1))


def advance(session: Session, now: datetime) -> bool:
    """Look at what happened next; whether there may be more. Processes take turns."""
    table = table_of(Consumer)
    insert_new(session, Consumer, [{"name": NAME, "xid": 0, "position": 0}], ["name"])
    row = session.execute(
        select(table.c.xid, table.c.position).where(table.c.name == NAME).with_for_update()
    ).one()
    found = events.read(session, Position(row.xid, row.position), BATCH)
    if not found:
        return False
    telling = [event for event in found if event.kind in KINDS]
    customers = {event.customer_id for event in telling if event.customer_id is not None}
    index.follow(session, customers | _owners(session, telling), now)
    session.execute(
        update(table)
        .where(table.c.name == NAME)
        .values(xid=found[-1].xid, position=found[-1].position)
    )
    return len(found) == BATCH


def _owners(session: Session, told: Sequence[Row[Any]]) -> set[UUID]:
    """Whose conversations events are about that name no customer."""
    wanted = {event.conversation_id for event in told if event.customer_id is None}
    table = table_of(Conversation)
    found = session.execute(
        select(table.c.customer_id).where(table.c.id.in_([one for one in wanted if one]))
    )
    return set(found.scalars())


class Recognition:
    """Follows the log until cancelled. Any process may; each look takes over from the last."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        self.clock = clock
        self._stirred = Stirred(database, events.TOPIC)

    async def run(self) -> None:
        while True:
            self._stirred.look()
            if await self.database.read(waits):
                while await self.database.write_bulk(advance, self.clock.now()):
                    pass
                await asyncio.sleep(PAUSE)
            await self._stirred.wait(LOOK)
