"""A template is written with what the editor offers, kept aside, made live, and answered with."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.looks import Look
from tests.web.chromium import chromium, enters
from tests.web.desk import Desk, desk, served

pytestmark = pytest.mark.browser


async def test_a_template_is_written_tried_and_answered_with(folder: Path, look: Look) -> None:
    async with desk(folder, rules="[]") as opened:
        await opened.agent("Lena", "lead", **look.agent)
        await opened.writes("Where is my order?")
        async with served(opened) as url, chromium() as browser:
            page = await enters(browser, url, "lena", look)
            await journey(opened, page, url, look)
            await browser.close()


async def journey(opened: Desk, page: Page, url: str, look: Look) -> None:
    locale = look.locale
    await page.goto(f"{url}/templates/welcome/{locale}")
    source, preview = page.locator("#source"), page.locator("#reply-preview")
    before = await page.locator(".reply-on-telegram .reply-bubble").text_content() or ""

    # What is typed is completed; an unfinished line leaves the last preview where it was.
    await source.fill("")
    await source.press_sequentially("Dear {{ cust")
    await expect(page.locator("#reply-options [aria-selected=true]")).to_contain_text(
        "customer.name"
    )
    await expect(page.locator("#reply-faults")).to_contain_text("1" if locale == "en" else "۱")
    await expect(page.locator(".reply-on-telegram .reply-bubble")).to_have_text(before)
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(source).to_have_value("Dear {{ customer.first_name")
    await source.press_sequentially(" | upp")
    await page.keyboard.press("Tab")
    await source.press_sequentially(" }}")
    await expect(source).to_have_value("Dear {{ customer.first_name | upper }}")
    name = "MINA" if locale == "en" else "مینا"
    await expect(preview.locator(".reply-on-mail")).to_contain_text(f"Dear {name}")
    await expect(page.locator("#reply-faults")).to_be_hidden()

    # Aside, customers read what was there; then it is live.
    await page.click("[name=draft]")
    await expect(page.locator(".reply-strip")).to_be_visible()
    await opened.until("SELECT count(*) FROM template_draft", 1)
    await page.click("header .button-primary[form=reply-form]")
    await expect(page.locator(".reply-strip")).to_have_count(0)
    await opened.until("SELECT count(*) FROM template_draft", 0)

    # An answer that begins from it says so.
    conversation = await opened.conversation()
    await page.goto(f"{url}/conversations/{conversation}")
    await page.locator("#body").press_sequentially("/welc")
    await expect(page.locator("#suggest-list [aria-selected=true]")).to_contain_text("welcome")
    await page.keyboard.press("Enter")
    await expect(page.locator("#body")).not_to_have_value("/welc")
    await page.keyboard.press("Control+Enter")
    await opened.until("SELECT count(*) FROM message WHERE template = 'welcome'", 1)
