"""Who saved which rules, how two texts differ, and the way back."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session

from hub.rules.editing import save_text
from hub.rules.history import (
    NoSuchRevision,
    difference,
    restore,
    revisions,
    source_of,
    take_shipped,
)
from hub.rules.revisions import joined, live_rules, seed_rules
from hub.store import schema
from hub.store.sqlite import SqliteDatabase

NOW = datetime(2026, 11, 21, 20, tzinfo=UTC)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    made = SqliteDatabase(tmp_path / "hub.db")
    schema.upgrade(made.engine)
    await made.open()
    yield made
    await made.close()


def text(*ids: str, tag: str = "x") -> str:
    return "".join(
        f"- id: {name}\n  when: message.received\n  then: [{{tag: {tag}}}]\n" for name in ids
    )


async def test_every_save_is_a_revision_and_any_can_be_restored(database: SqliteDatabase) -> None:
    def save(session: Session, source: str, hours: int) -> int | None:
        return save_text(session, source, agent_id=None, now=NOW + timedelta(hours=hours)).revision

    await database.write(seed_rules, {"10.yaml": text("a")}, NOW)
    await database.write(save, text("a", "b"), 1)
    await database.write(save, text("b"), 2)
    third, second, first = await database.read(revisions)
    assert [one.live for one in (third, second, first)] == [True, False, False]
    assert (first.shipped, second.shipped) == (True, False)
    assert third.at == NOW + timedelta(hours=2)
    assert [one.id for one in await database.read(lambda s: revisions(s, before=third.id))] == [
        second.id,
        first.id,
    ]
    later = NOW + timedelta(hours=3)
    await database.write(lambda s: restore(s, second.id, agent_id=None, now=later))
    live = await database.read(live_rules)
    assert [rule.id for rule in live.ruleset.rules] == ["a", "b"]
    assert live.id not in (first.id, second.id, third.id)
    assert await database.read(source_of, live.id) == await database.read(source_of, second.id)


async def test_who_takes_the_shipped_rules_follows_them_again(database: SqliteDatabase) -> None:
    await database.write(seed_rules, {"10.yaml": text("a")}, NOW)
    await database.write(lambda s: save_text(s, text("mine"), agent_id=None, now=NOW))
    assert not (await database.write(seed_rules, {"10.yaml": text("b")}, NOW)).changed
    await database.write(
        lambda s: take_shipped(s, joined({"10.yaml": text("b")}), agent_id=None, now=NOW)
    )
    assert (await database.write(seed_rules, {"10.yaml": text("c")}, NOW)).changed
    live = await database.read(live_rules)
    assert [rule.id for rule in live.ruleset.rules] == ["c"]


async def test_a_revision_that_is_not_there(database: SqliteDatabase) -> None:
    with pytest.raises(NoSuchRevision, match="no revision 7"):
        await database.read(source_of, 7)


def test_a_difference_is_told_by_rules_and_by_lines() -> None:
    old = text("a", "b", "c", "d")
    new = text("d", "a") + text("b", tag="y") + text("e")
    found = difference(old, new)
    assert (found.added, found.removed, found.changed) == (("e",), ("c",), ("b",))
    assert found.moved == ("d",)
    assert "+- id: e" in found.lines


def test_equal_texts_do_not_differ() -> None:
    assert not difference(text("a"), text("a"))
    assert difference(text("a"), "# a comment\n" + text("a"))


@pytest.mark.parametrize("broken", ["- id: [", "a: 1", "", "- 3\n- {id: 4}\n"])
def test_what_is_no_list_of_rules_has_no_ids(broken: str) -> None:
    assert difference(broken, text("a")).added == ("a",)
    assert difference(text("a"), broken).removed == ("a",)


@given(st.permutations(list("abcdefgh")))
def test_no_more_is_told_moved_than_has_to_be(order: list[str]) -> None:
    found = difference(text(*"abcdefgh"), text(*order))
    stayed = [name for name in order if name not in found.moved]
    assert stayed == sorted(stayed)
    assert len(stayed) == _longest_rise(order)


def _longest_rise(order: list[str]) -> int:
    best = [1] * len(order)
    for place, name in enumerate(order):
        best[place] += max((best[i] for i in range(place) if order[i] < name), default=0)
    return max(best)
