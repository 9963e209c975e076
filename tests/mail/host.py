"""A host in memory: what an adapter meets in the hub, without the hub."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterable, AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid4

from channels.mail import channel as mail
from channels.mail.settings import MailSettings
from hub.channel import (
    Accepted,
    Account,
    Cursor,
    History,
    LeaseLost,
    Notice,
    Overloaded,
    Presence,
    Refused,
    Typing,
)
from hub.message import Blob, Inbound, Message

PATIENCE = 30.0
"""Seconds until a test gives up; nothing here takes as long."""


class MemoryHost:
    """Keeps what it accepts, recognises what it has, and remembers cursors and files.

    refusals: errors that the next calls of `accept` raise, in order, instead of accepting.
    """

    def __init__(self, account: Account, *, now: datetime | None = None) -> None:
        self._account = account
        self._now = now or datetime.now(UTC)
        self.accepted: list[Inbound] = []
        self.redelivered: list[Inbound] = []
        self.batches: list[tuple[int, str]] = []
        self.cursors: dict[str, str] = {}
        self.files: dict[str, bytes] = {}
        self.file_limit = 100_000_000
        self.refusals: list[LeaseLost | Overloaded | OSError] = []
        self.sleeps: list[float] = []
        self._keys: dict[tuple[str, str, str], UUID] = {}
        self._changed = asyncio.Condition()
        self._wake = asyncio.Event()
        self._ended: Exception | None = None

    @property
    def account(self) -> Account:
        return self._account

    def now(self) -> datetime:
        return self._now

    async def sleep(self, seconds: float) -> None:
        """Only a test lets time pass, by `wake`; the shortest pauses are over at once."""
        self.sleeps.append(seconds)
        async with self._changed:
            self._changed.notify_all()
        if seconds > 1:
            await self._wake.wait()
            self._wake.clear()
        else:
            await asyncio.sleep(0)

    def wake(self) -> None:
        """Let the pause end that somebody sleeps through."""
        self._wake.set()

    async def accept(self, batch: Sequence[Inbound], cursor: Cursor | None = None) -> Accepted:
        if self.refusals:
            raise self.refusals.pop(0)
        await asyncio.sleep(0)
        ids, fresh = [], []
        for one in batch:
            key = (one.account, one.external_id, one.digest)
            known = key in self._keys
            ids.append(self._keys.setdefault(key, uuid4()))
            fresh.append(not known)
            (self.redelivered if known else self.accepted).append(one)
        if cursor is not None:
            self.cursors[cursor.name] = cursor.position
            self.batches.append((len(batch), cursor.position))
        async with self._changed:
            self._changed.notify_all()
        return Accepted(tuple(ids), tuple(fresh))

    async def cursor(self, name: str = "") -> str | None:
        return self.cursors.get(name)

    async def put_blob(
        self, body: bytes | AsyncIterable[bytes], *, name: str, media_type: str
    ) -> Blob:
        if not isinstance(body, bytes):
            body = b"".join([chunk async for chunk in body])
        if len(body) > self.file_limit:
            raise Refused(f"larger than {self.file_limit} bytes")
        digest = hashlib.sha256(body).hexdigest()
        self.files[digest] = body
        return Blob(key=digest, digest=digest, size=len(body), media_type=media_type, name=name)

    async def get_blob(self, blob: Blob) -> bytes:
        if blob.key not in self.files:
            raise FileNotFoundError(blob.name)
        return self.files[blob.key]

    async def signal(self, signal: Typing | Presence) -> None:
        raise NotImplementedError("a mail account has no signals")

    async def history(
        self,
        address: str,
        after: str | None = None,
        limit: int = 50,
        *,
        before: UUID | None = None,
    ) -> History:
        raise NotImplementedError("a mail account shows no history")

    def notices(self, address: str) -> AsyncIterator[Notice]:
        raise NotImplementedError("a mail account watches nobody")

    @property
    def messages(self) -> list[Message]:
        """The messages among what was accepted, in order."""
        return [one for one in self.accepted if isinstance(one, Message)]

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait until `true()`, looking whenever something was accepted or somebody sleeps.

        Raises what ended the reader, when that comes first.
        """
        async with asyncio.timeout(PATIENCE), self._changed:
            await self._changed.wait_for(lambda: self._ended is not None or true())
        if self._ended is not None and not true():
            raise self._ended

    def reader_began(self) -> None:
        """A reader starts (again); what ended an earlier one is past."""
        self._ended = None

    async def reader_ended(self, error: Exception) -> None:
        """Tell whoever waits that nothing more will come."""
        self._ended = error
        async with self._changed:
            self._changed.notify_all()

    async def until_accepted(self, number: int) -> list[Inbound]:
        """Everything accepted, once that is at least `number`."""
        await self.until(lambda: len(self.accepted) >= number)
        return self.accepted


def account_of(settings: MailSettings, name: str = "support", url: str | None = None) -> Account:
    """An account as the hub would make it."""
    return Account(name=name, kind=mail.kind, settings=settings, url=url)
