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
from starlette.applications import Starlette

from tests.web.gallery import sample
from tests.web.gallery.app import Gallery, application

CHROMIUM = Path("/usr/bin/chromium")


class Server:
    """Serves an application in a thread of its own; it can be stopped and started again."""

    def __init__(self, app: Starlette) -> None:
        self.app = app
        self.port = 0

    def start(self) -> None:
        config = uvicorn.Config(
            self.app, log_level="error", lifespan="off", timeout_graceful_shutdown=1
        )
        self.server = uvicorn.Server(config)
        listener = socket.create_server(("127.0.0.1", self.port))
        self.port = listener.getsockname()[1]
        self.thread = threading.Thread(target=self.server.run, args=([listener],), daemon=True)
        self.thread.start()
        with httpx.Client(transport=httpx.HTTPTransport(retries=20)) as client:
            client.get(f"{self.url}/sign-in").raise_for_status()

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(10)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@dataclass(frozen=True)
class Running:
    """The gallery at `url`, and what it remembers."""

    server: Server
    it: Gallery

    @property
    def url(self) -> str:
        return self.server.url

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
    server = Server(app)
    server.start()
    yield Running(server, app.state.gallery)
    server.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.fail("Chromium is not installed; `make test` installs it")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        browser.close()


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
