"""One agent's way through a thread, in Chromium: pictures, links, moving, merging, undoing."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from playwright.async_api import expect

from hub.message import Address, Block, Media, Message, Text
from tests.desk import Desk as HubDesk
from tests.web.desk import Desk
from tests.web.test_desk import Office, office

__all__ = ["office"]

pytestmark = pytest.mark.browser
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360000002000154a24f5d0000000049454e44ae426082"
)
MINA = Address(kind="memory", address="mina", name="Mina Karimi", verified=True)


async def says(opened: Desk, *blocks: Block, account: str = "letters", **more: str) -> UUID:
    opened.clock.advance(timedelta(minutes=1))
    one = Message(
        account=account,
        external_id=f"in:{uuid4().hex}",
        at=opened.clock.now(),
        sender=MINA,
        content=blocks,
        **more,  # type: ignore[arg-type]
    )
    (message_id,) = (await HubDesk(opened.hub).accepts(one, account=account)).ids
    assert message_id is not None
    return message_id


async def test_a_thread_is_looked_through_rearranged_and_put_back(office: Office) -> None:
    opened, look = office.opened, office.look
    pictures = [
        await opened.hub.blobs.put(PNG, name=name, media_type="image/png", limit=10**6)
        for name in ("bag.png", "عکس.png")
    ]
    await says(opened, *(Media(form="image", blob=blob, width=1, height=1) for blob in pictures),
               account="people")  # fmt: skip
    await says(opened, Text(text="https://p\u0430ypal.com"), account="people")
    last = await says(opened, Text(text="another matter"), account="people")
    await says(opened, Text(text="about the invoice"), subject="Invoice")
    conversation = await opened.conversation(1)
    page = await office.enters("Sara")
    await page.goto(f"{office.url}/conversations/{conversation}/messages/{last}")
    marked = page.locator(f"#item-{last}")
    await expect(marked).to_have_class("item said said-customer marked")
    await expect(marked).to_be_focused()
    await expect(page.locator(".link-doubt")).to_contain_text("xn--pypal-4ve.com")

    await page.locator("#items .picture").first.click()
    viewer = page.locator("dialog.viewer")
    await expect(viewer.locator("bdi")).to_have_text("bag.png")
    await page.keyboard.press("ArrowLeft" if look.locale == "fa" else "ArrowRight")
    await expect(viewer.locator("bdi")).to_have_text("عکس.png")
    await page.keyboard.press("Escape")
    await expect(viewer).to_be_hidden()

    await page.locator("#thread-scroll").focus()
    await page.keyboard.press("m")
    sheet = page.locator("#sheet")
    await sheet.locator("a.side").click()
    await sheet.locator("button.button-primary").click()
    await expect(sheet).to_be_hidden()
    await expect(page.locator("#items")).to_contain_text("about the invoice")
    await page.locator(".toast-act").click()
    await expect(page.locator("#items")).not_to_contain_text("about the invoice")

    await page.locator(".more-button").click()
    await page.locator("#more-menu [data-chooses]").click()
    await page.locator(f"#item-{last} .choose-box").check()
    await expect(page.locator("#choosing-bar")).to_contain_text(
        look.says("{} chosen").replace("{}", "۱" if look.locale == "fa" else "1")
    )
    await page.locator("#choosing-bar .button-primary").click()
    await sheet.locator("input[name=subject]").fill("Another matter")
    await sheet.locator("button.button-primary").click()
    await expect(marked).to_have_count(0)
    await page.locator("#items .happened a[href*=conversations]").last.click()
    await expect(page.locator("#thread-head h2")).to_have_text("Another matter")
    await expect(page.locator("#items")).to_contain_text("another matter")
