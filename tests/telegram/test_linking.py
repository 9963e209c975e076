"""An agent answers customers from their own Telegram, through a real bot."""

from pathlib import Path

from hub.agents import linking
from hub.conversations import acts
from hub.store.tables import Conversation
from tests.desk import Desk
from tests.harness import running_hub
from tests.telegram.test_journey import accounts, until
from tests.telegram_server import TelegramServer

CUSTOMER, PHONE = 7, 99


async def test_an_alert_is_answered_in_telegram(far: TelegramServer, tmp_path: Path) -> None:
    async with running_hub(tmp_path, accounts(far)) as hub:
        desk, now = await Desk.at(hub), hub.clock.now
        agent = desk.agent
        token = await hub.database.write(linking.offer, agent.agent_id, "sales-bot", now())
        await far.people.start(PHONE, token)
        await until(lambda: far.people.texts(PHONE))

        await far.people.write(CUSTOMER, "Where is my order?")
        await until(lambda: far.people.texts(CUSTOMER))
        conversation = await desk.one(Conversation)
        await hub.database.write(acts.assign, agent, conversation.id, agent.agent_id, now())
        await far.people.write(CUSTOMER, "Hello? Is anybody there?")

        def alert() -> int | None:
            shown = far.people.shown(PHONE)
            found = [one for one in shown if "Is anybody there?" in one.get("text", "")]
            return int(found[0]["message_id"]) if found else None

        await far.people.write(PHONE, "It left today.", reply_to=await until(alert))
        await until(lambda: "It left today." in far.people.texts(CUSTOMER))
        assert await desk.texts() == ["Where is my order?", "Hello? Is anybody there?"]
        assert (await desk.one(Conversation)).assignee_id == agent.agent_id
