"""The results and the survey's page in Chromium: readable by everybody, in every look."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, async_playwright, expect
from sqlmodel import Session

from hub.satisfaction.answers import survey_token
from tests.harness import MONDAY
from tests.looks import Look
from tests.satisfaction.sampling import sample, signal
from tests.web.desk import PASSWORD, Desk, desk, served

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = pytest.mark.browser
WORDS = ("Quick and kind", "سریع و محترمانه بود", "It came late")


async def fill(opened: Desk) -> list[str]:
    """Forty days of answers; the paths of surveys that wait, one of each form."""
    await opened.writes("Hello")
    now = opened.clock.now()

    def store(session: Session) -> list[str]:
        for at in range(40):
            when = MONDAY - at * timedelta(days=1)
            sample(session, when, 1 + at * 7 % 5, comment=WORDS[at % 3], templates=("away",),
                   rules=("closed",), channel=("mail", "telegram")[at % 2])  # fmt: skip
            signal(session, when, 5 if at % 3 else 1)
        asked = [
            sample(session, now, None, form=form, scale=scale)
            for form, scale in (("stars", 5), ("faces", 5), ("thumbs", 2), ("nps", 10))
        ]
        return [f"/r/{survey_token(opened.hub.keys, one, now=now)}" for one in asked]

    return await opened.hub.database.write(store)


async def faults(page: Page, width: int) -> list[str]:
    """What axe finds, and whether the page is wider than its window."""
    violations = (await Axe().run(page)).response["violations"]
    found = [f"{one['id']}: {[node['target'] for node in one['nodes']][:3]}" for one in violations]
    wide = await page.evaluate("document.documentElement.scrollWidth")
    return [*found, f"{wide} px wide"] if wide > width else found


async def test_the_pages_are_accessible(folder: Path, look: Look) -> None:
    width = look.width
    found: dict[str, list[str]] = {}
    async with desk(folder) as opened, served(opened) as url, async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"]
        )
        await opened.agent("Sara", "lead", **look.agent)
        context = await browser.new_context(**look.context, reduced_motion="reduce")
        page = await context.new_page()
        page.set_default_timeout(30_000)
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        await page.goto(f"{url}/sign-in")
        await page.fill("#address", "sara@example.com")
        await page.fill("#password", PASSWORD)
        await page.press("#password", "Enter")
        await page.wait_for_url("**/inbox**")
        await page.goto(f"{url}/satisfaction")
        found["nothing yet"] = await faults(page, width)
        surveys = await fill(opened)
        await page.goto(f"{url}/satisfaction")
        drawn = page.locator(".trend-narrow" if width < 768 else ".trend-wide")
        await expect(drawn.locator(".trend-dot").first).to_be_visible()
        await page.locator(".as-table summary").click()
        found["results"] = await faults(page, width)
        count = await page.locator(".comment").count()
        await page.locator("#comments-more a").click()
        await expect(page.locator(".comment")).not_to_have_count(count)
        for path in surveys:
            await page.goto(f"{url}{path}?score=2")
            await expect(page.locator("input[value='2']")).to_be_checked()
            found[path] = await faults(page, width)
            await page.locator("main button").click()
            await expect(page.get_by_role("status")).to_be_visible()
        assert errors == []
        await browser.close()
    assert {name: one for name, one in found.items() if one} == {}
