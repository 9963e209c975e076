"""Collecting files that no transaction came to name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlmodel import Session

from hub.calendars import Clock
from hub.store.blobs import BlobStore
from hub.store.database import Database
from hub.store.statements import table_of
from hub.store.tables import Blob, RawOriginal

EVERY = timedelta(hours=1)
CHUNK = 500


def named(session: Session, keys: Sequence[str]) -> set[str]:
    """Which of these files some row speaks of."""
    blob, raw = table_of(Blob), table_of(RawOriginal)
    return set(session.execute(select(blob.c.key).where(blob.c.key.in_(keys))).scalars()) | set(
        session.execute(select(raw.c.blob_key).where(raw.c.blob_key.in_(keys))).scalars()
    )


async def collect(database: Database, blobs: BlobStore, clock: Clock, keep: timedelta) -> int:
    """Delete files older than `keep` that nothing names; how many they were.

    `keep` must be longer than any upload waits for its message.
    """
    deleted = 0
    keys: list[str] = []
    async for key in blobs.keys(clock.now() - keep):
        keys.append(key)
        if len(keys) == CHUNK:
            deleted += await _delete_unnamed(database, blobs, keys)
            keys = []
    return deleted + await _delete_unnamed(database, blobs, keys)


async def _delete_unnamed(database: Database, blobs: BlobStore, keys: Sequence[str]) -> int:
    if not keys:
        return 0
    orphans = set(keys) - await database.read(named, keys)
    for key in orphans:
        await blobs.delete(key)
    return len(orphans)
