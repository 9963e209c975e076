"""A far side fails while the hub runs: what becomes of the messages is what the states say."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from channels.mail.settings import MailSettings
from tests.crash.record import Kept
from tests.journeys.letters import Correspondent
from tests.journeys.office import BOT, PATIENCE, SUPPORT, Office, bot, mail_account, office
from tests.mail.faults import CUT, SILENCE, FaultySmtp, Stage, cable, faulty_smtp
from tests.mail_servers import MailServers
from tests.telegram_server import TelegramServer

CHAT = 7


async def until(true: Callable[[], bool]) -> None:
    """Wait until this holds."""
    async with asyncio.timeout(PATIENCE):
        while not true():
            await asyncio.sleep(0.02)


# --- mail ---


@pytest.mark.parametrize("more", [200, 30_000])
async def test_a_cable_cut_in_the_middle_of_reading_mail(
    mail_servers: MailServers, tmp_path: Path, more: int
) -> None:
    box = mail_servers.mailbox("support")
    senders = [Correspondent(mail_servers, mail_servers.mailbox("ann")) for _ in range(4)]
    texts = [f"{number} " + "and so on " * 2_000 for number, _ in enumerate(senders)]
    for sender, text in zip(senders, texts, strict=True):
        await sender.write(box.address, text)
    await asyncio.to_thread(mail_servers.wait_for_mails, box, len(senders))
    async with cable(mail_servers.ports.imap) as line:
        line.cut_after(b"BODY[", more)
        reading = {"imap_host": "127.0.0.1", "imap_port": line.port, "imap_security": "none"}
        account = mail_account(mail_servers, box, **reading)
        async with office(tmp_path, {SUPPORT: account}) as desk:
            await desk.until(
                lambda record: [m.state for m in record.directed("out")] == ["sent"] * len(senders)
            )
            record = await desk.record()
            stored = [message.text.strip() for message in record.directed("in")]
        assert line.cuts >= 1
    assert sorted(stored) == sorted(text.strip() for text in texts)
    for sender in senders:
        assert len(await sender.read(1)) == 1, "greeted once"


def sending_to(server: FaultySmtp, servers: MailServers, **more: Any) -> dict[str, Any]:
    """An account that reads from Dovecot and sends through the faulty server."""
    box = servers.mailbox("support")
    smtp = {
        "smtp_host": "127.0.0.1",
        "smtp_port": server.port,
        "smtp_security": "none",
        "smtp_auth": False,
    }
    return mail_account(servers, box, **smtp, **more)


async def asked_by_mail(desk: Office, servers: MailServers, number: int = 1) -> Kept:
    """Somebody writes a mail and is greeted."""
    ann = Correspondent(servers, servers.mailbox("ann"))
    text = f"Where is my order {number}?"
    account = desk.hub.accounts[SUPPORT].host.account.settings
    assert isinstance(account, MailSettings)
    await ann.write(account.address, text)
    return await desk.came(text)


def bodies(server: FaultySmtp) -> list[str]:
    """The mails that arrived in full, by the words that the agent wrote."""
    return [
        word for taken in server.taken for word in ("first", "second") if word in str(taken.raw)
    ]


@pytest.mark.parametrize("stage", ["mail", "rcpt", "text"])
async def test_a_server_that_says_later_gets_the_mail_later_and_in_order(
    mail_servers: MailServers, tmp_path: Path, stage: Stage
) -> None:
    async with (
        faulty_smtp() as server,
        office(tmp_path, {SUPPORT: sending_to(server, mail_servers)}) as desk,
    ):
        asked = await asked_by_mail(desk, mail_servers)
        await until(lambda: len(server.taken) == 1)
        server.answer(stage, "451 4.3.0 try again later")
        await desk.reply(asked.conversation_id, "the first")
        waiting = await desk.in_state("the first", "queued", "sent")
        await desk.reply(asked.conversation_id, "the second")

        second = await desk.sent("the second")
        first = await desk.sent("the first")
        assert (first.state, first.attempt) == ("sent", 2)
        assert (second.state, second.attempt) == ("sent", 1)
        assert waiting.id == first.id
        # At the end of the text the server has it all, and says that it does not keep it.
        refused = ["first"] if stage == "text" else []
        assert bodies(server) == [*refused, "first", "second"]


async def test_a_connection_that_breaks_after_the_text_leaves_the_mail_unconfirmed(
    mail_servers: MailServers, tmp_path: Path
) -> None:
    async with (
        faulty_smtp() as server,
        office(tmp_path, {SUPPORT: sending_to(server, mail_servers)}) as desk,
    ):
        asked = await asked_by_mail(desk, mail_servers)
        await until(lambda: len(server.taken) == 1)
        server.answer("text", CUT)
        await desk.reply(asked.conversation_id, "the first")
        first = await desk.sent("the first")
        assert (first.state, first.attempt) == ("unconfirmed", 1)
        assert first.error
        page = await desk.agent.get(f"/conversations/{asked.conversation_id}")
        assert "Unconfirmed:" in page.text

        await desk.reply(asked.conversation_id, "the second")
        assert (await desk.sent("the second")).state == "sent"
        assert (await desk.sent("the first")).state == "unconfirmed"
        assert bodies(server) == ["first", "second"], "never sent again by itself"


async def test_by_setting_an_unconfirmed_mail_is_sent_again_under_its_own_name(
    mail_servers: MailServers, tmp_path: Path
) -> None:
    async with faulty_smtp() as server:
        account = sending_to(server, mail_servers, resend_unconfirmed=True)
        async with office(tmp_path, {SUPPORT: account}) as desk:
            asked = await asked_by_mail(desk, mail_servers)
            await until(lambda: len(server.taken) == 1)
            server.answer("text", CUT)
            await desk.reply(asked.conversation_id, "the first")
            first = await desk.sent("the first")
            assert (first.state, first.attempt) == ("sent", 2)
            assert bodies(server) == ["first", "first"]
            again = [taken.raw for taken in server.taken if b"the first" in taken.raw]
            assert again[0] == again[1], "byte for byte, with its Message-ID"


async def test_mails_wait_unbegun_for_a_server_that_is_silent(
    mail_servers: MailServers, tmp_path: Path
) -> None:
    """What was not begun can not be in doubt, should the process end now."""
    async with (
        faulty_smtp() as server,
        office(tmp_path, {SUPPORT: sending_to(server, mail_servers)}) as desk,
    ):
        server.answer("text", SILENCE)
        for number in range(5):
            await asked_by_mail(desk, mail_servers, number)
        # Everybody is greeted after a pause of their own.
        record = await desk.until(
            lambda record: (
                len(record.directed("out")) == 5
                and any(message.state == "sending" for message in record.messages)
            )
        )
        assert len(server.taken) == 1
        states = Counter(message.state for message in record.directed("out"))
        assert states["sending"] <= 2
        assert states["queued"] >= 3
        server.hang_up()
        record = await desk.until(
            lambda record: not any(m.state in ("queued", "sending") for m in record.messages)
        )
        states = Counter(message.state for message in record.directed("out"))
        assert states == {"unconfirmed": 1, "sent": 4}


# --- Telegram ---


async def asked_by_chat(desk: Office, far: TelegramServer) -> Kept:
    """Somebody writes to the bot and is greeted."""
    await far.people.write(CHAT, "Where is my order?")
    await until(lambda: len(far.people.texts(CHAT)) == 1)
    return await desk.came("Where is my order?")


async def test_a_bot_that_is_told_to_wait_waits_and_keeps_the_order(
    far: TelegramServer, tmp_path: Path
) -> None:
    async with office(tmp_path, {BOT: bot(far)}) as desk:
        asked = await asked_by_chat(desk, far)
        far.people.inject("error", method="sendMessage", retry_after=1)
        await desk.reply(asked.conversation_id, "the first")
        await desk.reply(asked.conversation_id, "the second")
        second = await desk.sent("the second")
        first = await desk.sent("the first")
        assert (first.state, first.attempt) == ("sent", 2)
        assert (second.state, second.attempt) == ("sent", 1)
        assert far.people.texts(CHAT)[1:] == ["the first", "the second"]


@pytest.mark.parametrize("fault", ["cut", "garbage"])
async def test_an_answer_that_never_came_leaves_the_message_unconfirmed(
    far: TelegramServer, tmp_path: Path, fault: str
) -> None:
    async with office(tmp_path, {BOT: bot(far)}) as desk:
        asked = await asked_by_chat(desk, far)
        far.people.inject(fault, method="sendMessage")
        await desk.reply(asked.conversation_id, "the first")
        first = await desk.sent("the first")
        assert (first.state, first.attempt) == ("unconfirmed", 1)
        await desk.reply(asked.conversation_id, "the second")
        assert (await desk.sent("the second")).state == "sent"
        assert far.people.texts(CHAT)[1:] == ["the first", "the second"]


async def test_a_server_that_broke_down_may_have_taken_the_message(
    far: TelegramServer, tmp_path: Path
) -> None:
    async with office(tmp_path, {BOT: bot(far)}) as desk:
        asked = await asked_by_chat(desk, far)
        far.people.inject("error", method="sendMessage", code=502, description="Bad Gateway")
        await desk.reply(asked.conversation_id, "the first")
        first = await desk.sent("the first")
        assert (first.state, first.attempt) == ("unconfirmed", 1)
        assert far.people.texts(CHAT)[1:] == []


async def test_who_blocked_the_bot_gets_nothing_and_it_is_said(
    far: TelegramServer, tmp_path: Path
) -> None:
    async with office(tmp_path, {BOT: bot(far)}) as desk:
        asked = await asked_by_chat(desk, far)
        far.people.chat(CHAT).blocked = True
        await desk.reply(asked.conversation_id, "the first")
        first = await desk.sent("the first")
        assert (first.state, first.attempt) == ("failed", 1)
        assert first.error
        assert "blocked" in first.error


async def test_a_bot_api_that_is_away_for_a_while_loses_nothing(
    far: TelegramServer, tmp_path: Path
) -> None:
    async with office(tmp_path, {BOT: bot(far)}) as desk:
        asked = await asked_by_chat(desk, far)
        await far.stop()
        await desk.reply(asked.conversation_id, "the first")
        await desk.in_state("the first", "queued", "sending")
        await far.start()
        await far.people.write(CHAT, "Hello?")
        await desk.came("Hello?")
        assert (await desk.sent("the first")).state == "sent"
        assert far.people.texts(CHAT)[1:] == ["the first"]
