"""Handing mails to an SMTP server: one connection, many mails, and honest answers.

The mail is certainly not delivered until its text is on the wire; from then on a broken connection
leaves it open (RFC 5321, 4.2.5: the server takes responsibility with its answer to the end of the
text). So the text is written here, step by step, and not by the library's `sendmail`.
"""

from __future__ import annotations

import asyncio
import re
import ssl
import time
from collections.abc import Awaitable
from typing import Final, Literal, TypeVar

import aiosmtplib

from channels.mail.compose import Composed
from channels.mail.imap import tls_context
from channels.mail.oauth import TokenRefused, Tokens
from channels.mail.settings import MailSettings
from hub.channel import DeliveryError

T = TypeVar("T")

_IDLE_SECONDS: Final = 30.0
"""A connection that rested longer is asked whether it is still there before it is used."""

_ENHANCED: Final = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
# RFC 3463, 3.2 and 3.3: no such mailbox, no such system, moved, disabled.
_UNREACHABLE: Final = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})
_LINE_ENDS: Final = re.compile(rb"\r\n|\r|\n")
_DOTS: Final = re.compile(rb"(?m)^\.")

# What ends a connection, or never lets it begin.
_BROKEN: Final = (
    aiosmtplib.SMTPServerDisconnected,
    aiosmtplib.SMTPConnectError,
    aiosmtplib.SMTPTimeoutError,
    OSError,
    ssl.SSLError,
)


class SmtpSender:
    """Sends the mails of one account, one after another, over one connection."""

    def __init__(self, settings: MailSettings, tokens: Tokens | None) -> None:
        self._settings = settings
        self._tokens = tokens
        self._client: aiosmtplib.SMTP | None = None
        self._used = 0.0
        self._lock = asyncio.Lock()

    async def send(self, mail: Composed) -> str | None:
        """Hand a mail over. Returns a note on copies that were refused, or None.

        Raises DeliveryError: permanent for 5xx, uncertain when the connection broke after the text
        of the mail was begun, for the whole account when the server can not be used at all.
        """
        async with self._lock:
            client = await self._connected()
            try:
                note = await self._transfer(client, mail)
            except BaseException:
                # Cancelled or failed in the middle of a dialogue: nobody knows where it stands.
                self._drop()
                raise
            self._used = time.monotonic()
            return note

    async def sign_in(self) -> str:
        """Connect and sign in as for sending, and say by what greeting the server answered.

        Raises DeliveryError with the reason.
        """
        async with self._lock:
            client = await self._connected()
            response = await self._step(client.noop())
            self._used = time.monotonic()
            return f"{response.code} {response.message}"

    async def close(self) -> None:
        """Take leave of the server."""
        async with self._lock:
            if self._client is not None and self._client.is_connected:
                try:
                    await self._client.quit(timeout=5)
                except (aiosmtplib.SMTPException, OSError):
                    pass
            self._drop()

    def _drop(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    async def _connected(self) -> aiosmtplib.SMTP:
        if self._client is not None and self._client.is_connected:
            if time.monotonic() - self._used < _IDLE_SECONDS:
                return self._client
            try:
                await self._client.rset()
            except (aiosmtplib.SMTPException, OSError):
                pass
            else:
                return self._client
        self._drop()
        self._client = await self._connect()
        return self._client

    async def _connect(self) -> aiosmtplib.SMTP:
        settings = self._settings
        security = settings.smtp_security
        port = settings.smtp_port or {"tls": 465, "starttls": 587, "none": 25}[security]
        where = f"{settings.smtp_host}:{port}"
        context = await asyncio.to_thread(tls_context, settings) if security != "none" else None
        client = aiosmtplib.SMTP(
            hostname=settings.smtp_host,
            port=port,
            use_tls=security == "tls",
            start_tls=security == "starttls",
            tls_context=context,
            local_hostname=settings.address.rpartition("@")[2],
            timeout=settings.timeout_seconds,
        )
        try:
            await client.connect()
            await client.ehlo()
            if settings.smtp_auth:
                await self._log_in(client)
        except BaseException as error:
            client.close()
            if isinstance(error, aiosmtplib.SMTPResponseException):
                raise _refusal(
                    error.code, error.message, permanent=False, scope="account"
                ) from error
            if isinstance(error, (*_BROKEN, aiosmtplib.SMTPException, TokenRefused)):
                raise DeliveryError(
                    f"can not send through {where}: {str(error) or type(error).__name__}",
                    permanent=False,
                    scope="account",
                ) from error
            raise
        return client

    async def _log_in(self, client: aiosmtplib.SMTP) -> None:
        settings = self._settings
        try:
            if self._tokens is not None:
                await client.auth_xoauth2(settings.login, await self._tokens.current())
            elif settings.password is not None:
                await client.login(settings.login, settings.password.get_secret_value())
        except aiosmtplib.SMTPAuthenticationError as error:
            if self._tokens is not None:
                self._tokens.forget()
            raise DeliveryError(
                f"the SMTP server refused {settings.login!r}: {error.code} {error.message}; check "
                "username and password",
                permanent=False,
                code=str(error.code),
                scope="account",
            ) from error

    async def _transfer(self, client: aiosmtplib.SMTP, mail: Composed) -> str | None:
        limit = self._size_limit(client)
        if len(mail.raw) > limit:
            raise DeliveryError(
                f"the mail has {len(mail.raw):,} bytes, {limit:,} can be sent; "
                "send the files in several mails or as links",
                permanent=True,
            )
        options = [f"SIZE={len(mail.raw)}"] if client.supports_extension("size") else []
        encoding = "ascii"
        if mail.wants_utf8:
            if not client.supports_extension("smtputf8"):
                raise DeliveryError(
                    "an address has letters beyond ASCII, and the SMTP server can not send to it "
                    "(no SMTPUTF8)",
                    permanent=True,
                )
            options += ["SMTPUTF8", "BODY=8BITMIME"]
            encoding = "utf-8"
        await self._step(client.mail(mail.sender, options=options, encoding=encoding), "account")
        await self._step(client.rcpt(mail.to, encoding=encoding), recipient=True)
        refused = []
        for copy in mail.copies:
            try:
                await self._step(client.rcpt(copy, encoding=encoding), recipient=True)
            except DeliveryError as error:
                if error.code is None or error.code.startswith("421"):
                    raise
                refused.append(f"{copy} ({error.reason})")
        await self._deliver_text(client, mail.raw)
        notes = [f"not delivered to {', '.join(refused)}"] if refused else []
        return "; ".join([*notes, *([mail.note] if mail.note else [])]) or None

    def _size_limit(self, client: aiosmtplib.SMTP) -> int:
        announced = client.esmtp_extensions.get("size", "").strip()
        limit = self._settings.largest_sent_mail
        # "SIZE" alone, or 0, announces no limit (RFC 1870, 4).
        return min(limit, int(announced)) if announced.isdigit() and int(announced) else limit

    async def _deliver_text(self, client: aiosmtplib.SMTP, raw: bytes) -> None:
        timeout = self._settings.timeout_seconds
        begin = await self._step(client.execute_command(b"DATA", timeout=timeout))
        if begin.code != 354:
            raise _refusal(begin.code, begin.message)
        protocol = client.protocol
        if protocol is None:
            raise _not_begun("the server closed the connection")
        text = _LINE_ENDS.sub(b"\r\n", raw)
        if not text.endswith(b"\r\n"):
            text += b"\r\n"
        try:
            protocol.write(_DOTS.sub(b"..", text) + b".\r\n")
            end = await protocol.read_response(timeout=timeout)
        except _BROKEN as error:
            raise DeliveryError(
                "the connection broke after the mail was handed over; it may have been delivered "
                f"({str(error) or type(error).__name__})",
                permanent=False,
                certain=False,
            ) from error
        except aiosmtplib.SMTPResponseException as error:
            # An answer that is none: what became of the mail is not known either.
            raise DeliveryError(
                f"the server's answer to the mail can not be read: {error.message}",
                permanent=False,
                certain=False,
            ) from error
        if end.code != 250:
            raise _refusal(end.code, end.message)

    async def _step(
        self,
        command: Awaitable[T],
        scope: Literal["chat", "account"] = "chat",
        *,
        recipient: bool = False,
    ) -> T:
        """One command before the text: whatever goes wrong, nothing was delivered."""
        try:
            return await command
        except aiosmtplib.SMTPResponseException as error:
            raise _refusal(error.code, error.message, scope=scope, recipient=recipient) from error
        except _BROKEN as error:
            raise _not_begun(str(error) or type(error).__name__) from error
        except (aiosmtplib.SMTPException, ValueError) as error:
            raise DeliveryError(str(error), permanent=True) from error


def _not_begun(reason: str) -> DeliveryError:
    return DeliveryError(
        f"the SMTP server broke off before the mail was handed over: {reason}",
        permanent=False,
        scope="account",
    )


def _refusal(
    code: int,
    message: str,
    *,
    permanent: bool | None = None,
    scope: Literal["chat", "account"] = "chat",
    recipient: bool = False,
) -> DeliveryError:
    """What the server's answer means (RFC 5321, 4.2.1; RFC 3463)."""
    enhanced = _ENHANCED.search(message[:40])
    status = enhanced[1] if enhanced else ""
    # 530, 534 and 535 speak of our signing in, 421 of the whole connection: the next mail fares
    # no better, and this one is not to blame.
    of_account = code in {421, 454, 530, 534, 535, 538}
    return DeliveryError(
        f"the SMTP server answered {code} {' '.join(message.split())}",
        permanent=(code >= 500 and not of_account) if permanent is None else permanent,
        code=f"{code} {status}".strip(),
        scope="account" if of_account else scope,
        unreachable=recipient and code >= 500 and status in _UNREACHABLE,
    )
