"""Customers in a real browser: changed in place by keyboard, undone, nothing for axe."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, async_playwright, expect
from sqlalchemy import insert
from sqlmodel import Session

from hub.customers import index
from hub.store.statements import table_of
from hub.store.tables import Identity
from hub.store.types import new_id
from tests.looks import Look
from tests.web.conftest import CHROMIUM
from tests.web.desk import PASSWORD, Desk, desk, served


async def sound(page: Page) -> None:
    """Nothing for axe, and nothing wider than the screen."""
    found = (await Axe().run(page)).response["violations"]
    told = [(one["id"], [node["target"] for node in one["nodes"]]) for one in found]
    assert told == [], page.url
    assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, page.url


async def twins(opened: Desk) -> tuple[UUID, UUID]:
    """Two customers, of whom one has proven the address that the other gave."""
    await opened.writes("Hi, where is my order?")
    await opened.writes("سلام، سفارش من کجاست؟", "mk", "M. Karimi")
    found: list[UUID] = []
    for number, proof in ((1, "verified"), (2, "claimed")):
        row = await opened.row("SELECT customer_id FROM conversation WHERE number = :n", n=number)
        found.append(row[0] if isinstance(row[0], UUID) else UUID(row[0]))
        values: dict[str, Any] = {
            "id": new_id(), "customer_id": found[-1], "kind": "mail",
            "address": "mina@example.com", "proof": proof, "origin": "given",
            "created_at": opened.clock.now(), "seen_at": opened.clock.now(),
        }  # fmt: skip

        def write(session: Session, values: dict[str, Any] = values) -> None:
            session.execute(insert(table_of(Identity)).values(**values))
            index.follow(session, [values["customer_id"]], values["seen_at"])

        await opened.hub.database.write(write)
    return found[0], found[1]


async def test_a_customer_is_changed_where_it_is_read(folder: Path, look: Look) -> None:
    async with desk(folder) as opened:
        await opened.agent("Olga", "owner", **look.agent)
        mina, twin = await twins(opened)
        async with served(opened) as address, async_playwright() as play:
            browser = await play.chromium.launch(
                executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
            )
            page = await (await browser.new_context(**look.context)).new_page()
            page.set_default_timeout(20_000)
            faults: list[str] = []
            page.on("pageerror", lambda error: faults.append(str(error)))
            await page.goto(f"{address}/sign-in")
            await page.fill("[name=address]", "olga@example.com")
            await page.fill("[name=password]", PASSWORD)
            await page.keyboard.press("Enter")
            await page.wait_for_url("**/inbox**")
            for path in ("", "/duplicates", f"/merge?kept={mina}&gone={twin}", f"/{mina}/erase"):
                await page.goto(f"{address}/customers{path}")
                await sound(page)
            await page.goto(f"{address}/customers/{mina}")
            await sound(page)
            await page.locator("#customer .customer-who summary").focus()
            await page.keyboard.press("Enter")
            await expect(
                page.locator("#customer .customer-who input:not([type=hidden])").first
            ).to_be_focused()
            await page.keyboard.type("Mina K. Karimi")
            await page.keyboard.press("Enter")
            name = page.locator("#customer .customer-name")
            await expect(name).to_have_text("Mina K. Karimi")
            await expect(page.locator("#customer .customer-who .inplace")).not_to_have_attribute(
                "open", ""
            )
            await sound(page)
            await page.locator("#toast .toast-act").click()
            await expect(name).to_have_text("Mina Karimi")
            # Esc leaves a value as it was, with the focus where it had been.
            await page.locator("#customer .customer-who summary").focus()
            await page.keyboard.press("Enter")
            await page.keyboard.press("Escape")
            await expect(page.locator("#customer .customer-who summary")).to_be_focused()
            assert faults == []
            await browser.close()
