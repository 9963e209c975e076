"""Somebody writes to the bot, is greeted, and is answered by an agent there."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.journeys.office import BOT, bot, office
from tests.telegram_server import TelegramServer

CHAT = 7


async def texts(far: TelegramServer, number: int) -> list[str]:
    """What the bot has written in the chat, once it is so much."""
    async with asyncio.timeout(30):
        while len(far.people.texts(CHAT)) < number:
            await asyncio.sleep(0.02)
    return far.people.texts(CHAT)


@pytest.mark.both
async def test_a_person_writes_is_greeted_and_is_answered(
    far: TelegramServer, tmp_path: Path, database_url: str
) -> None:
    async with office(tmp_path, {BOT: bot(far)}, database_url=database_url) as desk:
        await far.people.write(CHAT, "سلام، سفارش من کجاست؟")
        (greeting,) = await texts(far, 1)
        asked = await desk.came("سلام، سفارش من کجاست؟")

        await desk.reply(asked.conversation_id, "It left this morning.")
        assert (await texts(far, 2))[1] == "It left this morning."
        assert (await desk.sent("It left this morning.")).state == "sent"

        await far.people.write(CHAT, "Thank you, and when does it arrive?")
        again = await desk.came("Thank you, and when does it arrive?")
        assert again.conversation_id == asked.conversation_id
        assert await desk.thread(asked.conversation_id) == [
            ("in", BOT, "سلام، سفارش من کجاست؟"),
            ("out", BOT, greeting),
            ("out", BOT, "It left this morning."),
            ("in", BOT, "Thank you, and when does it arrive?"),
        ]
    assert len(far.people.texts(CHAT)) == 2
