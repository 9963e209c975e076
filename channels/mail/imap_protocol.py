"""aioimaplib's protocol, made fit for hostile mail and broken lines.

Version 2.0.3 of the library
- recurses once per response line, so that a thousand lines in one read end the connection,
- scans all lines of a FETCH again at each new one, and counts parentheses inside quoted strings,
- removes every "* " inside a response, not only the one in front,
- tells nobody who waits when the connection is lost, IDLE included,
- leaves the error challenge of a refused OAuth token unanswered, so that both sides wait.
"""

from __future__ import annotations

import asyncio
import re
from typing import Any, Final

from aioimaplib import aioimaplib

_LITERAL: Final = re.compile(rb"\{(\d+)\}$")
_MESSAGE_DATA: Final = re.compile(rb"[0-9]+ (FETCH|EXPUNGE)\b", re.IGNORECASE)
_NEWS: Final = re.compile(rb"[0-9]+ (?:EXISTS|RECENT)\b", re.IGNORECASE)
_QUOTED: Final = re.compile(rb'"(?:[^"\\]|\\.)*"')

Fragments = list[bytes]
"""One FETCH response: its lines, and between them its literals."""


class ConnectionLost(Exception):
    """The connection to the IMAP server ended."""


class Fetch(aioimaplib.Command):  # type: ignore[misc] # the library has no types
    """FETCH whose responses are told apart as they come. `found` holds those with a literal."""

    def __init__(self, tag: str, *args: str, timeout: float) -> None:
        super().__init__("FETCH", tag, *args, prefix="UID", timeout=timeout)
        self.found: list[Fragments] = []
        self._depth = 0

    def wait_data(self) -> bool:
        return self._depth > 0 or bool(self.wait_literal_data())

    def append_to_resp(self, line: bytes | bytearray, result: str = "Pending") -> None:
        if result != "Pending":
            super().append_to_resp(line, result=result)
            return
        self._reset_timer()
        if self._depth == 0:
            self.found.append([])
        self.found[-1].append(bytes(line))
        # A literal is the only thing that arrives as a bytearray.
        if isinstance(line, bytes):
            bare = _QUOTED.sub(b"", line)
            self._depth = max(0, self._depth + bare.count(b"(") - bare.count(b")"))


class Authenticate(aioimaplib.Command):  # type: ignore[misc] # the library has no types
    """AUTHENTICATE with one response: sent at the first challenge unless it went ahead.

    A further challenge tells why the server refuses; an empty line lets it say so (RFC 4422, 3.5).
    """

    def __init__(
        self, tag: str, mechanism: str, response: str, *, ahead: bool, timeout: float
    ) -> None:
        arguments = (mechanism, response) if ahead else (mechanism,)
        super().__init__("AUTHENTICATE", tag, *arguments, timeout=timeout)
        self._answers = [] if ahead else [response]

    def answer(self) -> bytes:
        return (self._answers.pop().encode("ascii") if self._answers else b"") + b"\r\n"


class Idle(aioimaplib.Command):  # type: ignore[misc] # the library has no types
    """IDLE (RFC 2177). What is announced meanwhile sets the protocol's `news`."""

    def __init__(self, tag: str) -> None:
        super().__init__("IDLE", tag)
        self.begun = asyncio.Event()

    def append_to_resp(self, line: bytes, result: str = "Pending") -> None:
        if result != "Pending":
            super().append_to_resp(line, result=result)
            # Refused, or over: whoever waits for the beginning need not wait on.
            self.begun.set()


class Protocol(aioimaplib.IMAP4ClientProtocol):  # type: ignore[misc] # the library has no types
    """The client's side of one connection.

    greeted: done when the server greeted and told its capabilities.
    news: set when the server announced mail, and when the connection is lost.
    """

    pending_sync_command: Any

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self.greeted: asyncio.Future[None] = loop.create_future()
        # Nobody may be waiting any more when it fails.
        self.greeted.add_done_callback(lambda done: done.cancelled() or done.exception())
        self.news = asyncio.Event()

    async def welcome(self, command: bytes) -> None:
        try:
            await super().welcome(command)
        except (aioimaplib.AioImapException, ConnectionLost) as error:
            if not self.greeted.done():
                self.greeted.set_exception(error)
        else:
            if not self.greeted.done():
                self.greeted.set_result(None)

    def _handle_responses(self, data: bytes, line_handler: Any, current_cmd: Any = None) -> None:
        position = 0
        while position < len(data):
            if current_cmd is not None and current_cmd.wait_literal_data():
                wanted = current_cmd._expected_size - len(current_cmd._resp_literal_data)
                current_cmd.append_literal_data(data[position : position + wanted])
                position += min(wanted, len(data) - position)
                continue
            end = data.find(b"\r\n", position)
            if end == -1:
                raise aioimaplib.IncompleteRead(current_cmd, data[position:])
            line = data[position:end]
            position = end + 2
            command = line_handler(line, current_cmd)
            if literal := _LITERAL.search(line):
                # Literals that nobody asked for are read past, into a command that nobody awaits.
                command = command or aioimaplib.Command("NIL", "unused")
                command.begin_literal_data(int(literal[1]))
                current_cmd = command
            else:
                current_cmd = command if command is not None and command.wait_data() else None
        if current_cmd is not None and current_cmd.wait_data():
            raise aioimaplib.IncompleteRead(current_cmd)

    def _untagged_response(self, line: bytes) -> Any:
        line = line.removeprefix(b"* ")
        if _NEWS.match(line):
            self.news.set()
        if self.pending_sync_command is not None:
            self.pending_sync_command.append_to_resp(line)
            return self.pending_sync_command
        if match := _MESSAGE_DATA.match(line):
            name, text = match[1], line
        else:
            name, _, text = line.partition(b" ")
        command = self.pending_async_commands.get(name.decode("ascii", "replace").upper())
        if command is not None:
            command.append_to_resp(text)
        return command

    def _continuation(self, line: bytes) -> None:
        match self.pending_sync_command:
            case Authenticate() as command:
                self.transport.write(command.answer())
            case Idle() as command:
                command.begun.set()
            case _:
                super()._continuation(line)

    def connection_lost(self, exc: Exception | None) -> None:
        self.state = aioimaplib.LOGOUT
        reason = f": {exc}" if exc else ""
        error = ConnectionLost(f"the IMAP server closed the connection{reason}")
        waiting = [*self.pending_async_commands.values(), self.pending_sync_command]
        self.pending_sync_command = None
        self.pending_async_commands.clear()
        for command in filter(None, waiting):
            command._exception = error
            command._timer.cancel()
            command._event.set()
            if isinstance(command, Idle):
                command.begun.set()
        if not self.greeted.done():
            self.greeted.set_exception(error)
        self.news.set()
        super().connection_lost(exc)
