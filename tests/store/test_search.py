"""Search finds a word in every spelling that Persian and Arabic keyboards give it."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.app import Hub
from hub.store import search
from tests.harness import people


async def found(hub: Hub, query: str) -> int:
    return len(await hub.database.read(search.match, query))


@pytest.mark.both
async def test_every_spelling_finds_every_spelling(hub: Hub) -> None:
    sara = people(hub).person("sara")
    await sara.says("می‌خواهم فاکتور ۱۴۰۳ را ببینم")
    await sara.says("مي خواهم فاكتور ١٤٠٣ را ببينم")
    await sara.says("مــی‌خواهـم فاکتورِ 1403 را ببینم")
    for query in ("فاکتور", "فاكتور", "می‌خواهم", "مي خواهم", "۱۴۰۳", "١٤٠٣", "1403", "فاکت"):
        assert await found(hub, query) == 3, query
    assert await found(hub, "فاکتور ۱۴۰۴") == 0


@pytest.mark.both
async def test_all_words_must_be_there_and_the_last_may_be_begun(hub: Hub) -> None:
    sara = people(hub).person("sara")
    message_id = await sara.says("Where is my ORDER number 4711, the Straße one?")
    await sara.says("Another order")
    hits = await hub.database.read(search.match, "order 4711")
    assert [str(hit[1]) for hit in hits] == [str(message_id)]
    assert await found(hub, "order") == 2
    assert await found(hub, "ord") == 2
    assert await found(hub, "ord 4711") == 0


@pytest.mark.both
async def test_an_edit_is_found_by_its_new_words(hub: Hub) -> None:
    sara = people(hub).person("sara")
    await sara.says("the blue one", external_id="m1")
    await sara.edits("m1", "the green one")
    assert await found(hub, "green") == 1
    assert await found(hub, "blue") == 0


@pytest.mark.both
async def test_nothing_that_is_typed_breaks_the_search(hub: Hub) -> None:
    await people(hub).person("sara").says("a plain message")
    for query in ("", "  ", "'", '"', "a & b |", "!(", ":*", "NEAR(", "-", "*", "\x00", "؟", "a'b"):
        await found(hub, query)

    async def search_for(query: str) -> None:
        await found(hub, query)

    for query in _odd_queries():
        await search_for(query)


def _odd_queries() -> list[str]:
    queries: list[str] = []

    @settings(max_examples=40, suppress_health_check=list(HealthCheck), database=None)
    @given(st.text(max_size=30))
    def collect(query: str) -> None:
        queries.append(query)

    collect()
    return queries
