"""An agent who answers all the time from the pages, and sets reminders."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID, uuid4

import httpx
from sqlalchemy import select
from sqlmodel import Session

from hub import timers
from hub.agents.directory import add_agent
from hub.store.database import Database
from hub.store.statements import table_of
from hub.store.tables import Conversation
from tests.crash.ration import Ration
from tests.crash.runner import TIMER
from tests.web.desk import Browser, hashed

ADDRESS = "sample-agent@example.com"
AGAIN_SECONDS = 0.1


@dataclass
class Desk:
    """One agent's browser, which sends a form again until it hears that it was taken.

    database: a door of the test's own, for what no page does. answers: what was written, by the
    key of its form. reminders: the subjects of the timers.
    """

    random: Random
    database: Database
    answers: dict[str, str] = field(default_factory=dict)
    reminders: set[str] = field(default_factory=set)
    ration: Ration = field(init=False)
    _browser: Browser = field(init=False)

    def __post_init__(self) -> None:
        self.ration = Ration(self.random, acts=15)

    async def sign_in(self, client: httpx.AsyncClient) -> None:
        """Begin, while the hub lives: signing in is no part of the test."""
        await self.database.write(_add_agent, datetime.now(UTC))
        self._browser = Browser(client)
        response = await self._browser.sign_in(ADDRESS)
        assert response.status_code == 303, response.text

    async def answer(self) -> None:
        """Answer in some conversations, again and again, until the ration is stopped."""
        while await self.ration.take():
            found = await self.database.read(_conversations)
            async with asyncio.TaskGroup() as group:
                for conversation_id in self.random.sample(found, min(3, len(found))):
                    group.create_task(self._answer(conversation_id))

    async def _answer(self, conversation_id: UUID) -> None:
        text = f"answer {len(self.answers) + 1}"
        form_key = str(uuid4())
        self.answers[form_key] = text
        if self.random.random() < 0.3:
            reminder = f"reminder of {text}"
            due_at = datetime.now(UTC) + timedelta(seconds=self.random.uniform(0, 2))
            await self.database.write(_remind, reminder, due_at, conversation_id)
            self.reminders.add(reminder)
        while True:
            try:
                response = await self._browser.reply(conversation_id, text, form_key=form_key)
            except httpx.TransportError:
                # Whether it was taken is not known; the key lets it be asked for again.
                await asyncio.sleep(AGAIN_SECONDS)
                continue
            assert response.is_success, response.text
            return


def _add_agent(session: Session, now: datetime) -> None:
    add_agent(
        session,
        name="Sample Agent",
        mail=ADDRESS,
        password_hash=hashed(),
        role="agent",
        locale="en",
        calendar="gregorian",
        time_zone="UTC",
        now=now,
    )


def _conversations(session: Session) -> list[UUID]:
    """The conversations where something happened lately."""
    table = table_of(Conversation)
    newest = select(table.c.id).order_by(table.c.last_message_at.desc()).limit(12)
    return list(session.execute(newest).scalars())


def _remind(session: Session, subject: str, due_at: datetime, conversation_id: UUID) -> None:
    timers.schedule(session, TIMER, subject, due_at, conversation=str(conversation_id))
