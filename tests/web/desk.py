"""A whole hub with its pages, and browsers in which agents are signed in."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import UUID, uuid4

import httpx
import uvicorn
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import insert
from sqlmodel import Session
from starlette.applications import Starlette

from channels.memory import MemoryChannel
from hub.agents.directory import add_agent
from hub.app import Hub
from hub.calendars import MovedClock
from hub.channel import ChannelKind
from hub.message import Outbound
from hub.security import passwords
from hub.server import web_context
from hub.store.statements import table_of
from hub.store.tables import Team, TeamMember
from hub.store.types import new_id
from hub.web.app import create_app
from hub.web.context import WebContext
from tests.desk import Desk as HubDesk
from tests.harness import MONDAY, people, running_hub

PASSWORD = "a few unrelated words"
PATIENCE = 30
"""Seconds after which a test that waits has failed."""
ACCOUNTS: Mapping[str, Mapping[str, Any]] = {
    "people": {"kind": "memory"},
    "letters": {"kind": "memory", "threads": True},
}


@cache
def quick_hasher() -> PasswordHash:
    """Argon2 with hardly any work."""
    return PasswordHash((Argon2Hasher(time_cost=1, memory_cost=64, parallelism=1),))


def quick_passwords() -> AbstractContextManager[object]:
    """Within, hashing takes no third of a second, as it does by design: hundreds of tests sign in.
    How it is done outside is for the tests of passwords."""
    return patch.object(passwords, "_hasher", quick_hasher)


@cache
def hashed() -> str:
    """The hash of every sample agent's password."""
    return quick_hasher().hash(PASSWORD)


@dataclass
class Desk:
    """The hub, its pages, and who is there."""

    hub: Hub
    app: Starlette
    context: WebContext
    clock: MovedClock
    agents: dict[str, UUID] = field(default_factory=dict)
    browsers: list[Browser] = field(default_factory=list)

    @property
    def people(self) -> MemoryChannel:
        return people(self.hub)

    @property
    def letters(self) -> MemoryChannel:
        return people(self.hub, "letters")

    async def agent(self, name: str, role: str = "agent", **more: Any) -> UUID:
        """Add an agent whose address is the name at example.com."""
        values = {"locale": "en", "calendar": "gregorian", "time_zone": "UTC", **more}
        self.agents[name] = await self.hub.database.write(
            add_agent,
            name=name,
            mail=f"{name.lower()}@example.com",
            password_hash=hashed(),
            role=role,
            now=self.hub.clock.now(),
            **values,
        )
        return self.agents[name]

    async def team(self, slug: str, *members: str, restricted: bool = False) -> UUID:
        """Add a team of these agents."""
        team_id = new_id()

        def add(session: Session) -> None:
            brand_id = self.hub.policy.brand_id
            session.execute(
                insert(table_of(Team)).values(
                    id=team_id,
                    brand_id=brand_id,
                    slug=slug,
                    name={"en": slug.title()},
                    restricted=restricted,
                )
            )
            for name in members:
                session.execute(
                    insert(table_of(TeamMember)).values(team_id=team_id, agent_id=self.agents[name])
                )

        await self.hub.database.write(add)
        return team_id

    def browser(self, **more: Any) -> Browser:
        """A browser in which nobody is signed in."""
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app, raise_app_exceptions=False),
            base_url="http://desk.example",
            **more,
        )
        browser = Browser(client)
        self.browsers.append(browser)
        return browser

    async def signed_in(self, name: str, role: str = "agent", **more: Any) -> Browser:
        """A browser in which this agent is signed in; the agent is added when there is none."""
        if name not in self.agents:
            await self.agent(name, role, **more)
        browser = self.browser()
        response = await browser.sign_in(f"{name.lower()}@example.com")
        assert response.status_code == 303, response.text
        return browser

    async def writes(self, text: str, who: str = "mina", name: str = "Mina Karimi") -> UUID:
        """A customer writes, a second after what came before; the message's id."""
        self.clock.advance(timedelta(seconds=1))
        async with asyncio.timeout(PATIENCE):
            return await self.people.person(who, name).says(text, at=self.clock.now())

    async def arrived(self, count: int, who: str = "mina") -> list[Outbound]:
        """What somebody got from us, as soon as it is that much."""
        async with asyncio.timeout(PATIENCE):
            return await self.people.wait_for(who, count)

    async def until(self, query: str, wanted: Any, **values: Any) -> None:
        """Wait until the only row that a query finds begins with this value."""
        async with asyncio.timeout(PATIENCE):
            while (await self.row(query, **values))[0] != wanted:
                await asyncio.sleep(0.02)

    async def conversation(self, number: int = 1) -> UUID:
        """The conversation with this number."""
        from tests.harness import rows

        [row] = await rows(self.hub, "SELECT id FROM conversation WHERE number = :n", n=number)
        return row[0] if isinstance(row[0], UUID) else UUID(row[0])

    async def row(self, query: str, **values: Any) -> Any:
        """The one row that a query finds."""
        from tests.harness import rows

        [found] = await rows(self.hub, query, **values)
        return found


@dataclass
class Browser:
    """Cookies, and the form token of the page that was seen last."""

    client: httpx.AsyncClient
    csrf: str = ""

    async def get(self, path: str, *, partial: bool = False, **headers: str) -> httpx.Response:
        response = await self.client.get(path, headers={**_partial(partial), **headers})
        self._remember(response)
        return response

    async def post(
        self,
        path: str,
        data: Mapping[str, Any] | None = None,
        *,
        partial: bool = True,
        files: Any = None,
        **headers: str,
    ) -> httpx.Response:
        """Send a form with the token of the last page."""
        form = {"csrf_token": self.csrf, **(data or {})}
        response = await self.client.post(
            path, data=form, files=files, headers={**_partial(partial), **headers}
        )
        self._remember(response)
        return response

    async def sign_in(self, address: str, password: str = PASSWORD) -> httpx.Response:
        await self.get("/sign-in")
        response = await self.post(
            "/sign-in", {"address": address, "password": password}, partial=False
        )
        if response.status_code == 303:
            await self.get("/me")
        return response

    async def reply(self, conversation: UUID, text: str, **more: Any) -> httpx.Response:
        data = {"body": text, "form_key": str(uuid4()), **more}
        return await self.post(f"/conversations/{conversation}/reply", data)

    def _remember(self, response: httpx.Response) -> None:
        found = re.search(r'<meta name="csrf" content="([^"]*)"', response.text)
        if found and found[1]:
            self.csrf = html.unescape(found[1])


def _partial(partial: bool) -> dict[str, str]:
    return {"HX-Request": "true", "HX-Request-Type": "partial"} if partial else {}


@asynccontextmanager
async def desk(
    folder: Path,
    *,
    database_url: str = "",
    rules: str | None = None,
    undo_for: str = "0s",
    more: str = "",
    accounts: Mapping[str, Mapping[str, Any]] = ACCOUNTS,
    kinds: Mapping[str, ChannelKind] | None = None,
) -> AsyncIterator[Desk]:
    """A running hub with its pages, on a Monday morning that passes when somebody writes.

    rules: those that are live, where they are not the shipped ones. undo_for: how long an answer
    from the page waits, so that it can be taken back. more: lines of the settings file. accounts:
    those of the channels, where they are others; kinds: what they are of, where people of this
    process are to play them (`hub.demo.demo_kinds`).
    """
    clock = MovedClock(MONDAY)
    more = f'outbox.undo_for = "{undo_for}"\n{more}'
    opening = running_hub(
        folder, accounts, clock=clock, database_url=database_url, kinds=kinds, more=more
    )
    with quick_passwords():
        async with opening as hub:
            if rules is not None:
                await HubDesk(hub).rules(rules)
            context = web_context(hub)
            opened = Desk(hub, create_app(context, routes=hub.routes()), context, clock)
            try:
                yield opened
            finally:
                context.stopping.set()
                for browser in opened.browsers:
                    await browser.client.aclose()


@asynccontextmanager
async def served(opened: Desk, port: int = 0) -> AsyncIterator[str]:
    """The pages on a real socket; the address. port: where they were, to serve them again."""
    opened.context.stopping.clear()
    configuration = uvicorn.Config(
        opened.app, port=port, lifespan="off", log_config=None, timeout_graceful_shutdown=3
    )
    server = uvicorn.Server(configuration)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        opened.context.stopping.set()
        server.should_exit = True
        await serving
