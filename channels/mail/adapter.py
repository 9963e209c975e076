"""One mail account as a channel: reads its mailboxes, sends its answers, checks its settings."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime

from channels.mail.apart import parse
from channels.mail.compose import Composed, compose
from channels.mail.imap import ImapConnection, ImapError, SignInRefused
from channels.mail.oauth import TokenRefused, Tokens
from channels.mail.receive import MailboxReader, with_files
from channels.mail.render import render
from channels.mail.send import SmtpSender
from channels.mail.settings import MailSettings
from hub.channel import (
    Account,
    CannotExpress,
    Capabilities,
    DeliveryError,
    Finding,
    Host,
    Sent,
    refuse_beyond,
)
from hub.message import Inbound, Message, Outbound, Raw, Survey

_ENTITIES = frozenset(
    {"bold", "italic", "underline", "strike", "code", "pre", "quote", "link", "mention"}
)
_BLOCKS = frozenset(
    {"text", "html", "media", "location", "contact", "card", "buttons", "form", "survey"}
)


class MailChannel:
    """A mail account. Nothing is connected before something is read, sent or checked."""

    def __init__(self, account: Account) -> None:
        if not isinstance(account.settings, MailSettings):
            raise TypeError(f"a mail account wants MailSettings, not {type(account.settings)}")
        self._account = account
        self._settings = account.settings
        self._tokens = Tokens(self._settings) if self._settings.oauth_endpoint else None
        self._sender = SmtpSender(self._settings, self._tokens)

    @property
    def capabilities(self) -> Capabilities:
        """What a mail carries; the size limit is less base64's third (RFC 2045, 6.8)."""
        return Capabilities(
            blocks=_BLOCKS,
            entities=_ENTITIES,
            attachment_limit=self._settings.largest_sent_mail * 72 // 100,
            threads=True,
            subject=True,
            copies=True,
            addresses=self._settings.own_addresses,
            idempotent_send=self._settings.resend_unconfirmed,
            # There is one connection; the second mail is at hand when the first one is gone.
            at_once=2,
        )

    async def receive(self, host: Host) -> None:
        """Read every mailbox of the account until cancelled; see `MailboxReader`."""
        if self._settings.imap_host is None:
            return
        try:
            async with asyncio.TaskGroup() as group:
                for mailbox in self._settings.mailboxes:
                    reader = MailboxReader(mailbox, self._settings, self._tokens, host)
                    group.create_task(reader.run())
        except BaseExceptionGroup as errors:
            # The supervisor shows one reason, not a tree of them.
            if self._tokens is not None and errors.subgroup(SignInRefused):
                self._tokens.forget()
            raise _first(errors) from None

    async def send(self, message: Outbound, host: Host) -> Sent:
        """Hand one mail to the SMTP server; see `Channel.send`."""
        if self._settings.smtp_host is None:
            raise DeliveryError(
                "this account only reads mail; set smtp_host to send", permanent=True
            )
        mail = await self._compose(message, host)
        note = await self._sender.send(mail)
        return Sent((mail.message_id,), note)

    async def _compose(self, message: Outbound, host: Host) -> Composed:
        refuse_beyond(message, self.capabilities)
        rendered = render(message.content, locale=message.locale, survey_link=self._survey_link)
        files: dict[str, bytes] = {}
        for carried in rendered.files:
            blob = carried.blob
            try:
                files[blob.key] = await host.get_blob(blob)
            except FileNotFoundError as error:
                raise CannotExpress(f"the file {blob.name!r} is not stored any more") from error
        if sum(map(len, files.values())) > 64 * 1024:
            return await asyncio.to_thread(compose, message, rendered, files, self._settings)
        return compose(message, rendered, files, self._settings)

    def _survey_link(self, survey: Survey, score: int) -> str | None:
        """The hub's public page for this survey, with a score chosen beforehand."""
        url = self._account.url
        if url is None:
            return None
        public = url.removesuffix(f"c/{self._account.name}/")
        return f"{public}r/{survey.token}?score={score}"

    async def reread(self, raw: Raw, at: datetime, host: Host) -> Inbound:
        """A mail once more, from its bytes; nothing is asked of the server."""
        parsed = await parse(
            raw.body, account=self._account.name, settings=self._settings, internal_date=at
        )
        if not isinstance(parsed.inbound, Message):
            return parsed.inbound
        return await with_files(parsed.inbound, parsed, host)

    async def check(self) -> Sequence[Finding]:
        """Sign in to both servers and look for the mailboxes; nothing is changed or sent."""
        findings: list[Finding] = []
        if self._settings.imap_host is not None:
            findings += await self._check_imap()
        if self._settings.smtp_host is not None:
            findings.append(await self._check_smtp())
        return findings

    async def _check_imap(self) -> list[Finding]:
        where = self._settings.imap_host or ""
        try:
            connection = await ImapConnection.open(self._settings)
            try:
                token = await self._tokens.current() if self._tokens else None
                await connection.log_in(token)
                names = await connection.mailboxes()
                idle = connection.can_idle
            finally:
                await connection.log_out()
        except (ImapError, TokenRefused) as error:
            reason, _, fix = str(error).partition("; ")
            return [Finding(f"reading mail at {where}", False, reason, fix)]
        arrival = "new mail is announced" if idle else "new mail is asked for"
        findings = [Finding(f"reading mail at {where}", True, f"signed in; {arrival}")]
        known = {name.upper() if name.upper() == "INBOX" else name for name in names}
        for mailbox in self._settings.mailboxes:
            wanted = "INBOX" if mailbox.upper() == "INBOX" else mailbox
            found = wanted in known
            findings.append(
                Finding(
                    f'the mailbox "{mailbox}"',
                    found,
                    "" if found else "it does not exist",
                    "" if found else f"set mailboxes to some of: {', '.join(sorted(known))}",
                )
            )
        return findings

    async def _check_smtp(self) -> Finding:
        what = f"sending mail through {self._settings.smtp_host}"
        sender = SmtpSender(self._settings, self._tokens)
        try:
            answer = await sender.sign_in()
        except DeliveryError as error:
            reason, _, fix = error.reason.partition("; ")
            return Finding(
                what, False, reason, fix or "check smtp_host, smtp_port and smtp_security"
            )
        finally:
            await sender.close()
        return Finding(what, True, f"signed in; the server says {' '.join(answer.split())}")

    async def close(self) -> None:
        """Give the SMTP connection back; reading ends with the cancellation of `receive`."""
        await self._sender.close()


def _first(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first error in a group of groups."""
    error: BaseException = errors
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
