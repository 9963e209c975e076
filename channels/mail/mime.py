"""The parts of a mail, found in time linear in its size. Nothing here raises.

The standard library's parser descends one call per nesting level and asks every enclosing boundary
about every line: a few megabytes of short lines in deep nesting hold it for minutes. Here each
multipart is cut by searching for its delimiter, level by level, within limits (RFC 2046, 5.1).
"""

from __future__ import annotations

import binascii
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from channels.mail.headers import MAX_BLOCK, Header

MAX_DEPTH: Final = 20
MAX_PARTS: Final = 500

_BLANK_LINE: Final = re.compile(rb"\r?\n(?=\r?\n)")
_LIKELY_DELIMITER: Final = re.compile(rb"(?:^|\n)--([^\r\n]{1,70}?)[ \t]*\r?\n")
_NOT_BASE64: Final = bytes(
    set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=")
)


@dataclass(frozen=True)
class Part:
    """One MIME entity: a leaf with a body, or a multipart with parts. Offsets are into the mail."""

    raw: bytes
    header: Header
    start: int
    body_start: int
    end: int
    media_type: str
    parts: tuple[Part, ...] = ()

    @property
    def source(self) -> bytes:
        """Header and body, as they came."""
        return self.raw[self.start : self.end]

    def body(self) -> bytes:
        """The body with its transfer encoding undone, as far as that is possible."""
        octets = self.raw[self.body_start : self.end]
        encoding = self.header.text("content-transfer-encoding").partition(";")[0].strip().lower()
        if encoding == "base64":
            return _base64(octets)
        if encoding == "quoted-printable":
            return quopri.decodestring(octets)
        return octets

    def leaves(self) -> Iterator[Part]:
        """The parts that hold something, in order."""
        if not self.parts:
            yield self
        for part in self.parts:
            yield from part.leaves()


@dataclass
class _Budget:
    parts: int = MAX_PARTS
    exceeded: bool = False


def read_parts(raw: bytes) -> tuple[Part, bool]:
    """The tree of a mail's parts, and whether a limit left some of them unread.

    A multipart nested too deeply is one leaf; parts beyond the limit are left out.
    """
    budget = _Budget()
    return _read(raw, 0, len(raw), MAX_DEPTH, budget), budget.exceeded


def header_end(raw: bytes, start: int, end: int) -> tuple[int, int]:
    """Where the header that begins at `start` ends, and where the body begins."""
    for blank in (b"\r\n", b"\n"):
        if raw.startswith(blank, start, end):
            return start, start + len(blank)
    if found := _BLANK_LINE.search(raw, start, end):
        body = found.end() + (2 if raw.startswith(b"\r\n", found.end()) else 1)
        return found.end(), body
    return end, end


def _read(raw: bytes, start: int, end: int, depth: int, budget: _Budget) -> Part:
    header_stop, body_start = header_end(raw, start, end)
    header = Header.read(raw[start : min(header_stop, start + MAX_BLOCK)])
    media_type = header.media_type
    parts: tuple[Part, ...] = ()
    if media_type.startswith("multipart/"):
        regions = _regions(raw, body_start, end, _boundary(header, raw, body_start, end))
        if regions is None:
            media_type = "text/plain"
        elif depth == 0:
            budget.exceeded = True
        else:
            found = []
            for first, last in regions:
                if budget.parts <= 0:
                    budget.exceeded = True
                    break
                budget.parts -= 1
                found.append(_read(raw, first, last, depth - 1, budget))
            parts = tuple(found)
    return Part(raw, header, start, body_start, end, media_type, parts)


def _boundary(header: Header, raw: bytes, start: int, end: int) -> bytes | None:
    claimed = header.parameter("content-type", "boundary")
    if claimed and (stripped := claimed.rstrip()):
        return stripped.encode("utf-8", "replace")
    likely = _LIKELY_DELIMITER.search(raw, start, min(end, start + 4096))
    return likely[1] if likely else None


def _regions(
    raw: bytes, start: int, end: int, boundary: bytes | None
) -> Iterator[tuple[int, int]] | None:
    """Where the parts between the delimiters lie; None when there is no delimiter."""
    if boundary is None:
        return None
    delimiters = _delimiters(raw, start, end, boundary)
    first = next(delimiters, None)
    return None if first is None else _between(raw, end, first, delimiters)


def _between(
    raw: bytes, end: int, first: tuple[int, int, bool], rest: Iterator[tuple[int, int, bool]]
) -> Iterator[tuple[int, int]]:
    _, opened, closing = first
    for line, after, closes in rest:
        if closing:
            return
        # The line end before a delimiter belongs to the delimiter.
        stop = line - 1 if line > opened and raw[line - 1 : line] == b"\n" else line
        if stop > opened and raw[stop - 1 : stop] == b"\r":
            stop -= 1
        yield opened, max(stop, opened)
        opened, closing = after, closes
    if not closing:
        yield opened, end


def _delimiters(
    raw: bytes, start: int, end: int, boundary: bytes
) -> Iterator[tuple[int, int, bool]]:
    """Each delimiter line: where it starts, where the next line starts, whether it is the last."""
    needle = b"--" + boundary
    position = start
    while (at := raw.find(needle, position, end)) != -1:
        position = at + len(needle)
        if at > start and raw[at - 1 : at] != b"\n":
            continue
        newline = raw.find(b"\n", position, end)
        line_end = end if newline == -1 else newline
        if line_end - position > 1000:
            continue
        rest = raw[position:line_end].rstrip(b" \t\r")
        if rest in (b"", b"--"):
            yield at, min(line_end + 1, end), rest == b"--"


def _base64(octets: bytes) -> bytes:
    """Base64, as much of it as can be read: stray characters and lost padding are forgiven."""
    out = []
    for run in octets.translate(None, _NOT_BASE64).split(b"="):
        usable = run[:-1] if len(run) % 4 == 1 else run
        if usable:
            out.append(binascii.a2b_base64(usable + b"=" * (-len(usable) % 4)))
    return b"".join(out)
