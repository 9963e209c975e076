"""Making one backup, with nothing but the settings: by the hub's own process, or by the command."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, func, select

from hub.backups import Order
from hub.backups.keeping import Keep, kept
from hub.backups.places import Place, name_of, place_of
from hub.calendars import zone
from hub.settings import Settings
from hub.store.backup import BackupFault, write_backup
from hub.store.blobs import blob_store
from hub.store.restore import Backup
from hub.store.statements import table_of
from hub.store.tables import Blob

PREFIX: Final = ".payam-backup-"
LEFT_BEHIND: Final = timedelta(days=1)
"""What is in the making for longer belongs to a process that is gone."""


@dataclass(frozen=True)
class Made:
    """A backup that was made and read again. size: in bytes. missing: files that rows name and
    that were not there. dropped: the names of older ones that are not kept any more."""

    name: str
    size: int
    rows: int
    files: int
    missing: int
    dropped: tuple[str, ...]


def make(order: Order, now: datetime) -> Made:
    """Write a backup, read it again, put it to its place, and let older ones go.

    Raises:
        BackupFault: there is no room, or what was written is not what is read.
        OSError, obstore.exceptions.BaseError: the place does not take it.
    """
    settings = order.settings
    place = place_of(settings.backups)
    folder = place.work_in(settings.data.directory)
    _clear(folder)
    name = _free(place, now)
    blobs = blob_store(settings)
    with _engine(order) as engine, _work(folder) as work:
        _require_room(engine, order, folder)
        manifest = write_backup(
            work / name, engine, lambda key: asyncio.run(blobs.get(key)), key=order.key, now=now
        )
        with Backup(work / name) as written:
            written.verify()
        size = (work / name).stat().st_size
        place.put(work / name, name)
    return Made(
        name=name,
        size=size,
        rows=sum(manifest.rows.values()),
        files=len(manifest.files),
        missing=len(manifest.missing),
        dropped=tuple(_let_go(place, settings)),
    )


def _free(place: Place, now: datetime) -> str:
    """A name that none has: a process that ended just before may have left one of this second."""
    taken = {one.name for one in place.lying()}
    while (name := name_of(now)) in taken:
        now += timedelta(seconds=1)
    return name


def _let_go(place: Place, settings: Settings) -> Iterator[str]:
    given = settings.backups
    keep = Keep(given.keep_days, given.keep_weeks, given.keep_months)
    lying = place.lying()
    stay = kept((one.made_at for one in lying), keep, zone(settings.organisation.time_zone))
    for one in lying:
        if one.made_at not in stay:
            place.delete(one.name)
            yield one.name


@contextmanager
def _engine(order: Order) -> Iterator[Engine]:
    if order.sqlite is not None:
        from hub.store.sqlite import sqlite_engine

        engine = sqlite_engine(order.sqlite)
    else:
        from hub.store.postgres import postgres_engine

        engine = postgres_engine(order.settings.database.url.get_secret_value(), 1)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def _work(folder: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=folder, prefix=PREFIX) as work:
        yield Path(work)


def _clear(folder: Path) -> None:
    """Remove what a process left that was killed while it made one."""
    border = time.time() - LEFT_BEHIND.total_seconds()
    for left in folder.glob(f"{PREFIX}*"):
        if left.is_dir() and left.stat().st_mtime < border:
            shutil.rmtree(left, ignore_errors=True)


def _require_room(engine: Engine, order: Order, folder: Path) -> None:
    """Raise BackupFault where what is to be written certainly does not fit.

    Rows shrink to less than half, but a copy of an SQLite file stands beside them meanwhile.
    """
    with engine.connect() as connection:
        files = connection.execute(select(func.sum(table_of(Blob).c.size))).scalar() or 0
    copy = order.sqlite.stat().st_size if order.sqlite is not None else 0
    needed, free = int(files) + copy, shutil.disk_usage(folder).free
    if needed > free:
        raise BackupFault(
            f"{folder} has {free // 1_000_000} MB free, and the backup needs about "
            f"{needed // 1_000_000} MB; make room there, or choose another place"
        )
