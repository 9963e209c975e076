"""From a settled conversation to a rating, by the channel's own form."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from hub.agents.rights import Viewer
from hub.app import Hub
from hub.calendars import MovedClock
from hub.conversations import acts, writing
from hub.message import Survey, Text
from hub.store.tables import Agent
from hub.store.types import new_id
from tests.harness import MONDAY, people, rows, running_hub

pytestmark = pytest.mark.asyncio


async def an_agent(hub: Hub) -> Viewer:
    agent_id = new_id()
    agent = Agent(
        id=agent_id,
        name="Sample Agent",
        mail="agent@example.test",
        role="admin",
        created_at=MONDAY,
    )
    await hub.database.write(lambda session: session.add(agent.model_copy()))
    return Viewer(agent_id=agent_id, name=agent.name, mail=agent.mail, role="admin")


async def answered(hub: Hub, who: str) -> tuple[Viewer, UUID]:
    """Somebody wrote, an agent answered; the conversation is open."""
    person = people(hub).person(who, locale="en")
    await person.says("Where is my order?")
    await people(hub).wait_for(who, 1)
    agent = await an_agent(hub)
    [(found,)] = await rows(hub, "SELECT id FROM conversation")
    conversation_id = UUID(found)
    words = writing.Words(conversation_id, (Text(text="It leaves today."),), form_key="one")
    await hub.database.write(
        writing.reply,
        agent,
        words,
        way=None,
        accounts=hub.policy.accounts,
        now=hub.clock.now(),
        give_up_after=timedelta(hours=1),
    )
    await people(hub).wait_for(who, 2)
    return agent, conversation_id


async def test_a_settled_conversation_is_rated_by_a_press(tmp_path: Path) -> None:
    async with running_hub(
        tmp_path, more='satisfaction.delay = "0s"', clock=MovedClock(MONDAY)
    ) as hub:
        agent, conversation_id = await answered(hub, "ann")
        await hub.database.write(acts.resolve, agent, conversation_id, hub.clock.now())
        asked = (await people(hub).wait_for("ann", 3))[2]
        assert isinstance(asked.content[0], Survey)
        assert asked.automated
        press = json.dumps({"score": 4, "comment": "quick"})
        await people(hub).person("ann").presses(f"out:{asked.message_id}", press)
        assert await rows(hub, "SELECT score, scale, comment, source FROM rating") == [
            (4, 5, "quick", "survey")
        ]
        again = json.dumps({"score": 2})
        await people(hub).person("ann").presses(f"out:{asked.message_id}", again)
        assert await rows(hub, "SELECT score, comment FROM rating") == [(2, "quick")]
        assert await rows(hub, "SELECT status FROM conversation") == [("resolved",)]


async def test_who_writes_again_is_not_asked(tmp_path: Path) -> None:
    clock = MovedClock(MONDAY)
    async with running_hub(tmp_path, clock=clock) as hub:
        agent, conversation_id = await answered(hub, "ben")
        await hub.database.write(acts.resolve, agent, conversation_id, hub.clock.now())
        async for event in hub.live.events():
            if event.kind == "survey.asked":
                break
        await people(hub).person("ben").says("Wait, one more thing: the colour?")
        assert await rows(hub, "SELECT state FROM outgoing ORDER BY position DESC LIMIT 1") == [
            ("cancelled",)
        ]
