"""The conformance suite on Telegram: a bot on a Bot API server, and customers who write to it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest

from channels.telegram.entities import utf16_length
from channels.telegram.parse import parse_update
from channels.telegram.render import TEXT_LIMIT
from hub.message import Inbound
from hub.text import storable
from tests.contract import Act, Break, ChannelContract, Delivered, FarSide, Recorded
from tests.telegram.test_parse import NOW
from tests.telegram_server import TelegramServer

CORPUS = Path(__file__).parent / "corpus"


def normalise(original: bytes) -> Sequence[Inbound]:
    """What an update becomes; what is no JSON is refused at the door and is nobody's update."""
    try:
        update = json.loads(original)
    except ValueError:
        return []
    return [parse_update(update, "sales-bot", now=NOW)]


def recorded(path: Path) -> Recorded:
    case = json.loads(path.read_text())
    return Recorded(path.stem, json.dumps(case["update"]).encode(), [case["expect"]])


class Customers(FarSide):
    """People with a Telegram app. A private chat has the number of its person."""

    kind = "telegram"
    breaks: frozenset[Break] = frozenset({"permanent", "temporary", "uncertain"})
    acts: frozenset[Act] = frozenset({"edit", "react"})

    def __init__(self, server: TelegramServer) -> None:
        self.server = server
        self.options = {"token": server.token, "base_url": server.url, "poll_seconds": 5}
        self.numbers: dict[str, int] = {}
        self.written: list[tuple[int, int]] = []

    async def write(
        self,
        text: str,
        *,
        who: str = "sara",
        automated: bool = False,
        reply_to: Delivered | None = None,
    ) -> None:
        number = self.numbers.setdefault(who, 7 + len(self.numbers))
        people = self.server.people
        people.user(number, is_bot=automated)
        message = await people.write(number, text, reply_to=reply_to.native if reply_to else None)
        self.written.append((number, message))

    async def redeliver(self) -> None:
        """Telegram numbers updates anew after a quiet week; the messages stay the same."""
        for chat, message in self.written:
            content = self.server.people.chat(chat).messages[message]
            await self.server.people.send_update("message", content)

    async def unacknowledged(self) -> int:
        return self.server.people.pending()

    async def delivered(self) -> Sequence[Delivered]:
        shown = [
            message
            for number in self.numbers.values()
            for message in self.server.people.shown(number)
        ]
        return [Delivered("\n".join(_words(one)), native=one["message_id"]) for one in shown]

    def break_next(self, how: Break) -> None:
        inject = self.server.people.inject
        match how:
            case "permanent":
                inject("error", method="sendMessage", code=403, description="Forbidden: no")
            case "temporary":
                inject("error", method="sendMessage", retry_after=1)
            case "uncertain":
                inject("cut", method="sendMessage")

    async def act(self, act: Act, text: str) -> None:
        chat, message = self.written[-1]
        if act == "edit":
            await self.server.people.edit(chat, message, text)
        else:
            await self.server.people.react(chat, message, text)

    def carried(self, text: str) -> str | None:
        """An app splits what is too long, and what UTF-8 can not hold never leaves it. A NUL is
        replaced, not taken out, so that formatting keeps its places."""
        too_long = utf16_length(text) > TEXT_LIMIT
        if too_long or "\ud83d" in text:
            return None
        return storable(text.replace("\x00", "\ufffd"))


def _words(message: Any) -> list[str]:
    """Every word that the app shows of a message."""
    words = [message.get("text", ""), message.get("caption", "")]
    words += [message.get("document", {}).get("file_name", "")]
    contact = message.get("contact", {})
    words += [contact.get("first_name", ""), contact.get("last_name", "")]
    words += [message.get("venue", {}).get("title", "")]
    for row in message.get("reply_markup", {}).get("inline_keyboard", []):
        words += [button["text"] for button in row]
    return [word for word in words if word]


class TestTelegram(ChannelContract):
    side = Customers
    recorded: ClassVar[Sequence[Recorded]] = [
        recorded(path) for path in sorted(CORPUS.glob("*.json"))
    ]
    normalise = normalise

    @pytest.fixture
    def far(self, far: TelegramServer) -> FarSide:
        return Customers(far)
