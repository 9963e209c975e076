"""An IMAP server by script, for what a well-behaved one never says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Answer = bytes | Callable[[str], bytes]


@dataclass
class OddImap:
    """Answers each command by its name ("EXAMINE", "UID FETCH"): untagged lines, then OK.

    answers: bytes, or a function of the command's arguments. statuses: instead of "OK done".
    mails: by UID; FETCH gives them as literals unless it is scripted. commands: what was said.
    """

    port: int = 0
    greeting: bytes = b"* OK [CAPABILITY IMAP4rev1 IDLE] hello\r\n"
    capabilities: str = "IMAP4rev1 IDLE AUTH=PLAIN SASL-IR"
    mails: dict[int, bytes] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    statuses: dict[str, str] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self._writers.add(writer)
        try:
            writer.write(self.greeting)
            while line := (await reader.readline()).decode().rstrip("\r\n"):
                tag, _, rest = line.partition(" ")
                verb, _, arguments = rest.partition(" ")
                if verb == "UID":
                    second, _, arguments = arguments.partition(" ")
                    verb = f"UID {second}"
                self.commands.append(f"{verb} {arguments}".strip())
                if verb == "IDLE":
                    writer.write(b"+ idling\r\n")
                    await reader.readline()
                else:
                    writer.write(self._answer(verb, arguments))
                status = self.statuses.get(verb, "OK done")
                writer.write(f"{tag} {status}\r\n".encode())
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            self._writers.discard(writer)
            writer.transport.abort()

    def hang_up(self) -> None:
        """End every connection."""
        for writer in list(self._writers):
            writer.transport.abort()

    def announce(self, line: bytes) -> None:
        """Say something that nobody asked for."""
        for writer in self._writers:
            writer.write(line)

    def _answer(self, verb: str, arguments: str) -> bytes:
        if (answer := self.answers.get(verb)) is not None:
            return answer(arguments) if callable(answer) else answer
        match verb:
            case "CAPABILITY":
                return f"* CAPABILITY {self.capabilities}\r\n".encode()
            case "EXAMINE":
                following = max(self.mails, default=0) + 1
                return (
                    f"* {len(self.mails)} EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n"
                    f"* OK [UIDNEXT {following}] ok\r\n"
                ).encode()
            case "UID SEARCH":
                return f"* SEARCH {' '.join(map(str, self._named(arguments)))}\r\n".encode()
            case "UID FETCH":
                return b"".join(self.fetched(uid, arguments) for uid in self._named(arguments))
            case _:
                return b""

    def _named(self, arguments: str) -> list[int]:
        """The UIDs that a set in the arguments means, the last mail for "n:*" included."""
        named = arguments.removeprefix("UID ").split()[0]
        found: set[int] = set()
        for part in named.split(","):
            first, _, last = part.partition(":")
            top = max(self.mails, default=0)
            end = max(top, int(first)) if last == "*" else int(last or first)
            found |= {uid for uid in self.mails if int(first) <= uid <= end}
            if last == "*" and top:
                found.add(top)
        return sorted(found)

    def fetched(self, uid: int, arguments: str) -> bytes:
        """One FETCH response with what was asked for."""
        raw = self.mails[uid]
        said = f'* {uid} FETCH (UID {uid} INTERNALDATE " 1-Nov-2026 10:00:00 +0330"'
        if "RFC822.SIZE" in arguments:
            said += f" RFC822.SIZE {len(raw)}"
        if "BODY" not in arguments:
            return said.encode() + b")\r\n"
        return f"{said} BODY[] {{{len(raw)}}}\r\n".encode() + raw + b")\r\n"


@asynccontextmanager
async def odd_imap() -> AsyncIterator[OddImap]:
    """A scripted IMAP server on a free port."""
    server = OddImap()
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()
        server.hang_up()
        await asyncio.sleep(0)
