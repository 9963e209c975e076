"""A survey in Telegram: a keyboard that shows in its own place what was chosen."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

from hub.app import Hub
from hub.calendars import MovedClock
from hub.conversations import acts
from tests.harness import MONDAY, rows, running_hub
from tests.satisfaction.asking import an_agent, only_conversation, replies
from tests.telegram_server import TelegramServer

CHAT = 7
MORE = 'satisfaction.delay = "0s"'


def accounts(far: TelegramServer) -> dict[str, dict[str, Any]]:
    return {
        "sales-bot": {
            "kind": "telegram",
            "token": far.token,
            "base_url": far.url,
            "poll_seconds": 5,
        }
    }


async def asked(hub: Hub, far: TelegramServer, words: str) -> dict[str, Any]:
    """The survey as the far side shows it, after an agent answered and settled."""
    await far.people.write(CHAT, words)
    async with asyncio.timeout(30):
        while not await rows(hub, "SELECT id FROM conversation"):
            await asyncio.sleep(0.02)
    agent, conversation = await an_agent(hub), await only_conversation(hub)
    await replies(hub, agent, conversation, "It leaves today.")
    await hub.database.write(acts.resolve, agent, conversation, hub.clock.now())
    await _until(lambda: _survey(far))
    return _survey(far)


def _survey(far: TelegramServer) -> dict[str, Any]:
    messages = far.people.chat(CHAT).messages.values()
    return next((one for one in messages if "reply_markup" in one), {})


def labels(far: TelegramServer) -> list[str]:
    rows = _survey(far)["reply_markup"]["inline_keyboard"]
    return [button["text"] for row in rows for button in row]


async def _until(condition: Any) -> None:
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.02)


async def _rated(hub: Hub, wanted: list[Any]) -> None:
    async with asyncio.timeout(30):
        while await rows(hub, "SELECT score, comment FROM rating") != wanted:
            await asyncio.sleep(0.02)


async def test_the_keyboard_shows_what_was_chosen_and_a_reply_adds_words(
    far: TelegramServer, tmp_path: Path
) -> None:
    clock = MovedClock(MONDAY)
    async with running_hub(tmp_path, accounts(far), clock=clock, more=MORE) as hub:
        survey = await asked(hub, far, "Where is my order?")
        assert labels(far) == [f"{score} ⭐" for score in range(1, 6)]
        query = await far.people.press(CHAT, survey["message_id"], "4 ⭐")
        await _until(lambda: "✓ 4 ⭐" in labels(far))
        await _rated(hub, [(4, None)])
        assert far.bot.queries[query], "the button stopped glowing"
        await far.people.press(CHAT, survey["message_id"], "2 ⭐")
        await _until(lambda: labels(far)[1] == "✓ 2 ⭐")
        assert labels(far)[3] == "4 ⭐", "there is one answer"
        await _rated(hub, [(2, None)])
        await far.people.write(CHAT, "It came late", reply_to_message=survey)
        await _rated(hub, [(2, "It came late")])
        assert await rows(hub, "SELECT status FROM conversation") == [("resolved",)]
        await far.people.write(CHAT, "And it is broken")
        await _until(lambda: not far.people.pending())
        assert await rows(hub, "SELECT status FROM conversation") == [("open",)]


async def test_an_answer_that_stands_is_said_to_and_not_marked(
    far: TelegramServer, tmp_path: Path
) -> None:
    clock = MovedClock(MONDAY)
    more = f'{MORE}\nsatisfaction.languages = ["fa"]'
    async with running_hub(tmp_path, accounts(far), clock=clock, more=more) as hub:
        survey = await asked(hub, far, "سفارش من کجاست؟")
        await far.people.press(CHAT, survey["message_id"], "5 ⭐")
        await _until(lambda: "✓ 5 ⭐" in labels(far))
        clock.advance(timedelta(hours=25))
        query = await far.people.press(CHAT, survey["message_id"], "1 ⭐")
        await _until(lambda: far.bot.queries[query])
        assert "✓ 5 ⭐" in labels(far)
        await _rated(hub, [(5, None)])
        assert "گذشته" in far.bot.answers[query]
        assert await rows(hub, "SELECT status FROM conversation") == [("resolved",)]
