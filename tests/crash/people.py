"""Customers on three channels who write all the time, whether the hub lives or not."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from random import Random

from tests.crash.ration import Ration
from tests.crash.visitor import ChatVisitor
from tests.mail_servers import Mailbox, MailServers
from tests.telegram_server import RemotePeople

BOT, SUPPORT, SITE = "sales-bot", "support", "site"
"""The names of the three accounts."""

WORDS = (
    "hello",
    "سلام، سفارش من کجاست؟",
    "می‌خواهم کتاب را پس بدهم",
    "and in green?",
    "iPhone 13 😀",
)


@dataclass(frozen=True)
class Said:
    """One message that a far side took from a customer. `by` is the customer's address there."""

    account: str
    by: str
    text: str


class People:
    """Everybody who writes. What they wrote is noted when the far side has taken it.

    chatted: the messages to the bot. mailed: the mails by their Message-ID.
    """

    def __init__(
        self,
        random: Random,
        *,
        telegram: RemotePeople,
        mail: MailServers,
        support: Mailbox,
        chat_urls: Sequence[str],
        visitors: int = 3,
        mailboxes: int = 3,
        chats: int = 3,
    ) -> None:
        self.random = random
        self.telegram = telegram
        self.mail = mail
        self.support = support
        self.boxes = [mail.mailbox("ann") for _ in range(mailboxes)]
        self.visitors = [ChatVisitor(*chat_urls) for _ in range(visitors)]
        self.chats = chats
        self.chatted: list[Said] = []
        self.mailed: dict[str, Said] = {}
        self._numbers: Iterator[int] = itertools.count(1)
        self._chat_numbers: Iterator[int] = itertools.count(101)
        self.ration = Ration(random, acts=70)

    async def write(self) -> None:
        """Write until the ration is stopped and the far sides have the last words."""
        async with asyncio.TaskGroup() as group:
            for _ in range(self.chats):
                group.create_task(self._chat())
            for box in self.boxes:
                group.create_task(self._mail(box))
            for visitor in self.visitors:
                group.create_task(self._visit(visitor))

    @property
    def count(self) -> int:
        """How many messages must be stored."""
        spoken = sum(len(visitor.said) for visitor in self.visitors)
        return len(self.chatted) + len(self.mailed) + spoken

    def said(self) -> list[Said]:
        """Everything that must be stored once, in the order in which each far side has it.

        Mails that come at the same time are numbered by the mail server as it likes. Blocks.
        """
        mailbox = [
            message_from_bytes(raw, policy=policy.default)["Message-ID"]
            for raw in self.mail.mails(self.support)
        ]
        chats = [
            Said(SITE, str(number), text)
            for number, visitor in enumerate(self.visitors)
            for text in visitor.said.values()
        ]
        return [*self.chatted, *(self.mailed[name] for name in mailbox), *chats]

    def _words(self) -> str:
        return f"{self.random.choice(WORDS)} — {next(self._numbers)}"

    async def _chat(self) -> None:
        """A few messages in one chat, then somebody else writes."""
        while True:
            chat = next(self._chat_numbers)
            for _ in range(self.random.randint(2, 8)):
                if not await self.ration.take():
                    return
                text = self._words()
                await asyncio.to_thread(self.telegram.do, "write", chat, text)
                self.chatted.append(Said(BOT, str(chat), text))

    async def _mail(self, box: Mailbox) -> None:
        """A few mails in one thread, then a new matter."""
        while True:
            thread: list[str] = []
            for _ in range(self.random.randint(1, 4)):
                if not await self.ration.take():
                    return
                text = self._words()
                raw = self._compose(box, text, thread)
                await asyncio.to_thread(self.mail.deliver, self.support.address, raw, box.address)
                self.mailed[thread[-1]] = Said(SUPPORT, box.address, text)

    def _compose(self, box: Mailbox, text: str, thread: list[str]) -> bytes:
        mail = EmailMessage()
        mail["From"] = f"Sample Customer <{box.address}>"
        mail["To"] = self.support.address
        mail["Subject"] = f"{'Re: ' if thread else ''}A matter of {box.address}"
        mail["Message-ID"] = f"<{next(self._numbers)}.{box.address}>"
        if thread:
            mail["In-Reply-To"] = thread[-1]
            mail["References"] = " ".join(thread)
        mail.set_content(text)
        thread.append(mail["Message-ID"])
        return mail.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")

    async def _visit(self, visitor: ChatVisitor) -> None:
        while await self.ration.take():
            await visitor.say(self._words())
