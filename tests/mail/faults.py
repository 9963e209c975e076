"""Far sides that fail on command: an SMTP server by script, and a cable that is cut."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, Literal

HOST: Final = "127.0.0.1"
CUT: Final = "cut"
"""Instead of an answer: the connection ends."""
SILENCE: Final = "silence"
"""Instead of an answer: nothing."""

Stage = Literal["greeting", "ehlo", "auth", "mail", "rcpt", "data", "text", "rset", "noop"]

_USUAL: Final[dict[str, str]] = {
    "greeting": "220 mx.example.test",
    "auth": "235 2.7.0 welcome",
    "mail": "250 2.1.0 ok",
    "rcpt": "250 2.1.5 ok",
    "data": "354 go on",
    "text": "250 2.0.0 queued",
    "rset": "250 2.0.0 ok",
    "noop": "250 2.0.0 ok",
}


@dataclass
class Taken:
    """A mail whose text arrived in full, whatever was answered then."""

    sender: str
    recipients: list[str]
    raw: bytes


@dataclass
class FaultySmtp:
    """An SMTP server that answers by script: per stage, answers that are used up one by one.

    extensions: what EHLO announces. taken: the mails that arrived in full.
    """

    port: int = 0
    extensions: list[str] = field(
        default_factory=lambda: ["SIZE 10000000", "8BITMIME", "AUTH PLAIN LOGIN XOAUTH2"]
    )
    taken: list[Taken] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    connections: int = 0
    _script: dict[str, deque[str]] = field(default_factory=dict)
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    def answer(self, stage: Stage, *answers: str) -> None:
        """The next answers at `stage`; then the usual one again."""
        self._script.setdefault(stage, deque()).extend(answers)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.connections += 1
        self._writers.add(writer)
        try:
            await self._dialogue(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self._writers.discard(writer)
            writer.transport.abort()

    def hang_up(self) -> None:
        """End every connection, as a server that restarts."""
        for writer in list(self._writers):
            writer.transport.abort()

    async def _say(self, writer: asyncio.StreamWriter, stage: str) -> bool:
        script = self._script.get(stage)
        line = script.popleft() if script else _USUAL[stage]
        if line == CUT:
            raise ConnectionAbortedError
        if line == SILENCE:
            await asyncio.Event().wait()
        writer.write(line.encode() + b"\r\n")
        await writer.drain()
        return line[0] in "23"

    async def _dialogue(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not await self._say(writer, "greeting"):
            return
        sender, recipients = "", list[str]()
        while line := (await reader.readline()).decode().rstrip("\r\n"):
            self.commands.append(line)
            verb = line.partition(" ")[0].upper()
            match verb:
                case "EHLO":
                    lines = ["mx.example.test", *self.extensions]
                    for number, said in enumerate(lines, start=1):
                        mark = " " if number == len(lines) else "-"
                        writer.write(f"250{mark}{said}\r\n".encode())
                case "AUTH":
                    await self._say(writer, "auth")
                case "MAIL":
                    sender, recipients = _path(line), []
                    await self._say(writer, "mail")
                case "RCPT":
                    if await self._say(writer, "rcpt"):
                        recipients.append(_path(line))
                case "DATA":
                    if await self._say(writer, "data"):
                        text = await reader.readuntil(b"\r\n.\r\n")
                        raw = text[: -len(b".\r\n")].replace(b"\r\n..", b"\r\n.")
                        self.taken.append(Taken(sender, recipients, raw))
                        await self._say(writer, "text")
                case "RSET" | "NOOP":
                    await self._say(writer, verb.lower())
                case "QUIT":
                    writer.write(b"221 bye\r\n")
                    await writer.drain()
                    return
                case _:
                    writer.write(b"500 5.5.1 what?\r\n")


def _path(line: str) -> str:
    return line.partition("<")[2].partition(">")[0]


@asynccontextmanager
async def faulty_smtp() -> AsyncIterator[FaultySmtp]:
    """A scripted SMTP server on a free port."""
    server = FaultySmtp()
    listener = await asyncio.start_server(server.serve, HOST, 0, limit=64 * 1024 * 1024)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()
        server.hang_up()
        await asyncio.sleep(0)


@dataclass
class Cable:
    """A TCP proxy whose cable can be cut: by hand, or after so many bytes from the server.

    cuts: how often it was cut. The next connection works again.
    """

    target: int
    port: int = 0
    cuts: int = 0
    _after: bytes = b""
    _bytes_left: int | None = None
    _lines: set[asyncio.StreamWriter] = field(default_factory=set)

    def cut_after(self, marker: bytes, bytes_more: int) -> None:
        """Cut once the server has sent `marker` and then `bytes_more` bytes."""
        self._after, self._bytes_left = marker, bytes_more

    def cut(self) -> None:
        """Cut now."""
        self.cuts += 1
        for line in list(self._lines):
            line.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection through the cable."""
        try:
            far_reader, far_writer = await asyncio.open_connection(HOST, self.target)
        except OSError:
            writer.transport.abort()
            return
        ends = {writer, far_writer}
        self._lines |= ends
        try:
            await asyncio.gather(
                self._carry(reader, far_writer, inward=False),
                self._carry(far_reader, writer, inward=True),
            )
        except OSError:
            pass
        finally:
            self._lines -= ends
            for end in ends:
                end.transport.abort()

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, inward: bool
    ) -> None:
        while data := await reader.read(4096):
            if inward and self._bytes_left is not None:
                data = self._shortened(data)
            writer.write(data)
            await writer.drain()
            if inward and self._bytes_left is not None and self._bytes_left <= 0:
                self._bytes_left = None
                self.cut()
                raise ConnectionAbortedError
        raise ConnectionAbortedError

    def _shortened(self, data: bytes) -> bytes:
        assert self._bytes_left is not None
        if self._after:
            at = data.find(self._after)
            if at == -1:
                return data
            head = at + len(self._after)
            self._after = b""
        else:
            head = 0
        kept = data[: head + self._bytes_left]
        self._bytes_left -= len(data) - head
        return kept


@asynccontextmanager
async def cable(target: int) -> AsyncIterator[Cable]:
    """A cable to a port on this machine."""
    line = Cable(target)
    listener = await asyncio.start_server(line.serve, HOST, 0)
    line.port = listener.sockets[0].getsockname()[1]
    try:
        yield line
    finally:
        listener.close()
        line.cut()
        await asyncio.sleep(0)
