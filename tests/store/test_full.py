"""A full disk: nobody is told "ok" for what was not stored, and afterwards it goes on."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError, OperationalError

from hub.store.database import Session
from hub.store.sqlite import SqliteDatabase

LETTER = "x" * 4_000


def write_note(session: Session, name: str, words: str = LETTER) -> str:
    session.execute(
        text("INSERT INTO consumer (name, xid, position) VALUES (:name, 0, 0)"),
        {"name": f"{name} {words}"},
    )
    return name


def write_notes(session: Session, names: Sequence[str]) -> list[str]:
    return [write_note(session, name) for name in names]


def written(session: Session) -> set[str]:
    rows = session.execute(text("SELECT name FROM consumer")).scalars()
    return {name.split(" ", 1)[0] for name in rows}


def pages(database: SqliteDatabase) -> int:
    with database.engine.connect() as connection:
        count: int = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        return count


@pytest.fixture
async def small(tmp_path: Path, migrated_file: Path) -> AsyncIterator[SqliteDatabase]:
    """A database with room for about twenty letters."""
    path = tmp_path / "payam.sqlite"
    shutil.copy(migrated_file, path)
    measured = SqliteDatabase(path)
    room = pages(measured) + 60
    measured.engine.dispose()
    database = SqliteDatabase(path, max_pages=room)
    await database.open()
    yield database
    await database.close()


async def test_nobody_is_told_ok_on_a_full_disk(small: SqliteDatabase) -> None:
    names = [f"alone-{number}" for number in range(60)]
    answers = await asyncio.gather(
        *(small.write(write_note, name) for name in names), return_exceptions=True
    )
    told = {answer for answer in answers if isinstance(answer, str)}
    refused = [str(answer) for answer in answers if isinstance(answer, Exception)]
    assert len(refused) > 10
    assert all("full" in reason for reason in refused)
    assert await small.read(written) == told


async def test_a_batch_that_does_not_fit_is_told_item_by_item(small: SqliteDatabase) -> None:
    names = [f"many-{number}" for number in range(60)]
    answers = await asyncio.gather(
        *(small.write_each(write_notes, name) for name in names), return_exceptions=True
    )
    told = {answer for answer in answers if isinstance(answer, str)}
    assert 0 < len(told) < 60
    assert await small.read(written) == told


async def test_it_goes_on_when_there_is_room_again(small: SqliteDatabase) -> None:
    filling = (small.write(write_note, f"filling-{number}") for number in range(60))
    answers = await asyncio.gather(*filling, return_exceptions=True)
    assert isinstance(answers[-1], OperationalError)
    await small.write(lambda session: session.execute(text("PRAGMA max_page_count = 1000000")))
    assert await small.write(write_note, "room-again") == "room-again"
    assert "room-again" in await small.read(written)


async def test_a_transaction_that_sqlite_ended_by_itself_is_no_success(
    small: SqliteDatabase,
) -> None:
    """After some errors SQLite has rolled back already; a function that swallows the error must
    not make the door believe that its work was stored."""

    def swallow(session: Session) -> str:
        write_note(session, "before", "small")
        connection: Connection = session.connection()
        connection.exec_driver_sql("ROLLBACK")
        return "ok"

    with pytest.raises(Exception, match="nothing was stored"):
        await small.write(swallow)
    assert await small.read(written) == set()
    assert await small.write(write_note, "after", "small") == "after"


def write_orphan(session: Session) -> None:
    """What only COMMIT finds wrong."""
    session.execute(text("PRAGMA defer_foreign_keys=ON"))
    session.execute(
        text("INSERT INTO lane (conversation_id) VALUES ('00000000000000000000000000000001')")
    )


async def test_a_commit_that_fails_stores_nothing_and_the_next_one_is_a_new_one(
    small: SqliteDatabase,
) -> None:
    for _ in range(2):
        with pytest.raises(IntegrityError):
            await small.write(write_orphan)
        assert await small.write(write_note, "after", "small") == "after"
        await small.write(lambda session: session.execute(text("DELETE FROM consumer")))
    count = await small.read(lambda session: session.execute(text("SELECT 1 FROM lane")).all())
    assert count == []
