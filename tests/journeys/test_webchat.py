"""A visitor writes on a page, is greeted, and is answered by an agent, over any reload."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.crash.visitor import ChatVisitor
from tests.journeys.office import SITE, office

Account = dict[str, dict[str, Any]]


@asynccontextmanager
async def visiting(visitor: ChatVisitor) -> AsyncIterator[None]:
    """The visitor's page is open inside the block."""
    staying = asyncio.create_task(visitor.stay())
    try:
        yield
    finally:
        staying.cancel()
        await asyncio.gather(staying, return_exceptions=True)


async def until(true: Callable[[], bool]) -> None:
    """Wait until this holds."""
    async with asyncio.timeout(30):
        while not true():
            await asyncio.sleep(0.02)


def shown(visitor: ChatVisitor) -> list[tuple[str, str]]:
    """Direction and words of everything in the visitor's window."""
    return [
        (item["direction"], "\n".join(block.get("text", "") for block in item["blocks"]))
        for item in visitor.seen.values()
    ]


@pytest.mark.both
async def test_a_visitor_writes_is_greeted_and_is_answered(
    tmp_path: Path, database_url: str
) -> None:
    async with office(tmp_path, {SITE: {"kind": "webchat"}}, database_url=database_url) as desk:
        visitor = ChatVisitor(desk.chat_url)
        async with visiting(visitor):
            await visitor.say("Is the blue one available?")
            await until(lambda: len(visitor.seen) == 2)
            asked = await desk.came("Is the blue one available?")

            await desk.reply(asked.conversation_id, "Yes, in all sizes.")
            await until(lambda: len(visitor.seen) == 3)
        assert [direction for direction, _ in shown(visitor)] == ["in", "out", "out"]
        assert shown(visitor)[2] == ("out", "Yes, in all sizes.")

        # The page is closed: the answer waits in the record, and a reload shows it.
        await desk.reply(asked.conversation_id, "And in green, too.")
        assert (await desk.sent("And in green, too.")).account == SITE
        async with visiting(visitor):
            await until(lambda: len(visitor.seen) == 4)
            await visitor.say("سبزش را می‌خواهم")
            again = await desk.came("سبزش را می‌خواهم")
            await until(lambda: not visitor.unsent)
        assert again.conversation_id == asked.conversation_id
        assert shown(visitor)[3] == ("out", "And in green, too.")
        assert await desk.thread(asked.conversation_id) == [
            ("in", SITE, "Is the blue one available?"),
            ("out", SITE, shown(visitor)[1][1]),
            ("out", SITE, "Yes, in all sizes."),
            ("out", SITE, "And in green, too."),
            ("in", SITE, "سبزش را می‌خواهم"),
        ]
