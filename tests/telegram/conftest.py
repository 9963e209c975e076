"""A Bot API server, an account that talks to it, and a host that listens."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest

from channels.telegram import channel as kind
from channels.telegram.adapter import TelegramChannel
from channels.telegram.settings import TelegramSettings
from hub.channel import Account
from tests.telegram.hosts import MemoryHost
from tests.telegram_server import TelegramServer


@pytest.fixture(autouse=True)
def direct(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server is on this machine: no proxy of the environment stands between."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
async def far() -> AsyncIterator[TelegramServer]:
    async with TelegramServer() as server:
        yield server


@pytest.fixture
def make_account(far: TelegramServer) -> Callable[..., Account]:
    def make(*, url: str | None = None, **settings: Any) -> Account:
        given = {"token": far.token, "base_url": far.url, "poll_seconds": 5} | settings
        return Account("sales-bot", "telegram", TelegramSettings.model_validate(given), url=url)

    return make


@pytest.fixture
def account(make_account: Callable[..., Account]) -> Account:
    return make_account()


@pytest.fixture
def host(account: Account) -> MemoryHost:
    return MemoryHost(account)


@pytest.fixture
async def channel(account: Account) -> AsyncIterator[TelegramChannel]:
    opened = kind.open(account)
    assert isinstance(opened, TelegramChannel)
    yield opened
    await opened.close()


Receiving = Callable[..., AbstractAsyncContextManager["asyncio.Task[None]"]]


@pytest.fixture
def receiving(channel: TelegramChannel, host: MemoryHost) -> Receiving:
    """The channel receives within the block and is cancelled at its end."""

    @asynccontextmanager
    async def run(
        opened: TelegramChannel = channel, listener: MemoryHost = host
    ) -> AsyncIterator["asyncio.Task[None]"]:
        task = asyncio.create_task(opened.receive(listener))
        try:
            yield task
        finally:
            task.cancel()
            await asyncio.wait([task], timeout=5)
            assert task.done(), "the channel did not stop when it was cancelled"

    return run
