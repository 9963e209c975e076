"""Files in an S3 bucket, so that processes on several machines share them.

The protocol is spoken by obstore (the Rust crate object_store): signatures, several parts at
once, and repeated requests are its work. See https://docs.aws.amazon.com/AmazonS3/latest/API/.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import AsyncIterable, AsyncIterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import obstore
from obstore.store import S3Store

from hub.message import Blob
from hub.store.blobs import KEY, TooLarge, chunks, new_key

if TYPE_CHECKING:
    from obstore.store import ClientConfig, S3Config

    from hub.settings.model import S3, Attachments

CONNECT: Final = timedelta(seconds=5)
REQUEST: Final = timedelta(seconds=60)
"""For one request; a large file goes in several."""
TRIES: Final = 4
PAGE: Final = 500


def bucket(address: str, s3: S3) -> S3Store:
    """The bucket of an address such as "s3://bucket/prefix"; paths are below the prefix."""
    name, _, prefix = address.removeprefix("s3://").partition("/")
    client: ClientConfig = {"connect_timeout": CONNECT, "timeout": REQUEST}
    if s3.endpoint.startswith("http://"):
        client["allow_http"] = True
    config: S3Config = {"region": s3.region}
    if s3.endpoint:
        config["endpoint"] = s3.endpoint
    else:
        # Amazon's own want the bucket in the host; other makers' servers answer by path.
        config["virtual_hosted_style_request"] = True
    if s3.access_key:
        config["access_key_id"] = s3.access_key
        config["secret_access_key"] = s3.secret_key.get_secret_value()
    return S3Store(
        name,
        prefix=prefix or None,
        config=config,
        client_options=client,
        retry_config={"max_retries": TRIES, "retry_timeout": REQUEST},
    )


class S3BlobStore:
    """Files in a bucket, below a prefix. What S3 has answered for is durable.

    What the far side or the way to it refuses is raised as `obstore.exceptions.BaseError`, and a
    file or a bucket that is not there as FileNotFoundError.
    """

    def __init__(self, given: Attachments) -> None:
        self._store = bucket(given.store, given.s3)

    async def put(
        self, body: bytes | AsyncIterable[bytes], *, name: str, media_type: str, limit: int
    ) -> Blob:
        key = new_key()
        counted = _Counted(body, limit)
        if isinstance(body, bytes):
            # One request, and nothing is sent of what is too large.
            for _ in [part async for part in counted]:
                pass
            await obstore.put_async(self._store, key, body)
        else:
            try:
                await obstore.put_async(self._store, key, counted)
            except Exception as error:
                # The way through Rust may have wrapped what the source raised.
                if counted.fault is not None and counted.fault is not error:
                    raise counted.fault from error
                raise
        return Blob(
            key=key,
            digest=counted.digest.hexdigest(),
            size=counted.size,
            media_type=media_type,
            name=name,
        )

    async def get(self, key: str) -> bytes:
        if not KEY.match(key):
            raise FileNotFoundError(key)
        found = await obstore.get_async(self._store, key)
        return bytes(await found.bytes_async())

    async def part(self, key: str, start: int, length: int) -> bytes:
        if not KEY.match(key):
            raise FileNotFoundError(key)
        found = await obstore.get_range_async(self._store, key, start=start, length=length)
        return bytes(found)

    async def put_back(self, key: str, body: bytes) -> None:
        if not KEY.match(key):
            raise FileNotFoundError(key)
        await obstore.put_async(self._store, key, body)

    async def delete(self, key: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            await obstore.delete_async(self._store, key)

    async def keys(self, before: datetime) -> AsyncIterator[str]:
        async for page in obstore.list(self._store, chunk_size=PAGE):
            for one in page:
                if one["last_modified"] < before:
                    yield one["path"]

    async def check(self) -> None:
        """Write a small file, read it and delete it. Raises what hinders that."""
        blob = await self.put(b"payam", name="check", media_type="text/plain", limit=16)
        await self.get(blob.key)
        await self.delete(blob.key)


class _Counted:
    """The chunks of a file, counted and digested as they pass, and no more than the limit."""

    def __init__(self, body: bytes | AsyncIterable[bytes], limit: int) -> None:
        self.body = body
        self.limit = limit
        self.size = 0
        self.digest = hashlib.sha256()
        self.fault: Exception | None = None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in chunks(self.body):
                self.size += len(chunk)
                if self.size > self.limit:
                    raise TooLarge(self.limit)
                self.digest.update(chunk)
                yield chunk
        except Exception as error:
            self.fault = error
            raise
