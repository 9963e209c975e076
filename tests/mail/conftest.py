"""Real mail servers for the session, and an account that is read and sends through them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from channels.mail.adapter import MailChannel
from channels.mail.settings import MailSettings
from tests.mail.host import MemoryHost, account_of
from tests.mail_servers import Mailbox, MailServers, missing, running_servers

MakeSettings = Callable[..., MailSettings]


@pytest.fixture(scope="session")
def mail_servers() -> Iterator[MailServers]:
    """Dovecot and Postfix; each test takes accounts of its own, so nothing has to be cleaned."""
    if reason := missing():
        pytest.fail(f"{reason}; `make test` installs what is missing")
    with running_servers() as servers:
        yield servers


@pytest.fixture
def box(mail_servers: MailServers) -> Mailbox:
    """A fresh, empty mailbox: our own."""
    return mail_servers.mailbox("support")


@pytest.fixture
def ann(mail_servers: MailServers) -> Mailbox:
    """Another one: a customer's."""
    return mail_servers.mailbox("ann")


@pytest.fixture
def make_settings(mail_servers: MailServers, box: Mailbox) -> MakeSettings:
    """Settings for `box` on the test servers, with changes by keyword."""

    def make(mailbox: Mailbox = box, **changes: Any) -> MailSettings:
        given: dict[str, Any] = {
            "address": mailbox.address,
            "from_name": "Support",
            "password": mailbox.password,
            "imap_host": mail_servers.host,
            "imap_port": mail_servers.ports.imaps,
            "smtp_host": mail_servers.host,
            "smtp_port": mail_servers.ports.submission,
            "ca_file": mail_servers.ca_file,
            "timeout_seconds": 20,
        }
        return MailSettings(**(given | changes))

    return make


@asynccontextmanager
async def reading(
    settings: MailSettings, host: MemoryHost | None = None, **more: Any
) -> AsyncIterator[MemoryHost]:
    """An account that is read inside the block; an error of the reader is raised at its end."""
    host = host or MemoryHost(account_of(settings), **more)
    host.reader_began()
    channel = MailChannel(host.account)

    async def receive() -> None:
        try:
            await channel.receive(host)
        except Exception as error:
            await host.reader_ended(error)
            raise

    task = asyncio.create_task(receive())
    try:
        yield host
    finally:
        task.cancel()
        await asyncio.wait({task})
        await channel.close()
    if not task.cancelled() and (error := task.exception()):
        raise error


async def is_waiting(host: MemoryHost, times: int = 1) -> None:
    """Return when the reader has caught up and waits for news for the `times`th time."""
    await host.until(lambda: len(host.sleeps) >= times)
