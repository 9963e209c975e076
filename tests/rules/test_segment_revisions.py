"""Segments as admins edit them: saved, refused, removed, brought back, and never overwritten."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from sqlmodel import Session, select

from hub.agents.directory import add_agent
from hub.rules import segment_revisions as segments
from hub.rules.segment_revisions import Conflict, Invalid, NoSuchSegment
from hub.rules.segments import live_segments, seed_segments
from hub.store import schema
from hub.store.sqlite import SqliteDatabase
from hub.store.tables import Audit
from hub.store.versions import policy_version

NOW = datetime(2026, 11, 21, 20, tzinfo=UTC)
SHIPPED = "- id: key\n  name: {en: Key}\n  if: {customer_tags: vip}\n"
MINE = "- id: key\n  name: {en: Key}\n  # Ours are marked otherwise.\n  if: {customer_tags: ours}\n"


class Installation:
    def __init__(self, database: SqliteDatabase, agent: UUID) -> None:
        self.database = database
        self.agent = agent

    async def seed(self, text: str = SHIPPED) -> None:
        await self.database.write(seed_segments, text, NOW)

    async def save(self, text: str, slug: str | None = "key", base: int | None = None) -> str:
        return await self.database.write(
            segments.save, slug, text, base=base, agent_id=self.agent, now=NOW
        )

    async def asked(self) -> dict[str, object]:
        """What each segment asks for."""

        def read(session: Session) -> dict[str, object]:
            return {one.id: dict(one.data) for one in live_segments(session).segments}

        return await self.database.read(read)


@pytest.fixture
async def installation(tmp_path: Path) -> AsyncIterator[Installation]:
    database = SqliteDatabase(tmp_path / "hub.db")
    schema.upgrade(database.engine)
    await database.open()
    agent = await database.write(
        add_agent, name="Mina", mail="mina@example.com", password_hash=None, role="owner",
        locale="en", calendar="gregorian", time_zone="UTC", now=NOW,
    )  # fmt: skip
    made = Installation(database, agent)
    await made.seed()
    yield made
    await database.close()


async def test_what_was_saved_decides_and_follows_the_shipped_file_no_more(
    installation: Installation,
) -> None:
    version = await installation.database.read(policy_version)
    assert await installation.save(MINE) == "key"
    assert await installation.database.read(policy_version) > version
    await installation.seed(SHIPPED.replace("vip", "anew"))
    assert await installation.asked() == {"key": {"customer_tags": "ours"}}
    assert await installation.database.read(segments.text_of, "key") == MINE, "comments stay"
    noted = await installation.database.read(lambda session: session.exec(select(Audit)).one())
    assert (noted.action, noted.subject) == ("changed a segment", "segment:key")


async def test_what_it_was_before_can_be_restored_also_after_it_was_removed(
    installation: Installation,
) -> None:
    await installation.save(MINE)
    database, agent = installation.database, installation.agent
    mine, shipped = await database.read(segments.history, "key")
    assert (mine.author, shipped.author) == ("Mina", None)
    back = await database.write(segments.remove, "key", agent_id=agent, now=NOW)
    await installation.seed()
    assert await installation.asked() == {}, "what was removed is not shipped again"
    assert [one.id for one in await database.read(segments.removed)] == [back]
    await database.write(segments.restore, shipped.id, agent_id=agent, now=NOW)
    assert await installation.asked() == {"key": {"customer_tags": "vip"}}
    assert await database.read(segments.removed) == ()


@pytest.mark.parametrize(
    ("slug", "text", "said"),
    [
        ("key", "- id: other\n  if: {customer_tags: x}\n", "its id stays 'key'"),
        ("key", MINE + SHIPPED.replace("key", "two"), "write one segment here"),
        ("key", MINE.replace("customer_tags", "hours"), "there is no condition 'hours'"),
        (None, MINE, "another segment is called 'key'"),
    ],
)
async def test_what_is_no_segment_is_refused(
    installation: Installation, slug: str | None, text: str, said: str
) -> None:
    with pytest.raises(Invalid, match=said):
        await installation.save(text, slug)
    assert await installation.asked() == {"key": {"customer_tags": "vip"}}


async def test_nobody_overwrites_what_they_have_not_seen(installation: Installation) -> None:
    await installation.save(MINE)
    with pytest.raises(Conflict):
        await installation.save(SHIPPED)
    with pytest.raises(NoSuchSegment):
        await installation.save(SHIPPED.replace("key", "none"), "none")
