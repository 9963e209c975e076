"""A first load is small on every page, and what makes it small gives nothing away."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.web.desk import Desk, desk
from tests.web.first_load import MOST, FirstLoads

PACKED = {"Accept-Encoding": "gzip"}


async def fill(opened: Desk) -> None:
    """A list that is full, and a conversation of thirty messages."""
    words = "Hello, my order {} has not come yet. When does it arrive? سفارش من کجاست؟"
    now = opened.clock.now()
    senders = [*range(45), *[44] * 29]
    people = [opened.people.person(f"customer-{one}", f"Customer {one}") for one in senders]
    await asyncio.gather(*(who.says(words.format(at), at=now) for at, who in enumerate(people)))


async def test_the_first_load_of_a_full_inbox_is_small(folder: Path) -> None:
    async with desk(folder) as opened:
        await fill(opened)
        browser = await opened.signed_in("Olga", "owner", locale="fa", calendar="jalali")
        conversation = f"/conversations/{await opened.conversation(45)}?view=open"
        for address in ("/inbox?view=open", conversation, "/search?q=order", "/customers"):
            assert 40_000 < await FirstLoads(browser).weigh(address) < MOST, address


async def test_only_what_no_other_site_asked_for_is_packed(folder: Path) -> None:
    async with desk(folder) as opened:
        sara = await opened.signed_in("Sara")

        async def packed(path: str, **headers: str) -> bool:
            answer = await sara.client.get(path, headers={**PACKED, **headers})
            return "gzip" in answer.headers.get("content-encoding", "")

        assert await packed("/inbox")
        assert await packed("/inbox", **{"Sec-Fetch-Site": "same-origin"})
        assert not await packed("/inbox?q=a", **{"Sec-Fetch-Site": "cross-site"})
        before = sara.csrf
        await sara.get("/inbox")
        assert sara.csrf != before, "what stands in each page alike is guessed from its length"
        answer = await sara.post("/me/presence", {"csrf_token": before, "presence": "away"})
        assert answer.status_code == 303, "a page that has stood for a while still sends"
