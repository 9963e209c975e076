"""Nothing is lost and nothing is done twice, though the hub is killed again and again.

The hub runs as a process (on PostgreSQL as two that share the work) on a Bot API server, Dovecot
and Postfix, and visitors of the web chat, all of which live on. Customers write and an agent
answers the whole time. `--kills` says how often a process is killed, `--seed` repeats the chances
of an earlier run.
"""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random
from typing import Any

import httpx
import psycopg
import pytest
from sqlalchemy import select
from sqlmodel import Session

from hub.automation import reached
from hub.automation.pausing import EVENT as PAUSE
from hub.starting import FILE
from hub.store.database import Database
from hub.store.events import Position
from hub.store.postgres import PostgresDatabase
from hub.store.sqlite import SqliteDatabase
from hub.store.statements import table_of
from hub.store.tables import Event
from tests.crash import record as records
from tests.crash.audit import audit
from tests.crash.desk import Desk
from tests.crash.far_sides import FarSides, look
from tests.crash.people import BOT, SITE, SUPPORT, People
from tests.crash.process import HubProcess
from tests.crash.record import UNFINISHED, Record
from tests.crash.runner import TIMER
from tests.harness import settings
from tests.mail_servers import Mailbox, MailServers
from tests.telegram_server import SAMPLE_TOKEN, RemotePeople

ALWAYS_OPEN = """
[hours]
week = { sat-fri = [["00:00", "00:00"]] }
[outbox]
account_rate = "1000/1s"
chat_rate = "1000/1s"
"""
SETTLING_SECONDS = 90.0
DESK = "payam-test-desk"


@pytest.mark.both
async def test_nothing_is_lost_and_nothing_is_done_twice(
    database_url: str,
    tmp_path: Path,
    mail_servers: MailServers,
    telegram_url: str,
    telegram: RemotePeople,
    kills: int,
    seed: int,
) -> None:
    random = Random(seed)
    support = mail_servers.mailbox("support")
    accounts = _accounts(telegram_url, mail_servers, support)
    hubs = [
        _installed(tmp_path, accounts, name, database_url)
        for name in (("one", "two") if database_url else ("one",))
    ]
    people = People(
        random,
        telegram=telegram,
        mail=mail_servers,
        support=support,
        chat_urls=[f"{hub.url.replace('http', 'ws', 1)}/c/{SITE}/socket" for hub in hubs],
    )
    async with AsyncExitStack() as stack:
        for hub in hubs:
            stack.enter_context(hub)
            hub.start()
            await hub.ready()
        database = _door(database_url, tmp_path / "data" / FILE)
        await database.open()
        stack.push_async_callback(database.close)
        desk = Desk(random, database)
        client = httpx.AsyncClient(base_url=hubs[0].url, trust_env=False, timeout=30)
        await desk.sign_in(await stack.enter_async_context(client))
        writing = [asyncio.create_task(people.write()), asyncio.create_task(desk.answer())]
        visiting = [asyncio.create_task(visitor.stay()) for visitor in people.visitors]
        stack.push_async_callback(_cancel, [*writing, *visiting])

        for _ in range(kills):
            hub = random.choice(hubs)
            await _let_live(hub, random, telegram)
            process = hub.kill()
            await _leases_of_the_dead_run_out(database_url, hub, process)
            hub.start()
            people.ration.refill()
            desk.ration.refill()
        for hub in hubs:
            await hub.ready()
        people.ration.stop()
        desk.ration.stop()
        await asyncio.gather(*writing)
        await _settle(hubs, database, people)
        for hub in hubs:
            assert await hub.stop() == 0
        record = await database.read(records.read)

    far = await asyncio.to_thread(
        look, people, record, mail_servers.folder / "postfix" / "postfix.log"
    )
    faults = audit(
        record,
        said=await asyncio.to_thread(people.said),
        answers=desk.answers,
        reminders=desk.reminders,
        far=far,
    )
    faults += [f"a visitor was refused: {one}" for v in people.visitors for one in v.refusals]
    faults += [f"the hub's log: {line}" for hub in hubs for line in hub.complaints()]
    told = _summary(record, far, seed, kills)
    print(told)  # noqa: T201 - pytest shows it with a failure, and with -s
    assert not faults, "\n\n".join([told, *faults])
    assert _channels(record) == {BOT, SUPPORT, SITE}, told


def _accounts(
    telegram_url: str, mail_servers: MailServers, support: Mailbox
) -> dict[str, dict[str, Any]]:
    bot = {"kind": "telegram", "token": SAMPLE_TOKEN, "base_url": telegram_url, "poll_seconds": 5}
    mail = {
        "kind": "mail",
        "address": support.address,
        "password": support.password,
        "imap_host": mail_servers.host,
        "imap_port": mail_servers.ports.imaps,
        "smtp_host": mail_servers.host,
        "smtp_port": mail_servers.ports.submission,
        "ca_file": mail_servers.ca_file,
        "since": "2020-01-01",
    }
    chat = {
        "kind": "webchat",
        "messages_per_minute": 100_000,
        "messages_per_minute_per_network": 100_000,
    }
    return {BOT: bot, SUPPORT: mail, SITE: chat}


def _installed(
    folder: Path, accounts: dict[str, dict[str, Any]], name: str, database_url: str
) -> HubProcess:
    """A process to be: all of them have the folder and the database, and each its port."""
    port = _free_port()
    url = database_url and f"{database_url}&application_name={name}"
    settings(folder, accounts, database_url=url, port=port, more=ALWAYS_OPEN)
    return HubProcess((folder / "payam.toml").rename(folder / f"{name}.toml"), port)


async def _let_live(hub: HubProcess, random: Random, telegram: RemotePeople) -> None:
    """A while: mostly some moments at work, sometimes not even the whole start."""
    if random.random() < 0.2:
        await asyncio.sleep(random.uniform(0.2, 2.0))
        return
    await hub.ready()
    if random.random() < 0.5:
        # Telegram takes its time to say that it has the message: who is killed now can not know.
        await asyncio.to_thread(
            telegram.do, "inject", "hang", method="sendMessage", seconds=0.5, times=3
        )
    await asyncio.sleep(random.uniform(0.1, 3.0))


async def _settle(hubs: Sequence[HubProcess], database: Database, people: People) -> None:
    """Return when everything that was written has come in, and every answer has an end."""
    try:
        async with asyncio.timeout(SETTLING_SECONDS):
            while not await database.read(_is_settled, people.count) or any(
                visitor.unsent for visitor in people.visitors
            ):
                await asyncio.sleep(0.3)
            while not await _timelines_are_complete(database, people):
                await asyncio.sleep(0.3)
    except TimeoutError:
        # The audit tells what is missing, and about which message.
        for hub in hubs:
            print(hub.last_words())  # noqa: T201


def _is_settled(session: Session, expected: int) -> bool:
    record = records.read(session)
    return (
        len(record.directed("in")) >= expected
        and not any(message.state in UNFINISHED for message in record.messages)
        and not any(timer.kind in (TIMER, PAUSE) for timer in record.timers)
        and reached(session) >= _last(session)
    )


def _last(session: Session) -> Position:
    """The last event that is committed, also where readers do not trust it yet."""
    event = table_of(Event)
    latest = select(event.c.xid, event.c.position).order_by(
        event.c.xid.desc(), event.c.position.desc()
    )
    row = session.execute(latest.limit(1)).first()
    return Position(row.xid, row.position) if row is not None else Position()


async def _timelines_are_complete(database: Database, people: People) -> bool:
    record = await database.read(records.read)
    sent = {str(m.id) for m in record.directed("out") if m.account == SITE}
    shown = {key for visitor in people.visitors for key in visitor.seen}
    return sent <= shown


async def _leases_of_the_dead_run_out(database_url: str, hub: HubProcess, process: int) -> None:
    """On PostgreSQL others wait for the leases of the dead to end; time passes here for these.

    On SQLite there is nobody else, and the hub that starts knows it.
    """
    if not database_url:
        return
    owner = f"%:{process}:%"
    async with await psycopg.AsyncConnection.connect(
        f"{database_url}&application_name={DESK}", autocommit=True
    ) as connection:
        async with asyncio.timeout(30):
            while await _is_served(connection, hub.config.stem):
                await asyncio.sleep(0.02)
        await connection.execute(
            "UPDATE lease SET until = until - interval '5 minutes' WHERE owner LIKE %s", [owner]
        )
        await connection.execute(
            "UPDATE lane SET lease_until = lease_until - interval '5 minutes' WHERE worker LIKE %s",
            [owner],
        )


async def _is_served(connection: psycopg.AsyncConnection, name: str) -> bool:
    """Whether the server still works for the process that was killed."""
    cursor = await connection.execute(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND application_name = %s",
        [name],
    )
    row = await cursor.fetchone()
    return bool(row and row[0])


def _door(database_url: str, file: Path) -> Database:
    if database_url:
        return PostgresDatabase(f"{database_url}&application_name={DESK}", pool_size=2)
    return SqliteDatabase(file)


async def _cancel(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
    return port


def _channels(record: Record) -> set[str | None]:
    """By which accounts messages both came and went."""
    came = {message.account for message in record.directed("in")}
    return came & {message.account for message in record.directed("out")}


def _summary(record: Record, far: FarSides, seed: int, kills: int) -> str:
    came = Counter(message.account for message in record.directed("in"))
    went = Counter((message.account, message.state) for message in record.directed("out"))
    arrived = {account: len(everything) for account, everything in far.items()}
    return (
        f"--seed {seed} --kills {kills}: came {dict(came)}; went "
        + ", ".join(f"{account} {state} {number}" for (account, state), number in went.items())
        + f"; arrived {arrived}"
    )
