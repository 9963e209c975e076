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
    page.wait_for_timeout(800)
    page.screenshot(path=FOLDER / f"{name}.png")


def _sign_in(page: Page, demo: Demo) -> None:
    page.goto(demo.url)
    page.fill("input[type=email]", demo.mail)
    page.fill("input[type=password]", demo.password)
    page.press("input[type=password]", "Enter")
    page.wait_for_url("**/inbox**")


def _speak(page: Page, demo: Demo, locale: str) -> None:
    """Choose the agent's language; the form submits itself."""
    page.goto(f"{demo.url}/me")
    form = page.locator("main form[action$='/me']")
    form.locator(f"input[name=language][value={locale}]").check(force=True)
    page.wait_for_function("locale => document.documentElement.lang === locale", arg=locale)


def _open_first(page: Page, demo: Demo) -> None:
    page.goto(f"{demo.url}/inbox?view=open")
    page.locator("a[href*='/conversations/']").nth(1).click()
    page.wait_for_url("**/conversations/**")


def _visit(page: Page, demo: Demo, words: str, language: str) -> None:
    """A visitor of the sample shop writes, and is answered by the rules."""
    page.goto(f"{demo.url}/c/chat/demo?lang={language}")
    page.locator("payam-chat button:visible").first.click()
    page.locator("payam-chat textarea").fill(words)
    page.locator("payam-chat textarea").press("Enter")
    page.locator("payam-chat .message:not(.mine)").first.wait_for()


def _rules(page: Page, demo: Demo) -> None:
    """The rules in the agent's language: the list, one in the builder, the simulator."""
    look = page.evaluate("document.documentElement.lang")
    page.goto(f"{demo.url}/rules")
    _take(page, f"rules-{look}")
    page.goto(f"{demo.url}/rules/r/refund")
    _take(page, f"rule-{look}")
    page.goto(f"{demo.url}/rules/simulator")
    page.fill("#sim-say", "سلام، سفارش من کجاست؟" if look == "fa" else "Where is my order 10482?")
    page.press("#sim-say", "Enter")
    page.locator(".sim-trace .trace-rule").first.wait_for()
    _take(page, f"simulator-{look}")


def _why(page: Page, demo: Demo) -> None:
    """What the rules made of the newest message."""
    _open_first(page, demo)
    page.locator(".said-customer .said-why").last.click(force=True)
    page.wait_for_url("**/why")
    _take(page, "why-en-light")


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="payam-screens-") as folder,
        running_demo(Path(folder)) as demo,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        shop = _page(browser, SHOP, locale="fa-IR")
        _visit(shop, demo, "سلام، سفارش من کجاست؟", "fa")
        _take(shop, "widget-fa-light")
        agent = _page(browser, DESK)
        _sign_in(agent, demo)
        _open_first(agent, demo)
        _take(agent, "inbox-en-light")
        _rules(agent, demo)
        _why(agent, demo)
        phone = _page(browser, PHONE, dark=True)
        _sign_in(phone, demo)
        phone.goto(f"{demo.url}/inbox?view=open")
        _take(phone, "list-en-dark-phone")
        _speak(agent, demo, "fa")
        _open_first(agent, demo)
        agent.emulate_media(color_scheme="dark")
        _take(agent, "inbox-fa-dark")
        _rules(agent, demo)
        browser.close()


if __name__ == "__main__":
    main()
