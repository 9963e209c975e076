"""What leads to a survey: an agent who answers and settles."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from hub.agents.rights import Viewer
from hub.app import Hub
from hub.conversations import writing
from hub.message import Outbound, Survey, Text
from hub.store.tables import Agent
from hub.store.types import new_id
from tests.harness import MONDAY, people, rows


async def an_agent(hub: Hub, name: str = "Sample Agent") -> Viewer:
    """Somebody who may do everything."""
    mail = f"{name.lower().replace(' ', '.')}@example.test"
    agent = Agent(id=new_id(), name=name, mail=mail, role="admin", created_at=MONDAY)
    await hub.database.write(lambda session: session.add(agent.model_copy()))
    return Viewer(agent_id=agent.id, name=name, mail=mail, role="admin")


async def only_conversation(hub: Hub) -> UUID:
    [(found,)] = await rows(hub, "SELECT id FROM conversation")
    return found if isinstance(found, UUID) else UUID(found)


async def replies(hub: Hub, agent: Viewer, conversation_id: UUID, text: str) -> None:
    """The agent answers by the way that an answer takes."""
    words = writing.Words(conversation_id, (Text(text=text),), form_key=text)
    await hub.database.write(
        writing.reply,
        agent,
        words,
        way=None,
        accounts=hub.policy.accounts,
        now=hub.clock.now(),
        give_up_after=timedelta(hours=1),
    )


async def arrives(hub: Hub, who: str, wanted: Callable[[Outbound], bool]) -> Outbound:
    """The first message to somebody that is wanted, as soon as it is there and known to be."""
    sending = "SELECT count(*) FROM outgoing WHERE state = 'sending'"
    async with asyncio.timeout(60):
        while True:
            found = [message for message in people(hub).to(who) if wanted(message)]
            if found and await rows(hub, sending) == [(0,)]:
                return found[0]
            await asyncio.sleep(0.02)


def is_survey(message: Outbound) -> bool:
    return any(isinstance(block, Survey) for block in message.content)


def says(text: str) -> Callable[[Outbound], bool]:
    return lambda message: any(
        isinstance(block, Text) and block.text == text for block in message.content
    )
