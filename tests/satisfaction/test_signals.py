"""What customers let show unasked: kept as signals, apart from every answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import Session

from hub.app import Hub
from hub.calendars import MovedClock
from hub.conversations.ledger import Ledger
from hub.customers.record import read
from hub.satisfaction import log_signal
from tests.harness import MONDAY, people, rows, running_hub
from tests.satisfaction.asking import an_agent, arrives, only_conversation, replies, says

QUERY = "SELECT source, form, score FROM rating ORDER BY score"


async def signal(hub: Hub, message_id: UUID, **more: Any) -> None:
    """Log one as a rule's action does."""
    conversation_id = await only_conversation(hub)

    def log(session: Session) -> None:
        ledger = Ledger(session, hub.clock.now())
        ledger.load([conversation_id])
        log_signal(ledger, conversation_id, message_id=message_id, **more)
        ledger.flush()

    await hub.database.write(log)


@pytest.mark.both
async def test_a_reaction_to_our_message_is_a_signal_until_it_is_taken_back(
    tmp_path: Path, database_url: str
) -> None:
    async with running_hub(tmp_path, database_url=database_url, clock=MovedClock(MONDAY)) as hub:
        ann = people(hub).person("ann", locale="en")
        await ann.says("Where is my order?")
        await replies(hub, await an_agent(hub), await only_conversation(hub), "It leaves today.")
        answer = await arrives(hub, "ann", says("It leaves today."))
        target = f"out:{answer.message_id}"
        await ann.reacts(target, "❤️")
        assert await rows(hub, QUERY) == [("reaction", "signal", 5)]
        await ann.reacts(target, "❤️", "👎")
        assert await rows(hub, QUERY) == [("reaction", "signal", 1)], "the worse counts"
        await ann.reacts(target, "🤔")
        assert await rows(hub, QUERY) == [], "that says nothing"
        await ann.reacts(target, "👍")
        await ann.reacts(target)
        assert await rows(hub, QUERY) == []
        kinds = {row[0] for row in await rows(hub, "SELECT kind FROM event")}
        assert "signal.received" in kinds
        assert "rating.received" not in kinds


@pytest.mark.both
async def test_of_one_message_and_source_the_first_signal_counts(
    tmp_path: Path, database_url: str
) -> None:
    async with running_hub(tmp_path, database_url=database_url, clock=MovedClock(MONDAY)) as hub:
        message_id = await people(hub).person("ann").says("Thank you so much, that helped!")
        await signal(hub, message_id, score=5, source="words", rule="thanks")
        await signal(hub, message_id, score=1, source="words", rule="other")
        await signal(hub, message_id, score=4, source="emoji", rule="thanks")
        query = "SELECT source, score, rule FROM rating ORDER BY source"
        found = [tuple(row) for row in await rows(hub, query)]
        assert found == [("emoji", 4, "thanks"), ("words", 5, "thanks")]
        [(customer,)] = await rows(hub, "SELECT id FROM customer")
        record = await hub.database.read(read, UUID(str(customer)))
        assert (record.mean, record.rating_count) == (None, 0), "a signal is no rating"
        assert (record.thanks, record.complaints) == (2, 0)


@pytest.mark.parametrize(
    "wrong", [{"score": 0}, {"score": 6}, {"source": "survey"}, {"source": "guess"}]
)
async def test_what_is_no_signal_is_refused(tmp_path: Path, wrong: dict[str, Any]) -> None:
    async with running_hub(tmp_path, clock=MovedClock(MONDAY)) as hub:
        message_id = await people(hub).person("ann").says("Hello")
        with pytest.raises(ValueError, match="a signal"):
            await signal(hub, message_id, **({"score": 5, "source": "words"} | wrong))
        assert await rows(hub, QUERY) == []
