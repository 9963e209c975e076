"""Writing an answer with all that helps, and beside a colleague, on real pages of a real hub."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.looks import Look
from tests.web.desk import PASSWORD, Desk, desk, served

pytestmark = pytest.mark.browser
CHROMIUM = "/usr/bin/chromium"


@pytest.fixture
async def opened(folder: Path) -> AsyncIterator[Desk]:
    async with desk(folder, rules="[]", undo_for="10s") as running:
        yield running


async def enters(browser: Browser, url: str, name: str, look: Look) -> Page:
    """A page on which an agent is signed in; no script of it may fail."""
    context = await browser.new_context(**look.context)
    context.set_default_timeout(15_000)
    page = await context.new_page()
    page.on("pageerror", lambda error: pytest.fail(f"{name}: {error}"))
    await page.goto(f"{url}/sign-in")
    await page.fill("#address", f"{name}@example.com")
    await page.fill("#password", PASSWORD)
    await page.click(".button-wide")
    await page.wait_for_url("**/inbox**")
    return page


async def test_an_answer_is_helped_taken_back_and_sent_after_all(opened: Desk, look: Look) -> None:
    await opened.agent("Sara", **look.agent)
    await opened.writes("Where is my order?")
    conversation = await opened.conversation()
    async with served(opened) as url, async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        page = await enters(browser, url, "sara", look)
        await page.goto(f"{url}/conversations/{conversation}")
        body, box = page.locator("#body"), page.locator("#composer")

        # A template, found by a word of its own, filled in for the customer.
        await body.press_sequentially("/order-st")
        await expect(page.locator("#suggest-list [aria-selected=true]")).to_contain_text(
            "order-status"
        )
        await page.keyboard.press("Enter")
        await expect(body).not_to_have_value("")
        text = await body.input_value()

        # Emoji by name in the agent's language, formatting, a file.
        await body.press_sequentially(" :لبخند" if look.locale == "fa" else " :smil")
        await expect(page.locator("#suggest-list .suggest-sign").first).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(page.locator("#suggest")).to_be_hidden()
        await body.fill(f"**{text}**")
        await page.set_input_files(
            "#attachments", [{"name": "map.txt", "mimeType": "text/plain", "buffer": b"here"}]
        )
        await expect(page.locator("#composer-files progress")).to_have_count(0)

        # The draft outlives the page, also for another window, which does not overwrite it.
        await opened.until("SELECT count(*) FROM draft WHERE body LIKE '**%'", 1)
        other = await page.context.new_page()
        await other.goto(f"{url}/conversations/{conversation}")
        await expect(other.locator("#body")).to_have_value(f"**{text}**")
        await other.locator("#body").fill("From the other window")
        await opened.until("SELECT count(*) FROM draft WHERE body LIKE 'From%'", 1)
        await body.press_sequentially(" ")
        await expect(page.locator("#draft-elsewhere")).to_be_visible()
        await page.click("[data-draft=mine]")
        await other.close()

        # It stands there at once, can be taken back with all that was in it, and is sent.
        await body.focus()
        await page.keyboard.press("Control+Enter")
        await expect(
            page.locator("#items .said-team:not(.pending) .bubble :is(b, strong)")
        ).to_have_text(text)
        await page.click(".toast-act")
        await expect(body).to_have_value(f"**{text}**")
        await expect(page.locator("#composer-files li")).to_contain_text("map.txt")
        await opened.until("SELECT state FROM outgoing", "cancelled")
        await page.keyboard.press("Control+Enter")
        await expect(body).to_have_value("")
        await expect(page.locator("#items .said-team:not(.pending)")).to_have_count(2)
        opened.clock.advance(opened.hub.settings.outbox.undo_for)
        [sent] = await opened.arrived(1)
        assert [block.type for block in sent.content] == ["text", "media"]

        # The sign-in ends while a note is written: back in place, the note goes on by itself.
        await page.locator("label:has(#mode-note)").click()
        await body.fill("Between us")
        await page.context.clear_cookies()
        await page.keyboard.press("Control+Enter")
        await page.fill("#again-address", "sara@example.com")
        await page.fill("#again-password", PASSWORD)
        await page.click("#sign-again .button-wide")
        await expect(page.locator("#items .item:not(.pending) .note")).to_contain_text("Between us")
        await expect(page.locator("#sign-again")).to_be_hidden()
        await expect(box).to_be_visible()
        await browser.close()


async def test_two_agents_see_each_other_and_do_not_answer_twice(opened: Desk, look: Look) -> None:
    for name in ("Sara", "Dara"):
        await opened.agent(name, **look.agent)
    await opened.writes("Where is my order?")
    conversation = await opened.conversation()
    async with served(opened) as url, async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        sara = await enters(browser, url, "sara", look)
        dara = await enters(browser, url, "dara", look)
        for page in (sara, dara):
            await page.goto(f"{url}/conversations/{conversation}")
        await expect(sara.locator("#watching")).to_contain_text("Dara")
        await expect(dara.locator("#watching")).to_contain_text("Sara")
        await dara.locator("#body").press_sequentially("I am")
        await expect(sara.locator("#watching .writes")).to_contain_text("Dara")

        # Dara's page does not hear of it in time; Dara is warned, and sees what was written.
        await dara.context.set_offline(True)
        await sara.locator("#body").fill("It left today.")
        await sara.keyboard.press("Control+Enter")
        await expect(sara.locator("#items .said-team:not(.pending)")).to_have_count(1)
        seen = await dara.locator("#conversation").get_attribute("data-position")
        await dara.context.set_offline(False)
        await dara.evaluate(
            "seen => document.addEventListener('htmx:config:request', ({detail: {ctx}}) => "
            "ctx.request.body?.get?.('form_key') && ctx.request.body.set('seen', seen))",
            seen,
        )
        await dara.locator("#body").focus()
        await dara.keyboard.press("Control+Enter")
        await expect(dara.locator(".overtaken-words")).to_have_text("It left today.")
        await expect(dara.locator("#body")).to_have_value("I am")
        await dara.locator(".overtaken button[name=anyway]").click()
        await expect(dara.locator("#items .said-team:not(.pending)")).to_have_count(2)

        # A note that names Dara is told, on whatever page Dara is; Dara follows from then on.
        await dara.goto(f"{url}/customers")
        await expect(dara.locator("#places-end [href='/customers']")).to_have_count(1)
        await expect(dara.locator("#places-end [href='/notifications']")).to_have_count(0)
        await sara.locator("label:has(#mode-note)").click()
        await sara.locator("#body").press_sequentially("@dar")
        await expect(sara.locator("#suggest-list [aria-selected=true]")).to_have_text("Dara")
        await sara.keyboard.press("Enter")
        await sara.locator("#body").press_sequentially("look")
        await sara.keyboard.press("Control+Enter")
        await expect(sara.locator("#items .item:not(.pending) .note")).to_contain_text("@Dara look")
        await expect(dara.locator("#places-end [href='/notifications'] .strong")).to_have_count(1)
        await expect(dara.locator("#places-end [aria-current][href='/customers']")).to_have_count(1)
        await dara.goto(f"{url}/notifications")
        await expect(dara.locator("tbody tr")).to_contain_text("Sara")
        await browser.close()
