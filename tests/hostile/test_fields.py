"""Every field of every form, every word of every address: what is written stays words."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest

from tests.desk import GREETING
from tests.harness import rows
from tests.hostile.crawl import Crawl
from tests.hostile.payloads import payload
from tests.web.desk import PASSWORD, Browser, Desk, desk
from tests.web.first_load import MOST, FirstLoads

SEEDS = ("/inbox", "/customers", "/search?q=hostile", "/people", "/channels", "/me")
OWNED = ("conversation", "customer", "message", "agent", "team", "identity", "topic", "macro")


@pytest.fixture
async def opened(folder: Path) -> AsyncIterator[Desk]:
    async with desk(folder, rules=GREETING) as running:
        yield running


async def owner(opened: Desk) -> Browser:
    """An owner whose name and browser are payloads."""
    await opened.agent("Sara", "owner")
    browser = opened.browser(headers={"User-Agent": payload("user-agent").encode()})
    answer = await browser.sign_in("sara@example.com", PASSWORD)
    assert answer.status_code == 303
    return browser


async def ids(opened: Desk) -> dict[str, str]:
    """One id of everything, by its table."""
    found = {}
    for table in OWNED:
        for row in await rows(opened.hub, f"SELECT id FROM {table} LIMIT 1"):
            found[table] = str(row[0] if isinstance(row[0], UUID) else UUID(row[0]))
    return found


async def test_nothing_that_is_written_becomes_markup(opened: Desk) -> None:
    await opened.writes(payload("message"), "mina", payload("name"))
    browser = await owner(opened)
    crawl = Crawl(browser)
    await crawl.look(SEEDS)
    # Every page was found, so here is also where each is weighed.
    loads = FirstLoads(browser)
    heavy = {one: size for one in crawl.pages.values() if (size := await loads.weigh(one)) > MOST}
    assert heavy == {}
    await crawl.attack()
    await crawl.attack_routes(await ids(opened))
    # Whatever was stored is now looked at again, on every page.
    await crawl.look(SEEDS, alike=2)
    assert len(crawl.pages) > 30, "the crawl came to nothing"
    assert crawl.faults == []
