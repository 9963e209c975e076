"""The widget in Chromium, on the sample shop, against a real server."""

import asyncio
import re
import struct
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

from channels.webchat.settings import WebchatSettings
from hub.channel import Overloaded, Typing
from hub.message import (
    Blob,
    Block,
    Button,
    Buttons,
    Card,
    Contact,
    Entity,
    Form,
    Location,
    Media,
    Message,
    Press,
    Question,
    Receipt,
    Survey,
    System,
    Text,
)
from tests.webchat.browser import launched
from tests.webchat.host import Site, running

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

PATIENCE = 15


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


PNG = (
    b"\x89PNG\r\n\x1a\n"
    + _chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 2, 8, 2, 0, 0, 0))
    + _chunk(b"IDAT", zlib.compress(b"\0" + b"\x80" * 6 + b"\0" + b"\x80" * 6))
    + _chunk(b"IEND", b"")
)
"""A grey square of two by two pixels."""


class Chat:
    """What a visitor sees and does."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.element = page.locator("payam-chat")
        self.launcher = self.element.locator(".launcher")
        self.panel = self.element.locator(".panel")
        self.input = self.element.locator("textarea")
        self.bubbles = self.element.locator(".bubble")
        self.mine = self.element.locator(".mine .bubble")
        self.theirs = self.element.locator(".theirs .bubble")

    async def open(self) -> None:
        await self.launcher.click()
        await expect(self.panel).to_be_visible()

    async def write(self, text: str) -> None:
        await self.input.fill(text)
        await self.input.press("Enter")

    def find(self, selector: str) -> Locator:
        return self.element.locator(selector)


@asynccontextmanager
async def visitor(
    browser: Browser, site: Site, language: str = "en", **options: Any
) -> AsyncIterator[tuple[BrowserContext, Chat]]:
    """A browser on the sample shop. Every fault on the page is a failure of the test."""
    context = await browser.new_context(
        **{"locale": language, "timezone_id": "Asia/Tehran", **options}
    )
    faults: list[str] = []
    context.on("weberror", lambda error: faults.append(str(error.error)))
    context.on(
        "console",
        lambda message: faults.append(message.text) if "Security Policy" in message.text else None,
    )
    page = await context.new_page()
    await page.goto(f"{site.base}demo?lang={language}")
    yield context, Chat(page)
    await context.close()
    assert faults == []


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Browser]:
    """One browser for all tests; each visitor has a profile of their own."""
    async with launched() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="module")
async def site() -> AsyncIterator[Site]:
    async with running() as site:
        yield site


async def until(holds: Callable[[], Any]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not holds():
            await asyncio.sleep(0.02)


async def test_a_visitor_writes_and_is_answered(site: Site, chromium: Browser) -> None:
    async with visitor(chromium, site) as (_, chat):
        await chat.open()
        await expect(chat.input).to_be_focused()
        await chat.write("Where is my order?")
        await expect(chat.mine).to_have_text("Where is my order?")
        await expect(chat.input).to_have_value("")
        await expect(chat.find(".status")).to_contain_text("Sent")
        site.host.notify(site.host.visitor, Typing(site.host.visitor, True, "Sara"))
        await expect(chat.find(".typing")).to_contain_text("Sara is typing")
        site.host.say(site.host.visitor, "On its way")
        await expect(chat.theirs).to_have_text("On its way")
        await expect(chat.find(".theirs .author")).to_have_text("Sara")
        await expect(chat.find(".typing")).to_be_empty()
        await until(lambda: any(isinstance(value, Receipt) for value in site.host.inbound))
    (message,) = site.host.messages
    assert message.source["page"] == f"{site.base}demo?lang=en"
    assert message.sender.locale == "en"
    assert any(isinstance(signal, Typing) and signal.on for signal in site.host.signals)


async def test_no_visitor_exists_before_the_chat_is_opened(site: Site, chromium: Browser) -> None:
    async with visitor(chromium, site) as (_, chat):
        await expect(chat.launcher).to_be_visible()
        assert await chat.page.evaluate("localStorage.length") == 0
        assert site.host.signals == []


async def test_a_reload_goes_on_where_it_was(site: Site, chromium: Browser) -> None:
    async with visitor(chromium, site) as (_, chat):
        await chat.open()
        await chat.write("hello")
        await until(lambda: site.host.messages)
        site.host.say(site.host.visitor, "good day")
        await expect(chat.theirs).to_have_text("good day")
        await chat.input.fill("half a sent")
        await chat.page.reload()
        await expect(chat.panel).to_be_visible()
        await expect(chat.bubbles).to_have_text(["hello", "good day"])
        await expect(chat.input).to_have_value("half a sent")
        await chat.write("again")
        await until(lambda: len(site.host.messages) == 2)
    assert len({message.sender.address for message in site.host.messages}) == 1


async def test_older_messages_come_while_one_scrolls_up_and_nothing_jumps(
    site: Site, chromium: Browser
) -> None:
    async with visitor(chromium, site) as (_, chat):
        await chat.open()
        await chat.write("hello")
        await until(lambda: site.host.messages)
        for number in range(119):
            site.host.say(site.host.visitor, f"answer {number}")
        await expect(chat.bubbles).to_have_count(120)
        await chat.page.reload()
        await expect(chat.bubbles).to_have_count(50)
        await expect(chat.bubbles.first).to_have_text("answer 69")
        log, top = chat.find(".log"), "(one) => one.getBoundingClientRect().top"
        await log.evaluate("(log) => log.scrollTo(0, 0)")
        await expect(chat.bubbles).to_have_count(100)
        kept = chat.element.get_by_text("answer 69", exact=True)
        assert 0 <= await kept.evaluate(top) - await log.evaluate(top) < 200
        # Without scrolling to it, which would load them as well.
        await chat.find("button.earlier").dispatch_event("click")
        await expect(chat.bubbles).to_have_count(120)
        await expect(chat.bubbles.first).to_have_text("hello")
        await expect(chat.find("button.earlier")).to_have_count(0)


async def test_what_is_written_without_a_network_arrives_once(
    site: Site, chromium: Browser
) -> None:
    async with visitor(chromium, site) as (context, chat):
        await chat.open()
        await chat.write("one")
        await until(lambda: site.host.texts == ["one"])
        await context.set_offline(True)
        await expect(chat.find(".strip button")).to_be_visible()
        await chat.write("two")
        await chat.write("three")
        await expect(chat.find(".status").last).to_contain_text("Waiting for the connection")
        site.host.say(site.host.visitor, "while you were away")
        await context.set_offline(False)
        await expect(chat.find(".strip button")).to_be_hidden()
        await until(lambda: len(site.host.texts) == 3)
        await expect(chat.mine).to_have_text(["one", "two", "three"])
        await expect(chat.theirs).to_have_text(["while you were away"])
    assert site.host.texts == ["one", "two", "three"]


async def test_a_killed_server_loses_and_doubles_nothing(site: Site, chromium: Browser) -> None:
    async with visitor(chromium, site) as (_, chat):
        await chat.open()
        await chat.write("one")
        await until(lambda: site.host.texts == ["one"])
        await site.stop()
        await chat.write("two")
        # The page goes away with the queue and comes back; the browser keeps what waits.
        await expect(chat.mine).to_have_text(["one", "two"])
        # The answer to "two" is lost after it was stored.
        site.host.fail_after_commit = True
        await site.restart()
        await until(lambda: "two" in site.host.texts)
        site.host.say(site.host.visitor, "back again")
        await expect(chat.theirs).to_have_text("back again", timeout=PATIENCE * 1000)
        await expect(chat.find(".status")).to_have_count(0)
        await chat.write("three")
        await until(lambda: "three" in site.host.texts)
        await expect(chat.mine).to_have_text(["one", "two", "three"])
    assert site.host.texts == ["one", "two", "three"]


async def test_a_queue_outlives_the_page(site: Site, chromium: Browser) -> None:
    async with visitor(chromium, site) as (_, chat):
        await chat.open()
        await chat.write("one")
        await until(lambda: site.host.texts == ["one"])
        # The hub takes nothing for a while; the page is left in the meantime.
        site.host.fail += [Overloaded() for _ in range(50)]
        await chat.write("two")
        await expect(chat.mine).to_have_text(["one", "two"])
        await until(lambda: len(site.host.fail) < 50)
        await chat.page.reload()
        await expect(chat.mine).to_have_text(["one", "two"])
        site.host.fail.clear()
        await chat.page.evaluate(
            # What another page left behind is taken over once it is old enough.
            """() => {
                for (const key of Object.keys(localStorage).filter((k) => k.includes(":queue:"))) {
                    const entry = JSON.parse(localStorage[key]);
                    localStorage[key] = JSON.stringify({ ...entry, n: entry.n - 60000 });
                }
            }"""
        )
        await chat.page.reload()
        await until(lambda: site.host.texts == ["one", "two"])
        await expect(chat.find(".status")).to_contain_text("Sent")


async def test_two_tabs_are_one_visitor(site: Site, chromium: Browser) -> None:
    async with visitor(chromium, site) as (context, chat):
        await chat.open()
        await chat.write("from the first")
        await until(lambda: site.host.messages)
        page = await context.new_page()
        await page.goto(f"{site.base}demo?lang=en")
        second = Chat(page)
        await second.open()
        await expect(second.mine).to_have_text("from the first")
        await second.write("from the second")
        await expect(chat.mine).to_have_text(["from the first", "from the second"])
        await expect(second.mine).to_have_text(["from the first", "from the second"])
    assert len({message.sender.address for message in site.host.messages}) == 1
    assert len(site.host.texts) == 2


async def test_a_closed_chat_says_that_somebody_answered(site: Site, chromium: Browser) -> None:
    async with visitor(chromium, site) as (_, chat):
        await chat.open()
        await chat.write("hello")
        await until(lambda: site.host.messages)
        await chat.page.keyboard.press("Escape")
        await expect(chat.panel).to_be_hidden()
        await expect(chat.launcher).to_be_focused()
        site.host.say(site.host.visitor, "one")
        site.host.say(site.host.visitor, "two")
        await expect(chat.find(".badge")).to_have_text("2")
        await expect(chat.find(".preview")).to_contain_text("two")
        await expect(chat.launcher).to_have_attribute("aria-label", "Open chat, 2 unread")
        receipts = [value for value in site.host.inbound if isinstance(value, Receipt)]
        assert receipts == []
        await chat.find(".preview").click()
        await expect(chat.find(".badge")).to_have_count(0)
        await until(lambda: sum(isinstance(v, Receipt) for v in site.host.inbound) == 2)


async def test_persian_reads_from_the_right_with_its_own_dates(
    site: Site, chromium: Browser
) -> None:
    async with visitor(chromium, site, "fa") as (_, chat):
        await chat.open()
        await expect(chat.find(".frame")).to_have_attribute("dir", "rtl")
        panel = await chat.panel.bounding_box()
        assert panel
        assert panel["x"] == 24
        await chat.write("سلام")
        await until(lambda: site.host.messages)
        old = datetime(2026, 3, 20, 20, 0, tzinfo=UTC) + timedelta(days=1)
        site.host.say(site.host.visitor, "نوروز مبارک", at=old, author="سارا")
        await chat.page.reload()
        await expect(chat.find(".day").first).to_have_text("شنبه، ۱ فروردین")
        await expect(chat.find(".theirs time")).to_have_text("۲۳:۳۰")


DIRECTIONS = [
    ("iPhone 13 دارید؟", "rtl"),
    ("Where is my order?", "ltr"),
    ("https://shop.example/some/long/path سلام", "rtl"),
    ("@payam_support سلام", "rtl"),
    ("Hello سلام to everybody here", "ltr"),
]


async def test_each_paragraph_has_the_direction_of_its_letters(
    site: Site, chromium: Browser
) -> None:
    text = "\n".join(line for line, _ in DIRECTIONS) + "\n123"
    async with visitor(chromium, site) as (_, chat):
        await chat.open()
        await chat.input.fill(text)
        await chat.input.press("Enter")
        await expect(chat.mine.locator("p")).to_have_count(6)
        found = await chat.mine.locator("p").evaluate_all("all => all.map((p) => p.dir)")
        assert found == [*(side for _, side in DIRECTIONS), "ltr"]
        await until(lambda: site.host.texts == [text])


async def test_shift_and_space_types_the_half_space_in_persian(
    site: Site, chromium: Browser
) -> None:
    async with visitor(chromium, site, "fa") as (_, chat):
        await chat.open()
        await chat.input.press_sequentially("می")
        await chat.input.press("Shift+Space")
        await chat.input.press_sequentially("خواهم")
        await expect(chat.input).to_have_value("می\u200cخواهم")
        await chat.input.press("Shift+Enter")
        await chat.input.press_sequentially("دوم")
        await chat.input.press("Enter")
        await until(lambda: site.host.texts == ["می\u200cخواهم\nدوم"])


async def test_links_open_and_nothing_written_becomes_markup(site: Site, chromium: Browser) -> None:
    async with visitor(chromium, site) as (_, chat):
        await chat.open()
        await chat.write(
            "<img src=x onerror=alert(1)> see https://shop.example/a_(b), or www.b.example."
        )
        links = chat.mine.locator("a")
        await expect(links).to_have_count(2)
        assert await links.nth(0).get_attribute("href") == "https://shop.example/a_(b)"
        assert await links.nth(1).get_attribute("href") == "https://www.b.example/"
        assert "noopener" in (await links.nth(0).get_attribute("rel") or "")
        await expect(chat.mine.locator("img")).to_have_count(0)
        await until(lambda: site.host.messages)
        bad = Entity(form="link", offset=0, length=5, url="javascript:alert(1)")
        bold = Entity(form="bold", offset=6, length=2)
        site.host.say(site.host.visitor, (Text(text="click 😀here", entities=(bad, bold)),))
        await expect(chat.theirs).to_have_text("click 😀here")
        await expect(chat.theirs.locator("a")).to_have_count(0)
        await expect(chat.theirs.locator("strong")).to_have_text("😀h")


async def test_buttons_surveys_and_forms_are_answered_once_and_remembered(
    site: Site, chromium: Browser
) -> None:
    async with visitor(chromium, site) as (_, chat):
        await chat.open()
        await chat.write("hello")
        await until(lambda: site.host.messages)
        address = site.host.visitor
        rows = ((Button(label="Company", value="c"), Button(label="Me", value="m")),)
        site.host.say(address, (Text(text="For whom?"), Buttons(rows=rows)))
        await (
            chat.find(
                ".choice",
            )
            .nth(1)
            .click()
        )
        await expect(chat.find(".choice").nth(1)).to_have_attribute("aria-pressed", "true")
        await expect(chat.find(".choice").nth(0)).to_be_disabled()

        survey = Survey(question="How was it?", form="stars", scale=5, token="t")
        site.host.say(address, (survey,))
        await chat.find(".score").nth(3).click()
        await chat.find(".survey .field").fill("quick")
        await chat.find(".survey button").click()
        await expect(chat.find(".survey")).to_contain_text("Thank you")

        form = Form(
            title="Invoice", submit="Send it", questions=(Question(name="n", label="Name"),)
        )
        site.host.say(address, (form,))
        await chat.find(".rows").get_by_label("Name").fill("Mina")
        await chat.element.get_by_role("button", name="Send it").click()
        await until(lambda: sum(isinstance(v, Press) for v in site.host.inbound) == 3)

        await chat.page.reload()
        await expect(chat.find(".choice").nth(1)).to_have_attribute("aria-pressed", "true")
        await expect(chat.find(".score.on")).to_have_count(4)
        await expect(chat.find(".rows .card").last).to_contain_text("Sent. Thank you.")
    values = [value.value for value in site.host.inbound if isinstance(value, Press)]
    assert values[0] == "m"


async def test_scores_are_given_by_keyboard_too(site: Site, chromium: Browser) -> None:
    async with visitor(chromium, site) as (_, chat):
        await chat.open()
        await chat.write("hello")
        await until(lambda: site.host.messages)
        card = chat.find(".survey").last
        surveys = {
            11: Survey(question="nps", form="nps", scale=10, token="t"),
            5: Survey(question="faces", form="faces", scale=5, token="t"),
            2: Survey(question="thumbs", form="thumbs", scale=2, token="t"),
        }
        for count, survey in surveys.items():
            site.host.say(site.host.visitor, (survey,))
            await expect(card).to_contain_text(survey.question)
            await expect(card.locator(".score")).to_have_count(count)
        await card.locator("input[type=radio]").first.focus()
        await chat.page.keyboard.press("ArrowRight")
        await chat.page.keyboard.press("Enter")
        await until(lambda: any(isinstance(v, Press) for v in site.host.inbound))
        (press,) = [value for value in site.host.inbound if isinstance(value, Press)]
        assert '"score": 2' in press.value


async def test_every_block_is_drawn(site: Site, chromium: Browser) -> None:
    png = await site.host.put_blob(PNG, name="a.png", media_type="image/png")
    pdf = await site.host.put_blob(b"%PDF", name="فاکتور.pdf", media_type="application/pdf")
    content: dict[str, tuple[Block, ...]] = {
        ".picture img": (Media(form="image", blob=png, width=40, height=30),),
        ".file": (Media(form="document", blob=pdf, caption=Text(text="the invoice")),),
        ".missing": (Media(form="image", missing="erased"),),
        ".rows .card": (Card(title="Nila", text="A bag", url="https://shop.example", image=png),),
        ".rows .card svg": (Location(latitude=35.7, longitude=51.4, title="Tehran"),),
        ".card a[href^='tel:']": (Contact(name="Shop", phones=("+982100000000",)),),
        ".event": (System(what="joined", text="Sara joined"),),
    }
    async with visitor(chromium, site) as (_, chat):
        await chat.open()
        await chat.write("hello")
        await until(lambda: site.host.messages)
        for selector, blocks in content.items():
            site.host.say(site.host.visitor, blocks)
            await expect(chat.find(selector).last).to_be_visible()
        image = chat.find(".picture img")
        assert await image.get_attribute("width") == "40"
        await until_loaded(image)
        await expect(chat.find(".file")).to_contain_text("فاکتور.pdf")


async def until_loaded(image: Locator) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await image.evaluate("one => one.complete && one.naturalWidth > 0"):
            await asyncio.sleep(0.05)


async def test_edits_and_deletions_are_seen(site: Site, chromium: Browser) -> None:
    async with visitor(chromium, site) as (_, chat):
        await chat.open()
        await chat.write("hello")
        await until(lambda: site.host.messages)
        answer: UUID = site.host.say(site.host.visitor, "on Monday")
        await expect(chat.theirs).to_have_text("on Monday")
        site.host.change(answer, (Text(text="on Tuesday"),))
        await expect(chat.theirs).to_have_text("on Tuesday")
        await expect(chat.find(".theirs .status")).to_have_text("edited")
        site.host.take_back(answer)
        await expect(chat.find(".event")).to_have_text("This message was taken back.")


async def test_files_are_sent_shown_and_refused(
    site: Site, chromium: Browser, tmp_path: Path
) -> None:
    picture, note, program = tmp_path / "a.png", tmp_path / "b.txt", tmp_path / "c.sh"
    picture.write_bytes(PNG)
    note.write_text("سلام")
    program.write_bytes(b"#!/bin/sh\n")
    async with visitor(chromium, site) as (_, chat):
        await chat.open()
        await expect(chat.find(".composer .icon")).to_be_visible()
        await chat.find("input[type=file]").set_input_files([picture, note])
        await expect(chat.find(".waiting-file")).to_have_count(2)
        await chat.write("see these")
        await until(lambda: len(site.host.messages) == 1)
        await until_loaded(chat.find(".mine .picture img"))
        await expect(chat.find(".mine .file")).to_contain_text("b.txt")
        message: Message = site.host.messages[0]
        assert [block.type for block in message.content] == ["text", "media", "media"]
        assert isinstance(message.content[1], Media)
        assert isinstance(message.content[1].blob, Blob)
        assert message.content[1].width == 2

        await chat.find("input[type=file]").set_input_files([program])
        await chat.input.press("Enter")
        await expect(chat.find(".failed")).to_contain_text("can not be sent")
        await expect(chat.find(".mine .file").last).to_contain_text("c.sh")
        await chat.find(".failed").get_by_text("Remove").click()
        await expect(chat.find(".failed")).to_have_count(0)
    assert len(site.host.messages) == 1


async def test_a_large_file_says_so_before_it_is_sent(chromium: Browser, tmp_path: Path) -> None:
    large = tmp_path / "a.txt"
    large.write_text("x" * 3000)
    async with (
        running(WebchatSettings(upload_limit=2000)) as site,
        visitor(chromium, site) as (_, chat),
    ):
        await chat.open()
        await expect(chat.find(".composer .icon")).to_be_visible()
        await chat.find("input[type=file]").set_input_files([large])
        await expect(chat.find(".problem")).to_contain_text("larger than 2 KB")


async def test_it_has_the_look_of_its_account_and_shows_another_for_a_preview(
    chromium: Browser,
) -> None:
    green = WebchatSettings(accent="#0a6b4f", position="start", theme="dark")
    colour = "one => getComputedStyle(one).backgroundColor"
    async with running(green) as site, visitor(chromium, site) as (_, chat):
        assert await chat.launcher.evaluate(colour) == "rgb(10, 107, 79)", "before it is opened"
        place = await chat.launcher.bounding_box()
        assert place
        assert place["x"] < 100
        assert await chat.find(".frame").get_attribute("class") == "frame dark"
        await chat.open()
        look = {"position": "end", "theme": "light", "accent": "#b3261e"}
        brand = {"title": "Another", "subtitle": "", "greeting": "Sample", "look": look}
        await chat.element.evaluate("(chat, brand) => chat.show(brand)", brand)
        await expect(chat.find(".send")).to_have_css("background-color", "rgb(179, 38, 30)")
        await expect(chat.find("#title")).to_have_text("Another")
        await expect(chat.find(".greeting")).to_have_text("Sample")
        assert await chat.find(".frame").get_attribute("data-position") == "end"
        await chat.page.reload()
        await expect(chat.find("#title")).to_have_text("Support")


async def test_an_address_can_be_left(site: Site, chromium: Browser) -> None:
    async with visitor(chromium, site) as (_, chat):
        await chat.open()
        await chat.write("hello")
        await until(lambda: site.host.messages)
        await chat.find(".foot button").click()
        await chat.element.get_by_label("E-mail address").fill("mina@example.org")
        await chat.element.get_by_label("Name, if you like").fill("Mina")
        await chat.element.get_by_role("button", name="Save").click()
        await expect(chat.find(".foot")).to_have_text("This chat continues by e-mail, too")
        await expect(chat.find(".card").first).to_contain_text("mina@example.org")
        await until(lambda: site.host.messages[-1].claims)
    assert site.host.messages[-1].claims[0].name == "Mina"


async def test_a_late_answer_brings_the_offer_by_itself(site: Site, chromium: Browser) -> None:
    async with visitor(chromium, site) as (_, chat):
        await chat.page.clock.install()
        await chat.open()
        await chat.write("anybody there?")
        await until(lambda: site.host.messages)
        site.host.say(site.host.visitor, "We have your message.", automated=True)
        await expect(chat.theirs).to_have_count(1)
        await expect(chat.find(".offer")).to_be_hidden()
        await chat.page.clock.run_for(50_000)
        await expect(chat.find(".offer")).to_be_visible()
        await chat.element.get_by_role("button", name="Not now").click()
        await expect(chat.find(".offer")).to_be_hidden()


async def test_a_visitor_can_be_forgotten_on_this_device(site: Site, chromium: Browser) -> None:
    async with visitor(chromium, site) as (_, chat):
        await chat.open()
        await chat.write("private")
        await until(lambda: site.host.messages)
        await chat.element.get_by_role("button", name="More").click()
        await chat.element.get_by_role("menuitem", name="Forget this chat").click()
        await chat.element.get_by_role("menuitem", name="Go on?").click()
        await expect(chat.panel).to_be_hidden()
        await chat.open()
        await expect(chat.bubbles).to_have_count(0)
        await chat.write("somebody else")
        await until(lambda: len(site.host.messages) == 2)
    assert len({message.sender.address for message in site.host.messages}) == 2


@pytest.mark.parametrize("language", ["en", "fa"])
@pytest.mark.parametrize("width", [390, 1440])
async def test_it_fits_the_screen(site: Site, chromium: Browser, language: str, width: int) -> None:
    phone = {"has_touch": True, "is_mobile": True} if width < 480 else {}
    size = {"width": width, "height": 844}
    async with visitor(chromium, site, language, viewport=size, **phone) as (_, chat):
        await chat.open()
        await chat.write("سلام " * 60 + "x" * 300)
        await until(lambda: site.host.messages)
        await chat.panel.evaluate(
            "one => Promise.all(one.getAnimations().map((animation) => animation.finished))"
        )
        box = await chat.panel.bounding_box()
        assert box
        if width < 480:
            assert (box["x"], box["y"], box["width"]) == (0, 0, width)
            await expect(chat.launcher).to_be_hidden()
            small = await chat.panel.locator("button:visible").evaluate_all(
                """all => all.filter((one) => !one.closest(".foot, .status"))
                    .map((one) => one.getBoundingClientRect())
                    .filter(({ width, height }) => width < 44 || height < 44).length"""
            )
            assert small == 0
        else:
            assert (box["width"], box["height"]) == (372, 680)
        overflow = await chat.page.evaluate(
            "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        )
        assert not overflow
        assert await chat.find(".log").evaluate("one => one.scrollWidth <= one.clientWidth")


async def test_it_is_read_aloud_as_a_chat(site: Site, chromium: Browser) -> None:
    async with visitor(chromium, site) as (_, chat):
        await expect(chat.element.get_by_role("button", name="Open chat")).to_have_attribute(
            "aria-expanded", "false"
        )
        await chat.open()
        await expect(chat.element.get_by_role("dialog", name="Support")).to_be_visible()
        await expect(chat.element.get_by_role("log", name="Messages")).to_be_visible()
        await expect(chat.element.get_by_role("textbox", name="Your message")).to_be_visible()
        names = await chat.panel.locator("button:visible").evaluate_all(
            "all => all.map((one) => one.getAttribute('aria-label') || one.textContent.trim())"
        )
        assert all(names), names


async def test_a_page_without_storage_still_chats(site: Site, chromium: Browser) -> None:
    async with visitor(chromium, site) as (context, _):
        page = await context.new_page()
        await page.add_init_script(
            "Object.defineProperty(window, 'localStorage', { get() { throw new Error('denied') } })"
        )
        await page.goto(f"{site.base}demo?lang=en")
        chat = Chat(page)
        await chat.open()
        await chat.write("hello")
        await until(lambda: site.host.texts == ["hello"])
        site.host.say(site.host.visitor, "good day")
        await expect(chat.theirs).to_have_text("good day")


async def test_it_works_on_a_foreign_page_of_strict_policy(site: Site, chromium: Browser) -> None:
    """Another origin, no inline style or script, Trusted Types required."""
    origin = f"http://localhost:{site.port}"
    policy = (
        f"default-src 'none'; script-src {origin}; connect-src {origin} ws://localhost:{site.port};"
        f" img-src {origin} blob: data:; font-src {origin}; require-trusted-types-for 'script'"
    )
    async with visitor(chromium, site) as (context, _):
        page = await context.new_page()
        await page.route(
            re.compile("^http://shop.example/"),
            lambda route: route.fulfill(
                content_type="text/html",
                headers={"Content-Security-Policy": policy},
                body=f"<!doctype html><title>Shop</title><link rel=icon href=data:,>"
                f"<script src='{origin}/c/web/widget.js' data-locale='fa'></script><p>Shop</p>",
            ),
        )
        await page.goto("http://shop.example/")
        chat = Chat(page)
        await chat.open()
        await expect(chat.find(".composer .icon")).to_be_visible()
        await chat.find("input[type=file]").set_input_files(
            {"name": "a.png", "mimeType": "image/png", "buffer": PNG}
        )
        await chat.write("سلام")
        await until(lambda: site.host.texts == ["سلام"])
        await expect(chat.mine).to_have_text("سلام")
        await until_loaded(chat.find(".mine .picture img"))
        background = await chat.mine.evaluate("one => getComputedStyle(one).backgroundColor")
        assert background == "rgb(43, 74, 192)"
    assert site.host.messages[0].source["page"] == "http://shop.example/"
