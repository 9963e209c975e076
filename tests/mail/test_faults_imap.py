"""A connection to Dovecot that breaks at every possible place loses nothing."""

from __future__ import annotations

import asyncio

import pytest

from channels.mail.adapter import MailChannel
from channels.mail.imap import ImapError
from tests.mail.conftest import MakeSettings, is_waiting, reading
from tests.mail.faults import cable
from tests.mail.host import MemoryHost, account_of
from tests.mail.mails import plain_mail
from tests.mail_servers import Mailbox, MailServers


@pytest.mark.parametrize("more", [0, 700, 40_000])
@pytest.mark.parametrize("marker", [b"BODY[", b"SEARCH", b"[UIDVALIDITY", b"* OK"])
async def test_a_cut_loses_nothing_and_repeats_nothing(
    mail_servers: MailServers,
    box: Mailbox,
    make_settings: MakeSettings,
    monkeypatch: pytest.MonkeyPatch,
    marker: bytes,
    more: int,
) -> None:
    # Several groups in one window, so that a cut falls between them too.
    monkeypatch.setattr("channels.mail.receive.GROUP_MAILS", 7)
    mails = [plain_mail(one, words="x" * 2000) for one in range(20)]
    with mail_servers.imap(box) as client:
        for one in mails:
            client.append("INBOX", "", None, one)
    async with cable(mail_servers.ports.imap) as line:
        settings = make_settings(
            since="2020-01-01", imap_security="none", imap_port=line.port, imap_host="127.0.0.1"
        )
        host = MemoryHost(account_of(settings))
        channel = MailChannel(host.account)
        line.cut_after(marker, more)
        # As the supervisor does: start again for as long as the far side fails.
        while len(host.accepted) < len(mails):
            task = asyncio.create_task(channel.receive(host))
            done = asyncio.create_task(host.until_accepted(len(mails)))
            await asyncio.wait({task, done}, return_when=asyncio.FIRST_COMPLETED)
            for one in (task, done):
                one.cancel()
            results = await asyncio.gather(task, done, return_exceptions=True)
            assert isinstance(results[0], ImapError | asyncio.CancelledError), results[0]
        assert line.cuts == 1
    assert [one.subject for one in host.messages] == [f"Question {one}" for one in range(20)]
    assert host.redelivered == []


async def test_a_connection_lost_while_waiting_is_noticed_at_once(
    mail_servers: MailServers, make_settings: MakeSettings
) -> None:
    async with cable(mail_servers.ports.imap) as line:
        settings = make_settings(imap_security="none", imap_port=line.port, imap_host="127.0.0.1")
        host = MemoryHost(account_of(settings))
        task = asyncio.create_task(MailChannel(host.account).receive(host))
        await is_waiting(host)
        line.cut()
        with pytest.raises(ImapError, match="closed the connection"):
            await task


async def test_cancelling_is_prompt_wherever_the_reader_stands(
    mail_servers: MailServers, box: Mailbox, make_settings: MakeSettings
) -> None:
    with mail_servers.imap(box) as client:
        for one in range(30):
            client.append("INBOX", "", None, plain_mail(one, words="x" * 20_000))
    settings = make_settings(since="2020-01-01")
    host = MemoryHost(account_of(settings))
    channel = MailChannel(host.account)
    for steps in (0, 1, 3, 10, 30, 60, 100, 200):
        task = asyncio.create_task(channel.receive(host))
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        async with asyncio.timeout(10):
            await asyncio.wait({task})
        assert task.cancelled()
    async with reading(settings, host):
        await host.until_accepted(30)
    assert len(host.accepted) == 30
