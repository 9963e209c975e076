"""Customers of the demo who answer when an agent has written to them, so that it is not lonely."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol, cast
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlmodel import Session

from hub.app import Hub
from hub.channel import Typing
from hub.demo.script import PLAYED
from hub.message import Address, Message, Outbound, Text
from hub.store.statements import table_of
from hub.store.tables import Conversation, Identity
from hub.store.tables import Message as MessageTable

MOST: Final = 3
"""How often a customer answers in one conversation; then all is said."""
WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "en": (
        "Thank you for the quick answer! (I am a sample: I write by myself.)",
        "That helps. One more thing: can I change my mind until Friday?",
        "Good to know. I will come back to it.",
    ),
    "fa": (
        "ممنون از پاسخ سریع! (من نمونه‌ام و خودکار می‌نویسم.)",
        "خیلی کمک کرد. یک سؤال دیگر: تا جمعه می‌توانم نظرم را عوض کنم؟",
        "خوب شد که گفتید. دوباره پیام می‌دهم.",
    ),
}


class Played(Protocol):
    """A channel whose far side is in this process. `to` gives what an address got, in order."""

    def to(self, address: str) -> list[Outbound]: ...


@dataclass(frozen=True)
class _Reader:
    """Who got an agent's message, and where it was read."""

    conversation_id: UUID
    account: str
    kind: str
    address: str
    name: str | None
    locale: str
    subject: str | None


async def keep_company(hub: Hub, *, pause: float = 2.0) -> None:
    """Let the sample customers on played channels answer agents, until cancelled.

    pause: seconds until a customer begins to write, and then until it is written.
    """
    said: Counter[UUID] = Counter()
    async with asyncio.TaskGroup() as group:
        async for event in hub.live.events():
            if event.kind != "message.sent" or event.message_id is None:
                continue
            reader = await hub.database.read(_reader, event.message_id)
            if reader is None or said[reader.conversation_id] >= MOST:
                continue
            words = WORDS.get(reader.locale, WORDS["en"])[said[reader.conversation_id]]
            said[reader.conversation_id] += 1
            group.create_task(_answer(hub, reader, words, pause))


async def _answer(hub: Hub, reader: _Reader, words: str, pause: float) -> None:
    opened = hub.accounts[reader.account]
    await hub.clock.sleep(pause)
    await opened.host.signal(Typing(reader.address, on=True, name=reader.name))
    await hub.clock.sleep(pause)
    await opened.host.signal(Typing(reader.address, on=False, name=reader.name))
    sender = Address(
        kind=reader.kind,
        address=reader.address,
        name=reader.name,
        verified=True,
        locale=reader.locale,
    )
    # A reply to a mail brings back the token of what it replies to, if this process sent it.
    got = cast(Played, opened.channel).to(reader.address)
    message = Message(
        account=reader.account,
        external_id=f"sample-{uuid4().hex}",
        at=hub.clock.now(),
        sender=sender,
        content=(Text(text=words),),
        subject=reader.subject if reader.kind == "mail" else None,
        thread_token=got[-1].thread_token if got else None,
    )
    await opened.host.accept([message])


def _reader(session: Session, message_id: UUID) -> _Reader | None:
    """Who got this message, if an agent wrote it to a customer who is played."""
    message, identity = table_of(MessageTable), table_of(Identity)
    conversation = table_of(Conversation)
    row = session.execute(
        select(
            message.c.conversation_id,
            message.c.account,
            identity.c.kind,
            identity.c.address,
            identity.c.name,
            conversation.c.locale,
            message.c.subject,
        )
        .join(identity, identity.c.id == message.c.identity_id)
        .join(conversation, conversation.c.id == message.c.conversation_id)
        .where(
            message.c.id == message_id,
            message.c.agent_id.is_not(None),
            message.c.account.in_(PLAYED),
        )
    ).first()
    if row is None:
        return None
    return _Reader(
        conversation_id=row.conversation_id,
        account=row.account,
        kind=row.kind,
        address=row.address,
        name=row.name,
        locale=row.locale or "en",
        subject=row.subject,
    )
