"""A running gallery and a browser in front of it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.web.gallery import sample
from tests.web.gallery.app import Gallery, application

CHROMIUM = Path("/usr/bin/chromium")


@dataclass(frozen=True)
class Running:
    """The gallery at `url`; `shop` is its English shop, `it` what it remembers."""

    url: str
    it: Gallery

    def conversation(self, number: int = 2) -> str:
        return f"{self.url}/conversations/{sample.made(f'conversation-{number}')}?view=open"

    def receive(self, text: str, number: int = 2, locale: str = "en") -> None:
        """The customer writes."""
        url = f"{self.url}/conversations/{sample.made(f'conversation-{number}')}/receive"
        httpx.post(url, data={"text": text, "locale": locale}).raise_for_status()

    def fail(self, status: int) -> None:
        """Answers fail with this status from now on; 0 ends it."""
        httpx.post(f"{self.url}/fail/{status}").raise_for_status()

    def streams(self) -> int:
        return int(httpx.get(f"{self.url}/streams").text)


@pytest.fixture
def gallery() -> Iterator[Running]:
    app = application()
    server = uvicorn.Server(
        uvicorn.Config(app, log_level="error", lifespan="off", timeout_graceful_shutdown=1)
    )
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{port}"
        with httpx.Client(transport=httpx.HTTPTransport(retries=20)) as client:
            client.get(f"{url}/sign-in").raise_for_status()
        yield Running(url, app.state.gallery)
        server.should_exit = True
        thread.join(10)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        browser.close()


Visit = Callable[..., Page]


@pytest.fixture
def visitor(browser: Browser, gallery: Running) -> Iterator[Callable[..., BrowserContext]]:
    """Makes contexts (a person's browser) that look at the gallery in a chosen way."""
    contexts: list[BrowserContext] = []

    def make(look: str = "en.light.gregorian", **options: Any) -> BrowserContext:
        context = browser.new_context(**options)
        context.set_default_timeout(10_000)
        context.add_cookies([{"name": "look", "value": look, "url": gallery.url}])
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def page(visitor: Callable[..., BrowserContext]) -> Iterator[Page]:
    """A page on which no script may fail and no policy may be broken."""
    page = visitor(viewport={"width": 1440, "height": 900}).new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on(
        "console",
        lambda said: (
            faults.append(said.text)
            if said.type == "error" and "Failed to " not in said.text  # what the network did
            else None
        ),
    )
    yield page
    assert faults == []
