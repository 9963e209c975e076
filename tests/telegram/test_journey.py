"""A person writes to the bot; the whole hub answers, on a real database."""

import asyncio
from pathlib import Path
from typing import Any

from hub.app import Hub
from tests.harness import rows, running_hub
from tests.telegram_server import TelegramServer


def accounts(far: TelegramServer, **more: Any) -> dict[str, dict[str, Any]]:
    bot = {"kind": "telegram", "token": far.token, "base_url": far.url, "poll_seconds": 5}
    return {"sales-bot": bot | more}


async def until_shown(far: TelegramServer, chat: int, number: int) -> list[str]:
    """The bot's messages in the chat, once there are so many."""
    async with asyncio.timeout(30):
        while len(far.people.shown(chat)) < number:
            await asyncio.sleep(0.02)
    return far.people.texts(chat)


async def stored(hub: Hub, direction: str) -> list[str]:
    found = await rows(
        hub,
        "select c.text from message m join content c on c.message_id = m.id "
        "where m.direction = :direction order by m.id",
        direction=direction,
    )
    return [row[0] for row in found]


async def test_a_message_is_stored_and_answered_by_the_default_rule(
    far: TelegramServer, tmp_path: Path
) -> None:
    async with running_hub(tmp_path, accounts(far)) as hub:
        await far.people.write(7, "سلام، سفارش من کجاست؟")
        (greeting, *_) = await until_shown(far, 7, 1)
        assert greeting
        assert await stored(hub, "in") == ["سلام، سفارش من کجاست؟"]
    assert far.people.pending() <= 1


async def test_nothing_is_stored_twice_over_a_restart(
    far: TelegramServer, tmp_path: Path
) -> None:
    async with running_hub(tmp_path, accounts(far)):
        await far.people.write(7, "one")
        await until_shown(far, 7, 1)
    async with running_hub(tmp_path, accounts(far)) as hub:
        await far.people.write(7, "two")
        async with asyncio.timeout(30):
            while len(await stored(hub, "in")) < 2:
                await asyncio.sleep(0.02)
        assert await stored(hub, "in") == ["one", "two"]
    assert len(far.people.shown(7)) == 1
