"""A real Chromium, and agents who sign in by it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, Page, async_playwright

from tests.looks import Look
from tests.web.desk import PASSWORD

CHROMIUM = "/usr/bin/chromium"


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A browser without a screen."""
    async with async_playwright() as playwright:
        yield await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )


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
