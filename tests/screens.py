"""Pictures of the product as it is, into docs/screens: `python -m tests.screens`, `make screens`.

The demo runs in a folder of its own; an agent signs in and answers a visitor of the sample shop.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "screens"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
DESK, PHONE, SHOP = (1440, 900), (390, 844), (1280, 800)


@dataclass(frozen=True)
class Demo:
    """Where the demo runs and who may sign in."""

    url: str
    mail: str
    password: str


@contextmanager
def running_demo(folder: Path) -> Iterator[Demo]:
    """`payam demo` on a free port."""
    command = [sys.executable, "-m", "hub", "demo", "--data", str(folder / "demo"), "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    said = ""
    try:
        assert process.stdout is not None
        for line in process.stdout:
            said += line
            if "Ctrl+C" in line:
                break
        found = [
            re.search(pattern, said)
            for pattern in (r"Inbox\s+(\S+)", r"sign in\s+(\S+)", r"password\s+(\S+)")
        ]
        if None in found:
            raise SystemExit(f"the demo did not start:\n{said}")
        yield Demo(*(match[1] for match in found if match))
    finally:
        process.terminate()
        process.wait(30)


def _page(
    browser: Browser, size: tuple[int, int], *, dark: bool = False, locale: str = "en-GB"
) -> Page:
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if dark else "light",
        locale=locale,
        reduced_motion="reduce",
    )
    return context.new_page()


def _take(page: Page, name: str) -> None:
    page.mouse.move(1, 1)
    page.wait_for_timeout(800)
    page.screenshot(path=FOLDER / f"{name}.png")


def _sign_in(page: Page, demo: Demo) -> None:
    page.goto(demo.url)
    page.fill("input[type=email]", demo.mail)
    page.fill("input[type=password]", demo.password)
    page.press("input[type=password]", "Enter")
    page.wait_for_url("**/inbox**")


def _choose(page: Page, demo: Demo, **choices: str) -> None:
    """Choose how the agent reads; each choice is saved at once."""
    for name, value in choices.items():
        page.goto(f"{demo.url}/me")
        choice = page.locator(f"main form[action$='/me'] input[name={name}][value={value}]")
        if choice.is_checked():
            continue
        with page.expect_navigation():
            choice.check(force=True)


def _open(page: Page, demo: Demo, words: str) -> None:
    """Open the conversation whose row has these words."""
    page.goto(f"{demo.url}/inbox?view=open")
    page.locator(".row-link", has_text=words).first.click()
    page.wait_for_url("**/conversations/**")
    page.locator("#thread-scroll").wait_for()


def _visit(page: Page, demo: Demo, words: str, language: str) -> None:
    """A visitor of the sample shop writes, and is answered by the rules."""
    page.goto(f"{demo.url}/c/chat/demo?lang={language}")
    page.locator("payam-chat button:visible").first.click()
    page.locator("payam-chat textarea").fill(words)
    page.locator("payam-chat textarea").press("Enter")
    page.locator("payam-chat .message:not(.mine)").first.wait_for()


def _pages(page: Page, demo: Demo, end: str) -> None:
    """What admins see: a rule in the builder, a template, ratings, one customer."""
    for path, name in (
        ("/rules", "rules"),
        ("/rules/r/refund", "rule"),
        (f"/templates/order-status/{page.evaluate('document.documentElement.lang')}", "template"),
        ("/satisfaction", "satisfaction"),
    ):
        page.goto(demo.url + path)
        _take(page, f"{name}-{end}")


def _simulate(page: Page, demo: Demo, words: str, end: str) -> None:
    """A customer's words, and what the rules would do with them."""
    page.goto(f"{demo.url}/rules/simulator")
    page.fill("#sim-say", words)
    page.press("#sim-say", "Enter")
    page.locator(".sim-trace .trace-rule").first.wait_for()
    _take(page, f"simulator-{end}")


def _why(page: Page, end: str) -> None:
    """What the rules made of the newest message of the open conversation."""
    page.locator(".said-customer .said-why").last.click(force=True)
    page.wait_for_url("**/why")
    _take(page, f"why-{end}")


def _in_english(page: Page, phone: Page, demo: Demo) -> None:
    _open(page, demo, "Quote for twelve")
    _take(page, "inbox-en-light")
    page.keyboard.press("Control+K")
    _take(page, "palette-en-light")
    page.keyboard.press("Escape")
    _why(page, "en-light")
    page.goto(f"{demo.url}/customers")
    page.locator("main a", has_text="Sample Customer 1").first.click()
    page.wait_for_url("**/customers/**")
    _take(page, "customer-en-light")
    _simulate(page, demo, "Where is my order 10482?", "en-light")
    _pages(page, demo, "en-light")
    phone.goto(f"{demo.url}/inbox?view=open")
    _take(phone, "list-en-dark-phone")


def _in_persian(page: Page, phone: Page, demo: Demo) -> None:
    _choose(page, demo, language="fa", calendar="jalali")
    page.emulate_media(color_scheme="dark")
    phone.emulate_media(color_scheme="light")
    _open(page, demo, "مشتری نمونه ۲")
    _take(page, "inbox-fa-dark")
    _simulate(page, demo, "سلام، سفارش من کجاست؟", "fa-dark")
    _pages(page, demo, "fa-dark")
    _open(phone, demo, "مشتری نمونه ۲")
    _take(phone, "thread-fa-light-phone")


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="payam-screens-") as folder,
        running_demo(Path(folder)) as demo,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        for words, language, dark in (
            ("سلام، سفارش ۱۰۴۸۲ کجاست؟", "fa", False),
            ("Hi, where is order 10482?", "en", True),
        ):
            shop = _page(browser, SHOP, dark=dark, locale=f"{language}-IR")
            _visit(shop, demo, words, language)
            _take(shop, f"widget-{language}-{'dark' if dark else 'light'}")
        agent, phone = _page(browser, DESK), _page(browser, PHONE, dark=True)
        for page in (agent, phone):
            _sign_in(page, demo)
        _in_english(agent, phone, demo)
        _in_persian(agent, phone, demo)
        browser.close()


if __name__ == "__main__":
    main()
