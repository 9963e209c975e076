"""Collecting files that no transaction came to name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import islice

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
    found = iter(blobs.keys(clock.now() - keep))
    deleted = 0
    while keys := list(islice(found, CHUNK)):
        kept = await database.read(named, keys)
        for key in keys:
            if key not in kept:
                await blobs.delete(key)
                deleted += 1
    return deleted
