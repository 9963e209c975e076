"""Files, in a folder and in an S3 bucket: the same promises."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from obstore.exceptions import BaseError

from hub.calendars import SystemClock
from hub.cli import installation
from hub.message import Blob, Media, Text
from hub.orphans import collect
from hub.store.blobs import BlobStore, TooLarge, blob_store
from tests.harness import people, rows, running_hub, settings
from tests.s3_server import S3Server, s3_server

PART = bytes(range(256)) * 4096
LIMIT = 100 * len(PART)


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    with s3_server() as running:
        yield running


@pytest.fixture(params=["folder", "s3", "s3 below a prefix"])
def more(request: pytest.FixtureRequest, server: S3Server, tmp_path: Path) -> str:
    if request.param == "folder":
        return ""
    return server.settings("" if request.param == "s3" else f"/{tmp_path.name}")


@pytest.fixture
def store(more: str, tmp_path: Path) -> BlobStore:
    return blob_store(settings(tmp_path, more=more).settings)


async def put(store: BlobStore, body: bytes | AsyncIterator[bytes], limit: int = LIMIT) -> Blob:
    return await store.put(body, name="a.bin", media_type="application/octet-stream", limit=limit)


async def parts(count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield PART


async def every_key(store: BlobStore) -> set[str]:
    return {key async for key in store.keys(datetime.now(UTC) + timedelta(hours=1))}


@pytest.mark.parametrize("body", [b"", b"payam", PART])
async def test_what_was_put_is_got(store: BlobStore, body: bytes) -> None:
    blob = await put(store, body)
    assert (blob.size, blob.digest) == (len(body), sha256(body).hexdigest())
    assert await store.get(blob.key) == body
    assert blob.key in await every_key(store)
    assert blob.key not in {key async for key in store.keys(datetime.now(UTC) - timedelta(hours=1))}
    await store.delete(blob.key)
    assert blob.key not in await every_key(store)
    with pytest.raises(FileNotFoundError):
        await store.get(blob.key)
    await store.delete(blob.key)


async def test_a_large_file_arrives_piece_by_piece(store: BlobStore) -> None:
    blob = await put(store, parts(23))
    assert (blob.size, blob.digest) == (23 * len(PART), sha256(PART * 23).hexdigest())
    assert await store.get(blob.key) == PART * 23


@pytest.mark.parametrize("count", [3, 15])
async def test_of_a_file_that_is_too_large_nothing_is_kept(store: BlobStore, count: int) -> None:
    before = await every_key(store)
    with pytest.raises(TooLarge, match=str(count * len(PART) - 1)):
        await put(store, parts(count), limit=count * len(PART) - 1)
    with pytest.raises(TooLarge):
        await put(store, PART, limit=10)
    assert await every_key(store) == before


async def test_an_upload_that_breaks_keeps_nothing_and_says_why(store: BlobStore) -> None:
    async def broken() -> AsyncIterator[bytes]:
        for _ in range(12):
            yield PART
        raise ConnectionResetError("the sender is gone")

    before = await every_key(store)
    with pytest.raises(ConnectionResetError, match="the sender is gone"):
        await put(store, broken())
    assert await every_key(store) == before


@pytest.mark.parametrize("key", ["", "../secret", "ab/cd", "/etc/passwd", "ab/" + "0" * 31])
async def test_a_key_that_is_none_names_no_file(store: BlobStore, key: str) -> None:
    with pytest.raises(FileNotFoundError):
        await store.get(key)
    with pytest.raises(FileNotFoundError):
        await store.put_back(key, b"")


async def test_a_file_of_a_backup_gets_its_key_back(store: BlobStore) -> None:
    blob = await put(store, b"once")
    await store.delete(blob.key)
    await store.put_back(blob.key, b"once")
    assert await store.get(blob.key) == b"once"


async def test_a_file_that_a_message_shows_stays_and_an_orphan_goes(
    tmp_path: Path, more: str
) -> None:
    async with running_hub(tmp_path, more=more) as hub:
        kept = await put(hub.blobs, b"a picture")
        orphan = await put(hub.blobs, b"of a message that never came")
        sara = people(hub).person("sara")
        await sara.sends((Text(text="Look"), Media(form="document", blob=kept)))
        assert [(row.key, row.size) for row in await rows(hub, "select key, size from blob")] == [
            (kept.key, 9)
        ]
        begun = tmp_path / f"data/files/{orphan.key[:2]}/{'0' * 30}.part"
        if more == "":
            begun.write_bytes(b"the process was kill")
        assert await collect(hub.database, hub.blobs, SystemClock(), timedelta(hours=1)) == 0
        assert await collect(hub.database, hub.blobs, SystemClock(), timedelta(hours=-1)) >= 1
        assert await hub.blobs.get(kept.key) == b"a picture"
        with pytest.raises(FileNotFoundError):
            await hub.blobs.get(orphan.key)
        assert not begun.exists()


async def test_the_check_says_whether_the_bucket_can_be_used(
    server: S3Server, tmp_path: Path
) -> None:
    good = settings(tmp_path, more=server.settings())
    assert [one.ok for one in await installation.files(good)] == [True]
    missing = settings(tmp_path, more=server.settings().replace("s3://", "s3://not-"))
    [found] = await installation.files(missing)
    assert not found.ok
    assert "s3://not-payam-files: " in found.detail
    assert "404 Not Found" in found.detail
    assert found.fix
    assert await installation.files(settings(tmp_path)) == []


async def test_a_server_that_is_not_there_is_told(server: S3Server, tmp_path: Path) -> None:
    nowhere = server.settings().replace(server.url, "http://127.0.0.1:9")
    with pytest.raises(BaseError):
        await put(blob_store(settings(tmp_path, more=nowhere).settings), b"a")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('attachments.store = "bucket"', 'or a bucket such as "s3://payam-files"'),
        ('attachments.store = "s3://Bucket"', 'or a bucket such as "s3://payam-files"'),
        ('attachments.s3.access_key = "only-one"', "access_key and secret_key, both or neither"),
    ],
)
def test_a_setting_that_names_no_bucket_is_refused(tmp_path: Path, line: str, told: str) -> None:
    with pytest.raises(Exception, match=told):
        settings(tmp_path, more=line)
