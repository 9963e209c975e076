"""Webhook: only Telegram gets in, and it hears 200 only when the hub has the update."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from channels.telegram.adapter import TelegramChannel
from channels.telegram.errors import CannotRead
from channels.telegram.settings import TelegramSettings
from channels.telegram.webhook import BODY_LIMIT, SECRET_HEADER
from hub.channel import Account, Overloaded
from hub.message import Message, Press, Text, Unparsed
from tests.telegram.hosts import MemoryHost
from tests.telegram_server import TelegramServer

UPDATE = {
    "update_id": 5,
    "message": {
        "message_id": 1,
        "date": 1795300000,
        "chat": {"id": 7, "type": "private"},
        "from": {"id": 7, "is_bot": False, "first_name": "Sample"},
        "text": "pushed",
    },
}


@dataclass
class Hub:
    """The hub's web server with the account's routes, as Telegram sees it."""

    host: MemoryHost
    channel: TelegramChannel
    url: str
    secret: str

    async def push(self, body: bytes, secret: str | None = None) -> httpx.Response:
        headers = {SECRET_HEADER: self.secret if secret is None else secret}
        async with httpx.AsyncClient(trust_env=False) as client:
            return await client.post(f"{self.url}webhook", content=body, headers=headers)


@pytest.fixture
async def hub(make_account: Callable[..., Account]) -> AsyncIterator[Hub]:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/c/sales-bot/"
    account = make_account(mode="webhook", url=url)
    host, channel = MemoryHost(account), TelegramChannel(account)
    app = Starlette(routes=[Mount("/c/sales-bot", routes=list(channel.routes(host)))])
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:
        await asyncio.sleep(0.005)
    assert isinstance(account.settings, TelegramSettings)
    yield Hub(host, channel, url, account.settings.secret_token())
    server.should_exit = True
    await task
    await channel.close()


async def test_telegram_pushes_where_it_was_told_to(far: TelegramServer, hub: Hub) -> None:
    await far.people.write(7, "waited before")
    await hub.channel.receive(hub.host)
    await far.people.write(7, "pushed")
    await hub.host.count(2)
    texts = [
        block.text
        for value in hub.host.kept
        if isinstance(value, Message)
        for block in value.content
        if isinstance(block, Text)
    ]
    assert texts == ["waited before", "pushed"]
    assert hub.host.position is None


async def test_an_update_is_pushed_again_until_the_hub_takes_it(
    far: TelegramServer, hub: Hub
) -> None:
    hub.host.refuse = [Overloaded(), OSError("disk full"), Overloaded()]
    await hub.channel.receive(hub.host)
    await far.people.write(7, "stubborn")
    await hub.host.count(1)
    async with asyncio.timeout(20):
        while far.people.pending():
            await asyncio.sleep(0.01)
    assert hub.host.batches == [1]


async def test_a_full_hub_says_503(hub: Hub) -> None:
    hub.host.refuse = [Overloaded()]
    response = await hub.push(json.dumps(UPDATE).encode())
    assert response.status_code == 503
    assert response.headers["retry-after"] == "1"


async def test_a_broken_store_is_no_200(hub: Hub) -> None:
    hub.host.refuse = [OSError("disk full")]
    assert (await hub.push(json.dumps(UPDATE).encode())).status_code == 500


@pytest.mark.parametrize("secret", ["", "wrong", "0" * 64, "ünïcode"])
async def test_nobody_else_gets_in(hub: Hub, secret: str) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        response = await client.post(
            f"{hub.url}webhook", json=UPDATE, headers={SECRET_HEADER: secret.encode()}
        )
        bare = await client.post(f"{hub.url}webhook", json=UPDATE)
    assert (response.status_code, bare.status_code) == (403, 403)
    assert hub.host.kept == []


async def test_a_body_that_no_update_has_is_refused(hub: Hub) -> None:
    assert (await hub.push(b" " * (BODY_LIMIT + 1))).status_code == 413
    assert hub.host.kept == []


@pytest.mark.parametrize("body", [b"{", b"[" * 100_000, b"\xff\xfe", b"3", b""])
async def test_what_is_no_update_is_kept_as_it_came(hub: Hub, body: bytes) -> None:
    assert (await hub.push(body)).status_code == 200
    (kept,) = hub.host.kept
    assert isinstance(kept, Unparsed)
    assert kept.raw is not None
    assert kept.raw.body == (body or b"null")


async def test_the_original_is_kept_byte_for_byte(hub: Hub) -> None:
    body = json.dumps(UPDATE, indent=3).encode()
    await hub.push(body)
    (kept,) = hub.host.kept
    assert kept.raw is not None
    assert kept.raw.body == body


async def test_a_pressed_button_is_answered_with_the_push(far: TelegramServer, hub: Hub) -> None:
    await hub.channel.receive(hub.host)
    await far.people.write(7, "hi")
    await hub.host.count(1)
    keyboard = {"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}]]}
    shown = await far.methods.call(
        far.bot, "sendMessage", {"chat_id": 7, "text": "Sure?", "reply_markup": keyboard}, {}
    )
    query = await far.people.press(7, shown["message_id"], "Yes")
    await hub.host.count(2)
    assert isinstance(hub.host.kept[-1], Press)
    async with asyncio.timeout(20):
        while not far.people.answered(query):
            await asyncio.sleep(0.01)


async def test_a_polling_account_has_no_route(
    make_account: Callable[..., Account], host: MemoryHost
) -> None:
    channel = TelegramChannel(make_account(url="https://hub.example/c/sales-bot/"))
    assert channel.routes(host) == []


async def test_without_a_public_address_it_says_so(
    make_account: Callable[..., Account], host: MemoryHost
) -> None:
    channel = TelegramChannel(make_account(mode="webhook"))
    with pytest.raises(CannotRead, match="public https address"):
        await channel.receive(host)


async def test_an_address_that_telegram_refuses_is_reported(host: MemoryHost) -> None:
    async with TelegramServer(demand_https=True) as strict:
        settings = TelegramSettings.model_validate(
            {"token": strict.token, "base_url": strict.url, "mode": "webhook"}
        )
        account = Account("sales-bot", "telegram", settings, url="http://hub.example/c/sales-bot/")
        channel = TelegramChannel(account)
        with pytest.raises(CannotRead, match="HTTPS URL must be provided"):
            await channel.receive(host)
        await channel.close()
