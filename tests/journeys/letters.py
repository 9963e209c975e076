"""A customer's mail program: writes, reads, and answers as mail programs do."""

from __future__ import annotations

import asyncio
import smtplib
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid, parseaddr

from hub.calendars import SystemClock
from tests.mail_servers import HOST, Mailbox, MailServers


@dataclass(frozen=True)
class Correspondent:
    """Somebody with a mailbox on the test's servers."""

    servers: MailServers
    box: Mailbox
    name: str = "Ann Sample"

    async def write(self, to: str, text: str, subject: str = "A question", **headers: str) -> str:
        """Send a mail through the SMTP server; its Message-ID. Headers with underscores."""
        return await self.send(self.mail(to, text, subject, **headers))

    def mail(self, to: str, text: str, subject: str, **headers: str) -> EmailMessage:
        """A mail as `write` sends it, for a file to be put in."""
        mail = EmailMessage()
        mail["From"] = f"{self.name} <{self.box.address}>"
        mail["To"] = to
        mail["Subject"] = subject
        mail["Date"] = format_datetime(SystemClock().now())
        mail["Message-ID"] = make_msgid(domain="customer.example.test")
        for name, value in headers.items():
            mail[name.replace("_", "-")] = value
        mail.set_content(text)
        return mail

    async def send(self, mail: EmailMessage) -> str:
        """Hand a mail to the SMTP server; its Message-ID."""
        await asyncio.to_thread(self._send, mail)
        return str(mail["Message-ID"])

    async def answer(self, mail: EmailMessage, text: str) -> str:
        """Answer a mail as it asks to be answered, quoting it."""
        references = f"{mail['References'] or ''} {mail['Message-ID']}".strip()
        quoted = "\n".join(f"> {line}" for line in text_of(mail).splitlines())
        return await self.write(
            parseaddr(mail["Reply-To"] or mail["From"])[1],
            f"{text}\n\nOn Monday {mail['From']} wrote:\n{quoted}\n",
            subject=f"Re: {mail['Subject']}",
            In_Reply_To=mail["Message-ID"],
            References=references,
        )

    async def read(self, number: int) -> list[EmailMessage]:
        """Everything in the mailbox, once it is `number` mails."""
        raws = await asyncio.to_thread(self.servers.wait_for_mails, self.box, number)
        return [message_from_bytes(raw, policy=policy.default) for raw in raws]

    async def count(self) -> int:
        """How many mails are there now."""
        return len(await asyncio.to_thread(self.servers.mails, self.box))

    def _send(self, mail: EmailMessage) -> None:
        with smtplib.SMTP(HOST, self.servers.ports.smtp) as server:
            server.send_message(mail)


def text_of(mail: EmailMessage) -> str:
    """The plain text of a mail."""
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())
