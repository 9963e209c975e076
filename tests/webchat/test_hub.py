"""The web chat on the whole hub: real store, intake, rules, outbox and live."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest
from playwright.async_api import Page, expect
from sqlalchemy import update

from hub.agents.directory import add_agent
from hub.agents.rights import Viewer
from hub.app import Hub
from hub.channel import Typing
from hub.conversations import acts
from hub.conversations.writing import Words, reply
from hub.live import Signal
from hub.message import Button, Buttons, Content, Media, Survey, Text, load_content
from hub.server import application
from hub.store.statements import table_of
from hub.store.tables import Survey as SurveyTable
from tests.harness import rows, running_hub
from tests.webchat.browser import launched
from tests.webchat.serving import served
from tests.webchat.visitor import Frame, Visitor, knocking, visiting

ACCOUNTS: Mapping[str, Mapping[str, object]] = {"web": {"kind": "webchat"}}


@dataclass
class Served:
    """A hub with its routes on a port."""

    hub: Hub
    port: int

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}/c/web/"

    @property
    def socket(self) -> str:
        return f"ws://127.0.0.1:{self.port}/c/web/socket"

    async def agent(self) -> Viewer:
        agent_id: UUID = await self.hub.database.write(
            add_agent,
            name="Sara",
            mail="sara@example.com",
            password_hash=None,
            role="agent",
            locale="en",
            calendar="gregorian",
            time_zone="UTC",
            now=self.hub.clock.now(),
        )
        return Viewer(agent_id, "Sara", "sara@example.com", "agent")

    async def answer(self, viewer: Viewer, content: Content | str) -> UUID:
        """An agent answers the only conversation there is."""
        ((conversation,),) = await rows(self.hub, "SELECT id FROM conversation")
        blocks: Content = (Text(text=content),) if isinstance(content, str) else content
        conversation_id = (
            conversation if isinstance(conversation, UUID) else UUID(str(conversation))
        )
        written = await self.hub.database.write(
            reply,
            viewer,
            Words(conversation_id, blocks, str(uuid4())),
            way=None,
            accounts=self.hub.policy.accounts,
            now=self.hub.clock.now(),
            give_up_after=timedelta(days=1),
        )
        return written.message_id


@asynccontextmanager
async def serving(folder: Path, database_url: str = "", port: int = 0) -> AsyncIterator[Served]:
    always = """
        hours.week = { sat-fri = [["00:00", "24:00"]] }
        satisfaction.delay = "0s"
        conversations.pause = "0s"
    """
    async with (
        running_hub(folder, ACCOUNTS, database_url=database_url, more=always) as hub,
        served(application(hub), port) as chosen,
    ):
        yield Served(hub, chosen)


def texts(visitor: Visitor) -> list[str]:
    """What was shown so far, welcome included, in order and each once."""
    items = {item["id"]: item for item in visitor.welcome["history"]}
    for frame in visitor.seen:
        items |= {item["id"]: item for item in frame.get("items", ())}
    blocks = [block for item in items.values() for block in item["blocks"]]
    return [block["text"] for block in blocks if "text" in block]


async def shown(visitor: Visitor, text: str) -> None:
    while not any(text in one for one in texts(visitor)):
        await visitor.until("history")


@pytest.mark.both(full=True)
async def test_a_rule_and_an_agent_answer_and_a_reconnect_misses_nothing(
    tmp_path: Path, database_url: str
) -> None:
    async with serving(tmp_path, database_url) as site:
        async with visiting(site) as visitor:
            ack = await visitor.write("Where is my order?")
            assert ack["type"] == "ack"
            await shown(visitor, "look up your order")
            cursor = [f["cursor"] for f in visitor.seen if f["type"] == "history"][-1]
        sara = await site.agent()
        await site.answer(sara, "It is on its way")
        async with visiting(site, token=visitor.token, cursor=cursor) as again:
            await shown(again, "on its way")
            await site.answer(sara, "and arrives tomorrow")
            await shown(again, "arrives tomorrow")
            last = [f for f in again.seen if f["type"] == "history"][-1]["items"][-1]
            assert last["author"] == "Sara"
            await again.send({"type": "read", "message": last["id"]})
            await again.send({"type": "ping"})
            await again.until("pong")
        read = await rows(site.hub, "SELECT read_at FROM outgoing WHERE read_at IS NOT NULL")
        assert len(read) == 3


@pytest.mark.both(full=True)
async def test_older_messages_come_page_by_page_to_their_customer_alone(
    tmp_path: Path, database_url: str
) -> None:
    async with serving(tmp_path, database_url) as site:
        async with visiting(site) as visitor:
            await visitor.write("Where is my order?")
            await shown(visitor, "look up your order")
            sara = await site.agent()
            for number in range(110):
                await site.answer(sara, f"answer {number}")
            await shown(visitor, "answer 109")
        async with visiting(site, token=visitor.token) as again, visiting(site) as stranger:
            assert again.welcome["earlier"]
            items = again.welcome["history"]
            pages = []
            earlier = True
            while earlier:
                await again.send({"type": "earlier", "before": items[0]["id"]})
                page = await again.until("earlier")
                items = page["items"] + items
                pages.append(len(page["items"]))
                earlier = page["earlier"]
            assert pages == [50, 12]
            said = [item["blocks"][0]["text"] for item in items]
            assert said[0] == "Where is my order?"
            assert said[2:] == [f"answer {number}" for number in range(110)]
            await stranger.send({"type": "earlier", "before": items[-1]["id"]})
            nothing = await stranger.until("earlier")
            assert (nothing["items"], nothing["earlier"]) == ([], False)


@pytest.mark.both(full=True)
async def test_the_same_act_sent_to_two_runs_of_the_hub_is_stored_once(
    tmp_path: Path, database_url: str
) -> None:
    client_id = uuid4()
    async with serving(tmp_path, database_url) as site, visiting(site) as visitor:
        first = await visitor.write("once", client_id)
    async with (
        serving(tmp_path, database_url) as site,
        visiting(site, token=visitor.token) as again,
    ):
        second = await again.write("once", client_id)
        found = await rows(site.hub, "SELECT id FROM message WHERE direction = 'in'")
    assert first["message_id"] == second["message_id"]
    assert len(found) == 1


async def test_typing_of_an_agent_reaches_the_visitor(tmp_path: Path) -> None:
    async with serving(tmp_path) as site, visiting(site) as visitor:
        await visitor.write("hello")
        await visitor.until("history")
        ((address,),) = await rows(site.hub, "SELECT address FROM identity")
        await site.hub.live.signal(Signal("agent", Typing(address, True, "Sara")))
        assert (await visitor.until("typing"))["name"] == "Sara"


async def test_buttons_surveys_and_files_go_through(tmp_path: Path) -> None:
    async with serving(tmp_path) as site, visiting(site) as visitor:
        async with httpx.AsyncClient(trust_env=False) as client:
            uploaded = await client.post(
                f"{site.base}upload",
                content="سلام".encode(),
                headers={"Authorization": f"Bearer {visitor.token}", "X-File-Name": "a.txt"},
            )
            assert uploaded.status_code == 201
            ack = await visitor.act(
                {"text": "see this", "files": [{"key": uploaded.json()["key"]}]}
            )
            assert ack["type"] == "ack"
            await visitor.until(lambda f: f["type"] == "history" and f["items"][0]["mine"])
            blocks = visitor.seen[-1]["items"][0]["blocks"]
            file = await client.get(site.base + blocks[1]["file"]["url"])
            assert file.text == "سلام"
        (stored,) = [
            load_content(blocks)
            for (blocks,) in await rows(
                site.hub,
                "SELECT c.blocks FROM content c JOIN message m ON m.id = c.message_id "
                "WHERE m.direction = 'in'",
            )
        ]
        assert isinstance(stored[1], Media)

        sara = await site.agent()
        rows_of = ((Button(label="Company", value="c"),),)
        asked = await site.answer(sara, (Text(text="Which?"), Buttons(rows=rows_of)))
        await shown(visitor, "Which?")
        pressed = await visitor.act({"press": {"message": str(asked), "value": "c"}})
        assert pressed["type"] == "ack"
        await shown(visitor, "Company")
        survey = Survey(question="How was it?", form="stars", scale=5, token="t")
        asked = await site.answer(sara, (Text(text="Rate us"), survey))
        await shown_block(visitor, str(asked))
        rated = await visitor.act({"survey": {"message": str(asked), "score": 5}})
        assert rated["type"] == "ack"


@pytest.mark.both(full=True)
async def test_a_settled_conversation_is_rated_in_the_chat(
    tmp_path: Path, database_url: str
) -> None:
    async with serving(tmp_path, database_url) as site, visiting(site) as visitor:
        await visitor.write("hello")
        sara = await site.agent()
        await site.answer(sara, "All is settled")
        await shown(visitor, "All is settled")
        ((conversation,),) = await rows(site.hub, "SELECT id FROM conversation")
        conversation_id = UUID(str(conversation))
        await site.hub.database.write(acts.resolve, sara, conversation_id, site.hub.clock.now())

        def asked(frame: Frame) -> bool:
            return any(
                block["type"] == "survey"
                for item in frame.get("items", ())
                for block in item["blocks"]
            )

        survey = (await visitor.until(asked))["items"][-1]
        assert "token" not in survey["blocks"][-1]
        for answer in ({"score": 3}, {"score": 5, "comment": "quick"}):
            ack = await visitor.act({"survey": {"message": survey["id"], **answer}})
            assert ack["type"] == "ack"
        found = await rows(site.hub, "SELECT score, scale, comment FROM rating")
        assert [tuple(row) for row in found] == [(5, 5, "quick")]
        await site.hub.database.write(
            lambda session: session.execute(update(table_of(SurveyTable)).values(change_seconds=0))
        )
        late = await visitor.act({"survey": {"message": survey["id"], "score": 1}})
        assert (late["type"], late["code"]) == ("error", "closed")
        found = await rows(site.hub, "SELECT score, scale, comment FROM rating")
        assert [tuple(row) for row in found] == [(5, 5, "quick")]


async def shown_block(visitor: Visitor, message: str) -> None:
    await visitor.until(
        lambda f: f["type"] == "history" and any(item["id"] == message for item in f["items"])
    )


async def test_an_address_left_in_the_chat_becomes_a_claim(tmp_path: Path) -> None:
    async with serving(tmp_path) as site, visiting(site) as visitor:
        await visitor.write("hello")
        ack = await visitor.act({"contact": {"mail": "mina@example.org", "name": "Mina"}})
        assert ack["type"] == "ack"
        found = await rows(site.hub, "SELECT address, proof FROM identity WHERE kind = 'mail'")
        assert [tuple(row) for row in found] == [("mina@example.org", "claimed")]


async def test_a_malformed_cursor_does_not_break_the_welcome(tmp_path: Path) -> None:
    async with serving(tmp_path) as site, visiting(site) as visitor:
        await visitor.write("hello")
        async with visiting(site, token=visitor.token, cursor="99x") as again:
            assert again.welcome["history"][0]["blocks"][0]["text"] == "hello"


@pytest.mark.browser
async def test_a_browser_outlives_a_restart_of_the_hub(tmp_path: Path) -> None:
    async with launched() as chromium:
        await _outlive_a_restart(tmp_path, await chromium.new_page(locale="en"))


async def _outlive_a_restart(tmp_path: Path, page: Page) -> None:
    chat = page.locator("payam-chat")
    async with serving(tmp_path) as site:
        port = site.port
        await page.goto(f"{site.base}demo?lang=en")
        await chat.locator(".launcher").click()
        await chat.locator("textarea").fill("one")
        await chat.locator("textarea").press("Enter")
        await expect(chat.locator(".theirs .bubble")).to_contain_text("thank you for writing")
    await chat.locator("textarea").fill("two")
    await chat.locator("textarea").press("Enter")
    await expect(chat.locator(".mine .bubble")).to_have_count(2)
    async with serving(tmp_path, port=port) as site:
        sara = await site.agent()
        await expect(chat.locator(".status").last).to_contain_text("Sent", timeout=20_000)
        await site.answer(sara, "Both arrived")
        await expect(chat.locator(".theirs .bubble").last).to_have_text("Both arrived")
        await expect(chat.locator(".mine .bubble")).to_have_text(["one", "two"])
        found = await rows(site.hub, "SELECT id FROM message WHERE direction = 'in'")
        assert len(found) == 2


async def test_knocking_without_a_hello_leaves_no_trace(tmp_path: Path) -> None:
    async with serving(tmp_path) as site:
        async with visiting(site), knocking(site):
            pass
        assert await rows(site.hub, "SELECT id FROM identity") == []
