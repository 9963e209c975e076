"""The in-process channel and its people."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from pydantic import BaseModel, ConfigDict, Field

from hub.channel import (
    Account,
    Capabilities,
    Cursor,
    DeliveryError,
    Finding,
    Host,
    Sent,
    refuse_beyond,
)
from hub.message import (
    Address,
    Content,
    Deletion,
    Edit,
    Inbound,
    Message,
    Outbound,
    Press,
    Reaction,
    Receipt,
    Text,
)

BLOCKS = frozenset(
    {"text", "media", "html", "location", "contact", "buttons", "card", "form", "survey", "system"}
)


class MemorySettings(BaseModel):
    """Nothing needs to be set."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    threads: bool = Field(
        default=False,
        description="Answers carry references and every first message begins a conversation, "
        "as with mail.",
    )
    repeatable: bool = Field(
        default=False, description="Sending the same message again shows it once."
    )
    text_limit: int | None = Field(
        default=None, description="The longest text in characters.", gt=0
    )
    copies: bool = Field(default=False, description="Answers can have copies, as with mail.")


@dataclass(frozen=True)
class Arrived:
    """What a person got from us."""

    external_id: str
    message: Outbound


class MemoryChannel:
    """One account. `arrived` is what the far side has, in order, repetitions included."""

    def __init__(self, account: Account) -> None:
        settings = account.settings
        assert isinstance(settings, MemorySettings)
        self.account = account
        self.capabilities = Capabilities(
            blocks=BLOCKS,
            entities=frozenset({"bold", "italic", "code", "pre", "link", "quote"}),
            text_limit=settings.text_limit,
            copies=settings.copies,
            threads=settings.threads,
            subject=settings.threads,
            edits=True,
            deletes=True,
            reactions=True,
            idempotent_send=settings.repeatable,
        )
        self.arrived: list[Arrived] = []
        self.failures: deque[DeliveryError | tuple[str, DeliveryError]] = deque()
        self._arriving = asyncio.Condition()
        self._inbox: asyncio.Queue[tuple[int, Inbound, asyncio.Future[UUID | None]]] = (
            asyncio.Queue()
        )
        self._written = 0

    # --- the contract ---

    async def receive(self, host: Host) -> None:
        """Hand over what people write, whatever waits together; tell them when it is stored."""
        while True:
            waiting = [await self._inbox.get()]
            while not self._inbox.empty() and len(waiting) < 50:
                waiting.append(self._inbox.get_nowait())
            try:
                accepted = await host.accept(
                    [value for _, value, _ in waiting], Cursor(str(waiting[-1][0]))
                )
            except BaseException:
                # Not acknowledged: the source keeps it and brings it again.
                for entry in waiting:
                    self._inbox.put_nowait(entry)
                raise
            for (_, _, stored), id in zip(waiting, accepted.ids, strict=True):  # noqa: A001
                if not stored.done():
                    stored.set_result(id)

    async def send(self, message: Outbound, host: Host) -> Sent:
        refuse_beyond(message, self.capabilities)
        failure = self.failures.popleft() if self.failures else None
        if isinstance(failure, DeliveryError):
            raise failure
        if message.to.address.startswith("gone"):
            raise DeliveryError(
                "nobody of that name is here", permanent=True, code="404", unreachable=True
            )
        external_id = f"out:{message.message_id}"
        again = any(one.external_id == external_id for one in self.arrived)
        if not (again and self.capabilities.idempotent_send):
            async with self._arriving:
                self.arrived.append(Arrived(external_id, message))
                self._arriving.notify_all()
        if failure is not None:
            raise failure[1]
        return Sent((external_id,))

    async def edit(self, message: Outbound, target: str, host: Host) -> Sent:
        async with self._arriving:
            self.arrived.append(Arrived(target, message))
            self._arriving.notify_all()
        return Sent((target,))

    async def delete(self, to: Address, chat: str | None, target: str) -> None:
        self.arrived = [one for one in self.arrived if one.external_id != target]

    async def check(self) -> Sequence[Finding]:
        return (Finding("people in this process", ok=True),)

    async def close(self) -> None:
        return None

    # --- the people ---

    def person(self, address: str, name: str | None = None, *, locale: str | None = None) -> Person:
        """Somebody who can write; the same address is the same person."""
        return Person(
            self,
            Address(
                kind=self.account.kind, address=address, name=name, verified=True, locale=locale
            ),
        )

    def hand_over(self, value: Inbound) -> asyncio.Future[UUID | None]:
        """Bring a value as the far side would; the future ends when it is stored."""
        self._written += 1
        stored: asyncio.Future[UUID | None] = asyncio.get_running_loop().create_future()
        self._inbox.put_nowait((self._written, value, stored))
        return stored

    def to(self, address: str) -> list[Outbound]:
        """What this address got, in order."""
        return [one.message for one in self.arrived if one.message.to.address == address]

    async def wait_for(self, address: str, count: int) -> list[Outbound]:
        """Until the address got that many messages; then all of them."""
        async with self._arriving:
            await self._arriving.wait_for(lambda: len(self.to(address)) >= count)
        return self.to(address)

    def fail(self, error: DeliveryError) -> None:
        """Let the next sending fail before anything arrives."""
        self.failures.append(error)

    def fail_after(self, error: DeliveryError) -> None:
        """Let the next message arrive and its sending fail all the same."""
        self.failures.append(("after", error))


class Person:
    """Somebody on the far side."""

    def __init__(self, channel: MemoryChannel, address: Address) -> None:
        self.channel = channel
        self.address = address

    async def says(self, text: str, **fields: Any) -> UUID:
        """Write a text; ends when it is stored, with the message's id."""
        return await self.sends((Text(text=text),), **fields)

    async def sends(
        self, content: Content, *, at: datetime | None = None, external_id: str = "", **fields: Any
    ) -> UUID:
        stored = await self.channel.hand_over(self.message(content, at, external_id, **fields))
        assert stored is not None
        return stored

    def message(
        self, content: Content, at: datetime | None = None, external_id: str = "", **fields: Any
    ) -> Message:
        """The value that `sends` hands over."""
        return Message(
            account=self.channel.account.name,
            external_id=external_id or f"in:{uuid4().hex}",
            at=at or datetime.now().astimezone(),
            sender=fields.pop("sender", self.address),
            content=content,
            **fields,
        )

    async def edits(self, target: str, text: str) -> UUID | None:
        return await self.channel.hand_over(
            Edit(**self._common(), sender=self.address, target=target, content=(Text(text=text),))
        )

    async def deletes(self, target: str) -> UUID | None:
        return await self.channel.hand_over(
            Deletion(**self._common(), sender=self.address, target=target)
        )

    async def reacts(self, target: str, *reactions: str) -> UUID | None:
        return await self.channel.hand_over(
            Reaction(**self._common(), sender=self.address, target=target, reactions=reactions)
        )

    async def presses(self, target: str, value: str, label: str | None = None) -> UUID | None:
        return await self.channel.hand_over(
            Press(**self._common(), sender=self.address, target=target, value=value, label=label)
        )

    async def reads(self, target: str) -> UUID | None:
        return await self.channel.hand_over(Receipt(**self._common(), target=target, state="read"))

    def _common(self) -> dict[str, Any]:
        return {
            "account": self.channel.account.name,
            "external_id": f"in:{uuid4().hex}",
            "at": datetime.now().astimezone(),
        }
