"""One event stream for all tabs of a browser, and nothing missed when its tab closes."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.web.conftest import Running

pytestmark = pytest.mark.browser


def test_ten_tabs_share_one_stream_which_outlives_its_tab(
    gallery: Running, visitor: Callable[..., BrowserContext]
) -> None:
    context = visitor()
    tabs = [context.new_page() for _ in range(10)]
    for tab in tabs:
        tab.goto(gallery.conversation())
    # Only the visible tab fetches; the others do when they are looked at.
    for tab in tabs:
        tab.evaluate(
            "document.addEventListener('payam:change', () => (window.heard ??= []).push(1))"
        )
    _until(lambda: gallery.streams() == 1)

    gallery.receive("The first of all")
    for tab in tabs:
        tab.wait_for_function("() => window.heard?.length === 1")
    expect(tabs[-1].locator("#items")).to_contain_text("The first of all")

    tabs[0].close()  # the leader
    gallery.receive("While nobody led")
    for tab in tabs[1:]:
        tab.wait_for_function("() => window.heard?.length === 2")
    expect(tabs[-1].locator("#items")).to_contain_text("While nobody led")
    _until(lambda: gallery.streams() == 1)


def test_without_web_locks_a_lease_chooses_the_leader(
    gallery: Running, visitor: Callable[..., BrowserContext]
) -> None:
    context = visitor()
    context.add_init_script("Object.defineProperty(navigator, 'locks', {value: undefined})")
    tabs = [context.new_page() for _ in range(3)]
    for tab in tabs:
        tab.goto(gallery.conversation())
    _until(lambda: gallery.streams() == 1)
    tabs[0].close()
    _until(lambda: gallery.streams() == 1)
    gallery.receive("Heard by the next")
    expect(tabs[-1].locator("#items")).to_contain_text("Heard by the next")


def test_a_page_drawn_before_the_stream_stood_catches_up(
    gallery: Running, visitor: Callable[..., BrowserContext]
) -> None:
    context = visitor()
    leader = context.new_page()
    leader.goto(gallery.conversation())
    _until(lambda: gallery.streams() == 1)
    late = context.new_page()
    # The page is drawn, then something happens, and only then do its scripts run.
    late.route("**/app-*.js", lambda route: (gallery.receive("In between"), route.continue_()))
    late.goto(gallery.conversation())
    expect(late.locator("#items")).to_contain_text("In between")


def test_a_hub_that_was_gone_is_caught_up_with(
    gallery: Running, visitor: Callable[..., BrowserContext]
) -> None:
    tabs = [(context := visitor()).new_page(), context.new_page()]
    for tab in tabs:
        tab.goto(gallery.conversation())
    _until(lambda: gallery.streams() == 1)
    gallery.server.stop()
    for tab in tabs:
        expect(tab.locator("#offline")).to_be_visible(timeout=15_000)
    gallery.server.start()
    gallery.receive("While you were away")
    for tab in tabs:
        expect(tab.locator("#items")).to_contain_text("While you were away", timeout=30_000)
        expect(tab.locator("#offline")).to_be_hidden()


def _until(condition: Callable[[], bool]) -> None:
    import time

    for _ in range(200):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it did not come to be")
