"""The conformance suite on mail: a real Dovecot to read from, a server that can fail to send to."""

from __future__ import annotations

import asyncio
import email
import email.policy
from collections.abc import AsyncIterator, Sequence
from email.message import EmailMessage
from pathlib import Path
from typing import Any, ClassVar
from uuid import uuid4

import pytest

from channels.mail.parse import parse_mail
from channels.mail.position import Position
from channels.mail.settings import MailSettings
from hub.app import Hub
from hub.message import Inbound
from tests.contract import Break, ChannelContract, Delivered, FarSide, Recorded
from tests.mail.faults import CUT, FaultySmtp, faulty_smtp
from tests.mail.mails import NOON
from tests.mail_servers import Mailbox, MailServers

CORPUS = Path(__file__).parent / "corpus"
SETTINGS = MailSettings(
    address="support@example.test",
    password="x",
    imap_host="localhost",
    authserv_id="mx.example.test",
)


def normalise(original: bytes) -> Sequence[Inbound]:
    """What a mail becomes on the account of the corpus."""
    found = parse_mail(original, account="support", settings=SETTINGS, internal_date=NOON)
    return [found.inbound]


class MailFarSide(FarSide):
    """Customers with mail programs: they write into our mailbox and read what they were sent."""

    kind = "mail"
    breaks: frozenset[Break] = frozenset({"permanent", "temporary", "uncertain"})

    def __init__(self, servers: MailServers, box: Mailbox, smtp: FaultySmtp) -> None:
        self._servers = servers
        self._box = box
        self._smtp = smtp
        self._written: list[bytes] = []
        self._hub: Hub | None = None
        self._account = ""
        self.options: dict[str, Any] = {
            "address": box.address,
            "password": box.password,
            "imap_host": servers.host,
            "imap_port": servers.ports.imaps,
            "smtp_host": "127.0.0.1",
            "smtp_port": smtp.port,
            "smtp_security": "none",
            "ca_file": str(servers.ca_file),
            "timeout_seconds": 20,
        }

    async def connect(self, hub: Hub, account: str) -> None:
        self._hub, self._account = hub, account
        # The account begins now; what is written before its first connection would be history.
        while await self._cursor() is None:
            await asyncio.sleep(0.02)

    async def _cursor(self) -> Position | None:
        assert self._hub is not None
        stored = await self._hub.accounts[self._account].host.cursor("INBOX")
        return None if stored is None else Position.parse(stored)

    async def write(
        self,
        text: str,
        *,
        who: str = "sara",
        automated: bool = False,
        reply_to: Delivered | None = None,
    ) -> None:
        mail = EmailMessage()
        mail["From"] = f"{who.title()} Sample <{who}@example.org>"
        mail["To"] = self._box.address
        mail["Message-ID"] = f"<{uuid4()}@example.org>"
        if automated:
            mail["Auto-Submitted"] = "auto-replied"
        if reply_to is not None:
            answered = reply_to.native
            del mail["To"]
            mail["To"] = str(answered["Reply-To"] or answered["From"])
            mail["In-Reply-To"] = str(answered["Message-ID"])
            mail["References"] = f"{answered['References'] or ''} {answered['Message-ID']}"
        mail.set_content(text, cte="base64")
        self._written.append(bytes(mail))
        self._servers.append(self._box, self._written[-1])

    async def redeliver(self) -> None:
        for raw in self._written:
            self._servers.append(self._box, raw)

    async def unacknowledged(self) -> int:
        read = await self._cursor()
        with self._servers.imap(self._box) as client:
            client.select("INBOX", readonly=True)
            _, found = client.uid("search", "UID", "1:*")
        uids = [int(uid) for uid in found[0].split()]
        return sum(uid > (read.uid if read else 0) for uid in uids)

    async def delivered(self) -> Sequence[Delivered]:
        return [_as_read(taken.raw) for taken in self._smtp.taken]

    def break_next(self, how: Break) -> None:
        match how:
            case "permanent":
                self._smtp.answer("rcpt", "550 5.7.1 not wanted")
            case "temporary":
                self._smtp.answer("rcpt", "451 4.7.1 later")
            case "uncertain":
                self._smtp.answer("text", CUT)

    def carried(self, text: str) -> str | None:
        try:
            text.encode()
        except UnicodeEncodeError:
            return None
        return super().carried(text)


def _as_read(raw: bytes) -> Delivered:
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    plain = mail.get_body(("plain",))
    assert plain is not None
    names = [part.get_filename() or "" for part in mail.iter_attachments()]
    text = plain.get_content().replace("\r\n", "\n")
    return Delivered("\n".join([text, *names]), automated="Auto-Submitted" in mail, native=mail)


class TestMailContract(ChannelContract):
    """Mail keeps what every channel promises."""

    side = MailFarSide
    recorded: ClassVar[Sequence[Recorded]] = Recorded.folder(CORPUS, ".eml")
    normalise = staticmethod(normalise)

    @pytest.fixture
    async def far(self, mail_servers: MailServers, box: Mailbox) -> AsyncIterator[MailFarSide]:
        async with faulty_smtp() as smtp:
            yield MailFarSide(mail_servers, box, smtp)
