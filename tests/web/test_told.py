"""How open tabs tell an agent of news: once, and where somebody looks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.async_api import Page, expect

from hub.agents import notices
from tests.looks import Look
from tests.web.chromium import chromium, enters
from tests.web.desk import Desk, desk, served

pytestmark = pytest.mark.browser
EARS: Final = """
window.calls = [];
window.Notification = class extends EventTarget {
  static permission = "granted";
  constructor(text) { super(); window.calls.push(text); }
};
class Tone { frequency = {}; connect() {} start() {} stop() {} };
window.AudioContext = class {
  currentTime = 0;
  constructor() { window.calls.push("a sound"); }
  createGain() {
    return { connect() {}, gain: { setValueAtTime() {}, exponentialRampToValueAtTime() {} } };
  }
  createOscillator() { return new Tone(); }
  close() {}
};
document.hasFocus = () => window.looked === true;
"""
"""A browser that says what it would show and play, and that is looked at when we say so."""


@pytest.fixture
async def opened(folder: Path) -> AsyncIterator[Desk]:
    async with desk(folder, rules="[]") as running:
        yield running


async def calls(tabs: list[Page]) -> list[list[str]]:
    """What each tab has called out since it was asked last."""
    return [await tab.evaluate("() => window.calls.splice(0)") for tab in tabs]


async def test_news_is_called_once_by_one_tab(opened: Desk, look: Look) -> None:
    sara: Any = await opened.agent("Sara", **look.agent)
    ways = {way: ["message", "taken"] for way in ("page", "browser", "sound")}
    await opened.hub.database.write(notices.choose, sara, ways)
    await opened.writes("Where is my order?")
    conversation = await opened.conversation()
    async with served(opened) as url, chromium() as browser:
        leader = await enters(browser, url, "sara", look)
        await leader.context.add_init_script(EARS)
        tabs = [leader, await leader.context.new_page(), await leader.context.new_page()]
        for tab in tabs:
            await tab.goto(f"{url}/customers")
        await tabs[1].evaluate(
            "url => fetch(url, {method: 'POST', headers:"
            " {'X-CSRF-Token': document.querySelector('meta[name=csrf]').content}})",
            f"/conversations/{conversation}/take",
        )
        await opened.until("SELECT count(*) FROM conversation WHERE assignee_id IS NOT NULL", 1)
        you = look.says("A customer wrote to you")

        # Nobody looks: one tab shows it and sounds.
        await opened.writes("Hello?")
        for tab in tabs:
            await expect(tab.locator(".toast")).to_contain_text(you)
        await tabs[0].wait_for_function("() => window.calls.length === 2")
        assert await calls(tabs) == [["a sound", you], [], []]

        # One tab is looked at: that one sounds, and nothing pops up.
        await seen(opened, tabs[1], str(conversation))
        await tabs[1].evaluate("() => { window.looked = true }")
        await opened.writes("Are you there?")
        await tabs[1].wait_for_function("() => window.calls.length === 1")
        await tabs[0].wait_for_timeout(500)
        assert await calls(tabs) == [[], ["a sound"], []]

        # The conversation itself is being read: nothing calls at all.
        await seen(opened, tabs[1], str(conversation))
        await tabs[1].goto(f"{url}/conversations/{conversation}")
        await tabs[1].evaluate("() => { window.looked = true }")
        await opened.writes("Good.")
        await expect(tabs[1].locator("#items")).to_contain_text("Good.")
        await tabs[0].wait_for_timeout(500)
        assert await calls(tabs) == [[], [], []]
        await browser.close()


async def seen(opened: Desk, tab: Page, conversation: str) -> None:
    """The news is looked at, so that what comes is news again."""
    await tab.evaluate(
        "url => fetch(url, {method: 'POST', body: new URLSearchParams({position: '99'}), headers:"
        " {'X-CSRF-Token': document.querySelector('meta[name=csrf]').content}})",
        f"/conversations/{conversation}/seen",
    )
    await opened.until("SELECT count(*) FROM notification WHERE seen_at IS NULL", 0)
    await tab.wait_for_timeout(1600)  # what comes sooner is called together with it
