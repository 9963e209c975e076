"""What agents choose for themselves, and every page obeys."""

from __future__ import annotations

import html
import re
from pathlib import Path

from playwright.async_api import Page, expect

from tests.looks import Look
from tests.web.chromium import chromium
from tests.web.desk import PASSWORD, desk, served
from tests.web.test_customers import customer_of, knows

WITH_NUMBERS = (
    "/inbox", "/search", "/customers", "/customers/privacy", "/me/security", "/promises", "/rules",
    "/rules/simulator", "/satisfaction", "/segments", "/templates", "/macros/new", "/system",
)  # fmt: skip


async def test_numbers_are_written_in_the_digits_that_were_chosen(folder: Path) -> None:
    async with desk(folder) as opened:
        nila = await opened.signed_in("Nila", "owner", locale="fa", calendar="jalali")
        await opened.writes("سلام")
        mina = await customer_of(opened)
        await knows(opened, mina, phone=("+989121234567", "claimed"), order="10482")
        pages = (
            *WITH_NUMBERS,
            f"/customers/{mina}",
            f"/conversations/{await opened.conversation()}",
        )
        assert re.search("[۰-۹]", read((await nila.get("/customers")).text))
        await nila.post("/me", {"digits": "latin"}, partial=False)
        for path in pages:
            answer = await nila.get(path)
            assert answer.status_code == 200, path
            assert re.findall(".{0,20}[۰-۹].{0,20}", read(answer.text)) == [], path
        await nila.post("/me", {"language": "en", "digits": "persian"}, partial=False)
        assert "۹۱۲" in read((await nila.get(f"/customers/{mina}")).text)


def read(page: str) -> str:
    """What a page says, without its marks."""
    shown = re.sub(r"(?s)<(script|style|template|head)\b.*?</\1>", "", page)
    named = re.sub(r'<[^>]*?aria-label="([^"]*)"[^>]*>', r" \1 ", shown)
    return html.unescape(re.sub(r"<[^>]+>", " ", named))


async def chooses(page: Page, name: str, value: str) -> None:
    """Press a choice of one's own settings, which sends itself."""
    choice = page.locator(f".account-page [name={name}][value={value}]")
    if not await choice.is_checked():
        async with page.expect_navigation():
            await choice.check(force=True)


async def test_every_setting_of_ones_own_is_obeyed_at_once(folder: Path, look: Look) -> None:
    async with desk(folder) as opened:
        await opened.agent("Olga", "owner", **look.agent)
        await opened.writes("hello")
        async with served(opened) as address, chromium() as browser:
            context = await browser.new_context(**look.context, timezone_id="Asia/Tehran")
            page = await context.new_page()
            page.set_default_timeout(20_000)
            await page.goto(f"{address}/sign-in")
            await page.fill("[name=address]", "olga@example.com")
            await page.fill("[name=password]", PASSWORD)
            await page.keyboard.press("Enter")
            await page.wait_for_url("**/inbox**")
            await page.goto(f"{address}/me")
            root = page.locator("html")

            # The direction is the language's, until somebody wants the other one.
            other, way = ("en", "ltr") if look.locale == "fa" else ("fa", "rtl")
            await chooses(page, "language", other)
            assert [await root.get_attribute(one) for one in ("lang", "dir")] == [other, way]
            await chooses(page, "direction", "rtl")
            await expect(root).to_have_attribute("dir", "rtl")
            rail = await page.locator("#main").bounding_box()
            assert rail
            assert look.phone or rail["x"] == 0, "the rail stands at the right"
            await chooses(page, "direction", "auto")
            await chooses(page, "language", "en")

            now = page.locator(".account-form time").first
            await chooses(page, "digits", "latin")
            await chooses(page, "calendar", "jalali")
            await expect(now).to_contain_text("1405")
            await chooses(page, "calendar", "gregorian")
            await expect(now).to_contain_text("2026")
            await chooses(page, "digits", "persian")
            await expect(now).to_contain_text("۲۰۲۶")
            await chooses(page, "digits", "latin")

            # The time zone of the browser is offered, and taken with a press.
            before = await now.inner_text()
            here = page.locator("[data-zone-here]")
            await expect(here).to_contain_text("Asia/Tehran")
            async with page.expect_navigation():
                await here.locator("button").click()
            await expect(page.locator("#time_zone")).to_have_value("Asia/Tehran")
            await expect(here).to_be_hidden()
            assert await now.inner_text() != before

            for theme, colour in (("dark", "rgb(21, 22, 25)"), ("light", "rgb(255, 255, 255)")):
                await chooses(page, "theme", theme)
                await expect(page.locator("body")).to_have_css("background-color", colour)

            async def height() -> float:
                await page.goto(f"{address}/customers")
                box = await page.locator(".customers tbody tr").first.bounding_box()
                await page.goto(f"{address}/me")
                assert box
                return box["height"]

            loose = await height()
            await chooses(page, "density", "compact")
            assert await height() < loose

            await page.keyboard.press("Shift+Slash")
            await expect(page.locator("#keys")).to_be_visible()
            await page.keyboard.press("Escape")
            await chooses(page, "shortcuts", "off")
            await page.keyboard.press("Shift+Slash")
            await expect(page.locator("#keys")).to_be_hidden()
            await browser.close()
