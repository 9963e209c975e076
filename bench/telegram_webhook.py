"""Telegram: updates a second from the push to the commit with the answer queued.

    python -m bench.telegram_webhook [--updates N]

Updates as Telegram sends them, each from somebody new, are pushed over real HTTP with the secret
token, by 16 connections of another process, to the hub as `payam run` serves it. A rule answers
each at once; the shipped ones would wait until somebody has stopped writing. Compared with intake
alone: in the same hub the messages of as many other updates, parsed before, are given to the
account's host by 16 callers. The outbox is at rest in both. A ratio of 1 would mean that HTTP and
parsing cost nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench._databases import rest
from bench._served import served
from channels.telegram.parse import parse_update
from channels.telegram.settings import TelegramSettings
from channels.telegram.webhook import PATH, SECRET_HEADER
from hub.app import Hub
from tests.desk import Desk
from tests.harness import rows
from tests.telegram_server import TelegramServer

CONNECTIONS = 16
ACCOUNT = "sales-bot"
WORDS = "سلام، سفارش {0} هنوز به دستم نرسیده است. Could you look where my order {0} is?"
ANSWERING = """
- id: answer
  about: Answers everybody's first message in the transaction that stores it.
  when: message.received
  if: {first_message: true}
  then:
    - reply: {template: welcome}
"""


@dataclass(frozen=True)
class Measured:
    """Updates a second by the webhook, and messages a second by intake alone."""

    webhook: float
    intake: float


def update(number: int) -> dict[str, Any]:
    """The first message of the person with this number (Bot API, "Update")."""
    person = {
        "id": 100_000 + number,
        "is_bot": False,
        "first_name": "Sample",
        "last_name": f"Person {number}",
        "username": f"sample_{number}",
        "language_code": "en",
    }
    return {
        "update_id": 900_000 + number,
        "message": {
            "message_id": 1,
            "from": person,
            "chat": {
                "id": person["id"],
                "first_name": person["first_name"],
                "last_name": person["last_name"],
                "username": person["username"],
                "type": "private",
            },
            "date": int(time.time()),
            "text": WORDS.format(number),
        },
    }


def push_all(url: str, secret: str, updates: Sequence[dict[str, Any]]) -> float:
    """Push them by 16 connections that each wait for their answers; the seconds it took.

    Runs in a process of its own, as Telegram does. Raises RuntimeError for any answer but 200.
    """
    parts = urlsplit(url)
    requests = []
    for one in updates:
        body = json.dumps(one, ensure_ascii=False).encode()
        head = (
            f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
            f"Content-Type: application/json\r\n{SECRET_HEADER}: {secret}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        requests.append(head.encode() + body)

    async def connection(waiting: Sequence[bytes]) -> None:
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        for request in waiting:
            writer.write(request)
            answer = await reader.readuntil(b"\r\n\r\n")
            if not answer.startswith(b"HTTP/1.1 200 "):
                raise RuntimeError(f"a push was answered {answer[:40]!r}")
        writer.close()
        await writer.wait_closed()

    async def all_connections() -> float:
        began = time.perf_counter()
        await asyncio.gather(
            *(connection(requests[index::CONNECTIONS]) for index in range(CONNECTIONS))
        )
        return time.perf_counter() - began

    return asyncio.run(all_connections())


async def by_intake(hub: Hub, updates: Sequence[dict[str, Any]]) -> float:
    """Give their messages to the account's host; the seconds it took."""
    host = hub.accounts[ACCOUNT].host
    messages = [
        parse_update(
            one,
            ACCOUNT,
            now=datetime.now(UTC),
            raw=json.dumps(one, ensure_ascii=False).encode(),
            network="telegram",
        )
        for one in updates
    ]

    async def caller(index: int) -> None:
        for one in messages[index::CONNECTIONS]:
            await host.accept([one])

    began = time.perf_counter()
    await asyncio.gather(*(caller(index) for index in range(CONNECTIONS)))
    return time.perf_counter() - began


async def measure(folder: Path, count: int) -> Measured:
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        async with TelegramServer() as far:
            bot = {"kind": "telegram", "token": far.token, "base_url": far.url, "mode": "webhook"}
            async with served(folder, {ACCOUNT: bot}) as hub:
                rest("outbox")
                await (await Desk.at(hub)).rules(ANSWERING)
                settings = hub.accounts[ACCOUNT].host.account.settings
                assert isinstance(settings, TelegramSettings)
                url = f"{hub.settings.server.url}/c/{ACCOUNT}/{PATH}"
                secret = settings.secret_token()

                async def push(first: int, last: int) -> float:
                    updates = [update(number) for number in range(first, last)]
                    return await loop.run_in_executor(pool, push_all, url, secret, updates)

                warm_up = 2 * CONNECTIONS
                await push(0, warm_up)
                webhook = await push(warm_up, warm_up + count)
                others = range(warm_up + count, warm_up + 2 * count)
                intake = await by_intake(hub, [update(number) for number in others])
                await _check(hub, warm_up + 2 * count)
    return Measured(count / webhook, count / intake)


async def _check(hub: Hub, pushed: int) -> None:
    """Everybody's message is stored, and everybody is answered."""
    [(stored,)] = await rows(hub, "SELECT count(*) FROM message WHERE direction = 'in'")
    [(answered,)] = await rows(
        hub, "SELECT count(DISTINCT conversation_id) FROM outgoing WHERE state = 'queued'"
    )
    if (stored, answered) != (pushed, pushed):
        raise SystemExit(f"of {pushed} messages {stored} are stored and {answered} are answered")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--updates", type=int, default=1200, help="how many each way")
    given = parser.parse_args(arguments)
    logging.disable(logging.ERROR)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        os.environ.pop(name, None)
        os.environ.pop(name.lower(), None)
    with tempfile.TemporaryDirectory(prefix="payam-bench-", dir=".") as folder:
        measured = asyncio.run(measure(Path(folder), given.updates))
    print(f"Telegram updates on SQLite, {CONNECTIONS} connections")
    print(f"{'webhook/s':>10} {'intake/s':>10} {'ratio':>6}")
    print(
        f"{measured.webhook:>10.0f} {measured.intake:>10.0f} "
        f"{measured.webhook / measured.intake:>6.2f}"
    )


if __name__ == "__main__":
    main()
