"""The hub as `payam run` serves it, within the test, and an agent signed in to its pages."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from hub.agents.directory import AgentExists, add_agent
from hub.app import Hub
from hub.server import serve
from hub.store.database import Session
from tests.crash import record as records
from tests.crash.record import Kept, Record
from tests.harness import settings
from tests.mail_servers import Mailbox, MailServers
from tests.telegram_server import TelegramServer
from tests.web.desk import Browser, hashed, quick_passwords

BOT, SUPPORT, SITE = "sales-bot", "support", "site"
AGENT = "Sara Sample"
PATIENCE = 40.0
"""Seconds after which whoever waits has failed; a slow machine takes a fraction of it."""

ALWAYS_OPEN = """
[hours]
week = { sat-fri = [["00:00", "00:00"]] }
"""


@dataclass
class Office:
    """The running hub, where it is reached, and its agent's browser."""

    hub: Hub
    url: str
    agent: Browser

    @property
    def chat_url(self) -> str:
        """Where the web chat's socket is."""
        return f"{self.url.replace('http:', 'ws:')}/c/{SITE}/socket"

    async def record(self) -> Record:
        return await self.hub.database.read(records.read)

    async def until(self, true: Callable[[Record], bool]) -> Record:
        """The record, once this holds of it."""
        record = await self.record()
        try:
            async with asyncio.timeout(PATIENCE):
                while not true(record):
                    await asyncio.sleep(0.03)
                    record = await self.record()
        except TimeoutError:
            told = "\n".join(str(message) for message in record.messages)
            raise AssertionError(f"it did not come to that; on record are\n{told}") from None
        return record

    async def came(self, text: str) -> Kept:
        """The inbound message with these words, once it is there."""
        record = await self.until(lambda record: _find(record, text) is not None)
        found = _find(record, text)
        assert found is not None
        return found

    async def thread(self, conversation_id: UUID) -> list[tuple[str, str | None, str]]:
        """Direction, account and words of a conversation's messages, in order."""
        record = await self.record()
        return [
            (message.direction, message.account, message.text.strip())
            for message in record.by_conversation()[conversation_id]
        ]

    async def reply(self, conversation_id: UUID, text: str, **fields: str) -> None:
        """The agent answers from the page, by the way that it proposes unless `identity` names
        another."""
        await self.agent.get(f"/conversations/{conversation_id}")
        response = await self.agent.reply(conversation_id, text, **fields)
        assert response.is_success, response.text

    async def sent(self, text: str) -> Kept:
        """Our message with these words, once it has an end."""
        return await self.in_state(text, "sent", "failed", "unconfirmed")

    async def in_state(self, text: str, *states: str) -> Kept:
        """Our message with these words, once it is in one of these states."""
        record = await self.until(
            lambda record: any(text in m.text and m.state in states for m in record.directed("out"))
        )
        return next(m for m in record.directed("out") if text in m.text and m.state in states)


def _find(record: Record, text: str) -> Kept | None:
    return next((m for m in record.directed("in") if m.text.strip() == text), None)


def bot(far: TelegramServer, **more: Any) -> dict[str, Any]:
    """Settings of an account on a Bot API server."""
    return {"kind": "telegram", "token": far.token, "base_url": far.url, "poll_seconds": 5} | more


def mail_account(servers: MailServers, box: Mailbox, **more: Any) -> dict[str, Any]:
    """Settings of an account on the test's mail servers."""
    return {
        "kind": "mail",
        "address": box.address,
        "password": box.password,
        "imap_host": servers.host,
        "imap_port": servers.ports.imaps,
        "smtp_host": servers.host,
        "smtp_port": servers.ports.submission,
        "ca_file": servers.ca_file,
        "timeout_seconds": 20,
        "since": "2020-01-01",
    } | more


@asynccontextmanager
async def office(
    folder: Path,
    accounts: Mapping[str, Mapping[str, Any]],
    *,
    database_url: str = "",
    more: str = "",
) -> AsyncIterator[Office]:
    """Everything runs inside the block."""
    loaded = settings(folder, accounts, database_url=database_url, more=ALWAYS_OPEN + more)
    opened: asyncio.Future[Hub] = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(serve(loaded, environ={}, ready=opened.set_result))
    try:
        serving.add_done_callback(lambda _: opened.cancel())
        try:
            hub = await opened
        except asyncio.CancelledError:
            # It ended before it was ready; why is what it raises.
            await serving
            raise
        with contextlib.suppress(AgentExists):
            await hub.database.write(_add_agent, hub)
        url = f"http://127.0.0.1:{hub.settings.server.port}"
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=PATIENCE) as client:
            agent = Browser(client)
            with quick_passwords():
                response = await agent.sign_in("sara@example.com")
            assert response.status_code == 303, response.text
            yield Office(hub, url, agent)
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


def _add_agent(session: Session, hub: Hub) -> None:
    add_agent(
        session,
        name=AGENT,
        mail="sara@example.com",
        password_hash=hashed(),
        role="agent",
        locale="en",
        calendar="gregorian",
        time_zone="UTC",
        now=hub.clock.now(),
    )
