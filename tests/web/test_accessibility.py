"""No page leaves anything for axe to find, in either language, theme and size."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page

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


def _findings(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {[node['target'] for node in one['nodes']][:3]}" for one in found]


def test_pages_are_accessible(
    gallery: Running, visitor: Callable[..., BrowserContext], look: Look
) -> None:
    seen_as = f"{look.locale}.{look.theme}.{look.agent['calendar']}"
    page = visitor(seen_as, viewport=look.context["viewport"]).new_page()
    found: dict[str, list[str]] = {}
    for path in (gallery.conversation(), *(gallery.url + path for path in PATHS)):
        page.goto(path)
        page.wait_for_timeout(200)  # what fades in has no contrast yet
        if findings := _findings(page):
            found[path] = findings
    page.goto(gallery.conversation())
    page.get_by_role("radio").nth(1).check(force=True)
    if findings := _findings(page):
        found["a note"] = findings
    if not look.phone:
        page.locator("[data-act=assign]").click()
        page.wait_for_timeout(300)
        if findings := _findings(page):
            found["a menu"] = findings
    assert found == {}
