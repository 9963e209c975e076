"""Tells agents what concerns them: that a customer wrote to them, that a conversation was given to
them or taken over.

It reads the event log in order from a remembered position; what is told and the new position are
committed together, so that nobody is told twice, whatever stops in between. Mentions are told by
the note itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, select, update
from sqlmodel import Session

from hub.calendars import Clock
from hub.conversations import telling
from hub.conversations.telling import Telling
from hub.live import Live
from hub.store import events
from hub.store.database import Database
from hub.store.events import Position
from hub.store.statements import insert_new, table_of
from hub.store.tables import Consumer, Conversation, Follower

NAME: Final = "telling"
BATCH: Final = 200
KINDS: Final = frozenset(
    {
        "message.received",
        "message.queued",
        "note.added",
        "conversation.assigned",
        "conversation.unassigned",
        "agent.notified",
    }
)
WRITTEN: Final = frozenset({"message.received", "message.queued", "note.added"})


def begin(session: Session) -> None:
    """Tell nothing that happened before there was anybody to be told."""
    newest = events.newest(session)
    row = {"name": NAME, "xid": newest.xid, "position": newest.position}
    insert_new(session, Consumer, [row], ["name"])


def tell_next(session: Session) -> tuple[Position, bool]:
    """Tell what the next events are about; how far that is, and whether more wait.

    Processes take turns.
    """
    table = table_of(Consumer)
    row = session.execute(
        select(table.c.xid, table.c.position).where(table.c.name == NAME).with_for_update()
    ).one()
    told = Position(row.xid, row.position)
    found = events.read(session, told, BATCH, kinds=KINDS)
    if not found:
        return told, False
    tellings = list(_tellings(session, found))
    telling.tell(session, [one for one in tellings if one.occasion != "rule"])
    # What rules tell is a row already.
    telling.announce(session, [one for one in tellings if one.occasion == "rule"])
    last = found[-1]
    session.execute(
        update(table).where(table.c.name == NAME).values(xid=last.xid, position=last.position)
    )
    return Position(last.xid, last.position), len(found) == BATCH


def _tellings(session: Session, found: Sequence[Row[Any]]) -> Iterator[Telling]:
    """Whom the events concern; nobody is told of what they did themselves."""
    written = {row.conversation_id for row in found if row.kind in WRITTEN}
    conversation, follower = table_of(Conversation), table_of(Follower)
    assigned = dict(
        session.execute(
            select(conversation.c.id, conversation.c.assignee_id).where(
                conversation.c.id.in_(written), conversation.c.assignee_id.is_not(None)
            )
        ).all()
    )
    followers: dict[UUID, dict[UUID, datetime]] = {}
    for row in session.execute(
        select(follower.c.conversation_id, follower.c.agent_id, follower.c.since).where(
            follower.c.conversation_id.in_(written)
        )
    ):
        followers.setdefault(row.conversation_id, {})[row.agent_id] = row.since
    for event in found:
        for agent_id, occasion in _concerned(event, assigned, followers):
            if event.actor != f"agent:{agent_id}":
                yield Telling(
                    agent_id,
                    event.conversation_id,
                    occasion,
                    event.actor,
                    event.at,
                    event.message_id,
                )


def _concerned(
    event: Row[Any],
    assigned: dict[UUID, UUID],
    followers: dict[UUID, dict[UUID, datetime]],
) -> Iterator[tuple[UUID, str]]:
    details = event.details or {}
    match event.kind:
        case "conversation.assigned" | "conversation.unassigned" if "agent" in details:
            if details["agent"]:
                yield UUID(details["agent"]), "assigned"
            if details.get("was") and event.actor.startswith("agent:"):
                yield UUID(details["was"]), "taken"
        case "agent.notified":
            yield from ((UUID(one), "rule") for one in details.get("agents", ()))
        case kind if kind in WRITTEN and not event.actor.startswith("rule:"):
            owner = assigned.get(event.conversation_id)
            if kind == "message.received" and owner is not None:
                yield owner, "message"
            for one, since in followers.get(event.conversation_id, {}).items():
                # Who follows because of this very note was told of it as a mention.
                if since < event.at and (one != owner or kind != "message.received"):
                    yield one, "followed"


class Tells:
    """Reads the log and tells agents, until cancelled."""

    def __init__(self, database: Database, clock: Clock, live: Live) -> None:
        self.database = database
        self.clock = clock
        self.live = live

    async def run(self) -> None:
        await self.database.write(begin)
        while True:
            told = await self._catch_up()
            async for event in self.live.events(told):
                if event.kind in KINDS and event.position > told:
                    told = await self._catch_up()

    async def _catch_up(self) -> Position:
        """Tell all that there is; how far that is."""
        while True:
            told, more = await self.database.write_bulk(tell_next)
            if not more:
                return told
