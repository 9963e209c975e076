"""Writing an answer with all that helps, and beside a colleague, on real pages of a real hub."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.looks import Look
from tests.web.chromium import chromium, enters
from tests.web.desk import PASSWORD, Desk, desk, served

pytestmark = pytest.mark.browser


@pytest.fixture
async def opened(folder: Path) -> AsyncIterator[Desk]:
    async with desk(folder, rules="[]", undo_for="10s") as running:
        yield running


async def test_an_answer_is_helped_taken_back_and_sent_after_all(opened: Desk, look: Look) -> None:
    await opened.agent("Sara", **look.agent)
    await opened.writes("Where is my order?")
    conversation = await opened.conversation()
    async with served(opened) as url, chromium() as browser:
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


async def test_what_is_typed_stays_with_its_conversation(opened: Desk, look: Look) -> None:
    """One leaves in the middle of a word, has it open twice, and is merged away by a colleague."""
    await opened.agent("Sara", **look.agent)
    await opened.writes("Where is my order?")
    await opened.letters.person("mina", "Mina").says("And my invoice?", at=opened.clock.now())
    one, two = await opened.conversation(1), await opened.conversation(2)
    dara = await opened.signed_in("Dara")
    async with served(opened) as url, chromium() as browser:
        page = await enters(browser, url, "sara", look)
        await page.goto(f"{url}/conversations/{one}")
        body = page.locator("#body")
        await body.fill("On its way")
        # Another one takes its place in the same moment.
        await page.evaluate(
            "url => document.querySelector(`.row-link[href^='${url}']`).click()",
            f"/conversations/{two}",
        )
        await expect(page.locator(f"#conversation[data-conversation='{two}']")).to_have_count(1)
        await expect(body).to_have_value("")
        await opened.until("SELECT count(*) FROM draft WHERE body = 'On its way'", 1)

        # Sent in one tab, it does not stand in the other to be sent again.
        await page.goto(f"{url}/conversations/{one}")
        await expect(body).to_have_value("On its way")
        tab = await page.context.new_page()
        await tab.goto(f"{url}/conversations/{one}")
        await expect(tab.locator("#body")).to_have_value("On its way")
        await page.bring_to_front()
        await body.focus()
        await page.keyboard.press("Control+Enter")
        await expect(page.locator("#items .said-team:not(.pending)")).to_have_count(1)
        await expect(tab.locator("#body")).to_have_value("")
        await tab.close()

        # A colleague merges what one writes in: it goes on there, also its last word.
        await page.goto(f"{url}/conversations/{two}")
        await body.press_sequentially("The invoice is")
        await opened.until("SELECT count(*) FROM draft WHERE body = 'The invoice is'", 1)
        await body.press_sequentially(" here")
        await dara.get("/inbox")
        await dara.post(f"/conversations/{one}/merge", {"other": str(two)})
        await expect(page.locator(f"#conversation[data-conversation='{one}']")).to_have_count(1)
        await expect(body).to_have_value("The invoice is here")
        await expect(body).to_be_focused()
        assert str(one) in page.url
        await page.keyboard.press("Control+Enter")
        await opened.until("SELECT count(*) FROM outgoing", 2)
        await browser.close()


async def test_two_agents_see_each_other_and_do_not_answer_twice(opened: Desk, look: Look) -> None:
    for name in ("Sara", "Dara"):
        await opened.agent(name, **look.agent)
    await opened.writes("Where is my order?")
    conversation = await opened.conversation()
    async with served(opened) as url, chromium() as browser:
        sara = await enters(browser, url, "sara", look)
        dara = await enters(browser, url, "dara", look)
        for page in (sara, dara):
            await page.goto(f"{url}/conversations/{conversation}")
        looks = look.says("{} is viewing")
        for page, other in ((sara, "Dara"), (dara, "Sara")):
            await expect(page.locator(".watcher-words")).to_have_text(
                looks.format(f"\u2068{other}\u2069")
            )
            await expect(page.locator(".watcher-words")).to_be_visible()
        await dara.locator("#body").press_sequentially("I am")
        await expect(sara.locator("#watching .writes")).to_contain_text("Dara")

        # Sara is faster: Dara is told at once, and asked once more before a second answer goes out.
        await sara.locator("#body").fill("It left today.")
        await sara.keyboard.press("Control+Enter")
        await expect(sara.locator("#items .said-team:not(.pending)")).to_have_count(1)
        await expect(dara.locator("#meanwhile .overtaken-words")).to_have_text("It left today.")
        await expect(dara.locator("#meanwhile [data-slot=what]")).to_contain_text("Sara")
        await dara.locator("#body").focus()
        await dara.keyboard.press("Control+Enter")
        warned = dara.locator(".overtaken:not(#meanwhile)").filter(has_text="It left today.")
        await expect(warned).to_be_visible()
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
