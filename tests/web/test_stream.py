"""The stream of changes on a real socket: what comes, what does not, and when it ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from hub.agents import sign_ins
from hub.channel import Typing
from hub.live import Signal
from hub.store import events
from hub.web import live_stream
from hub.web.positions import dump_position
from tests.desk import GREETING
from tests.web.desk import PATIENCE, Browser, Desk, desk, served


@pytest.fixture
async def opened(folder: Path, database_url: str) -> AsyncIterator[Desk]:
    async with desk(folder, database_url=database_url, rules=GREETING) as running:
        yield running


@dataclass
class Heard:
    """One event of the stream."""

    name: str
    data: dict[str, Any]
    id: str | None = None


@dataclass
class Stream:
    """An open stream, read as a browser reads it."""

    heard: asyncio.Queue[Heard | None] = field(default_factory=asyncio.Queue)

    async def next(self, name: str = "change") -> Heard:
        async with asyncio.timeout(PATIENCE):
            while True:
                found = await self.heard.get()
                assert found is not None, f"the stream ended before {name} came"
                if found.name == name:
                    return found

    async def closed(self) -> None:
        async with asyncio.timeout(PATIENCE):
            while await self.heard.get() is not None:
                pass


@asynccontextmanager
async def listening(
    url: str, browser: Browser, path: str = "/live", **headers: str
) -> AsyncIterator[Stream]:
    stream = Stream()

    async def read(response: httpx.Response) -> None:
        found: dict[str, str] = {}
        async for line in response.aiter_lines():
            name, _, value = line.partition(": ")
            if line:
                found[name] = value
            elif "event" in found:
                data = json.loads(found["data"])
                await stream.heard.put(Heard(found["event"], data, found.get("id")))
                found = {}

    async def read_to_the_end(response: httpx.Response) -> None:
        # A server that goes away in the middle ends the stream, too.
        with suppress(httpx.ReadError, httpx.RemoteProtocolError):
            await read(response)
        await stream.heard.put(None)

    cookies = dict(browser.client.cookies)
    async with (
        httpx.AsyncClient(cookies=cookies, timeout=PATIENCE) as client,
        client.stream("GET", url + path, headers=headers) as response,
    ):
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        reading = asyncio.create_task(read_to_the_end(response))
        await stream.next("hello")
        yield stream
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


async def test_what_happens_is_told_by_ids_alone(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    async with served(opened) as url, listening(url, sara) as stream:
        message = await opened.writes("My secret is 4711")
        conversation = await opened.conversation()
        while (change := await stream.next()).data["kind"] != "message.received":
            pass
        assert change.data["conversation"] == str(conversation)
        assert change.data["message"] == str(message)
        assert change.id
        assert "4711" not in str(change)


@pytest.mark.both(full=True)
async def test_after_a_break_nothing_is_missed(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    async with served(opened) as url:
        async with listening(url, sara) as stream:
            await opened.writes("One")
            last = (await stream.next()).id
            assert last
        await opened.writes("Two", "ava", "Ava")
        for more in ({"path": f"/live?after={last}"}, {"Last-Event-ID": last}):
            async with listening(url, sara, **more) as stream:
                ids = []
                async with asyncio.timeout(PATIENCE):
                    while True:
                        change = await stream.next()
                        ids.append(change.id or "")
                        if change.data["conversation"] == str(await opened.conversation(2)):
                            break
                assert ids == sorted(ids)
                assert all(one > last for one in ids)


async def test_a_place_that_is_none_begins_with_now(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    await opened.writes("Before")
    await opened.until("SELECT count(*) FROM outgoing WHERE state != 'sent'", 0)
    async with served(opened) as url, listening(url, sara, "/live?after=nonsense") as stream:
        await opened.writes("After", "ava", "Ava")
        change = await stream.next()
        assert change.data["conversation"] == str(await opened.conversation(2))


@pytest.mark.both(full=True)
async def test_what_a_viewer_may_not_see_is_not_told(opened: Desk) -> None:
    sara, dara = await opened.signed_in("Sara"), await opened.signed_in("Dara")
    legal = await opened.team("legal", "Dara", restricted=True)
    await opened.writes("Hush", "ava", "Ava")
    hidden = await opened.conversation()
    await dara.get("/inbox")
    await dara.post(f"/conversations/{hidden}/assign", {"team": str(legal)})
    place = dump_position(await opened.hub.database.read(events.newest))
    async with (
        served(opened) as url,
        listening(url, sara, f"/live?after={place}") as outside,
        listening(url, dara, f"/live?after={place}") as inside,
    ):
        await dara.post(f"/conversations/{hidden}/note", {"body": "Hush", "form_key": "1"})
        await opened.writes("Something else", "kian", "Kian")
        seen = await outside.next()
        assert seen.data["conversation"] == str(await opened.conversation(2))
        assert (await inside.next()).data["conversation"] == str(hidden)


async def test_what_changes_of_a_customer_is_told_of_their_conversations(opened: Desk) -> None:
    """A colleague's page draws the customer anew, though no log of a conversation tells it."""
    sara, dara = await opened.signed_in("Sara"), await opened.signed_in("Dara")
    await opened.writes("Hello")
    conversation = await opened.conversation()
    row = await opened.row("SELECT customer_id FROM conversation")
    await opened.until("SELECT count(*) FROM outgoing WHERE state != 'sent'", 0)
    place = dump_position(await opened.hub.database.read(events.newest))
    await dara.get("/inbox")
    async with served(opened) as url, listening(url, sara, f"/live?after={place}") as stream:
        edited = await dara.post(f"/customers/{UUID(str(row[0]))}/edit", {"name": "Mina Sadeghi"})
        assert edited.status_code in (200, 303)
        change = await stream.next()
        assert change.data["kind"] == "customer.changed"
        assert change.data["conversation"] == str(conversation)
        path = f"/conversations/{conversation}/thread?after={change.id}"
        assert "Mina Sadeghi" not in (await sara.get(path, partial=True)).text.split("row-")[0]
        beside = (await sara.get(f"{path}&beside=1", partial=True)).text
        assert 'id="customer"' in beside
        assert "Mina Sadeghi" in beside


async def test_typing_is_told_while_it_lasts(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    await opened.writes("Hello")
    async with served(opened) as url, listening(url, sara) as stream:
        await asyncio.sleep(0.1)
        conversation = await opened.conversation()
        await opened.hub.live.signal(Signal("customer", Typing("mina", on=True), conversation))
        told = await stream.next("typing")
        assert told.data == {"conversation": str(conversation), "on": True, "name": None}


async def test_the_stream_ends_with_the_sign_in(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    async with served(opened) as url, listening(url, sara) as stream:
        await sara.post("/sign-out", partial=False)
        assert (await stream.next("end")).data == {"reason": "signed-out"}
        await stream.closed()


async def test_it_ends_with_a_sign_in_that_was_ended_elsewhere_or_ran_out(
    opened: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By another process, by a command, by time."""
    monkeypatch.setattr(live_stream, "HEARTBEAT", 0.02)
    sara, dara = await opened.signed_in("Sara"), await opened.signed_in("Dara")
    now, ends = opened.clock.now(), sign_ins.end_all
    async with served(opened) as url, listening(url, sara) as hers, listening(url, dara) as his:
        await opened.hub.database.write(lambda it: ends(it, opened.agents["Sara"], now=now))
        assert (await hers.next("end")).data == {"reason": "signed-out"}
        await his.next("beat")
        opened.clock.advance(sign_ins.IDLE)
        assert (await his.next("end")).data == {"reason": "signed-out"}


async def test_streams_ask_the_database_nothing_while_nothing_happens(
    opened: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the process reads anyway, to find what others have written, it reads once for all."""
    monkeypatch.setattr(live_stream, "HEARTBEAT", 0.02)
    sara = await opened.signed_in("Sara")
    database = opened.hub.database
    asked: list[str] = []
    for way in ("read", "write", "write_bulk"):

        def counted(real: Any) -> Any:
            def ask(function: Any, *args: Any, **more: Any) -> Any:
                asked.append(f"{function.__module__}.{function.__name__}")
                return real(function, *args, **more)

            return ask

        monkeypatch.setattr(database, way, counted(getattr(database, way)))
    async with served(opened) as url, AsyncExitStack() as stack:
        streams = [await stack.enter_async_context(listening(url, sara)) for _ in range(20)]
        for stream in streams:
            await stream.next("beat")
        await opened.until("SELECT count(*) FROM open_tab", 20)
        asked.clear()
        for stream in streams:
            for _ in range(20):
                await stream.next("beat")
        own = ("hub.agents", "hub.conversations", "hub.routing", "hub.attendance", "hub.web")
        assert [one for one in asked if one.startswith(own)] == []


async def test_the_stream_ends_when_the_hub_stops(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    async with served(opened) as url, listening(url, sara) as stream:
        opened.context.stopping.set()
        assert (await stream.next("end")).data == {"reason": "stopping"}
        await stream.closed()


async def test_a_browser_that_goes_leaves_nothing_behind(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    async with served(opened) as url:
        for _ in range(3):
            async with listening(url, sara):
                metrics = await opened.browser().get("/metrics")
                assert "payam_live_streams 0.0" not in metrics.text
        async with asyncio.timeout(PATIENCE):
            while "payam_live_streams 0.0" not in (await opened.browser().get("/metrics")).text:
                await asyncio.sleep(0.05)
