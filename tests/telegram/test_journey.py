"""A person writes to the bot; the whole hub answers, on a real database."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hub.app import Hub
from tests.harness import rows, running_hub
from tests.telegram_server import TelegramServer

PICTURE = (Path(__file__).parent / "sample.png").read_bytes()


def accounts(far: TelegramServer, **more: Any) -> dict[str, dict[str, Any]]:
    bot = {"kind": "telegram", "token": far.token, "base_url": far.url, "poll_seconds": 5}
    return {"sales-bot": bot | more}


def reaction(chat: int, message_id: int, emoji: str) -> dict[str, Any]:
    """A reaction, also before the bot asked for such updates."""
    person = {"id": chat, "is_bot": False, "first_name": "Sample"}
    return {
        "chat": {"id": chat, "type": "private"},
        "message_id": message_id,
        "user": person,
        "date": 1795300000,
        "old_reaction": [],
        "new_reaction": [{"type": "emoji", "emoji": emoji}],
    }


async def until(condition: Callable[[], Any]) -> Any:
    """The first true value of a condition, which may be a coroutine function."""
    async with asyncio.timeout(30):
        while True:
            found = condition()
            if asyncio.iscoroutine(found):
                found = await found
            if found:
                return found
            await asyncio.sleep(0.02)


async def stored(hub: Hub) -> list[str]:
    """What customers wrote, in the newest revision."""
    found = await rows(
        hub,
        "select c.text from message m join content c on c.message_id = m.id "
        "and c.revision = m.revision where m.direction = 'in' order by m.id",
    )
    return [row[0] for row in found]


async def states(hub: Hub) -> list[str]:
    return [row[0] for row in await rows(hub, "select state from outgoing order by position")]


async def test_a_message_is_stored_and_answered_by_the_shipped_rules(
    far: TelegramServer, tmp_path: Path
) -> None:
    async with running_hub(tmp_path, accounts(far)) as hub:
        await far.people.write(7, "سلام، سفارش من کجاست؟")
        await until(lambda: far.people.texts(7))
        assert await stored(hub) == ["سلام، سفارش من کجاست؟"]
        await until(lambda: not far.people.pending())


async def test_nothing_is_stored_or_answered_twice_over_a_restart(
    far: TelegramServer, tmp_path: Path
) -> None:
    async with running_hub(tmp_path, accounts(far)) as hub:
        await far.people.write(7, "one")
        await until(lambda: far.people.texts(7))
        await until(lambda: _all_sent(hub))
    async with running_hub(tmp_path, accounts(far)) as hub:
        await far.people.write(7, "two")
        await until(lambda: _count(hub, 2))
        assert await stored(hub) == ["one", "two"]
        await until(lambda: _all_sent(hub))
    texts = far.people.texts(7)
    assert len(texts) == len(set(texts))


async def test_an_answer_that_may_have_arrived_is_shown_and_not_sent_again(
    far: TelegramServer, tmp_path: Path
) -> None:
    far.people.inject("cut", method="sendMessage")
    async with running_hub(tmp_path, accounts(far)) as hub:
        await far.people.write(7, "hello")
        await until(lambda: _has_state(hub, "unconfirmed"))
        greeting = far.people.texts(7)[0]
        await far.people.write(7, "anybody?")
        await until(lambda: _count(hub, 2))
        assert far.people.texts(7).count(greeting) == 1


async def test_an_answer_that_had_to_wait_arrives_once(far: TelegramServer, tmp_path: Path) -> None:
    far.people.inject("error", method="sendMessage", retry_after=1)
    async with running_hub(tmp_path, accounts(far)) as hub:
        await far.people.write(7, "hello")
        await until(lambda: far.people.texts(7))
        await until(lambda: _all_sent(hub))
    texts = far.people.texts(7)
    assert len(texts) == len(set(texts))


async def test_a_customer_who_blocks_the_bot_is_shown_as_unreachable(
    far: TelegramServer, tmp_path: Path
) -> None:
    async def reachable() -> list[bool]:
        return [bool(row[0]) for row in await rows(hub, "select reachable from identity")]

    async def blocked() -> bool:
        return await reachable() == [False]

    async def back() -> bool:
        return await reachable() == [True]

    async with running_hub(tmp_path, accounts(far)) as hub:
        await far.people.write(7, "hello")
        await until(lambda: _count(hub, 1))
        await far.people.block(7)
        await until(blocked)
        await far.people.unblock(7)
        await until(back)


async def test_pictures_edits_and_strange_updates_are_kept(
    far: TelegramServer, tmp_path: Path
) -> None:
    async def corrected() -> bool:
        return await stored(hub) == ["look", "hello"]

    async def kept_raw() -> list[Any]:
        return await rows(hub, "select 1 from raw_original where message_id is null")

    async with running_hub(tmp_path, accounts(far)) as hub:
        await far.people.send_photo(7, PICTURE, caption="look")
        number = await far.people.write(7, "helo")
        await far.people.edit(7, number, "hello")
        await far.people.send_update("message_reaction", reaction(7, number, "👍"))
        await far.people.send_update("telepathy", {"thought": 1})
        await until(corrected)
        await until(kept_raw)
        await until(lambda: not far.people.pending())


async def _count(hub: Hub, number: int) -> bool:
    return len(await stored(hub)) >= number


async def _has_state(hub: Hub, state: str) -> bool:
    return state in await states(hub)


async def _all_sent(hub: Hub) -> bool:
    return set(await states(hub)) == {"sent"}


async def test_a_reaction_that_comes_together_with_its_message_stops_nothing(
    far: TelegramServer, tmp_path: Path
) -> None:
    number = await far.people.write(7, "hello")
    await far.people.send_update("message_reaction", reaction(7, number, "👍"))
    await far.people.write(7, "and more")
    async with running_hub(tmp_path, accounts(far)) as hub:
        await until(lambda: _count(hub, 2))
        await until(lambda: not far.people.pending())
        assert await rows(hub, "select reactions from reaction") == [("👍",)]


async def test_a_file_that_could_not_be_fetched_at_once_comes_later(
    far: TelegramServer, tmp_path: Path
) -> None:
    async def files() -> list[Any]:
        return await rows(hub, "select name, size, position from attachment")

    async def missing() -> list[Any]:
        return await rows(hub, "select 1 from content where blocks like '%\"blob\"\\:null%'")

    async with running_hub(tmp_path, accounts(far, fetch_seconds=1)) as hub:
        far.people.inject("error", method="getFile", code=502, times=1)
        await far.people.send_photo(7, PICTURE, caption="look")
        await until(missing)
        assert await files() == []
        [(name, size, position)] = await until(files)
        assert (size, position) == (len(PICTURE), 0)
        assert name
        assert await missing() == []
        assert await rows(hub, "select 1 from timer where kind = 'fetch parts'") == []
