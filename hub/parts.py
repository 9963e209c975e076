"""Fetching files that were still with their source when their message was stored."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlmodel import Session

from hub.calendars import Clock
from hub.channel import FetchesParts, Host, Refused
from hub.conversations.ledger import Ledger
from hub.message import Content, Media, blobs, dump_content, load_content
from hub.store.database import Database
from hub.store.statements import table_of
from hub.store.tables import Content as ContentTable
from hub.store.tables import Message, Timer
from hub.timers import schedule

log = logging.getLogger(__name__)

KIND = "fetch parts"
"""The timer that stands for a message whose files are missing; its subject is the message."""
LOOK = 2.0
AT_ONCE = 20
FIRST_WAIT = timedelta(seconds=5)
GIVE_UP = 10
GONE = "the file could not be fetched from where it was sent"


def missing(content: Content) -> bool:
    """Whether some file's bytes are still with the source."""
    return any(
        isinstance(block, Media) and block.blob is None and block.remote and not block.missing
        for block in content
    )


def wanted(session: Session, message_id: UUID, account: str, now: datetime) -> None:
    """Note that this message's files are to be fetched."""
    schedule(session, KIND, str(message_id), now, account=account, attempt=1)


@dataclass(frozen=True)
class Wanted:
    """A message with missing files, and how often they were asked for."""

    message_id: UUID
    account: str
    attempt: int
    content: Content


class Parts:
    """Fetches until cancelled. `connected` gives the accounts that fetch, with their hosts."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        connected: Callable[[], Mapping[str, tuple[FetchesParts, Host]]],
    ) -> None:
        self.database = database
        self.clock = clock
        self.connected = connected

    async def run(self) -> None:
        while True:
            accounts = self.connected()
            if not accounts:
                return
            due = await self.database.read(_due, list(accounts), self.clock.now())
            for one in due:
                channel, host = accounts[one.account]
                await self._fetch(one, channel, host)
            if len(due) < AT_ONCE:
                await self.clock.sleep(LOOK)

    async def _fetch(self, one: Wanted, channel: FetchesParts, host: Host) -> None:
        content: list[Any] = []
        again = False
        for block in one.content:
            if not missing((block,)):
                content.append(block)
                continue
            assert isinstance(block, Media)
            assert block.remote is not None
            try:
                blob = await channel.fetch(block.remote, host)
                content.append(block.model_copy(update={"blob": blob, "remote": None}))
            except Refused as refused:
                content.append(block.model_copy(update={"missing": str(refused)}))
            except Exception as error:  # noqa: BLE001 - whatever it was, it is tried again
                log.info("a file of %s is not there yet: %s", one.message_id, error)
                last = one.attempt >= GIVE_UP
                content.append(block.model_copy(update={"missing": GONE}) if last else block)
                again = again or not last
        await self.database.write(_fill_in, one, tuple(content), again, self.clock.now())


def _due(session: Session, accounts: list[str], now: datetime) -> list[Wanted]:
    timer, message, content = table_of(Timer), table_of(Message), table_of(ContentTable)
    found = []
    for row in session.execute(
        select(timer.c.subject, timer.c.payload)
        .where(timer.c.kind == KIND, timer.c.due_at <= now)
        .order_by(timer.c.due_at)
        .limit(AT_ONCE)
    ):
        if row.payload["account"] not in accounts:
            continue
        message_id = UUID(row.subject)
        blocks = session.execute(
            select(content.c.blocks)
            .join(message, message.c.id == content.c.message_id)
            .where(message.c.id == message_id, content.c.revision == 0)
        ).scalar()
        if blocks is not None:
            found.append(
                Wanted(
                    message_id,
                    row.payload["account"],
                    row.payload["attempt"],
                    load_content(blocks),
                )
            )
    return found


def _fill_in(session: Session, one: Wanted, content: Content, again: bool, now: datetime) -> None:
    """Put the files where they were announced. The words do not change, so it is no edit."""
    message, table, timer = table_of(Message), table_of(ContentTable), table_of(Timer)
    conversation_id = session.execute(
        select(message.c.conversation_id).where(message.c.id == one.message_id)
    ).scalar()
    if conversation_id is not None and content != one.content:
        ledger = Ledger(session, now)
        ledger.load([conversation_id])
        conversation = ledger.conversations[conversation_id]
        new = [block for block in content if block not in one.content]
        kept = iter(
            ledger.own_files(
                conversation.customer_id,
                one.message_id,
                tuple(new),
                first=sum(1 for _ in blobs(one.content)),
            )
        )
        filled = tuple(next(kept) if block in new else block for block in content)
        session.execute(
            update(table)
            .where(table.c.message_id == one.message_id, table.c.revision == 0)
            .values(blocks=dump_content(filled))
        )
        ledger.happened("message.edited", "hub", conversation, message_id=one.message_id)
        ledger.flush()
    if again:
        wait = FIRST_WAIT * 2.0**one.attempt
        schedule(
            session,
            KIND,
            str(one.message_id),
            now + wait,
            account=one.account,
            attempt=one.attempt + 1,
        )
    else:
        session.execute(
            delete(timer).where(timer.c.kind == KIND, timer.c.subject == str(one.message_id))
        )
