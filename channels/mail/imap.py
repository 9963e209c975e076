"""One connection to an IMAP server: sign in, look at one mailbox, read, wait for news.

The mailbox is opened by EXAMINE, so nothing that happens here changes it: no mail is marked as
seen (RFC 3501, 6.3.2).
"""

from __future__ import annotations

import asyncio
import base64
import re
import ssl
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, Final

from aioimaplib import aioimaplib

from channels.mail.imap_protocol import (
    Authenticate,
    ConnectionLost,
    Fetch,
    Fragments,
    Idle,
    Protocol,
)
from channels.mail.mailbox_names import encode_mailbox, listed_mailbox, quote
from channels.mail.settings import MailSettings

_MONTHS: Final = (
    *("jan", "feb", "mar", "apr", "may", "jun"),
    *("jul", "aug", "sep", "oct", "nov", "dec"),
)
_INTERNALDATE: Final = re.compile(
    rb"INTERNALDATE "
    rb'"[ 0]?(\d{1,2})-([A-Za-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)"'
)
_UID: Final = re.compile(rb"\bUID (\d+)")
_SIZE: Final = re.compile(rb"\bRFC822\.SIZE (\d+)")
_BODY_FOLLOWS: Final = re.compile(rb"\bBODY\[[^\]]*\](?:<\d+>)? \{\d+\}$")
_BODY_QUOTED: Final = re.compile(rb'\bBODY\[[^\]]*\](?:<\d+>)? ("(?:[^"\\]|\\.)*"|NIL)', re.DOTALL)


class ImapError(Exception):
    """The server can not be read. The text says what happened and what to do."""


class SignInRefused(ImapError):
    """The server does not take the user name and password (or token)."""


@dataclass(frozen=True)
class Opened:
    """A mailbox as it was when it was opened (RFC 3501, 2.3.1.1)."""

    uidvalidity: int
    uidnext: int | None


@dataclass(frozen=True)
class Fetched:
    """What one FETCH response says of one mail; None for what it does not say."""

    uid: int
    size: int | None
    internal_date: datetime | None
    body: bytes | None


def tls_context(settings: MailSettings) -> ssl.SSLContext:
    """Verify the server's name against the system's authorities, or against `ca_file`."""
    return ssl.create_default_context(
        cafile=str(settings.ca_file) if settings.ca_file is not None else None
    )


class ImapConnection:
    """A connection of one account. Every method raises ImapError when it can not do its part.

    After an error the connection is of no further use: close it.
    """

    def __init__(self, protocol: Protocol, settings: MailSettings) -> None:
        self._protocol = protocol
        self._settings = settings
        self._timeout = settings.timeout_seconds

    @classmethod
    async def open(cls, settings: MailSettings) -> ImapConnection:
        """Connect and wait for the greeting."""
        host = settings.imap_host or ""
        secure = settings.imap_security == "tls"
        port = settings.imap_port or (993 if secure else 143)
        where = f"{host}:{port}"
        loop = asyncio.get_running_loop()
        protocol = Protocol(loop)
        try:
            context = await asyncio.to_thread(tls_context, settings) if secure else None
            async with asyncio.timeout(settings.timeout_seconds):
                await loop.create_connection(
                    lambda: protocol,
                    host,
                    port,
                    ssl=context,
                    server_hostname=host if context else None,
                )
                try:
                    await protocol.greeted
                except BaseException:
                    protocol.transport.abort()
                    raise
        except TimeoutError as error:
            raise ImapError(
                f"{where} did not answer in {settings.timeout_seconds:g} s; check imap_host and "
                "imap_port, and whether the port speaks TLS"
            ) from error
        except ssl.SSLError as error:
            raise ImapError(
                f"no TLS connection with {where}: {error}; check that the port is the IMAPS port, "
                "and set ca_file for a private certificate authority"
            ) from error
        except (OSError, UnicodeError) as error:
            raise ImapError(f"can not connect to {where}: {error}") from error
        except (ConnectionLost, aioimaplib.AioImapException) as error:
            raise ImapError(f"{where} does not greet like an IMAP server: {error}") from error
        return cls(protocol, settings)

    def close(self) -> None:
        """End the connection at once."""
        self._protocol.transport.abort()

    async def log_out(self) -> None:
        """Take leave and end the connection; never raises."""
        try:
            async with asyncio.timeout(5):
                await self._protocol.logout()
        except (ConnectionLost, aioimaplib.AioImapException, TimeoutError, OSError):
            pass
        self.close()

    @property
    def can_idle(self) -> bool:
        """Whether the server announces new mail by itself."""
        return self._has("IDLE")

    def _has(self, capability: str) -> bool:
        return capability in {one.upper() for one in self._protocol.capabilities}

    async def _run(self, execution: Awaitable[Any]) -> Any:
        """Wait for a command, and turn every way to fail into an ImapError."""
        try:
            async with asyncio.timeout(self._timeout * 2):
                return await execution
        except (aioimaplib.CommandTimeout, TimeoutError) as error:
            self.close()
            raise ImapError(f"the IMAP server did not answer in {self._timeout:g} s") from error
        except (ConnectionLost, aioimaplib.AioImapException, OSError) as error:
            self.close()
            raise ImapError(str(error) or type(error).__name__) from error

    async def _execute(self, command: Any, scrub: str | None = None) -> Any:
        return await self._run(self._protocol.execute(command, scrub=scrub))

    def _command(self, name: str, *arguments: str, prefix: str | None = None) -> Any:
        return aioimaplib.Command(
            name, self._protocol.new_tag(), *arguments, prefix=prefix, timeout=self._timeout
        )

    async def log_in(self, token: str | None = None) -> None:
        """Sign in with the password, or with an OAuth access token. Raises SignInRefused."""
        settings = self._settings
        if self._protocol.state == aioimaplib.AUTH:
            return
        if token is not None:
            said = f"user={settings.login}\x01auth=Bearer {token}\x01\x01"
            response = await self._authenticate("XOAUTH2", said)
        else:
            password = settings.password.get_secret_value() if settings.password else ""
            # PLAIN carries any character; LOGIN only what a quoted string may hold.
            if self._has("AUTH=PLAIN"):
                response = await self._authenticate("PLAIN", f"\0{settings.login}\0{password}")
            elif self._has("LOGINDISABLED"):
                raise SignInRefused(
                    "the server takes no password on this connection; set imap_security = "
                    '"tls" and its port'
                )
            else:
                secret = quote(password)
                response = await self._execute(
                    self._command("LOGIN", quote(settings.login), secret), scrub=secret
                )
        if response.result != "OK":
            raise SignInRefused(
                f"the IMAP server refused {settings.login!r}: {_last(response)}; check username "
                "and password (many providers want an app password)"
            )
        self._protocol.state = aioimaplib.AUTH
        # What a server can do may change with who is asking.
        await self._run(self._protocol.capability())

    async def _authenticate(self, mechanism: str, said: str) -> Any:
        encoded = base64.b64encode(said.encode()).decode("ascii")
        command = Authenticate(
            self._protocol.new_tag(),
            mechanism,
            encoded,
            ahead=self._has("SASL-IR"),
            timeout=self._timeout,
        )
        return await self._execute(command, scrub=encoded)

    async def mailboxes(self) -> tuple[str, ...]:
        """The names of all mailboxes that can be opened, as a person sees them."""
        response = await self._execute(self._command("LIST", '""', '"*"'))
        names: list[str] = []
        lines = [bytes(line) for line in response.lines[:-1]]
        for line, after in zip(lines, [*lines[1:], b""], strict=True):
            # A name with odd characters may come as a literal, after the line that announces it.
            literal = re.search(rb"\{\d+\}$", line)
            if name := listed_mailbox(
                line[: literal.start()] + quote_bytes(after) if literal else line
            ):
                names.append(name)
        return tuple(names)

    async def examine(self, mailbox: str) -> Opened:
        """Open a mailbox for reading only."""
        response = await self._execute(self._command("EXAMINE", quote(encode_mailbox(mailbox))))
        if response.result != "OK":
            raise ImapError(f'the mailbox "{mailbox}" can not be opened: {_last(response)}')
        self._protocol.state = aioimaplib.SELECTED
        said = b"\n".join(bytes(line) for line in response.lines)
        validity = re.search(rb"\[UIDVALIDITY (\d+)\]", said, re.IGNORECASE)
        following = re.search(rb"\[UIDNEXT (\d+)\]", said, re.IGNORECASE)
        return Opened(
            uidvalidity=int(validity[1]) if validity else 0,
            uidnext=int(following[1]) if following else None,
        )

    async def search(
        self, first: int, last: int | None = None, *, since: date | None = None
    ) -> list[int]:
        """The UIDs from `first` to `last` that exist, ascending; received on `since` or later."""
        criteria = [f"UID {first}:{'*' if last is None else last}"]
        if since is not None:
            criteria.append(f"SINCE {since.day}-{_MONTHS[since.month - 1].title()}-{since.year}")
        response = await self._execute(self._command("SEARCH", *criteria, prefix="UID"))
        if response.result != "OK":
            raise ImapError(f"the IMAP server refused to search: {_last(response)}")
        words = b" ".join(bytes(line) for line in response.lines[:-1]).split()
        found = {int(word) for word in words if word.isdigit()}
        # "n:*" always means the last mail too, even when its UID is below n.
        return sorted(uid for uid in found if uid >= first and (last is None or uid <= last))

    async def sizes(self, uids: Sequence[int]) -> dict[int, Fetched]:
        """Size and date of the given mails; those that are gone are left out."""
        return await self._fetch(uids, "(UID RFC822.SIZE INTERNALDATE)")

    async def bodies(
        self, uids: Sequence[int], *, first_bytes: int | None = None
    ) -> dict[int, Fetched]:
        """The given mails, whole or their beginning; nothing is marked as seen."""
        part = "BODY.PEEK[]" if first_bytes is None else f"BODY.PEEK[]<0.{first_bytes}>"
        return await self._fetch(uids, f"(UID INTERNALDATE {part})")

    async def _fetch(self, uids: Sequence[int], wanted: str) -> dict[int, Fetched]:
        command = Fetch(
            self._protocol.new_tag(), ",".join(map(str, uids)), wanted, timeout=self._timeout
        )
        try:
            # A large mail may take long; the command's own timer starts anew with each line.
            response = await self._protocol.execute(command)
        except aioimaplib.CommandTimeout as error:
            self.close()
            raise ImapError(f"the IMAP server fell silent for {self._timeout:g} s") from error
        except (ConnectionLost, aioimaplib.AioImapException, OSError) as error:
            self.close()
            raise ImapError(str(error)) from error
        if response.result == "BAD":
            raise ImapError(f"the IMAP server refused to fetch: {_last(response)}")
        asked = set(uids)
        found = (_fetched(fragments) for fragments in command.found)
        merged: dict[int, Fetched] = {}
        for one in found:
            # Changed flags come in between, and with a UID too: the answer is what holds more.
            if one is not None and one.uid in asked:
                before = merged.get(one.uid)
                if before is None or one.body is not None or one.size is not None:
                    merged[one.uid] = one
        return merged

    async def wait_for_news(self, pause: Awaitable[None]) -> None:
        """Return when the server announces mail, or when `pause` is over.

        Where the server can IDLE it is asked to; elsewhere the pause is slept through.
        """
        sleeping = asyncio.ensure_future(pause)
        hearing = asyncio.ensure_future(self._protocol.news.wait())
        try:
            if self.can_idle:
                await self._idle({sleeping, hearing})
            else:
                await asyncio.wait({sleeping, hearing}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeping.cancel()
            hearing.cancel()
            await asyncio.gather(sleeping, hearing, return_exceptions=True)
        if self._protocol.state == aioimaplib.LOGOUT:
            raise ImapError("the IMAP server closed the connection")

    async def _idle(self, until: set[asyncio.Future[Any]]) -> None:
        command = Idle(self._protocol.new_tag())
        idling = asyncio.ensure_future(self._protocol.execute(command))
        try:
            await self._run(command.begun.wait())
            await asyncio.wait({idling, *until}, return_when=asyncio.FIRST_COMPLETED)
            if not idling.done():
                self._protocol.idle_done()
            response = await self._run(idling)
            if response.result != "OK":
                raise ImapError(f"the IMAP server refused to wait: {_last(response)}")
        finally:
            idling.cancel()
            await asyncio.gather(idling, return_exceptions=True)

    def forget_news(self) -> None:
        """From here on, news are what is announced after this moment."""
        if self._protocol.state != aioimaplib.LOGOUT:
            self._protocol.news.clear()


def quote_bytes(name: bytes) -> bytes:
    """`name` as the inside of a LIST line."""
    return b'"' + name.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def _last(response: Any) -> str:
    """What the server said at the end of a command."""
    line = bytes(response.lines[-1]) if response.lines else b""
    return line.decode("utf-8", "replace").strip() or response.result


def _fetched(fragments: Fragments) -> Fetched | None:
    body: bytes | None = None
    attributes = b""
    follows = False
    for fragment in fragments:
        if follows:
            body, follows = fragment, False
            continue
        follows = _BODY_FOLLOWS.search(fragment) is not None
        if match := _BODY_QUOTED.search(fragment):
            if match[1] != b"NIL":
                body = re.sub(rb"\\(.)", rb"\1", match[1][1:-1], flags=re.DOTALL)
            attributes += fragment[: match.start()] + fragment[match.end() :] + b" "
        else:
            attributes += fragment + b" "
    uid, size = _UID.search(attributes), _SIZE.search(attributes)
    if uid is None:
        return None
    return Fetched(
        uid=int(uid[1]),
        size=int(size[1]) if size else None,
        internal_date=_internal_date(attributes),
        body=body,
    )


def _internal_date(attributes: bytes) -> datetime | None:
    match = _INTERNALDATE.search(attributes)
    if match is None:
        return None
    day, month, year, hour, minute, second, sign, hours, minutes = match.groups()
    offset = timedelta(hours=int(hours), minutes=int(minutes)) * (-1 if sign == b"-" else 1)
    try:
        return datetime(
            int(year),
            _MONTHS.index(month.decode().lower()) + 1,
            int(day),
            int(hour),
            int(minute),
            min(int(second), 59),
            tzinfo=timezone(offset),
        ).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
