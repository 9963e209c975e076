"""Agents at work, in Chromium, on a whole hub: what one does, everybody sees at once."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from tests.desk import GREETING
from tests.looks import Look
from tests.web.desk import PASSWORD, Desk, desk, served

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = pytest.mark.browser


class Office:
    """A desk that is served, and the browsers in front of it."""

    def __init__(self, opened: Desk, url: str, browser: Browser, look: Look) -> None:
        self.opened = opened
        self.url = url
        self.browser = browser
        self.look = look
        self.errors: list[str] = []

    async def enters(self, name: str) -> Page:
        """An agent signs in, in a browser of their own."""
        await self.opened.agent(name, **self.look.agent)
        context = await self.browser.new_context(**self.look.context)
        page = await self.tab(context)
        await page.goto(f"{self.url}/inbox")
        await page.fill("#address", f"{name.lower()}@example.com")
        await page.fill("#password", PASSWORD)
        await page.press("#password", "Enter")
        await expect(page.locator("#list")).to_be_visible()
        return page

    async def tab(self, context: BrowserContext) -> Page:
        page = await context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._note)
        return page

    def _note(self, message: object) -> None:
        text = getattr(message, "text", "")
        if "Content Security Policy" in text or "Uncaught" in text:
            self.errors.append(text)


@pytest.fixture
async def office(tmp_path: Path, look: Look) -> AsyncIterator[Office]:
    async with _office(tmp_path, look) as running:
        yield running
        assert running.errors == []


@asynccontextmanager
async def _office(folder: Path, look: Look) -> AsyncIterator[Office]:
    async with (
        desk(folder, rules=GREETING) as opened,
        served(opened) as url,
        async_playwright() as playwright,
    ):
        browser = await playwright.chromium.launch(
            executable_path=str(CHROMIUM),
            args=["--no-sandbox", "--disable-background-networking"],
        )
        try:
            yield Office(opened, url, browser, look)
        finally:
            await browser.close()


async def test_a_message_arrives_before_the_agents_eyes_and_is_answered(office: Office) -> None:
    sara = await office.enters("Sara")
    await expect(sara.locator("#rows .row")).to_have_count(0)
    await office.opened.writes("Where is my parcel?")
    row = sara.locator("#rows .row")
    await expect(row).to_have_count(1)
    await expect(row).to_contain_text("Mina Karimi")
    await row.locator(".row-link").click()
    await expect(sara.locator("#items")).to_contain_text("Where is my parcel?")
    await sara.fill("#body", "It is at the depot.")
    await sara.keyboard.press("Control+Enter")
    said = sara.locator(".said-team", has_text="It is at the depot.")
    await expect(said).to_have_count(1)
    await expect(said.locator(".delivery")).to_contain_text(office.look.says("Sent"))
    got = await office.opened.arrived(2)
    assert "It is at the depot." in str(got[-1].content)
    await expect(sara.locator("#body")).to_have_value("")
    await expect(sara.locator("#thread-head")).to_have_attribute("data-state", "waiting")
    await office.opened.writes("Which depot?")
    await expect(sara.locator("#items")).to_contain_text("Which depot?")
    await expect(sara.locator("#thread-head")).to_have_attribute("data-state", "open")


async def test_note_assign_resolve_and_undo_by_keyboard(office: Office) -> None:
    sara = await office.enters("Sara")
    await office.opened.agent("Dara")
    await office.opened.writes("Hello")
    await sara.locator("#rows .row-link").click()
    await expect(sara.locator("#items")).to_contain_text("Hello")
    await sara.keyboard.press("n")
    await sara.keyboard.type("Ask the depot")
    await sara.keyboard.press("Control+Enter")
    await expect(sara.locator(".note")).to_contain_text("Ask the depot")
    await sara.keyboard.press("Escape")
    await sara.keyboard.press("a")
    await sara.locator("#assign .menu-row", has_text="Dara").click()
    await expect(sara.locator(".assign-button")).to_contain_text("Dara")
    await expect(sara.locator("#items")).to_contain_text("Dara")
    await sara.locator("#thread-scroll").click()
    await sara.keyboard.press("e")
    await expect(sara.locator("#thread-head")).to_have_attribute("data-state", "resolved")
    await expect(sara.locator("#toast")).to_contain_text(office.look.says("Resolved"))
    await sara.keyboard.press("z")
    await expect(sara.locator("#thread-head")).to_have_attribute("data-state", "open")


async def test_two_agents_see_each_others_work(office: Office) -> None:
    sara, dara = await office.enters("Sara"), await office.enters("Dara")
    await office.opened.writes("Hello")
    for page in (sara, dara):
        await page.locator("#rows .row-link").click()
        await expect(page.locator("#items")).to_contain_text("Hello")
    await dara.fill("#body", "Half an answer of Dara's")
    await sara.fill("#body", "Sara was faster")
    await sara.keyboard.press("Control+Enter")
    await expect(dara.locator("#items")).to_contain_text("Sara was faster")
    await expect(dara.locator("#body")).to_have_value("Half an answer of Dara's")
    await sara.locator("#thread-head .resolve-button").click()
    await expect(dara.locator("#thread-head")).to_have_attribute("data-state", "resolved")
    await expect(dara.locator("#body")).to_have_value("Half an answer of Dara's")


async def test_tabs_share_one_stream(office: Office) -> None:
    first = await office.enters("Sara")
    tabs = [first]
    for _ in range(3):
        tab = await office.tab(first.context)
        await tab.goto(f"{office.url}/inbox")
        tabs.append(tab)
    await office.opened.writes("Hello, all of you")
    for tab in tabs:
        await tab.bring_to_front()
        await expect(tab.locator("#rows .row")).to_have_count(1)
    metrics = await office.opened.browser().get("/metrics")
    assert "payam_live_streams 1.0" in metrics.text
    await first.close()
    await office.opened.writes("Still there?", "ava", "Ava")
    await tabs[1].bring_to_front()
    await expect(tabs[1].locator("#rows .row")).to_have_count(2)


async def test_a_page_speaks_one_language(office: Office) -> None:
    sara = await office.enters("Sara")
    persian = office.look.locale == "fa"
    await expect(sara.locator("html")).to_have_attribute("dir", "rtl" if persian else "ltr")
    await office.opened.writes("سفارش من کجاست؟", "mina", "مینا کریمی")
    await sara.locator("#rows .row-link").click()
    await expect(sara.locator("#items")).to_contain_text("سفارش من کجاست؟")
    await sara.fill("#body", "در راه است.")
    await sara.keyboard.press("Control+Enter")
    await expect(sara.locator(".said-team", has_text="در راه است.")).to_have_count(1)
    await sara.locator("#thread-head .resolve-button").click()
    await expect(sara.locator("#thread-head")).to_have_attribute("data-state", "resolved")
    text = await sara.locator("body").inner_text()
    for words in ("Resolved", "Undo", "Reply", "Assign", "Customer", "Send"):
        said = office.look.says(words)
        assert not persian or not re.search(rf"\b{words}\b", text), words
        assert said != words or not persian, f"{words!r} is not translated"


async def test_signing_out_elsewhere_ends_the_page(office: Office) -> None:
    sara = await office.enters("Sara")
    other = await office.tab(sara.context)
    await other.goto(f"{office.url}/me")
    await other.locator("main form[action$='/sign-out'] button").click()
    await expect(other.locator("#password")).to_be_visible()
    await sara.reload()
    await expect(sara.locator("#password")).to_be_visible()


async def test_without_scripts_the_whole_way_works(office: Office) -> None:
    await office.opened.agent("Sara")
    await office.opened.writes("Hello")
    context = await office.browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(f"{office.url}/inbox")
    await page.fill("#address", "sara@example.com")
    await page.fill("#password", PASSWORD)
    await page.press("#password", "Enter")
    await page.locator("#rows .row-link").click()
    await page.fill("#body", "An answer without scripts")
    await page.locator("#composer .send-now").click()
    await expect(page.locator("#items")).to_contain_text("An answer without scripts")
    await page.locator("#thread-head .resolve-button").click()
    await expect(page.locator("#thread-head")).to_have_attribute("data-state", "resolved")
