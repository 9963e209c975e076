"""Shipped rules become live, and edited ones stay."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import Session

from hub.rules.engine import LAST_RESORT, Assign, Facts, MessageFacts, evaluate
from hub.rules.revisions import LiveRules, live_rules, seed_rules
from hub.store import schema
from hub.store.sqlite import SqliteDatabase
from hub.store.tables import RuleRevision

NOW = datetime(2026, 11, 21, 20, tzinfo=UTC)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    made = SqliteDatabase(tmp_path / "hub.db")
    schema.upgrade(made.engine)
    await made.open()
    yield made
    await made.close()


def rule(id: str, indent: str = "") -> str:
    return (
        f"{indent}- id: {id}\n{indent}  when: message.received\n{indent}  then: [{{tag: {id}}}]\n"
    )


async def ids(database: SqliteDatabase) -> list[str]:
    live: LiveRules = await database.read(live_rules)
    return [rule.id for rule in live.ruleset.rules]


def edit(session: Session, source: str, *, live: bool = True) -> None:
    session.add(RuleRevision(source=source, digest="", live=live, at=NOW))


async def test_without_any_revision_the_front_desk_takes_everything(
    database: SqliteDatabase,
) -> None:
    live = await database.read(live_rules)
    assert live.id is None
    facts = Facts(event="message.received", now=NOW, message=MessageFacts(channel="mail"))
    assert evaluate(live.ruleset, facts).effects == (
        Assign(LAST_RESORT.id, "then[0].assign", team="front-desk"),
    )


async def test_shipped_rules_follow_their_files_until_somebody_edits(
    database: SqliteDatabase,
) -> None:
    files = {"10.yaml": "# Greets.\n" + rule("a"), "20.yaml": "---\n" + rule("b", "  ")}
    assert (await database.write(seed_rules, files, NOW)).changed
    assert not (await database.write(seed_rules, files, NOW)).changed
    assert await ids(database) == ["a", "b"]
    files["30.yaml"] = rule("c")
    assert (await database.write(seed_rules, files, NOW)).changed
    assert await ids(database) == ["a", "b", "c"]
    await database.write(edit, rule("mine"))
    assert not (await database.write(seed_rules, files | {"40.yaml": rule("d")}, NOW)).changed
    assert await ids(database) == ["mine"]


async def test_a_draft_is_not_live(database: SqliteDatabase) -> None:
    await database.write(seed_rules, {"10.yaml": rule("a")}, NOW)
    await database.write(lambda session: edit(session, rule("draft"), live=False))
    assert await ids(database) == ["a"]


async def test_comments_of_the_files_are_kept(database: SqliteDatabase) -> None:
    await database.write(seed_rules, {"10.yaml": "# Greets.\n" + rule("a"), "b": rule("b")}, NOW)
    assert "# Greets." in (await database.read(live_rules)).source


async def test_a_file_that_became_unreadable_leaves_what_is_live(database: SqliteDatabase) -> None:
    await database.write(seed_rules, {"10.yaml": rule("a")}, NOW)
    seeded = await database.write(seed_rules, {"10.yaml": "- id: ["}, NOW)
    assert not seeded.changed
    assert [fault.file for fault in seeded.faults] == ["10.yaml"]
    assert await ids(database) == ["a"]


async def test_a_broken_rule_is_unavailable_and_the_others_are_live(
    database: SqliteDatabase,
) -> None:
    await database.write(seed_rules, {"10.yaml": rule("a"), "20.yaml": "- id: broken\n"}, NOW)
    live = await database.read(live_rules)
    assert [rule.id for rule in live.ruleset.rules] == ["a"]
    assert [one.id for one in live.loaded.unavailable] == ["broken"]
