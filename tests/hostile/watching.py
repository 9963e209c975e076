"""A browser without the protection of our own policy, which counts the payloads that run."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, Page, Request

from tests.hostile.payloads import CALLED
from tests.webchat.browser import launched


@dataclass
class Watched:
    """A browser, what ran in it, and whom it asked."""

    context: BrowserContext
    ran: list[str] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)
    """The hosts of every address that a page asked for by itself."""

    def ran_one(self, which: str) -> None:
        self.ran.append(which)

    async def page(self) -> Page:
        page = await self.context.new_page()
        page.on("dialog", self._dialog)
        return page

    async def _dialog(self, dialog: Any) -> None:
        self.ran.append(f"dialog: {dialog.message}")
        await dialog.dismiss()

    def note(self, request: Request) -> None:
        if urlsplit(request.url).scheme in ("http", "https"):
            self.asked.add(urlsplit(request.url).hostname or "")


@asynccontextmanager
async def watched(**options: Any) -> AsyncIterator[Watched]:
    """The policy is switched off: what it would have stopped is to be harmless without it."""
    async with launched() as browser:
        context = await browser.new_context(bypass_csp=True, **options)
        watching = Watched(context)
        await context.expose_function(CALLED, watching.ran_one)
        context.on("request", watching.note)
        yield watching
        await context.close()
