"""Files: written and synced before the transaction that shows them.

A key is a random name, so a file is never overwritten; the digest is in the row. What no row
names after a day is an orphan of a transaction that never came, and is collected.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import hashlib
import os
import re
import shutil
from collections.abc import AsyncIterable, AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from uuid import uuid4

from hub.message import Blob

if TYPE_CHECKING:
    from hub.settings import Settings

KEY = re.compile(r"[0-9a-f]{2}/[0-9a-f]{30}\Z")
CHUNK = 256 * 1024
PART = ".part"
"""What the name of a file ends in that is not whole yet."""


class TooLarge(Exception):
    """The file is larger than the limit, in bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"the file is larger than {limit} bytes")
        self.limit = limit


class NoRoom(OSError):
    """The disk has so little room left that it is kept for the database."""


class BlobStore(Protocol):
    """Where files are kept."""

    async def put(
        self, body: bytes | AsyncIterable[bytes], *, name: str, media_type: str, limit: int
    ) -> Blob:
        """Store durably. Raises TooLarge or NoRoom, and then nothing is kept."""
        ...

    async def get(self, key: str) -> bytes:
        """Raises FileNotFoundError."""
        ...

    async def part(self, key: str, start: int, length: int) -> bytes:
        """So many bytes from one on. Raises FileNotFoundError."""
        ...

    async def put_back(self, key: str, body: bytes) -> None:
        """Store a file of a backup durably, under the key that it had."""
        ...

    async def delete(self, key: str) -> None: ...

    def keys(self, before: datetime) -> AsyncIterator[str]:
        """The keys of all files written before a time, for collecting orphans."""
        ...


def blob_store(settings: Settings) -> BlobStore:
    """The store that `attachments.store` names: a bucket, or a folder in the data directory."""
    if settings.attachments.store:
        # Loads a library that most installations have no use for.
        from hub.store.s3 import S3BlobStore

        return S3BlobStore(settings.attachments)
    return FolderBlobStore(settings.data.directory / "files", settings.data.refuse_below)


def new_key() -> str:
    """A random key, spread over 256 beginnings."""
    random = uuid4().hex
    return f"{random[:2]}/{random[2:]}"


class FolderBlobStore:
    """Files in a folder, spread over 256 subfolders.

    reserve: bytes of the disk that are left to others.
    """

    def __init__(self, folder: Path, reserve: int = 0) -> None:
        self.folder = folder
        self.reserve = reserve

    def _path(self, key: str) -> Path:
        if not KEY.match(key):
            raise FileNotFoundError(key)
        return self.folder / key

    async def put(
        self, body: bytes | AsyncIterable[bytes], *, name: str, media_type: str, limit: int
    ) -> Blob:
        key = new_key()
        path = self._path(key)
        await asyncio.to_thread(path.parent.mkdir, parents=True, exist_ok=True)
        if shutil.disk_usage(path.parent).free < self.reserve:
            raise NoRoom(errno.ENOSPC, "the disk has too little room for files", str(self.folder))
        digest, size = hashlib.sha256(), 0
        part = path.with_suffix(PART)
        try:
            with part.open("xb") as file:
                async for chunk in chunks(body):
                    size += len(chunk)
                    if size > limit:
                        raise TooLarge(limit)
                    digest.update(chunk)
                    await asyncio.to_thread(file.write, chunk)
                file.flush()
                await asyncio.to_thread(os.fsync, file.fileno())
            part.rename(path)
            await asyncio.to_thread(sync_folder, path.parent)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        return Blob(key=key, digest=digest.hexdigest(), size=size, media_type=media_type, name=name)

    async def get(self, key: str) -> bytes:
        return await asyncio.to_thread(self._path(key).read_bytes)

    async def part(self, key: str, start: int, length: int) -> bytes:
        return await asyncio.to_thread(_read_part, self._path(key), start, length)

    async def put_back(self, key: str, body: bytes) -> None:
        path = self._path(key)
        await asyncio.to_thread(path.parent.mkdir, parents=True, exist_ok=True)
        part = path.with_suffix(PART)
        try:
            with part.open("wb") as file:
                await asyncio.to_thread(file.write, body)
                file.flush()
                await asyncio.to_thread(os.fsync, file.fileno())
            part.rename(path)
            await asyncio.to_thread(sync_folder, path.parent)
        finally:
            part.unlink(missing_ok=True)

    async def delete(self, key: str) -> None:
        # A process that was killed while it stored a file leaves the beginning of one.
        path = self._path(key.removesuffix(PART))
        if key.endswith(PART):
            path = path.with_suffix(PART)
        await asyncio.to_thread(path.unlink, missing_ok=True)

    async def keys(self, before: datetime) -> AsyncIterator[str]:
        for folder in await asyncio.to_thread(_listed, self.folder):
            for path in await asyncio.to_thread(_listed, folder):
                with contextlib.suppress(FileNotFoundError):
                    if path.stat().st_mtime < before.timestamp():
                        yield f"{folder.name}/{path.name}"


def _read_part(path: Path, start: int, length: int) -> bytes:
    with path.open("rb") as file:
        file.seek(start)
        return file.read(length)


def _listed(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []


async def chunks(body: bytes | AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """What is to be stored, piece by piece."""
    if isinstance(body, bytes):
        for start in range(0, len(body), CHUNK):
            yield body[start : start + CHUNK]
    else:
        async for chunk in body:
            yield chunk


def sync_folder(folder: Path) -> None:
    """A renamed file survives a power cut only once its folder is on disk (rename(2), fsync(2))."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
