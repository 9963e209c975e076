"""A small hub in memory behind the channel contract, and a real server in front of it."""

import asyncio
import hashlib
import socket
from collections.abc import AsyncIterable, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from channels.webchat.adapter import Webchat
from channels.webchat.settings import WebchatSettings
from hub.channel import (
    Accepted,
    Account,
    Changed,
    Cursor,
    History,
    HistoryItem,
    Notice,
    Presence,
    Typing,
)
from hub.message import Blob, Content, Inbound, Message, Press, Text


@dataclass
class Row:
    address: str
    item: HistoryItem
    position: int


@dataclass
class MemoryHost:
    """Keeps what `Host` promises: handled once, history by cursor, notices."""

    account: Account
    rows: dict[UUID, Row] = field(default_factory=dict)
    inbound: list[Inbound] = field(default_factory=list)
    signals: list[Typing | Presence] = field(default_factory=list)
    blobs: dict[str, bytes] = field(default_factory=dict)
    fail: list[Exception] = field(default_factory=list)
    """Raised by the next calls of accept, one each."""
    fail_after_commit: bool = False
    """The next accept stores, and then its answer is lost."""

    def __post_init__(self) -> None:
        self._handled: dict[str, UUID | None] = {}
        self._position = 0
        self._listeners: list[tuple[str, asyncio.Queue[Notice]]] = []

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def accept(self, batch: Sequence[Inbound], cursor: Cursor | None = None) -> Accepted:
        if self.fail:
            raise self.fail.pop(0)
        await asyncio.sleep(0)
        ids: list[UUID | None] = []
        fresh: list[bool] = []
        for value in batch:
            known = value.external_id in self._handled
            if not known:
                self.inbound.append(value)
                self._handled[value.external_id] = self._kept(value)
            ids.append(self._handled[value.external_id])
            fresh.append(not known)
        if self.fail_after_commit:
            self.fail_after_commit = False
            raise ConnectionError("the answer of the database was lost")
        return Accepted(tuple(ids), tuple(fresh))

    def _kept(self, value: Inbound) -> UUID | None:
        """The message that holds it: a new one, or for a press that which was pressed upon."""
        match value:
            case Message():
                return self._store(value)
            case Press(target=target):
                return UUID(target)
            case _:
                return None

    def _store(self, message: Message) -> UUID:
        item = HistoryItem(
            message_id=uuid4(),
            at=message.at,
            direction="in",
            content=message.content,
            revision=0,
            author=message.sender.name,
            client_id=message.client_id,
        )
        self._put(message.sender.address, item)
        return item.message_id

    def _put(self, address: str, item: HistoryItem) -> None:
        self._position += 1
        self.rows[item.message_id] = Row(address, item, self._position)
        self.notify(address, Changed(address))

    def notify(self, address: str, notice: Notice) -> None:
        for listener, queue in self._listeners:
            if listener == address:
                queue.put_nowait(notice)

    # --- what the team does -------------------------------------------------------------------

    def say(
        self,
        address: str,
        content: Content | str,
        *,
        author: str | None = "Sara",
        automated: bool = False,
        at: datetime | None = None,
    ) -> UUID:
        blocks: Content = (Text(text=content),) if isinstance(content, str) else content
        item = HistoryItem(
            message_id=uuid4(),
            at=at or self.now(),
            direction="out",
            content=blocks,
            revision=0,
            author=author,
            automated=automated,
        )
        self._put(address, item)
        return item.message_id

    def change(self, message: UUID, content: Content) -> None:
        row = self.rows[message]
        self._put(row.address, replace(row.item, content=content, revision=row.item.revision + 1))

    def take_back(self, message: UUID) -> None:
        row = self.rows[message]
        self._put(row.address, replace(row.item, deleted=True, revision=row.item.revision + 1))

    # --- what is read back --------------------------------------------------------------------

    @property
    def messages(self) -> list[Message]:
        return [value for value in self.inbound if isinstance(value, Message)]

    @property
    def texts(self) -> list[str]:
        return [
            block.text
            for message in self.messages
            for block in message.content
            if isinstance(block, Text)
        ]

    @property
    def visitor(self) -> str:
        """The address of the only visitor."""
        (address,) = {message.sender.address for message in self.messages}
        return address

    async def cursor(self, name: str = "") -> str | None:
        return None

    async def put_blob(
        self, body: bytes | AsyncIterable[bytes], *, name: str, media_type: str
    ) -> Blob:
        data = body if isinstance(body, bytes) else b"".join([part async for part in body])
        digest = hashlib.sha256(data).hexdigest()
        self.blobs[digest] = data
        return Blob(key=digest, digest=digest, size=len(data), media_type=media_type, name=name)

    async def get_blob(self, blob: Blob) -> bytes:
        try:
            return self.blobs[blob.key]
        except KeyError:
            raise FileNotFoundError(blob.key) from None

    async def signal(self, signal: Typing | Presence) -> None:
        self.signals.append(signal)

    async def history(
        self,
        address: str,
        after: str | None = None,
        limit: int = 50,
        *,
        before: UUID | None = None,
    ) -> History:
        rows = sorted(
            (row for row in self.rows.values() if row.address == address),
            key=lambda row: row.position,
        )
        if after is None:
            by_time = sorted(rows, key=lambda row: row.item.at)
            ids = [row.item.message_id for row in by_time]
            if before is not None:
                by_time = by_time[: ids.index(before)] if before in ids else []
            newest = by_time[-limit:]
            cursor = str(rows[-1].position if rows else 0)
            return History(
                tuple(row.item for row in newest), cursor, earlier=len(newest) < len(by_time)
            )
        since = [row for row in rows if row.position > int(after)]
        page = since[:limit]
        cursor = str(page[-1].position) if page else after
        return History(tuple(row.item for row in page), cursor, more=len(page) < len(since))

    async def notices(self, address: str) -> AsyncIterator[Notice]:
        queue: asyncio.Queue[Notice] = asyncio.Queue()
        entry = (address, queue)
        self._listeners.append(entry)
        try:
            while True:
                yield await queue.get()
        finally:
            self._listeners.remove(entry)


@dataclass
class Site:
    """A running web chat: `base` is the address of the account, ending in "/"."""

    host: MemoryHost
    channel: Webchat
    port: int
    _server: uvicorn.Server | None = None
    _task: "asyncio.Task[None] | None" = None

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}/c/web/"

    @property
    def socket(self) -> str:
        return f"ws://127.0.0.1:{self.port}/c/web/socket"

    async def start(self) -> None:
        app = Starlette(routes=[Mount("/c/web", routes=self.channel.routes(self.host))])
        listener = socket.create_server(("127.0.0.1", self.port))
        self.port = listener.getsockname()[1]
        config = uvicorn.Config(
            app,
            ws="websockets-sansio",
            lifespan="off",
            log_config=None,
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._task = asyncio.create_task(self._server.serve([listener]))
        while not self._server.started:
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        assert self._server
        assert self._task
        self._server.should_exit = True
        await self._task
        await self.channel.close()
        self._server = None

    async def restart(self) -> None:
        """As after a crash: what was committed is there, what was in memory is not."""
        self.channel = Webchat(self.host.account)
        await self.start()


@asynccontextmanager
async def running(settings: WebchatSettings | None = None) -> AsyncIterator[Site]:
    account = Account(
        name="web",
        kind="webchat",
        settings=settings or WebchatSettings(),
        url="http://127.0.0.1/c/web/",
        secret=b"k" * 32,
    )
    site = Site(MemoryHost(account), Webchat(account), 0)
    await site.start()
    try:
        yield site
    finally:
        if site._server:
            await site.stop()
