"""Shipped rules become live, and edited ones stay."""

import asyncio
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import Session

from hub.rules.engine import LAST_RESORT, Facts, MessageFacts, evaluate
from hub.rules.engine.effects import Assign
from hub.rules.marked import parse_yaml
from hub.rules.revisions import LiveRules, live_rules, make_ready, seed_rules
from hub.store import schema
from hub.store.sqlite import SqliteDatabase
from hub.store.tables import ConversationTag, RuleRevision
from tests.desk import PATIENCE, Desk, until

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


async def test_messages_are_decided_while_new_rules_are_compiled(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(source: str) -> None:
        begun.set()
        assert go_on.wait(PATIENCE)
        make_ready(source)

    monkeypatch.setattr("hub.app.make_ready", slow)
    saving = asyncio.create_task(desk.rules(rule("new")))
    try:
        await until(begun.is_set, "the compiling to begin")
        await desk.hears("hello")
        assert [row.tag for row in await desk.all(ConversationTag)] == []
    finally:
        go_on.set()
    await saving
    await desk.hears("hello again")
    assert [row.tag for row in await desk.all(ConversationTag)] == ["new"]


def test_ten_thousand_rules_fit_into_one_text() -> None:
    about = "What it is for, in a sentence that somebody took the time to write. " * 4
    source = "".join(
        f'- {{id: r{number}, about: "{about}", when: message.received, then: [{{tag: x}}]}}\n'
        for number in range(10_000)
    )
    assert len(parse_yaml(source).value) == 10_000
