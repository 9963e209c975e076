"""Shipped templates become live, and an edited one stays."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session

from hub.calendars import zone
from hub.message import Text
from hub.replies import Key, live_library, live_templates, seed_templates
from hub.store import schema
from hub.store.sqlite import SqliteDatabase
from hub.store.tables import TemplateRevision

NOW = datetime(2026, 11, 21, 20, tzinfo=UTC)
EN, FA = Key("away", "en"), Key("away", "fa")


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    made = SqliteDatabase(tmp_path / "hub.db")
    schema.upgrade(made.engine)
    await made.open()
    yield made
    await made.close()


def edit(session: Session, key: Key, revision: int, source: str) -> None:
    session.add(
        TemplateRevision(
            name=key.name, locale=key.locale, revision=revision, source=source, digest="", at=NOW
        )
    )


async def test_shipped_templates_follow_their_files_until_somebody_edits(
    database: SqliteDatabase,
) -> None:
    assert await database.write(seed_templates, {EN: "Away", FA: "نیستیم"}, NOW) == [EN, FA]
    assert await database.write(seed_templates, {EN: "Away", FA: "نیستیم"}, NOW) == []
    assert await database.write(seed_templates, {EN: "Gone", FA: "نیستیم"}, NOW) == [EN]
    await database.write(edit, EN, 3, "Back soon")
    assert await database.write(seed_templates, {EN: "Out", FA: "نه"}, NOW) == [FA]
    assert await database.read(live_templates) == {EN: "Back soon", FA: "نه"}


async def test_the_live_library_writes_with_what_is_newest(database: SqliteDatabase) -> None:
    await database.write(seed_templates, {EN: "{{ now | time }}"}, NOW)
    library = await database.read(
        lambda session: live_library(session, zone=zone("Asia/Tehran"), fallback=["en"])
    )
    written = library.render("away", "fa", {"now": NOW + timedelta(minutes=1)})
    assert written == (Text(text="23:31"),)
