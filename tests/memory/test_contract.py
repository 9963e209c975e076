"""The memory channel keeps the contract, in each of its forms and on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import pytest

from channels.memory import MemoryChannel
from hub.app import Hub
from hub.channel import DeliveryError
from hub.message import Buttons, Content, Form, Media, Message, Text, plain_text
from tests.contract import Act, Break, ChannelContract, Delivered, FarSide
from tests.harness import people

FAILURES: Mapping[Break, DeliveryError] = {
    "permanent": DeliveryError("no such person", permanent=True),
    "temporary": DeliveryError("not now", permanent=False),
    "uncertain": DeliveryError("the connection broke", permanent=False, certain=False),
}


class Crowd(FarSide):
    """The people of the memory channel."""

    kind = "memory"
    breaks = frozenset(FAILURES)
    acts = frozenset({"edit", "delete", "react"})

    def __init__(self, **options: Any) -> None:
        self.options = options
        self.written: list[Message] = []
        self.waiting: list[asyncio.Future[UUID | None]] = []

    async def connect(self, hub: Hub, account: str) -> None:
        self.channel: MemoryChannel = people(hub, account)

    async def write(
        self,
        text: str,
        *,
        who: str = "sara",
        automated: bool = False,
        reply_to: Delivered | None = None,
    ) -> None:
        message = self.channel.person(who).message(
            (Text(text=text),),
            automated=automated,
            reply_to=reply_to.native if reply_to else None,
        )
        self.written.append(message)
        self.waiting.append(self.channel.hand_over(message))

    async def redeliver(self) -> None:
        self.waiting += [self.channel.hand_over(message) for message in self.written]

    async def unacknowledged(self) -> int:
        return sum(not stored.done() for stored in self.waiting)

    async def delivered(self) -> Sequence[Delivered]:
        return [
            Delivered(_read(one.message.content), one.message.automated, native=one.external_id)
            for one in self.channel.arrived
        ]

    def break_next(self, how: Break) -> None:
        if how == "uncertain":
            self.channel.fail_after(FAILURES[how])
        else:
            self.channel.fail(FAILURES[how])

    async def act(self, act: Act, text: str) -> None:
        person, target = self.channel.person("sara"), self.written[-1].external_id
        match act:
            case "edit":
                await person.edits(target, text)
            case "delete":
                await person.deletes(target)
            case "react":
                await person.reacts(target, text)


def _read(content: Content) -> str:
    words = [plain_text(content)]
    for block in content:
        match block:
            case Media(blob=blob) if blob is not None:
                words.append(blob.name)
            case Buttons(rows=rows):
                words += [button.label for row in rows for button in row]
            case Form(questions=questions):
                words += [question.label for question in questions]
            case _:
                pass
    return "\n".join(words)


@pytest.mark.both(full=True)
class TestMemory(ChannelContract):
    side = Crowd

    @pytest.fixture
    def far(self) -> FarSide:
        return Crowd()


class TestMemoryWithThreads(ChannelContract):
    side = Crowd

    @pytest.fixture
    def far(self) -> FarSide:
        return Crowd(threads=True)


class TestRepeatableMemory(ChannelContract):
    side = Crowd

    @pytest.fixture
    def far(self) -> FarSide:
        return Crowd(repeatable=True)
