"""A hub that keeps what it accepts in lists, handles each value once, and can be made to fail."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterable, AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid4

from hub.channel import (
    Accepted,
    Account,
    Cursor,
    History,
    Notice,
    Presence,
    Refused,
    Typing,
)
from hub.message import Blob, Inbound


class MemoryHost:
    """One account's host.

    `refuse`: what the next calls of `accept` raise instead of storing. `die`: what they raise
    after they stored. While `awake` is not set, `sleep` lasts.
    """

    def __init__(self, account: Account, *, blob_limit: int = 100 * 1024 * 1024) -> None:
        self.account = account
        self.kept: list[Inbound] = []
        self.batches: list[int] = []
        self.position: str | None = None
        self.refuse: list[Exception] = []
        self.die: list[Exception] = []
        self.slept: list[float] = []
        self.awake = asyncio.Event()
        self.awake.set()
        self.clock = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
        self._seen: dict[tuple[str, str], UUID] = {}
        self._blobs: dict[str, bytes] = {}
        self._blob_limit = blob_limit
        self._changed = asyncio.Condition()

    def now(self) -> datetime:
        return self.clock

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await self._tell()
        await self.awake.wait()

    async def accept(self, batch: Sequence[Inbound], cursor: Cursor | None = None) -> Accepted:
        if self.refuse:
            error = self.refuse.pop(0)
            await self._tell()
            raise error
        self.batches.append(len(batch))
        fresh = []
        for value in batch:
            key = (value.external_id, value.digest)
            fresh.append(key not in self._seen)
            if fresh[-1]:
                self._seen[key] = uuid4()
                self.kept.append(value)
        if cursor is not None:
            self.position = cursor.position
        await self._tell()
        if self.die:
            raise self.die.pop(0)
        ids = tuple(self._seen[value.external_id, value.digest] for value in batch)
        return Accepted(ids, tuple(fresh))

    async def cursor(self, name: str = "") -> str | None:
        return self.position

    async def put_blob(
        self, body: bytes | AsyncIterable[bytes], *, name: str, media_type: str
    ) -> Blob:
        if not isinstance(body, bytes):
            body = b"".join([part async for part in body])
        if len(body) > self._blob_limit:
            raise Refused("the file is over the limit of this hub")
        digest = hashlib.sha256(body).hexdigest()
        self._blobs[digest] = body
        return Blob(key=digest, digest=digest, size=len(body), media_type=media_type, name=name)

    async def get_blob(self, blob: Blob) -> bytes:
        try:
            return self._blobs[blob.key]
        except KeyError:
            raise FileNotFoundError(blob.key) from None

    async def signal(self, signal: Typing | Presence) -> None:
        return None

    async def history(
        self,
        address: str,
        after: str | None = None,
        limit: int = 50,
        *,
        before: UUID | None = None,
    ) -> History:
        return History((), "")

    async def notices(self, address: str) -> AsyncIterator[Notice]:
        for notice in ():
            yield notice

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until something that this host saw makes the condition true."""
        async with asyncio.timeout(20), self._changed:
            await self._changed.wait_for(condition)

    async def count(self, number: int) -> list[Inbound]:
        """Wait until so many values were accepted."""
        await self.until(lambda: len(self.kept) >= number)
        return self.kept

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()
