"""Putting a backup back into an empty installation, on either database."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, Table, bindparam, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from hub.store.backup import (
    FORMAT,
    FORMAT_VERSION,
    KEY_MEMBER,
    MANIFEST,
    BackupFault,
    Manifest,
    file_member,
    table_member,
)
from hub.store.portable import BATCH, python_type, rows_in, tables
from hub.store.schema import revisions, state, upgrade
from hub.store.statements import table_of
from hub.store.tables import (
    Availability,
    Conversation,
    Counter,
    Job,
    Lane,
    OpenTab,
    Outgoing,
    WebhookCall,
    WebhookEndpoint,
)

CHUNK: Final = 1024 * 1024
HELD: Final = "this was waiting when the backup was made; it may have been sent since"

PutFile = Callable[[str, bytes], None]
"""Stores a file under its key."""


class Backup:
    """An opened backup whose manifest was read. Use as a context manager.

    Raises BackupFault when the file is no backup, or one that this version can not read.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        try:
            self._archive = zipfile.ZipFile(file)
            manifest = json.loads(self._archive.read(MANIFEST))
            if (manifest["format"], manifest["version"]) != (FORMAT, FORMAT_VERSION):
                raise BackupFault(f"{file} is of a form that this version of Payam does not know")
            self.manifest = Manifest(**manifest)
        except (zipfile.BadZipFile, KeyError, ValueError, TypeError) as error:
            raise BackupFault(f"{file} is no backup of Payam, or is damaged") from error

    def __enter__(self) -> Backup:
        return self

    def __exit__(self, *raised: object) -> None:
        self._archive.close()

    def check(self, engine: Engine | None = None) -> None:
        """Look whether this can be restored there, before anything is changed; without an engine,
        whether it can be restored into an empty database.

        Raises:
            BackupFault: the database holds data, or the backup is of another schema or damaged.
        """
        if self.manifest.schema != revisions()[-1]:
            raise BackupFault(
                f"{self.file} holds schema {self.manifest.schema}, and this version needs "
                f"{revisions()[-1]}\nRestore it with Payam {self.manifest.payam}, then update."
            )
        if engine is not None:
            _require_empty(engine)
        self.verify()

    def verify(self) -> None:
        """Read every member. Raises BackupFault unless all are there, whole and unchanged."""
        for name, wanted in self.manifest.members.items():
            digest = hashlib.sha256()
            try:
                with self._archive.open(name) as member:
                    while chunk := member.read(CHUNK):
                        digest.update(chunk)
            except (KeyError, zipfile.BadZipFile, OSError) as error:
                raise BackupFault(f"{self.file} is damaged: {name} can not be read") from error
            if digest.hexdigest() != wanted:
                raise BackupFault(f"{self.file} is damaged: {name} is not what was written")

    @property
    def key(self) -> str | None:
        """The text of the key file, if it is in the backup."""
        return self._archive.read(KEY_MEMBER).decode() if self.manifest.has_key else None

    def restore(self, engine: Engine, put_file: PutFile, *, send_waiting: bool = False) -> None:
        """Put everything back: the files, then all rows in one transaction. `check` comes first.

        send_waiting: send what waited to be sent when the backup was made. Otherwise it is
          unconfirmed, because it may have been sent since.

        Raises:
            BackupFault: a row does not fit; then no row was stored.
        """
        upgrade(engine)
        for key in self.manifest.files:
            put_file(key, self._archive.read(file_member(key)))
        with _writing(engine) as connection:
            try:
                for table in tables():
                    self._insert(connection, table)
            except (ValueError, KeyError, IntegrityError) as error:
                raise BackupFault(f"{self.file} does not fit this version: {error}") from error
            _count_on(connection)
            _nobody_is_there(connection)
            _forget_backups(connection)
            if not send_waiting:
                hold(connection)

    def _insert(self, connection: Connection, table: Table) -> None:
        """All rows of a table; what refers to other rows of it comes when all are there."""
        own = [
            column.name
            for column in table.columns
            if any(key.column.table is table for key in column.foreign_keys)
        ]
        later: list[dict[str, Any]] = []
        waiting: list[dict[str, Any]] = []
        with self._archive.open(table_member(table.name)) as member:
            for row in rows_in(io.TextIOWrapper(member, encoding="utf-8"), table):
                if any(row[name] is not None for name in own):
                    later.append({f"_{name}": row[name] for name in ("id", *own)})
                    row.update(dict.fromkeys(own))
                waiting.append(row)
                if len(waiting) >= BATCH:
                    connection.execute(insert(table), waiting)
                    waiting = []
        if waiting:
            connection.execute(insert(table), waiting)
        if later:
            connection.execute(
                update(table)
                .where(table.c.id == bindparam("_id"))
                .values({name: bindparam(f"_{name}") for name in own}),
                later,
            )


def _require_empty(engine: Engine) -> None:
    current, head = state(engine)
    if current is None:
        return
    if current != head:
        raise BackupFault("the database there is not empty; restore into an empty one")
    with engine.connect() as connection:
        for table in tables():
            if connection.execute(select(1).select_from(table).limit(1)).first():
                raise BackupFault(
                    "the database holds data already, and a restore does not overwrite\n"
                    "Give it an empty database or another data directory, one that no hub has "
                    "started on yet; or put aside what is there with --replace."
                )


def hold(connection: Connection) -> None:
    """Make unconfirmed what waits to be sent: it is shown, and people decide. Nor are other
    programs told anything until somebody says so: they may be told by the original."""
    _hold_webhooks(connection)
    outgoing, lane, conversation = table_of(Outgoing), table_of(Lane), table_of(Conversation)
    waits = outgoing.c.state.in_(("queued", "sending"))
    counts = connection.execute(
        select(outgoing.c.conversation_id, func.count())
        .where(waits)
        .group_by(outgoing.c.conversation_id)
    ).all()
    if not counts:
        return
    connection.execute(
        update(conversation)
        .where(conversation.c.id == bindparam("_id"))
        .values(undelivered=conversation.c.undelivered + bindparam("_count")),
        [{"_id": key, "_count": count} for key, count in counts],
    )
    connection.execute(
        update(outgoing).where(waits).values(state="unconfirmed", error=HELD, error_code=None)
    )
    connection.execute(update(lane).values(ready_at=None, lease_until=None, worker=None))


def _hold_webhooks(connection: Connection) -> None:
    endpoint, call = table_of(WebhookEndpoint), table_of(WebhookCall)
    connection.execute(
        update(endpoint).where(endpoint.c.state == "on").values(state="ended", reason="restored")
    )
    connection.execute(
        update(call)
        .where(call.c.state == "queued")
        .values(state="failed", error=HELD, lease_until=None, worker=None)
    )


def _nobody_is_there(connection: Connection) -> None:
    """The browsers that were open when the backup was taken are not connected to this hub."""
    connection.execute(delete(table_of(OpenTab)))
    there = table_of(Availability)
    connection.execute(update(there).where(there.c.state != "offline").values(state="offline"))


def _forget_backups(connection: Connection) -> None:
    """Those that were made or begun belong to the installation that was lost, the one among them
    from which this was restored."""
    connection.execute(delete(table_of(Job)).where(table_of(Job).c.kind.startswith("backups.")))


@contextmanager
def _writing(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection, connection.begin():
        if engine.dialect.name == "sqlite":
            # SQLAlchemy's own begin is only noted down; see `hub.store.sqlite`.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        yield connection


def _count_on(connection: Connection) -> None:
    """Let what is numbered go on from what was restored."""
    highest = connection.execute(select(func.max(table_of(Conversation).c.number))).scalar()
    if connection.dialect.name == "sqlite":
        _count_conversations_from(connection, highest or 0)
        return
    if highest:
        connection.execute(select(func.setval("conversation_number", highest)))
    for table in tables():
        for column in table.primary_key.columns:
            if python_type(column.type) is not int:
                continue
            sequence = connection.execute(
                select(func.pg_get_serial_sequence(table.name, column.name))
            ).scalar()
            last = connection.execute(select(func.max(column))).scalar()
            if sequence and last:
                connection.execute(select(func.setval(sequence, last)))


def _count_conversations_from(connection: Connection, highest: int) -> None:
    """PostgreSQL has a sequence where SQLite has a row; see `hub.store.numbers`."""
    counter = table_of(Counter)
    here = counter.c.name == "conversation"
    before = connection.execute(select(counter.c.value).where(here)).scalar()
    if before is None:
        connection.execute(insert(counter).values(name="conversation", value=highest))
    elif before < highest:
        connection.execute(update(counter).where(here).values(value=highest))
