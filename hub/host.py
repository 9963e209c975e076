"""What the hub offers to one account's adapter. See `hub.channel.Host`."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterable, AsyncIterator, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session

from hub.calendars import Clock
from hub.channel import (
    Accepted,
    Account,
    Capabilities,
    Changed,
    Cursor,
    History,
    Notice,
    Overloaded,
    Presence,
    Refused,
    Typing,
)
from hub.conversations.history import addresses_of, customer_of, earlier, history
from hub.conversations.state import OPEN_STATES
from hub.intake import Intake
from hub.live import Live, LiveEvent, Signal, Told
from hub.message import Blob, Inbound
from hub.security.filetypes import HEAD, media_type_of
from hub.store.blobs import BlobStore, NoRoom, TooLarge
from hub.store.database import Database
from hub.store.statements import table_of
from hub.store.tables import Conversation, Participant
from hub.store.tables import Cursor as CursorTable
from hub.visits import Visits

NOTICES = 200


class AccountHost:
    """The host of one account in this process.

    `epoch` is set by the supervisor while this process holds the account's lease.
    """

    def __init__(
        self,
        account: Account,
        capabilities: Capabilities,
        *,
        database: Database,
        intake: Intake,
        blobs: BlobStore,
        live: Live,
        visits: Visits,
        clock: Clock,
        file_limit: int,
    ) -> None:
        self.account = account
        self.capabilities = capabilities
        self.database = database
        self.intake = intake
        self.blobs = blobs
        self.live = live
        self.visits = visits
        self.clock = clock
        self.file_limit = file_limit
        self.epoch: int | None = None
        self.last_message_at: datetime | None = None
        self.lag: float | None = None
        self._listeners: defaultdict[str, set[asyncio.Queue[Notice]]] = defaultdict(set)
        self._owners: dict[UUID, set[str]] = {}
        self._unknown: set[str] = set()

    def now(self) -> datetime:
        return self.clock.now()

    async def sleep(self, seconds: float) -> None:
        await self.clock.sleep(seconds)

    async def accept(self, batch: Sequence[Inbound], cursor: Cursor | None = None) -> Accepted:
        accepted = await self.intake.accept(
            self.account,
            batch,
            cursor,
            epoch=self.epoch if cursor is not None else None,
            threads=self.capabilities.threads,
        )
        if batch:
            self.last_message_at = self.clock.now()
            self.lag = (self.last_message_at - max(value.at for value in batch)).total_seconds()
        return accepted

    async def cursor(self, name: str = "") -> str | None:
        return await self.database.read(_cursor, self.account.name, name)

    async def put_blob(
        self, body: bytes | AsyncIterable[bytes], *, name: str, media_type: str
    ) -> Blob:
        head, whole = await beginning(body)
        found = media_type_of(head, name, media_type)
        try:
            return await self.blobs.put(whole, name=name, media_type=found, limit=self.file_limit)
        except TooLarge as error:
            raise Refused(str(error)) from error
        except NoRoom as error:
            raise Overloaded(str(error)) from error

    async def get_blob(self, blob: Blob) -> bytes:
        return await self.blobs.get(blob.key)

    async def signal(self, signal: Typing | Presence) -> None:
        if isinstance(signal, Presence):
            await self.visits.noted(self.account.kind, signal)
        conversation_id = await self.database.read(
            _current_conversation, self.account.kind, signal.address
        )
        if conversation_id is not None:
            await self.live.signal(Signal("customer", signal, conversation_id))

    async def history(
        self,
        address: str,
        after: str | None = None,
        limit: int = 50,
        *,
        before: UUID | None = None,
    ) -> History:
        kind = self.account.kind
        if before is not None:
            return await self.database.read(earlier, kind, address, before, limit)
        return await self.database.read(history, kind, address, after, limit)

    async def notices(self, address: str) -> AsyncIterator[Notice]:
        queue: asyncio.Queue[Notice] = asyncio.Queue(NOTICES)
        self._listeners[address].add(queue)
        try:
            found = await self.database.read(customer_of, self.account.kind, address)
            if found is None:
                self._unknown.add(address)
            else:
                self._owners.setdefault(found[1], set()).add(address)
            while True:
                yield await queue.get()
        finally:
            self._listeners[address].discard(queue)
            if not self._listeners[address]:
                del self._listeners[address]
                self._unknown.discard(address)
                for owner in [key for key, known in self._owners.items() if address in known]:
                    self._owners[owner].discard(address)
                    if not self._owners[owner]:
                        del self._owners[owner]

    async def run(self) -> None:
        """Pass events and signals on to those who listen, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._pass_events())
            group.create_task(self._pass_signals())

    async def _pass_events(self) -> None:
        while True:
            async for event in self.live.events():
                if event.customer_id is None or not self._listeners:
                    continue
                for address in await self._concerned(event):
                    self._tell(address, Changed(address))

    async def _concerned(self, event: LiveEvent) -> set[str]:
        assert event.customer_id is not None
        known = self._owners.get(event.customer_id)
        if known is not None:
            return known
        if event.kind != "message.received" or not self._unknown:
            return set()
        theirs = await self.database.read(addresses_of, self.account.kind, event.customer_id)
        found = self._unknown.intersection(theirs)
        if found:
            self._unknown -= found
            self._owners[event.customer_id] = found
        return found

    async def _pass_signals(self) -> None:
        async for signal in self.live.signals():
            what = signal.what
            if (
                signal.side == "agent"
                and not isinstance(what, Told)
                and what.address in self._listeners
            ):
                self._tell(what.address, what)

    def _tell(self, address: str, notice: Notice) -> None:
        for queue in self._listeners.get(address, ()):
            # A full queue already tells its listener to read the history.
            if not queue.full():
                queue.put_nowait(notice)


async def beginning(
    body: bytes | AsyncIterable[bytes],
) -> tuple[bytes, bytes | AsyncIterable[bytes]]:
    """The first bytes of a file, which say what it is, and the file with them."""
    if isinstance(body, bytes):
        return body[:HEAD], body
    chunks, head = aiter(body), b""
    while len(head) < HEAD and (chunk := await anext(chunks, None)) is not None:
        head += chunk

    async def whole() -> AsyncIterator[bytes]:
        yield head
        async for chunk in chunks:
            yield chunk

    return head[:HEAD], whole()


def _cursor(session: Session, account: str, name: str) -> str | None:
    table = table_of(CursorTable)
    found: str | None = session.execute(
        select(table.c.position).where(table.c.account == account, table.c.name == name)
    ).scalar()
    return found


def _current_conversation(session: Session, kind: str, address: str) -> UUID | None:
    found = customer_of(session, kind, address)
    if found is None:
        return None
    conversation, participant = table_of(Conversation), table_of(Participant)
    current: UUID | None = session.execute(
        select(conversation.c.id)
        .join(participant, participant.c.conversation_id == conversation.c.id)
        .where(participant.c.identity_id == found[0], conversation.c.status.in_(OPEN_STATES))
        .order_by(conversation.c.last_message_at.desc())
        .limit(1)
    ).scalar()
    return current
