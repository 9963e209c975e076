"""Customers in a real browser: changed in place by keyboard, undone, nothing for axe."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from uuid import UUID

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect
from sqlalchemy import insert
from sqlmodel import Session

from hub.customers import index
from hub.store.statements import table_of
from hub.store.tables import Identity
from hub.store.types import new_id
from tests.looks import Look
from tests.web.chromium import chromium
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


async def signs_in(page: Page, address: str) -> None:
    page.set_default_timeout(20_000)
    await page.goto(f"{address}/sign-in")
    await page.fill("[name=address]", "olga@example.com")
    await page.fill("[name=password]", PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/inbox**")


async def test_a_customer_is_changed_where_it_is_read(folder: Path, look: Look) -> None:
    async with desk(folder) as opened:
        await opened.agent("Olga", "owner", **look.agent)
        mina, twin = await twins(opened)
        async with served(opened) as address, chromium() as browser:
            page = await (await browser.new_context(**look.context)).new_page()
            faults: list[str] = []
            page.on("pageerror", lambda error: faults.append(str(error)))
            await signs_in(page, address)
            for path in (
                "", "/duplicates", f"/merge?kept={mina}&gone={twin}", f"/{mina}/erase",
                f"/{mina}/merge",
            ):  # fmt: skip
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


async def test_an_open_page_follows_and_keeps_what_is_typed(folder: Path, look: Look) -> None:
    async with desk(folder) as opened:
        await opened.agent("Olga", "owner", **look.agent)
        mina, twin = await twins(opened)
        await opened.agent("Sara")
        sara = await opened.signed_in("Sara")
        async with served(opened) as address, chromium() as browser:
            page = await (await browser.new_context(**look.context)).new_page()
            await signs_in(page, address)
            await page.goto(f"{address}/customers/{mina}?show=messages")
            lines = page.locator("#timeline .told")
            before = await lines.count()
            note = page.locator("#of-note textarea")
            await page.locator("#of-note > summary").click()
            await note.fill("calls in the")
            await note.evaluate("it => { it.mine = true; it.setSelectionRange(2, 5); }")

            # A message comes, somebody else changes the stage and adds what stands before the note.
            await opened.writes("one more thing")
            await expect(lines).to_have_count(before + 1)
            await expect(lines.first).to_contain_text("one more thing")
            await sara.post(f"/customers/{mina}/edit", {"stage": "returning"})
            await sara.post(f"/customers/{mina}/edit", {"tag": "vip"})
            await sara.post(f"/customers/{mina}/notes", {"text": "asks for Sara"})
            await expect(page.locator("#of-stage > summary bdi")).to_have_text(
                look.says("Returning")
            )
            await expect(page.locator("#customer .remark-words")).to_have_text("asks for Sara")
            await expect(page.locator("#customer .customer-tags")).to_contain_text("vip")
            await expect(lines).to_have_count(before + 1)  # the chosen kind stays chosen
            await expect(note).to_be_focused()
            await expect(note).to_have_value("calls in the")
            kept = "it => [it.mine, it.selectionStart, it.selectionEnd]"
            assert await note.evaluate(kept) == [True, 2, 5]

            # The customer becomes part of another one: the page is that one's, the note not lost.
            await sara.post("/customers/merge", {"kept": str(twin), "gone": str(mina)})
            await page.wait_for_url(f"**/customers/{twin}?show=messages")
            await expect(note).to_have_value("calls in the")
            await expect(note).to_be_focused()
            await page.keyboard.press("End")
            await page.keyboard.type(" afternoon")
            await page.locator("#of-note .button-primary").click()
            remarks = page.locator("#customer .remark-words")
            await expect(remarks.first).to_have_text("calls in the afternoon")
            await browser.close()


async def test_a_customer_is_set_right_from_the_list_to_the_merge(folder: Path, look: Look) -> None:
    async with desk(folder) as opened:
        await opened.agent("Olga", "owner", **look.agent)
        mina, _ = await twins(opened)
        await opened.writes("hello", "ali", "Ali Rad")
        async with served(opened) as address, chromium() as browser:
            page = await (await browser.new_context(**look.context)).new_page()
            await signs_in(page, address)

            # Found by name, with the columns that were chosen, and as a file.
            await page.goto(f"{address}/customers")
            await page.locator("[popovertarget=columns]").click()
            await page.locator("#columns [value=tags]").check()
            await page.locator("#columns .button-primary").click()
            tags = look.says("Tags")
            await expect(page.locator(f'td[data-label="{tags}"]')).to_have_count(3)
            await page.locator(".customers-search input").fill("mina")
            await page.keyboard.press("Enter")
            await expect(page.locator(".customers-name")).to_have_count(2)
            async with page.expect_download() as download:
                await page.locator("a[download]").click()
            file = await (await download.value).path()
            assert "Mina Karimi" in file.read_text("utf-8-sig")
            assert "Ali Rad" not in file.read_text("utf-8-sig")
            await page.locator(".customers-name", has_text="Mina").click()

            # An address is added, vouched for, taken away and brought back.
            about = page.locator("#customer")
            await about.locator("#of-address > summary").click()
            await about.locator("#of-address [name=kind]").select_option("phone")
            await about.locator("#of-address [name=address]").fill("+98 ۹۱۲ ۱۲۳ ۴۵۶۷")
            await page.keyboard.press("Enter")
            phone = about.locator(".identities > li").filter(has_text=re.compile("912|۹۱۲"))
            await expect(phone).to_contain_text(look.says("Claimed"))
            await phone.locator(".unfolds > summary").click()
            await page.keyboard.type("she called back")
            await page.keyboard.press("Enter")
            await expect(phone.locator(".ok")).to_be_visible()
            await phone.hover()
            await phone.locator(".identity-off").click()
            await sound(page)
            await page.locator(".merge-acts .button-primary").click()
            await expect(phone).to_have_count(0)
            assert page.url == f"{address}/customers/{mina}"
            await page.locator("#toast .toast-act").click()
            await expect(phone.locator(".ok")).to_be_visible()

            # Somebody who is the same person becomes one with them, and two again.
            await page.locator("[popovertarget=customer-acts]").click()
            await page.locator(f'#customer-acts [href="/customers/{mina}/merge"]').click()
            await page.locator(".pair .button").click()
            await page.locator(".merge-acts .button-primary").click()
            await expect(page.locator("#timeline .told-merge")).to_be_visible()
            assert page.url == f"{address}/customers/{mina}"
            await page.locator("#toast .toast-act").click()
            await expect(about.locator(".customer-alike")).to_be_visible()

            # Blocked with a reason, and heard again.
            await page.locator("[popovertarget=customer-acts]").click()
            await page.locator("#customer-acts [data-opens=block]").click()
            await page.fill("#block-reason", "threatens us")
            await page.locator("#block .danger").click()
            await expect(about.locator(".customer-blocked")).to_contain_text("threatens us")
            await page.goto(f"{address}/customers?blocked=1")
            await expect(page.locator(".customers tbody")).to_contain_text("threatens us")
            await page.locator(".customers-name").click()
            await about.locator(".customer-blocked .link").click()
            await expect(about.locator(".customer-blocked")).to_have_count(0)
            await browser.close()
