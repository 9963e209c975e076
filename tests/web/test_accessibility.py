"""No page leaves anything for axe to find, in either language, theme and size."""

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from tests.looks import Look
from tests.web.conftest import Running
from tests.web.gallery import administration

pytestmark = pytest.mark.browser

PATHS = (
    "/inbox?view=open",
    "/inbox?empty=1",
    "/states",
    "/channels",
    "/channels?empty=1",
    *(f"/webhooks/{page}" for page in ("list", "one", "log")),
    *(f"/administration/{page}" for page in administration.VIEWS),
    "/sign-in",
    "/me",
    *(f"/errors/{status}" for status in (403, 404, 419, 500, 503)),
)


# Beside what axe looks at unasked: targets of 24 px (WCAG 2.2, 2.5.8).
OPTIONS = {"rules": {"target-size": {"enabled": True}}}


def _findings(page: Page, within: str | None = None) -> list[str]:
    found = Axe().run(page, context=within, options=OPTIONS).response["violations"]
    told = [f"{one['id']}: {[node['target'] for node in one['nodes']][:3]}" for one in found]
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return [*told, f"{wide} px too wide"] if wide > 0 else told


def _key(page: Page, key: str) -> None:
    page.locator("#thread-scroll").focus()
    page.keyboard.press(key)


def _states(page: Page, gallery: Running) -> Iterator[tuple[str, str]]:
    """Puts an open conversation into one state after the other, and says which, and what of the
    page it shows in."""
    page.get_by_role("radio").nth(1).check(force=True)
    yield "a note", "#composer"
    page.get_by_role("radio").first.check(force=True)
    page.locator("#body").fill(":he")
    page.locator("#body").press("a")
    expect(page.locator(".suggest-row").first).to_be_visible()
    yield "emoji", "#composer"
    page.locator("#body").fill("")
    page.locator("#composer").evaluate("(form) => form.classList.add('dropping')")
    yield "files over the composer", "#composer"
    page.locator("#composer").evaluate("(form) => form.classList.remove('dropping')")
    gallery.fail(500)
    page.locator("#body").fill("This does not arrive.")
    page.locator("#body").press("Control+Enter")
    expect(page.locator("#failed")).to_be_visible()
    yield "not sent", "#conversation"
    gallery.fail(0)
    _key(page, "?")
    expect(page.locator("#keys")).to_be_visible()
    yield "the keys", "#keys"
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.locator("#palette-q").fill("r")
    yield "the palette", "#palette"
    page.keyboard.press("Escape")
    for menu in ("assign", "me"):
        page.locator(f"#{menu}").evaluate("(menu) => menu.showPopover()")
        yield f"the menu {menu}", f"#{menu}"
        page.locator(f"#{menu}").evaluate("(menu) => menu.hidePopover()")
    _key(page, "e")
    expect(page.locator(".toast")).to_be_visible()
    yield "settled, and a toast", "#toast"
    page.evaluate(
        "document.dispatchEvent(new CustomEvent('payam:link', {detail: {up: false}}));"
        "document.querySelector('#rows .row-pick input').click()"
    )
    yield "offline, and some selected", "#list, #strips"
    page.evaluate("document.dispatchEvent(new CustomEvent('payam:signed-out'))")
    expect(page.locator("#sign-again")).to_be_visible()
    yield "signing in again in place", "#sign-again"


def test_pages_are_accessible(
    gallery: Running, visitor: Callable[..., BrowserContext], look: Look
) -> None:
    seen_as = f"{look.locale}.{look.theme}.{look.agent['calendar']}"
    # What fades in has no contrast yet: nothing moves.
    page = visitor(seen_as, viewport=look.context["viewport"], reduced_motion="reduce").new_page()
    found: dict[str, list[str]] = {}
    for path in (gallery.conversation(), *(gallery.url + path for path in PATHS)):
        answer = page.goto(path)
        assert answer is not None
        assert path.endswith(f"/errors/{answer.status}") or answer.ok, path
        found[path] = _findings(page)
    page.goto(gallery.conversation())
    for state, within in _states(page, gallery):
        found[state] = _findings(page, within)
    assert {state: told for state, told in found.items() if told} == {}
