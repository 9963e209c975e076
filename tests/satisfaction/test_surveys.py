"""From a settled conversation to a rating: who is asked, what is taken, and what comes of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update
from sqlmodel import Session

from hub import satisfaction
from hub.agents.rights import Viewer
from hub.app import Hub
from hub.calendars import MovedClock
from hub.conversations import acts
from hub.conversations.ledger import Ledger
from hub.message import Outbound, Survey
from hub.satisfaction.answers import Closed, rate
from hub.store.events import Position
from hub.store.statements import table_of
from hub.store.tables import Consent, Message
from tests.harness import MONDAY, people, rows, running_hub
from tests.satisfaction.asking import (
    an_agent,
    arrives,
    is_survey,
    only_conversation,
    replies,
    says,
)

AT_ONCE = 'satisfaction.delay = "0s"'
ANSWER = "It leaves today."


@asynccontextmanager
async def opened(
    folder: Path, database_url: str = "", *, more: str = AT_ONCE
) -> AsyncIterator[Hub]:
    clock = MovedClock(MONDAY)
    async with running_hub(folder, database_url=database_url, clock=clock, more=more) as hub:
        yield hub


async def answered(hub: Hub, who: str) -> tuple[Viewer, UUID]:
    """Somebody wrote, an agent answered; the conversation is open."""
    await people(hub).person(who, locale="en").says("Where is my order?")
    agent, conversation_id = await an_agent(hub), await only_conversation(hub)
    await replies(hub, agent, conversation_id, ANSWER)
    await arrives(hub, who, says(ANSWER))
    return agent, conversation_id


async def asked(hub: Hub, who: str) -> tuple[Viewer, UUID, Outbound]:
    """The same, settled; and the survey that went out."""
    agent, conversation_id = await answered(hub, who)
    await hub.database.write(acts.resolve, agent, conversation_id, hub.clock.now())
    return agent, conversation_id, await arrives(hub, who, is_survey)


async def press(hub: Hub, who: str, message: Outbound, **answer: Any) -> None:
    await people(hub).person(who).presses(f"out:{message.message_id}", json.dumps(answer))


async def only_survey(hub: Hub) -> UUID:
    [(found,)] = await rows(hub, "SELECT id FROM survey")
    return found if isinstance(found, UUID) else UUID(found)


async def seen(hub: Hub, kind: str, count: int = 1) -> list[Any]:
    """The first events of a kind, as soon as they are so many."""
    found = []
    async with asyncio.timeout(30):
        async for event in hub.live.events(Position()):
            if event.kind == kind:
                found.append(event)
            if len(found) == count:
                break
    return found


def _by_a_rule(session: Session) -> None:
    """As if a rule had written the answer by a template."""
    table = table_of(Message)
    session.execute(
        update(table)
        .where(table.c.direction == "out")
        .values(rule="sample-rule", template="sample-template")
    )


async def ask(hub: Hub, conversation_id: UUID, **more: Any) -> str | None:
    """Ask as a rule's action does."""

    def asking(session: Session) -> str | None:
        ledger = Ledger(session, hub.clock.now())
        refusal = satisfaction.ask(ledger, hub.policy.asking, conversation_id, **more)
        ledger.flush()
        return refusal

    return await hub.database.write(asking)


@pytest.mark.both(full=True)
async def test_a_settled_conversation_is_rated_by_a_press(
    tmp_path: Path, database_url: str
) -> None:
    async with opened(tmp_path, database_url) as hub:
        _, _, survey = await asked(hub, "ann")
        assert isinstance(survey.content[0], Survey)
        assert survey.automated
        await press(hub, "ann", survey, score=4, comment="quick")
        query = "SELECT score, scale, form, comment, source, channel FROM rating"
        assert await rows(hub, query) == [(4, 5, "stars", "quick", "survey", "memory")]
        await press(hub, "ann", survey, score=2)
        assert await rows(hub, "SELECT score, comment FROM rating") == [(2, "quick")]
        assert await rows(hub, "SELECT status FROM conversation") == [("resolved",)]
        first, second = await seen(hub, "rating.received", 2)
        assert (first.details["score"], first.details["was"]) == (4, None)
        assert (second.details["score"], second.details["was"]) == (2, 4)
        assert first.details["rating"] == second.details["rating"]
        assert first.details["commented"]
        assert "quick" not in json.dumps(first.details), "words stay where they can be erased"


@pytest.mark.both(full=True)
async def test_the_rating_keeps_who_had_a_part_in_it(tmp_path: Path, database_url: str) -> None:
    async with opened(tmp_path, database_url) as hub:
        agent, conversation_id = await answered(hub, "ann")
        await hub.database.write(_by_a_rule)
        await hub.database.write(acts.resolve, agent, conversation_id, hub.clock.now())
        survey = await arrives(hub, "ann", is_survey)
        other = await an_agent(hub, "Somebody Else")
        await hub.database.write(
            acts.assign, other, conversation_id, other.agent_id, hub.clock.now()
        )
        await press(hub, "ann", survey, score=5)
        [(found,)] = await rows(hub, "SELECT agent_id FROM rating")
        assert UUID(str(found)) == agent.agent_id, "it is about who answered, not who came later"
        credited = {tuple(row) for row in await rows(hub, "SELECT what, name FROM survey_credit")}
        assert credited == {("rule", "sample-rule"), ("template", "sample-template")}


@pytest.mark.both(full=True)
async def test_an_answer_can_be_changed_for_a_while_and_then_stands(
    tmp_path: Path, database_url: str
) -> None:
    async with opened(tmp_path, database_url) as hub:
        assert isinstance(hub.clock, MovedClock)
        _, _, survey = await asked(hub, "ann")
        await press(hub, "ann", survey, score=4)
        hub.clock.advance(timedelta(hours=23))
        await press(hub, "ann", survey, score=3)
        hub.clock.advance(timedelta(hours=2))
        await press(hub, "ann", survey, score=1)
        survey_id = await only_survey(hub)
        with pytest.raises(Closed):
            await hub.database.write(rate, survey_id, 1, None, hub.clock.now())
        assert await rows(hub, "SELECT score FROM rating") == [(3,)]
        assert await rows(hub, "SELECT status FROM conversation") == [("resolved",)]
        query = "SELECT count(*) FROM message WHERE direction = 'in'"
        assert await rows(hub, query) == [(1,)], "a press that comes late is no message"


async def test_nobody_answers_after_the_survey_expired(tmp_path: Path) -> None:
    async with opened(tmp_path) as hub:
        assert isinstance(hub.clock, MovedClock)
        _, _, survey = await asked(hub, "ann")
        hub.clock.advance(timedelta(days=15))
        await press(hub, "ann", survey, score=4)
        assert await rows(hub, "SELECT score FROM rating") == []
        assert await rows(hub, "SELECT status FROM conversation") == [("resolved",)]


@pytest.mark.both(full=True)
async def test_who_writes_again_is_not_asked_and_was_not(tmp_path: Path, database_url: str) -> None:
    async with opened(tmp_path, database_url, more="") as hub:
        agent, conversation_id = await answered(hub, "ben")
        await hub.database.write(acts.resolve, agent, conversation_id, hub.clock.now())
        await seen(hub, "survey.asked")
        await people(hub).person("ben").says("Wait, one more thing: the colour?")
        query = "SELECT count(*) FROM outgoing WHERE cancel_on_reply AND state = 'cancelled'"
        assert await rows(hub, query) == [(1,)]
        assert await rows(hub, "SELECT id FROM survey") == []
        await hub.database.write(acts.resolve, agent, conversation_id, hub.clock.now())
        await seen(hub, "survey.asked", 2)
        assert len(await rows(hub, "SELECT id FROM survey")) == 1, "nothing was asked before"


async def test_opening_again_takes_the_survey_back(tmp_path: Path) -> None:
    async with opened(tmp_path, more="") as hub:
        agent, conversation_id = await answered(hub, "ben")
        await hub.database.write(acts.resolve, agent, conversation_id, hub.clock.now())
        await seen(hub, "survey.asked")
        await hub.database.write(acts.reopen, agent, conversation_id, hub.clock.now())
        assert await rows(hub, "SELECT id FROM survey") == []


@pytest.mark.both(full=True)
async def test_a_customer_is_asked_once_in_the_time_that_is_set(
    tmp_path: Path, database_url: str
) -> None:
    async with opened(tmp_path, database_url) as hub:
        assert isinstance(hub.clock, MovedClock)
        _, conversation_id, _ = await asked(hub, "ann")
        assert await ask(hub, conversation_id, rule="sample") == (
            "the customer was asked not long ago"
        )
        hub.clock.advance(timedelta(days=8))
        assert await ask(hub, conversation_id, rule="sample") is None
        found = await rows(hub, "SELECT rule FROM survey ORDER BY asked_at")
        assert [row[0] for row in found] == [None, "sample"]


async def test_who_asked_not_to_be_asked_is_not(tmp_path: Path) -> None:
    async with opened(tmp_path) as hub:
        _, conversation_id = await answered(hub, "ann")
        [(customer,)] = await rows(hub, "SELECT id FROM customer")

        def refuse(session: Session) -> None:
            session.add(
                Consent(
                    customer_id=UUID(str(customer)),
                    purpose="survey",
                    granted=False,
                    at=MONDAY,
                    source="sample",
                )
            )

        await hub.database.write(refuse)
        refusal = await ask(hub, conversation_id, rule="sample")
        assert refusal == "the customer asked not to be asked"


async def test_a_rule_asks_a_survey_by_its_name(tmp_path: Path) -> None:
    more = """
    [satisfaction]
    delay = "0s"
    [satisfaction.surveys.yearly]
    form = "nps"
    languages = ["fa"]
    comment = false
    """
    async with opened(tmp_path, more=more) as hub:
        _, conversation_id = await answered(hub, "ann")
        assert await ask(hub, conversation_id, survey="monthly", rule="sample") == (
            "there is no survey called monthly"
        )
        assert await ask(hub, conversation_id, survey="yearly", rule="sample") is None
        survey = await arrives(hub, "ann", is_survey)
        [block] = survey.content
        assert isinstance(block, Survey)
        assert (block.form, block.scale, block.comment) == ("nps", 10, False)
        assert "پیشنهاد" in block.question
        await press(hub, "ann", survey, score=0, comment="not wanted")
        assert await rows(hub, "SELECT score, comment FROM rating") == [(0, None)]


async def test_a_survey_that_a_rule_asks_of_a_message_outlives_that_message(
    tmp_path: Path,
) -> None:
    """It is withdrawn by what the customer writes after it, not by what it answers."""
    async with opened(tmp_path, more="") as hub:
        _, conversation_id = await answered(hub, "ann")
        assert await ask(hub, conversation_id, rule="sample") is None
        assert len(await rows(hub, "SELECT id FROM survey")) == 1
        await people(hub).person("ann").says("And?")
        assert await rows(hub, "SELECT id FROM survey") == []


async def test_who_was_not_asked_does_not_answer(tmp_path: Path) -> None:
    """In a group everybody can press the button."""
    async with opened(tmp_path) as hub:
        _, _, survey = await asked(hub, "ann")
        await people(hub).person("eve").says("Hello")
        await press(hub, "eve", survey, score=1)
        assert await rows(hub, "SELECT score FROM rating") == []
        await press(hub, "ann", survey, score=5)
        assert await rows(hub, "SELECT score FROM rating") == [(5,)]


@pytest.mark.parametrize("answer", ["", "[]", '{"score": "x"}', '{"score": 6}', '{"score": null}'])
async def test_what_is_no_answer_changes_nothing(tmp_path: Path, answer: str) -> None:
    async with opened(tmp_path) as hub:
        _, _, survey = await asked(hub, "ann")
        await people(hub).person("ann").presses(f"out:{survey.message_id}", answer)
        assert await rows(hub, "SELECT score FROM rating") == []
        assert await rows(hub, "SELECT status FROM conversation") == [("resolved",)]


@pytest.mark.parametrize(
    ("form", "scale", "problem"),
    [("stars", 2, "3 to 10"), ("faces", 6, "2 to 5"), ("thumbs", 3, "2"), ("nps", 5, "10")],
)
async def test_a_scale_that_its_form_can_not_have_is_refused(
    tmp_path: Path, form: str, scale: int, problem: str
) -> None:
    from hub.settings import SettingsError

    more = f'satisfaction.form = "{form}"\nsatisfaction.scale = {scale}'
    with pytest.raises(SettingsError, match=problem):
        async with opened(tmp_path, more=more):
            pass
