"""What goes out is what the composer shows: signature, formatting, direction, files, time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from hub.agents import own
from hub.message import Text
from tests.looks import Look
from tests.web.chromium import chromium, enters
from tests.web.desk import Desk, desk, served

PICTURE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGA"
    "WjR9awAAAABJRU5ErkJggg=="
)
"""A PNG of one pixel, in base64."""

HANDS_OVER = """([how, name, type, base64]) => {
  const bytes = Uint8Array.from(atob(base64), (one) => one.charCodeAt(0));
  const carried = new DataTransfer();
  carried.items.add(new File([bytes], name, { type }));
  const more = { bubbles: true, cancelable: true };
  if (how === 'paste') {
    const event = new ClipboardEvent('paste', { ...more, clipboardData: carried });
    return document.getElementById('body').dispatchEvent(event);
  }
  const target = document.getElementById('thread-scroll');
  target.dispatchEvent(new DragEvent('dragover', { ...more, dataTransfer: carried }));
  const shown = getComputedStyle(document.querySelector('.drop-here')).display;
  target.dispatchEvent(new DragEvent('drop', { ...more, dataTransfer: carried }));
  return shown;
}"""
"""Pastes a file into the field, or drops it on the thread: what a browser does for a person."""


@pytest.fixture
async def opened(folder: Path) -> AsyncIterator[Desk]:
    async with desk(folder, rules="[]", undo_for="10s") as running:
        yield running


async def chord(page: Page, code: str, key: str, *, shift: bool = False) -> None:
    """Press a key with Ctrl, by its place; `key` is what a Persian layout makes of it."""
    await page.locator("#body").dispatch_event(
        "keydown", {"code": code, "key": key, "ctrlKey": True, "shiftKey": shift}
    )


@pytest.mark.browser
async def test_what_goes_out_is_what_the_composer_shows(opened: Desk, look: Look) -> None:
    await opened.agent("Sara", **look.agent)
    await opened.writes("Where is my order?")
    conversation = await opened.conversation()
    async with served(opened) as url, chromium() as browser:
        page = await enters(browser, url, "sara", look)

        # A signature is looked at while it is written.
        await page.goto(f"{url}/me")
        await page.fill("#signature-memory", "**Sara**\nSample Shop")
        await expect(page.locator("#signed-memory b")).to_have_text("Sara")
        await page.locator(".signing .button").click()
        await page.wait_for_load_state()
        await page.goto(f"{url}/conversations/{conversation}")
        body = page.locator("#body")
        await expect(page.locator(".signature-words")).to_contain_text("Sample Shop")

        # The empty field has the page's direction, each line that of its first letter.
        await expect(body).to_have_css("direction", "rtl" if look.locale == "fa" else "ltr")
        await body.press_sequentially("می")
        await page.keyboard.press("Shift+Space")
        await body.press_sequentially("رسد iPhone\n")
        await expect(body).to_have_css("direction", "rtl")
        await expect(body).to_have_css("unicode-bidi", "normal")
        await body.press_sequentially("today")
        await expect(body).to_have_css("unicode-bidi", "plaintext")
        await expect(body).to_have_value("می\u200cرسد iPhone\ntoday")

        # Marks by keys of a Persian layout, and what they will look like.
        for code, key, shift, made in (
            ("KeyB", "ذ", False, "**today**"), ("KeyI", "ه", False, "_today_"),
            ("KeyE", "ث", False, "`today`"), ("Digit8", "٭", True, "- today"),
            ("Digit9", "(", True, "> today"),
        ):  # fmt: skip
            await body.fill("today")
            await body.select_text()
            await chord(page, code, key, shift=shift)
            await expect(body).to_have_value(made)
        await body.fill("today")
        await body.select_text()
        await chord(page, "KeyK", "ن")
        await expect(body).to_have_value("[today](https://)")
        await body.fill("It comes **today**, see [the map](https://map.example)")
        shown = page.locator("#as-sent-words")
        await expect(shown.locator("b")).to_have_text("today")
        await expect(shown.locator("a")).to_have_attribute("href", "https://map.example")

        # Files by paste and by drop; a picture is seen before it goes.
        await page.evaluate(HANDS_OVER, ["paste", "seen.png", "image/png", PICTURE])
        await expect(page.locator("#composer-files img")).to_have_count(1)
        dropped = await page.evaluate(HANDS_OVER, ["drop", "map.txt", "text/plain", "aGVyZQ=="])
        assert dropped == "grid", "where files go is shown while they are held above it"
        await expect(page.locator("#composer-files li")).to_have_count(2)
        await expect(page.locator("#composer-files progress")).to_have_count(0)

        # All of it is kept with the draft, on another device too.
        await page.locator("label:has(#unsigned)").click()
        await expect(page.locator("#draft")).not_to_be_empty()
        await opened.until(
            "SELECT count(*) FROM draft WHERE fields LIKE '%unsigned%' AND fields LIKE '%files%'", 1
        )
        device = await enters(browser, url, "sara", look)
        await device.goto(f"{url}/conversations/{conversation}")
        await expect(device.locator("#body")).to_have_value(
            "It comes **today**, see [the map](https://map.example)"
        )
        await expect(device.locator("#composer-files li")).to_have_count(2)
        await expect(device.locator("#unsigned")).to_be_checked()
        await device.context.close()

        # It goes with the signature after all, stands there as it looks, and comes back without.
        await page.locator("label:has(#unsigned)").click()
        await body.focus()
        await page.keyboard.press("Control+Enter")
        said = page.locator("#items .said-team:not(.pending) .bubble")
        await expect(said).to_contain_text("Sample Shop")
        await expect(said.locator("b")).to_have_count(2)
        await page.click(".toast-act")
        await expect(body).to_have_value("It comes **today**, see [the map](https://map.example)")
        await expect(page.locator("#unsigned")).not_to_be_checked()

        # Later, at a time that is understood before it is chosen.
        await chord(page, "KeyL", "م", shift=True)
        await page.locator("#send_at").fill("فردا ۱۰" if look.locale == "fa" else "tomorrow 10")
        await expect(page.locator("#send_at-understood")).not_to_be_empty()
        await page.keyboard.press("Enter")
        await expect(body).to_have_value("")
        await opened.until("SELECT count(*) FROM outgoing WHERE state = 'queued'", 1)
        opened.clock.advance(timedelta(days=2))
        [sent] = await opened.arrived(1)
        assert [block.type for block in sent.content] == ["text", "media", "media"]
        [words] = [block for block in sent.content if isinstance(block, Text)]
        assert words.text == "It comes today, see the map\n\nSara\nSample Shop"
        await browser.close()


@pytest.mark.browser
async def test_the_next_that_waits_opens_and_undo_leads_back(opened: Desk, look: Look) -> None:
    agent_id = await opened.agent("Sara", **look.agent)
    await opened.hub.database.write(own.choose, agent_id, after_sending="next")
    for who, name in (("mina", "Mina Karimi"), ("lale", "Lale Rad"), ("omid", "Omid Azad")):
        await opened.writes("Where is my order?", who, name)
    answered = await opened.conversation(2)
    other = await opened.signed_in("Dara")
    await other.reply(answered, "It left.")
    async with served(opened) as url, chromium() as browser:
        page = await enters(browser, url, "sara", look)
        await page.goto(f"{url}/conversations/{await opened.conversation(1)}?view=open")
        body, opens = page.locator("#body"), page.locator("#composer")

        # Emoji without a name stand in a grid, through which arrows go.
        await page.click("[data-tool=emoji]")
        grid = page.locator(".suggest-grid [role=option]")
        await expect(grid).to_have_count(24)
        await page.keyboard.press("ArrowDown")
        await expect(grid.nth(8)).to_have_attribute("aria-selected", "true")
        await page.keyboard.press("ArrowLeft" if look.locale == "fa" else "ArrowRight")
        await expect(grid.nth(9)).to_have_attribute("aria-selected", "true")
        await page.keyboard.press("Enter")
        await expect(page.locator("#suggest")).to_be_hidden()

        # A choice under the answer, which goes out with it and comes back with it.
        await body.fill("It comes today.")
        await page.click("[data-tool=button]")
        await page.keyboard.type("Thanks")
        await page.keyboard.press("Enter")
        await expect(body).to_be_focused()
        await page.keyboard.press("Control+Shift+Enter")
        third = str(await opened.conversation(3))
        await expect(opens).to_have_attribute("data-conversation", third)
        await opened.until("SELECT status FROM conversation WHERE number = 1", "resolved")
        await page.keyboard.press("Escape")
        await page.keyboard.press("z")
        first = str(await opened.conversation(1))
        await expect(opens).to_have_attribute("data-conversation", first)
        await expect(body).to_have_value("It comes today.")
        await expect(body).to_be_focused()
        await expect(page.locator("#quick input").first).to_have_value("Thanks")
        await opened.until("SELECT status FROM conversation WHERE number = 1", "open")
        await browser.close()


async def test_a_signature_can_be_left_out_of_one_answer(opened: Desk) -> None:
    await opened.writes("Where is my order?")
    sara = await opened.signed_in("Sara")
    await sara.post("/me", {"signature:memory": "Sara"}, partial=False)
    conversation = await opened.conversation()
    page = (await sara.get(f"/conversations/{conversation}")).text
    way = page.split('id="identity"')[1].split('<option value="')[1].split('"')[0]
    await sara.reply(conversation, "It left.", identity=way, unsigned="1")
    await sara.reply(conversation, "Today.", identity=way)
    sent = await opened.arrived(2)
    assert [one.content[0].text for one in sent] == ["It left.", "Today.\n\nSara"]  # type: ignore[union-attr]


async def test_words_are_shown_as_their_channel_carries_them(opened: Desk) -> None:
    await opened.writes("Where is my order?")
    sara = await opened.signed_in("Sara")
    seen = await sara.post("/preview", {"body": "**Now** ~~then~~", "kind": "memory"})
    assert "<b>Now</b> then" in seen.text
    among = await sara.post("/preview", {"body": "**Now** ~~then~~"})
    assert "<b>Now</b> <s>then</s>" in among.text
    plain = await sara.post("/preview", {"body": "2 * 3 * 4"})
    assert "data-plain" in plain.text
