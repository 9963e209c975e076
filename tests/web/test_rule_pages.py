"""Rules in Chromium: built, typed, ordered, tried and explained, on a whole hub."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, async_playwright, expect

from hub.rules import editing
from tests.harness import rows
from tests.looks import Look
from tests.web.desk import PASSWORD, Desk, desk, served

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = pytest.mark.browser
expect.set_options(timeout=15_000)

RULES = """\
- id: welcome
  when: message.received
  if:
    first_message: true
  then:
    - reply: welcome
- id: away
  about: Says outside office hours that nobody is there.
  when: message.received
  if:
    hours: closed
  then:
    - reply: {template: away, at_most_every: 12h}
  examples:
    - given: {text: "Where is my order?", hours: closed}
      expect: {reply: away}
- id: desk
  when: message.received
  default: true
  then:
    - assign: {team: front-desk}
"""


@dataclass
class Office:
    """A desk that is served, and a browser in front of it."""

    opened: Desk
    url: str
    browser: Browser
    errors: list[str] = field(default_factory=list)

    async def enters(self, name: str, locale: str = "en", **context: Any) -> Page:
        """An owner signs in."""
        if name not in self.opened.agents:
            await self.opened.agent(name, "owner", locale=locale)
        made = await self.browser.new_context(reduced_motion="reduce", **context)
        page = await made.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda said: self._note(said.text))
        await page.goto(f"{self.url}/sign-in")
        await page.fill("#address", f"{name.lower()}@example.com")
        await page.fill("#password", PASSWORD)
        await page.press("#password", "Enter")
        await page.wait_for_url("**/inbox**")
        return page

    def _note(self, text: str) -> None:
        if "Content Security Policy" in text or "Uncaught" in text:
            self.errors.append(text)


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Office]:
    async with desk(folder) as opened, served(opened) as url, async_playwright() as playwright:
        now = opened.hub.clock.now()
        await opened.hub.database.write(editing.save_text, RULES, agent_id=None, now=now)
        while len(opened.hub.policy.rules.rules) != RULES.count("- id:"):
            await asyncio.sleep(0.02)
        browser = await playwright.chromium.launch(
            executable_path=str(CHROMIUM),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        try:
            yield Office(opened, url, browser)
        finally:
            await browser.close()


@pytest.fixture
async def office(folder: Path) -> AsyncIterator[Office]:
    async with running(folder) as found:
        yield found
        assert found.errors == []


async def shown(page: Page) -> str:
    return await page.locator("#text").input_value()


async def test_fields_and_text_say_the_same_both_ways(office: Office) -> None:
    page = await office.enters("Sara")
    await page.goto(f"{office.url}/rules/r/away")
    text = page.locator("#text")
    await page.get_by_role("button", name="Condition", exact=True).click()
    await page.locator("#builder .pick-name").nth(1).select_option("text")
    words = page.locator("#builder .chips-input").first
    await words.fill("refund")
    await words.press("Enter")
    await page.keyboard.type("فاکتور")
    await page.keyboard.press("Enter")
    await expect(text).to_have_value(holding("mentions: [refund, فاکتور]"))
    await page.get_by_role("button", name="Group", exact=True).first.click()
    await page.locator("#builder .pick-name").nth(2).select_option("first_message")
    await expect(text).to_have_value(holding("any:"))
    # What is typed as text is what the fields show.
    await text.fill(
        "- id: away\n  when: message.received\n  if: {hours: open}\n  then: [{reply: away}]\n"
    )
    picked = page.locator("#builder .build-part", has_text="If").locator("select")
    await expect(picked.nth(0)).to_have_value("hours")
    await expect(picked.nth(1)).to_have_value("open")
    await expect(page.locator("#rule-sentence")).to_contain_text("the office is open")
    await text.press("Control+s")
    await expect(page.locator("#toast")).to_contain_text("away is saved")
    await office.opened.writes("Hello")
    await office.opened.until("SELECT count(*) FROM message WHERE rule = 'away'", 1)


def holding(part: str) -> Any:
    """A pattern for a value that holds this."""
    return re.compile(re.escape(part))


async def test_a_fault_is_told_at_its_line_and_the_fields_wait(office: Office) -> None:
    page = await office.enters("Sara")
    await page.goto(f"{office.url}/rules/r/away")
    text = page.locator("#text")
    await text.fill((await shown(page)).replace("hours: closed", "hour: closed", 1))
    fault = page.locator("#rule-faults .faults li")
    await expect(fault).to_contain_text("did you mean 'hours'?")
    await expect(page.locator("#gutter .is-wrong")).to_have_count(1)
    await expect(page.locator("#builder .build-fault")).to_contain_text("hours")
    await fault.locator("a").click()
    await expect(text).to_be_focused()
    await text.fill("- id: [")
    await expect(page.locator("#builder-blind")).to_be_visible()
    await expect(page.locator("#builder")).to_have_attribute("inert", "")
    await page.locator("#rule-save").click()
    await expect(text).to_have_value("- id: [")
    newest = await rows(office.opened.hub, "SELECT source FROM rule_revision ORDER BY id DESC")
    assert newest[0][0] == RULES


async def test_the_order_changes_by_keyboard_and_by_drag(office: Office) -> None:
    page = await office.enters("Sara")
    await page.goto(f"{office.url}/rules")
    names = page.locator(".rule-link")
    before = await names.all_inner_texts()
    await names.nth(0).focus()
    async with page.expect_response("**/move"):
        await page.keyboard.press("Alt+ArrowDown")
    assert (await names.all_inner_texts())[:2] == [before[1], before[0]]
    await expect(names.nth(1)).to_be_focused()
    await expect(page.locator("#announcer")).to_contain_text("is now number 2")
    await page.reload()
    assert (await names.all_inner_texts())[:2] == [before[1], before[0]]
    grips, moving = page.locator(".rule-row .grip"), await names.nth(2).inner_text()
    async with page.expect_response("**/move"):
        await grips.nth(2).drag_to(grips.nth(1), target_position={"x": 5, "y": 2})
    await page.reload()
    assert await names.nth(1).inner_text() == moving
    async with page.expect_response("**/switch"):
        await page.locator(".switch").first.click()
    await page.reload()
    await expect(page.locator(".switch").first).to_have_attribute("aria-checked", "false")


async def test_without_a_script_a_rule_is_changed_as_text(office: Office) -> None:
    page = await office.enters("Sara", java_script_enabled=False)
    await page.goto(f"{office.url}/rules/r/away")
    text = page.locator("#text")
    await text.fill((await shown(page)).replace("hours: closed", "hour: closed", 1))
    await page.locator("#rule-save").click()
    await expect(page.locator("#rule-faults")).to_contain_text("did you mean 'hours'?")
    await expect(text).to_have_value(holding("hour: closed"))
    await text.fill((await shown(page)).replace("hour: closed", "hours: closed"))
    await page.locator("#rule-save").click()
    await expect(page.locator("#toast")).to_contain_text("is saved")


async def test_a_rule_is_tried_with_a_message_that_came(office: Office) -> None:
    await office.opened.writes("Where is my parcel?")
    await office.opened.until("SELECT count(*) FROM rule_result WHERE message_id IS NOT NULL", 1)
    page = await office.enters("Sara")
    await page.goto(f"{office.url}/rules/r/away")
    await page.locator("#text").fill(
        "- id: away\n  when: message.received\n  if: {text: {mentions: [parcel]}}\n"
        "  then: [{tag: parcels}]\n"
    )
    await page.locator("[name=pane][value=try]").check(force=True)
    await page.locator(".past-row", has_text="Where is my parcel?").click()
    tried = page.locator("#tried .trace-rule").first
    await expect(tried).to_have_attribute("data-state", "fired")
    await expect(tried.locator(".trace-step")).to_contain_text("parcel")
    await page.get_by_role("button", name="Make it an example").click()
    await expect(page.locator("#text")).to_have_value(holding("text: 'Where is my parcel?'"))
    await expect(page.locator(".example .example-mark.ok")).to_have_count(1)
    assert await rows(office.opened.hub, "SELECT * FROM conversation_tag") == []


async def test_the_simulator_answers_and_stores_nothing(office: Office) -> None:
    page = await office.enters("Sara")
    await page.goto(f"{office.url}/rules/simulator")
    tables = ("message", "conversation", "customer", "rule_result", "outgoing", "event")
    before = [await rows(office.opened.hub, f"SELECT count(*) FROM {name}") for name in tables]
    await page.fill("#sim-say", "سلام، سفارش من کجاست؟")
    await page.press("#sim-say", "Enter")
    await expect(page.locator(".sim-customer")).to_have_count(1)
    await expect(page.locator(".sim-hub")).not_to_have_count(0)
    await expect(page.locator(".sim-trace .trace-rule[data-state=fired]")).not_to_have_count(0)
    await expect(page.locator("#sim-say")).to_be_focused()
    await page.fill("#sim-say", "Hello?")
    await page.press("#sim-say", "Enter")
    await expect(page.locator(".sim-customer")).to_have_count(2)
    after = [await rows(office.opened.hub, f"SELECT count(*) FROM {name}") for name in tables]
    assert before[:5] == after[:5]


async def test_from_any_message_it_is_told_why(office: Office) -> None:
    await office.opened.writes("Where is my parcel?")
    page = await office.enters("Sara")
    await page.locator("#rows .row-link").first.click()
    said = page.locator(".said-customer").first
    await said.hover()
    await said.locator(".said-why").click()
    await expect(page.locator(".why-said")).to_contain_text("Where is my parcel?")
    away = page.locator(".trace-rule", has_text="away").first
    await expect(away).to_have_attribute("data-state", "not fired")
    await away.locator("summary").click()
    step = away.locator(".trace-step", has_text="Office hours")
    await expect(step).to_contain_text("closed")
    await expect(step).to_contain_text("open")
    await expect(page.locator(".why-line")).to_contain_text(["Same result when run again"])
    await page.keyboard.press("Escape")
    await page.wait_for_url("**/conversations/*")


async def test_the_pages_are_accessible(office: Office, look: Look) -> None:
    await office.opened.writes("Where is my parcel?")
    page = await office.enters(
        "Sara", look.locale, viewport=look.context["viewport"], color_scheme=look.theme
    )
    found: dict[str, list[str]] = {}

    async def looked_at(name: str) -> None:
        violations = (await Axe().run(page)).response["violations"]
        faults = [f"{one['id']}: {[n['target'] for n in one['nodes']][:3]}" for one in violations]
        wide = await page.evaluate("document.documentElement.scrollWidth")
        if wide > look.width:
            faults.append(f"{wide} px wide")
        if faults:
            found[name] = faults

    for path in ("/rules", "/rules/r/away", "/rules/new", "/rules/revisions", "/rules/dry-run"):
        await page.goto(office.url + path)
        await looked_at(path)
    await page.goto(f"{office.url}/rules/simulator")
    await page.fill("#sim-say", "Hello")
    await page.press("#sim-say", "Enter")
    await expect(page.locator(".sim-customer")).to_have_count(1)
    await looked_at("/rules/simulator")
    [[conversation, message]] = await rows(
        office.opened.hub, "SELECT conversation_id, id FROM message WHERE direction = 'in'"
    )
    await page.goto(f"{office.url}/conversations/{conversation}/messages/{message}/why")
    await page.locator(".trace-rule summary").last.click()
    await looked_at("why")
    assert found == {}
