"""An agent who answers all the time, and sets reminders."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlmodel import Session

from hub import timers
from hub.agents.directory import add_agent
from hub.agents.rights import Viewer
from hub.conversations.writing import Words, reply
from hub.message import Text
from hub.policy import AccountInfo
from hub.store.database import Database
from hub.store.statements import table_of
from hub.store.tables import Brand, Conversation
from tests.crash.people import BOT, SITE, SUPPORT
from tests.crash.ration import Ration
from tests.crash.runner import TIMER

GIVE_UP = timedelta(hours=1)


@dataclass
class Desk:
    """One agent in a process of its own, with a door of its own to the database.

    answers: what was written, by the key of its form. reminders: the subjects of the timers.
    """

    random: Random
    database: Database
    answers: dict[str, str] = field(default_factory=dict)
    reminders: set[str] = field(default_factory=set)
    ration: Ration = field(init=False)

    def __post_init__(self) -> None:
        self.ration = Ration(self.random, acts=15)

    async def answer(self) -> None:
        """Answer in some conversations, again and again, until the ration is stopped."""
        viewer, accounts = await self.database.write(_begin, datetime.now(UTC))
        while await self.ration.take():
            conversations = await self.database.read(_conversations)
            for conversation_id in self.random.sample(conversations, min(3, len(conversations))):
                await self._answer(viewer, accounts, conversation_id)

    async def _answer(
        self, viewer: Viewer, accounts: dict[str, AccountInfo], conversation_id: UUID
    ) -> None:
        text = f"answer {len(self.answers) + 1}"
        words = Words(conversation_id, (Text(text=text),), form_key=str(uuid4()))
        reminder = self.random.random() < 0.3
        due_in = timedelta(seconds=self.random.uniform(0, 2))
        # Noted before: what was committed when the answer got lost must be there as well.
        self.answers[words.form_key] = text
        if reminder:
            self.reminders.add(f"reminder of {text}")
        await self.database.write(
            _write, viewer, words, accounts, datetime.now(UTC), due_in if reminder else None
        )


def _begin(session: Session, now: datetime) -> tuple[Viewer, dict[str, AccountInfo]]:
    mail = "sample-agent@example.test"
    agent_id = add_agent(
        session,
        name="Sample Agent",
        mail=mail,
        password_hash=None,
        role="agent",
        locale="en",
        calendar="gregorian",
        time_zone="UTC",
        now=now,
    )
    brand_id = session.execute(select(table_of(Brand).c.id)).scalar_one()
    kinds = {BOT: "telegram", SUPPORT: "mail", SITE: "webchat"}
    accounts = {name: AccountInfo(name, kind, brand_id) for name, kind in kinds.items()}
    return Viewer(agent_id, "Sample Agent", mail, "agent"), accounts


def _conversations(session: Session) -> list[UUID]:
    """The conversations where something happened lately."""
    table = table_of(Conversation)
    newest = select(table.c.id).order_by(table.c.last_message_at.desc()).limit(12)
    return list(session.execute(newest).scalars())


def _write(
    session: Session,
    viewer: Viewer,
    words: Words,
    accounts: dict[str, AccountInfo],
    now: datetime,
    due_in: timedelta | None,
) -> None:
    reply(session, viewer, words, way=None, accounts=accounts, now=now, give_up_after=GIVE_UP)
    if due_in is not None:
        (block,) = words.content
        assert isinstance(block, Text)
        timers.schedule(
            session,
            TIMER,
            f"reminder of {block.text}",
            now + due_in,
            conversation=str(words.conversation_id),
        )
