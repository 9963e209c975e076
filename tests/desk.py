"""What tests do with a running hub that no customer does: look, answer, resolve, move the clock."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlmodel import SQLModel

from hub.agents.rights import Viewer
from hub.app import Hub
from hub.calendars import MovedClock
from hub.channel import Accepted, Cursor
from hub.conversations import acts, outgoing, writing
from hub.conversations.addressed import Recipient
from hub.conversations.writing import Words
from hub.message import Address, Block, Inbound, Message, Text
from hub.store.database import Session, wake
from hub.store.statements import table_of
from hub.store.tables import (
    Agent,
    Content,
    Conversation,
    Identity,
    Outgoing,
    Participant,
    RuleRevision,
)
from hub.store.tables import Message as MessageTable
from hub.store.versions import policy_changed

PATIENCE = 30
"""Seconds until something that must happen counts as not happening. Not a measure of speed."""


GREETING = """
- id: welcome
  when: message.received
  if: {first_message: true}
  then: [{reply: welcome}]
- id: away
  when: message.received
  if: {hours: closed}
  then: [{reply: {template: away, at_most_every: 12h}}]
- id: front-desk
  when: message.received
  default: true
  then: [{assign: {team: front-desk}}]
"""
"""Rules that answer at once, in the transaction that stores the message."""


async def until(condition: Callable[[], Any], waited_for: str) -> Any:
    """Wait until the condition, perhaps awaited, holds; what it gave then."""
    try:
        async with asyncio.timeout(PATIENCE):
            while True:
                found = condition()
                if isinstance(found, Awaitable):
                    found = await found
                if found:
                    return found
                await asyncio.sleep(0.01)
    except TimeoutError:
        pytest.fail(f"waited in vain for {waited_for}")


class Desk:
    """An agent at a running hub."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.agent = Viewer(uuid4(), "Sample Agent", "agent@example.org", "owner")

    @classmethod
    async def at(cls, hub: Hub) -> Desk:
        desk = cls(hub)
        await hub.database.write(_hire, desk.agent, hub.clock.now())
        return desk

    # --- looking ---

    async def all(self, model: type[SQLModel], *order: str, **where: Any) -> list[Any]:
        """Every row of a table, in order of these columns."""
        table = table_of(model)
        query = select(table).where(*(table.c[name] == value for name, value in where.items()))
        query = query.order_by(*(table.c[name] for name in order))
        return await self.hub.database.read(lambda session: list(session.execute(query).all()))

    async def one(self, model: type[SQLModel], **where: Any) -> Any:
        (row,) = await self.all(model, **where)
        return row

    async def messages(self) -> list[Any]:
        """All messages with their words, in order of conversation and position."""
        message, content = table_of(MessageTable), table_of(Content)
        query = (
            select(*message.c, content.c.text)
            .join(
                content,
                (content.c.message_id == message.c.id) & (content.c.revision == message.c.revision),
            )
            .order_by(message.c.conversation_id, message.c.position)
        )
        return await self.hub.database.read(lambda session: list(session.execute(query).all()))

    async def texts(self, direction: str = "in") -> list[str]:
        return [row.text for row in await self.messages() if row.direction == direction]

    async def conversation(self, message_id: UUID) -> Any:
        """The conversation that a message stands in."""
        message = await self.one(MessageTable, id=message_id)
        return await self.one(Conversation, id=message.conversation_id)

    async def sending(self, message_id: UUID) -> Any:
        """How far an answer has come."""
        return await self.one(Outgoing, message_id=message_id)

    async def state(self, message_id: UUID, wanted: str) -> Any:
        """Wait until an answer is in this state."""

        async def reached() -> Any:
            row = await self.sending(message_id)
            return row if row.state == wanted else None

        return await until(reached, f"the state {wanted}")

    # --- doing ---

    async def answers(
        self,
        conversation_id: UUID,
        *said: str | Block,
        delay: timedelta = timedelta(),
        way: str = "",
        cc: Sequence[Recipient] = (),
        bcc: Sequence[Recipient] = (),
    ) -> UUID:
        """Write an answer; its id."""
        blocks = tuple(Text(text=one) if isinstance(one, str) else one for one in said)
        written = await self.hub.database.write(
            writing.reply,
            self.agent,
            Words(conversation_id, blocks, uuid4().hex, cc=tuple(cc), bcc=tuple(bcc)),
            way=way or None,
            accounts=self.hub.policy.accounts,
            now=self.hub.clock.now(),
            give_up_after=self.hub.policy.give_up_after,
            delay=delay,
        )
        return written.message_id

    async def resolves(self, conversation_id: UUID) -> None:
        await self.hub.database.write(
            acts.resolve, self.agent, conversation_id, self.hub.clock.now()
        )

    async def marks_spam(self, conversation_id: UUID) -> None:
        await self.hub.database.write(
            acts.mark_spam, self.agent, conversation_id, self.hub.clock.now()
        )

    async def takes_back(self, message_id: UUID) -> None:
        await self.hub.database.write(
            outgoing.cancel, self.agent, message_id, now=self.hub.clock.now()
        )

    async def rules(self, source: str) -> None:
        """Make these rules the live ones, and wait until they decide."""
        before = self.hub.policy.revision_id
        await self.hub.database.write(_save_rules, source, self.hub.clock.now())
        await until(lambda: self.hub.policy.revision_id != before, "the rules to change")

    async def moves(self, by: timedelta) -> None:
        """Let time pass, and everybody look at the clock."""
        clock = self.hub.clock
        assert isinstance(clock, MovedClock)
        clock.advance(by)
        await self.hub.database.write(_look)

    # --- the far side's part, without a far side ---

    async def accepts(
        self, *values: Inbound, account: str = "people", cursor: Cursor | None = None
    ) -> Accepted:
        """Hand values over as an adapter does."""
        return await self.hub.accounts[account].host.accept(values, cursor)

    def said(
        self,
        text: str,
        *,
        sender: str | Address = "sara",
        account: str = "people",
        external_id: str = "",
        **fields: Any,
    ) -> Message:
        """A message as an adapter makes it."""
        if isinstance(sender, str):
            sender = Address(kind="memory", address=sender, verified=True)
        return Message(
            account=account,
            external_id=external_id or f"in:{uuid4().hex}",
            at=fields.pop("at", None) or self.hub.clock.now(),
            sender=sender,
            content=(Text(text=text),) if text else (),
            **fields,
        )

    async def hears(self, text: str, **how: Any) -> UUID:
        """Somebody writes; the message's id."""
        (message_id,) = (
            await self.accepts(self.said(text, **how), account=how.get("account", "people"))
        ).ids
        assert message_id is not None
        return message_id

    async def identity(self, address: str, proof: str = "verified") -> Any:
        return await self.one(Identity, address=address, proof=proof)

    async def participants(self, conversation_id: UUID) -> dict[UUID, str]:
        found: Sequence[Any] = await self.all(Participant, conversation_id=conversation_id)
        return {row.identity_id: row.role for row in found}


def _hire(session: Session, agent: Viewer, now: Any) -> None:
    session.add(
        Agent(id=agent.agent_id, name=agent.name, mail=agent.mail, role=agent.role, created_at=now)
    )


def _save_rules(session: Session, source: str, now: Any) -> None:
    session.add(RuleRevision(source=source, digest=uuid4().hex, shipped=False, at=now))
    policy_changed(session)


def _look(session: Session) -> None:
    for topic in ("outbox", "timers", "events", "jobs", "webhooks"):
        wake(session, topic)
