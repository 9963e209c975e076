"""What a shop's customers meet on its first day, by the rules that ship."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hub.app import Hub
from hub.calendars import MovedClock
from hub.store.database import Session
from hub.store.tables import (
    Conversation,
    ConversationTag,
    Notification,
    Outgoing,
    Rating,
    RuleResult,
    Team,
    TeamMember,
)
from hub.store.tables import Message as MessageTable
from tests.desk import Desk, until
from tests.harness import MONDAY, running_hub
from tests.telegram_server import TelegramServer

OPEN = 'hours.week = { sat-fri = [["00:00", "24:00"]] }\nconversations.pause = "0s"'
CLOSED = 'hours.week = { sun = [["09:00", "10:00"]] }\nconversations.pause = "0s"'
SARA = 7


@pytest.fixture(autouse=True)
def direct(monkeypatch: pytest.MonkeyPatch) -> None:
    """The far side is on this machine: no proxy of the environment stands between."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
async def shop(folder: Path) -> AsyncIterator[Desk]:
    async with running_hub(folder, clock=MovedClock(MONDAY), more=OPEN) as hub:
        yield await Desk.at(hub)


async def join_front_desk(desk: Desk) -> None:
    team = await desk.one(Team, slug="front-desk")

    def join(session: Session) -> None:
        session.add(TeamMember(team_id=team.id, agent_id=desk.agent.agent_id))

    await desk.hub.database.write(join)


async def templates(desk: Desk, count: int = 1) -> list[str]:
    """The templates that customers were answered from so far, once they are so many."""

    async def answered() -> list[Any]:
        found = await desk.all(MessageTable, "position", direction="out")
        return found if len(found) >= count else []

    return [row.template for row in await until(answered, f"{count} answers")]


async def tags(desk: Desk) -> list[str]:
    return [row.tag for row in await desk.all(ConversationTag, "tag")]


@pytest.mark.parametrize(
    ("said", "answer", "tagged"),
    [
        ("Is the blue one available?", "welcome", []),
        ("Where is my order?", "order-status", ["order"]),
        ("I want a refund", "refund", ["refund"]),
        ("سفارشم كجاست؟", "order-status", ["order"]),
        ("می‌خواهم کالا را مرجوع کنم", "refund", ["refund"]),
        ("سلام", "menu", []),
        ("Hello!", "menu", []),
    ],
)
async def test_the_first_words_get_the_one_answer_that_fits(
    shop: Desk, said: str, answer: str, tagged: list[str]
) -> None:
    await shop.hears(said)
    assert await templates(shop) == [answer]
    assert await tags(shop) == tagged


async def test_spam_gets_no_answer(shop: Desk) -> None:
    spam = await shop.hears("We sell backlinks and SEO services")
    other = await shop.hears("Is the blue one available?", sender="omid")
    assert await templates(shop) == ["welcome"]
    assert (await shop.conversation(spam)).status == "spam"
    conversation = await shop.conversation(other)
    assert conversation.status == "open"
    assert [row.conversation_id for row in await shop.all(Outgoing)] == [conversation.id]


async def test_thanks_are_answered_once_and_noted(shop: Desk) -> None:
    await shop.hears("Is it blue?")
    await templates(shop)
    await shop.hears("Thank you so much!")
    assert await templates(shop, 2) == ["welcome", "thanks"]
    rating = await shop.one(Rating)
    assert (rating.score, rating.source, rating.rule) == (5, "words", "thanks")


async def test_who_is_angry_or_in_a_hurry_comes_first(shop: Desk) -> None:
    await join_front_desk(shop)
    message_id = await shop.hears("This is urgent, and your service is terrible")
    conversation = await shop.conversation(message_id)
    assert conversation.priority == 2
    assert await tags(shop) == ["complaint", "urgent"]
    assert [row.text for row in await shop.all(Notification)] == ["Urgent"]
    assert (await shop.one(Rating)).score == 1


async def test_whom_nobody_answers_moves_up_and_hears_of_it(shop: Desk) -> None:
    await join_front_desk(shop)
    message_id = await shop.hears("Is the blue one available?")
    await templates(shop)

    async def priority(wanted: int) -> bool:
        await shop.moves(timedelta())
        return bool((await shop.conversation(message_id)).priority == wanted)

    await shop.moves(timedelta(minutes=61))
    await until(lambda: priority(1), "the first step")
    assert (await templates(shop, 2))[-1] == "patience"
    await shop.moves(timedelta(hours=1))
    await until(lambda: priority(2), "the escalation")
    assert await tags(shop) == ["unanswered"]
    assert len(await shop.all(Notification)) == 1
    await shop.answers((await shop.conversation(message_id)).id, "It is.")
    await until(lambda: priority(0), "the answer to be heard of")
    assert await tags(shop) == []


async def test_outside_office_hours_the_office_says_when_it_opens(folder: Path) -> None:
    async with running_hub(folder, clock=MovedClock(MONDAY), more=CLOSED) as hub:
        desk = await Desk.at(hub)
        await desk.hears("Where is my order?")
        assert await templates(desk, 2) == ["away", "order-status"]
        await desk.hears("Anybody there?")
        await desk.hears("Where is my order?", sender="omid")
        found = await templates(desk, 4)
        assert sorted(found) == ["away", "away", "order-status", "order-status"]


@pytest.mark.parametrize(
    ("hello", "second", "person"),
    [
        ("/start", "About your order", "A colleague will answer you here"),
        ("سلام", "دربارهٔ سفارش‌تان", "یکی از همکاران ما"),
    ],
)
async def test_the_menu_leads_over_two_levels_to_a_person(
    tmp_path: Path, hello: str, second: str, person: str
) -> None:
    async with TelegramServer() as far:
        bot = {"kind": "telegram", "token": far.token, "base_url": far.url, "poll_seconds": 5}
        async with running_hub(tmp_path, {"bot": bot}, more=OPEN) as hub:
            desk = await Desk.at(hub)
            await join_front_desk(desk)
            far.people.user(SARA, language_code="fa" if hello == "سلام" else "en")
            await far.people.write(SARA, hello)
            menu = await _shown(far, 1)
            assert _buttons(menu) == [
                "menu:orders", "menu:returns", "menu:hours", "menu:person",
            ]  # fmt: skip
            label = await _press(far, menu, "menu:orders")
            orders = await _shown(far, 2)
            assert orders["text"].startswith(second)
            assert _buttons(orders) == ["orders:track", "orders:change", "menu:person", "menu"]
            await _press(far, orders, "menu:person")
            last = await _shown(far, 3)
            assert person in last["text"]
            first, _ = await desk.all(RuleResult, "at", event="button.pressed")
            assert first.facts["press"] == {"value": "menu:orders", "label": label}
            await _at_the_front_desk(hub, desk)


async def _shown(far: TelegramServer, count: int) -> Any:
    """The newest message of the bot, once it has written so many."""

    def of_the_bot() -> list[Any]:
        found = [one for one in far.people.shown(SARA) if one["from"]["is_bot"]]
        return found if len(found) >= count else []

    return (await until(of_the_bot, f"message {count} of the bot"))[-1]


async def _press(far: TelegramServer, message: Any, value: str) -> str:
    """Press the button with this value; what stands on it."""
    rows = message["reply_markup"]["inline_keyboard"]
    (label,) = [one["text"] for row in rows for one in row if one["callback_data"] == value]
    await far.people.press(SARA, message["message_id"], label)
    return str(label)


def _buttons(message: Any) -> list[str]:
    rows = message["reply_markup"]["inline_keyboard"]
    return [button["callback_data"] for row in rows for button in row]


async def _at_the_front_desk(hub: Hub, desk: Desk) -> None:
    conversation = await desk.one(Conversation)
    assert conversation.team_id == hub.policy.teams["front-desk"]
    assert conversation.priority == 1
    assert "wants-person" in await tags(desk)
    assert [row.text for row in await desk.all(Notification)] == ["A person is wanted"]
