"""A backup: one ZIP file with all rows, the files they show and, if wanted, the key.

    manifest.json         what it is, and the SHA-256 of every other member
    tables/<name>.jsonl   the rows of a table, see `hub.store.portable`
    files/<key>           a stored file
    key                   the key file

It is taken from one consistent state while the hub goes on working, and does not depend on the
database that it was taken from.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, select

from hub import __version__
from hub.store.blobs import KEY
from hub.store.portable import lines_of, tables
from hub.store.schema import state
from hub.store.sqlite import sqlite_engine
from hub.store.statements import table_of
from hub.store.tables import Blob, Brand, RawOriginal

FORMAT: Final = "payam-backup"
FORMAT_VERSION: Final = 1
MANIFEST: Final = "manifest.json"
KEY_MEMBER: Final = "key"

ReadFile = Callable[[str], bytes]
"""The bytes of a stored file by its key. Raises FileNotFoundError."""


class BackupFault(Exception):
    """A backup can not be made or restored; the text says why and what to do."""


@dataclass(frozen=True)
class Manifest:
    """What a backup holds. rows: by table. members: by name, the SHA-256 of each in hex.
    missing: keys of files that rows name and that were not there any more. without_files: they
    were left out on purpose."""

    made_at: str
    payam: str
    schema: str
    database: str
    rows: dict[str, int]
    members: dict[str, str]
    missing: list[str] = field(default_factory=list)
    without_files: bool = False
    format: str = FORMAT
    version: int = FORMAT_VERSION

    @property
    def has_key(self) -> bool:
        return KEY_MEMBER in self.members

    @property
    def files(self) -> list[str]:
        """The keys of the files."""
        prefix = file_member("")
        return [name.removeprefix(prefix) for name in self.members if name.startswith(prefix)]


def table_member(name: str) -> str:
    return f"tables/{name}.jsonl"


def file_member(key: str) -> str:
    return f"files/{key}"


def write_backup(
    target: Path,
    engine: Engine,
    read_file: ReadFile | None,
    *,
    key: str | None,
    now: datetime,
) -> Manifest:
    """Write everything into the new file `target`, which appears whole or not at all.

    read_file: None to leave the files out. key: the text of the key file, to be put in.

    Raises:
        BackupFault: `target` exists, or the database is empty or of another schema.
        OSError: it can not be written.
    """
    if target.exists():
        raise BackupFault(f"{target} exists already; choose another name")
    schema, wanted = state(engine)
    if schema is None or schema != wanted:
        raise BackupFault(
            f"the database is at revision {schema or 'none'} and this version needs {wanted}\n"
            "Back it up with the version that wrote it, or run first: payam db upgrade"
        )
    part = target.with_name(f".{target.name}.part")
    try:
        with _create(part) as archive, _snapshot(engine, target.parent) as connection:
            members: dict[str, str] = {}
            rows: dict[str, int] = {}
            for table in tables():
                member = table_member(table.name)
                count, members[member] = _write_lines(archive, member, lines_of(connection, table))
                rows[table.name] = count - 1
            missing: list[str] = []
            if read_file is not None:
                missing = _write_files(archive, _file_keys(connection), read_file, members)
            if key is not None:
                archive.writestr(KEY_MEMBER, key)
                members[KEY_MEMBER] = hashlib.sha256(key.encode()).hexdigest()
            manifest = Manifest(
                made_at=now.isoformat(timespec="seconds"),
                payam=__version__,
                schema=schema,
                database=engine.dialect.name,
                rows=rows,
                members=members,
                missing=missing,
                without_files=read_file is None,
            )
            archive.writestr(MANIFEST, json.dumps(asdict(manifest), indent=1))
        part.rename(target)
    finally:
        part.unlink(missing_ok=True)
    return manifest


@contextmanager
def _create(part: Path) -> Iterator[zipfile.ZipFile]:
    """A new archive that only its owner can read, on disk when the block ends."""
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
            yield archive
        file.flush()
        os.fsync(file.fileno())


def _write_files(
    archive: zipfile.ZipFile, keys: Iterable[str], read_file: ReadFile, members: dict[str, str]
) -> list[str]:
    """Put the files in, and their digests into `members`; the keys of those that are not there."""
    missing = []
    for key in keys:
        try:
            body = read_file(key)
        except FileNotFoundError:
            missing.append(key)
            continue
        archive.writestr(file_member(key), body, compress_type=zipfile.ZIP_STORED)
        members[file_member(key)] = hashlib.sha256(body).hexdigest()
    return missing


def _write_lines(archive: zipfile.ZipFile, member: str, lines: Iterable[str]) -> tuple[int, str]:
    """How many lines were written, and the SHA-256 of all."""
    digest, count = hashlib.sha256(), 0
    with archive.open(member, "w", force_zip64=True) as file:
        for line in lines:
            data = line.encode()
            digest.update(data)
            file.write(data)
            count += 1
    return count, digest.hexdigest()


@contextmanager
def _snapshot(engine: Engine, folder: Path) -> Iterator[Connection]:
    """A connection to one unmoving state of the database.

    On SQLite that is a copy made by its backup API: reading the original for long would keep its
    write-ahead log from being taken in (SQLite manual, "Write-Ahead Logging", section 6).
    """
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        ) as connection:
            yield connection
        return
    with tempfile.TemporaryDirectory(dir=folder, prefix=".payam-backup-") as place:
        copy = Path(place) / "copy.sqlite"
        with (
            _closing(sqlite3.connect(str(engine.url.database))) as source,
            _closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)
        copied = sqlite_engine(copy)
        try:
            with copied.connect() as connection:
                yield connection
        finally:
            copied.dispose()


@contextmanager
def _closing(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    try:
        yield connection
    finally:
        connection.close()


def _file_keys(connection: Connection) -> list[str]:
    blob, original, brand = table_of(Blob), table_of(RawOriginal), table_of(Brand)
    found: set[str] = set()
    for column in (blob.c.key, original.c.blob_key, brand.c.logo_key):
        found.update(connection.execute(select(column).where(column.is_not(None))).scalars())
    return sorted(key for key in found if KEY.match(key))
