"""Putting off, tagging, running a macro and finding again, all by keyboard, in Chromium."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import pytest
from playwright.async_api import expect
from sqlmodel import Session

from hub.agents.rights import Viewer
from hub.replies import macros
from tests.web.test_desk import Office, office

__all__ = ["office"]
pytestmark = pytest.mark.browser


async def test_acts_and_search_by_keyboard(office: Office) -> None:
    opened, persian = office.opened, office.look.locale == "fa"
    await opened.writes("The parcel number 4711 is late")
    await opened.writes("بسته‌ی من كجاست؟", who="reza", name="Reza")
    sara = await office.enters("Sara")
    await opened.hub.database.write(_macro, opened.agents["Sara"], opened.hub.clock.now())
    head = sara.locator("#thread-head")
    await sara.locator("#rows .row-link", has_text="4711").click()
    await expect(head).to_have_attribute("data-state", "open")

    await sara.keyboard.press("h")
    await expect(sara.locator("#snooze-until")).to_be_focused()
    await sara.keyboard.type("فردا ۹ صبح" if persian else "tomorrow 9")
    await expect(sara.locator("#snooze-understood time, #snooze-understood span")).to_be_visible()
    await sara.keyboard.press("Enter")
    await expect(head).to_have_attribute("data-state", "snoozed")
    await sara.keyboard.press("z")
    await expect(head).to_have_attribute("data-state", "open")

    await sara.keyboard.press("t")
    await expect(sara.locator("#tag-typed")).to_be_focused()
    await sara.keyboard.type("courier")
    await sara.keyboard.press("Enter")
    await expect(sara.locator("#toast")).to_contain_text("courier")

    await sara.keyboard.press("Control+KeyK")
    await sara.keyboard.type(office.look.says("Urgent"))
    act = sara.locator("#palette-deeds .palette-row[aria-selected=true]")
    await expect(act).to_contain_text(office.look.says("Urgent"))
    await sara.keyboard.press("Enter")
    await expect(sara.locator("#toast")).to_contain_text(office.look.says("Priority changed"))

    await sara.keyboard.press("y")
    await expect(sara.locator("#macro-rows .menu-row").first).to_be_focused()
    await sara.keyboard.press("Enter")
    await expect(head).to_have_attribute("data-state", "resolved")
    await sara.keyboard.press("z")
    await expect(head).to_have_attribute("data-state", "open")

    await sara.keyboard.press("Control+KeyK")
    await expect(sara.locator("#palette-q")).to_be_focused()
    await sara.keyboard.type("کجا")
    found = sara.locator("#palette-found .palette-row")
    await expect(found).to_contain_text("Reza")
    await expect(found).to_have_attribute("aria-selected", "true")
    await sara.keyboard.press("Enter")
    await expect(sara.locator("#items")).to_contain_text("كجاست")

    await sara.goto(f"{office.url}/search")
    await sara.fill("#search-q", "tag:courier parc")
    await expect(sara.locator("#hits .hit")).to_have_count(1)
    await expect(sara.locator("#hits mark")).to_have_text("parcel")
    await sara.keyboard.press("ArrowDown")
    await expect(sara.locator("#hits a")).to_be_focused()
    await sara.keyboard.press("k")
    await expect(sara.locator("#search-q")).to_be_focused()
    await sara.fill("#search-q", "subject:parcel")
    await expect(sara.locator(".finding-fault")).to_contain_text("subject:")


def _macro(session: Session, agent_id: UUID, now: datetime) -> None:
    viewer = Viewer(agent_id, "Sara", "sara@example.com", "agent")
    doings = macros.read_doings(
        [{"do": "assign", "agent": "me"}, {"do": "status", "status": "resolved"}]
    )
    macros.save(
        session, viewer, None, name="Mine", doings=doings, team_id=None, shared=False, now=now
    )
