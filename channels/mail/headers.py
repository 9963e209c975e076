"""The header of a mail: fields as they came, and their words decoded. Nothing here raises.

RFC 5322 (fields, folding), RFC 2047 (encoded words), RFC 2231 (parameters), RFC 6532 (UTF-8).
"""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message as Compat32
from email.utils import collapse_rfc2231_value
from functools import cached_property
from itertools import islice
from typing import Final

from channels.mail.charset import decode
from hub.text.plain import visible

MAX_FIELDS: Final = 1000
MAX_BLOCK: Final = 256 * 1024
_MAX_FIELD: Final = 64 * 1024
# The standard library's parameter parser counts quotes anew at every semicolon.
_MAX_PARAMETERS: Final = 8 * 1024

_FIELD: Final = re.compile(rb"([!-9;-~]{1,200})[ \t]*:(.*)", re.DOTALL)
_UNFOLD: Final = re.compile(rb"\r?\n[ \t]+|\r?\n|\r")
_ENCODED_WORD: Final = re.compile(
    r"=\?([A-Za-z0-9._:+-]{1,40})(?:\*[A-Za-z0-9-]{0,40})?\?([bBqQ])\?([^?\s]*)\?="
)
_MESSAGE_ID: Final = re.compile(r"<([^<>\s]{1,990})>")


@dataclass(frozen=True)
class Header:
    """The fields of one header in order, names in lower case, values unfolded but not decoded."""

    fields: tuple[tuple[str, bytes], ...]

    @classmethod
    def read(cls, block: bytes) -> Header:
        """Read a header block. Lines that are no fields are left out; too many end the reading."""
        return cls(tuple(islice(_fields(block[:MAX_BLOCK]), MAX_FIELDS)))

    @cached_property
    def _first(self) -> dict[str, bytes]:
        first: dict[str, bytes] = {}
        for name, value in self.fields:
            first.setdefault(name, value)
        return first

    def __contains__(self, name: str) -> bool:
        return name in self._first

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a field, as text, encoded words still encoded."""
        return tuple(decode(value, None).strip() for key, value in self.fields if key == name)

    def text(self, name: str) -> str:
        """The first value of a field, as text, encoded words still encoded; "" when absent."""
        return decode(self._first.get(name, b""), None).strip()

    def words(self, name: str) -> str:
        """The first value of an unstructured field as a reader sees it."""
        return visible(decode_words(self.text(name)))

    def message_ids(self, name: str) -> tuple[str, ...]:
        """The message ids in a field, with their angle brackets, in order, each once."""
        return tuple(dict.fromkeys(f"<{one}>" for one in _MESSAGE_ID.findall(self.text(name))))

    @cached_property
    def _parameters(self) -> Compat32:
        message = Compat32()
        for name in ("content-type", "content-disposition"):
            if name in self:
                value = self._first[name][:_MAX_PARAMETERS]
                # Latin-1 keeps every octet and, unlike surrogates, is left alone by the library.
                message[name] = value.decode("latin-1")
        return message

    @cached_property
    def media_type(self) -> str:
        """The Content-Type without its parameters, in lower case; text/plain when unreadable."""
        return self._parameters.get_content_type().encode("ascii", "replace").decode()

    @cached_property
    def disposition(self) -> str:
        """ "attachment", "inline", or ""."""
        return (self.text("content-disposition").partition(";")[0]).strip().lower()

    def parameter(self, field: str, name: str) -> str | None:
        """A parameter of Content-Type or Content-Disposition, decoded by RFC 2231 or RFC 2047."""
        try:
            value = self._parameters.get_param(name, header=field)
            if value is None:
                return None
            if isinstance(value, tuple):
                charset, _, rest = value
                octets = str(rest).encode("latin-1", "replace")
                return decode(octets, charset or None)
            plain = collapse_rfc2231_value(value)
        except (ValueError, LookupError, TypeError, AttributeError):
            return None
        return decode_words(decode(plain.encode("latin-1", "replace"), None))


def _fields(block: bytes) -> Iterator[tuple[str, bytes]]:
    for folded in re.split(rb"\r?\n(?![ \t])|\r(?![\n \t])", block):
        if match := _FIELD.match(folded):
            value = _UNFOLD.sub(b" ", match[2][:_MAX_FIELD]).strip()
            yield match[1].decode("ascii").lower(), value


def decode_words(text: str) -> str:
    """`text` with its encoded words decoded (RFC 2047), forgiving what mailers get wrong.

    Neighbouring words of one charset are joined before they are decoded, because many mailers cut
    a character in two. What can not be decoded stays as it is.
    """
    if "=?" not in text:
        return text
    out: list[str] = []
    pending = bytearray()
    charset = ""
    end = 0
    for match in _ENCODED_WORD.finditer(text):
        octets = _octets(match[2], match[3])
        if octets is None:
            continue
        between = text[end : match.start()]
        adjacent = end > 0 and (not between or between.isspace())
        if pending and (not adjacent or charset != match[1].lower()):
            out.append(decode(bytes(pending), charset))
            pending.clear()
        if not adjacent:
            out.append(between)
        charset = match[1].lower()
        pending += octets
        end = match.end()
    if pending:
        out.append(decode(bytes(pending), charset))
    return "".join(out) + text[end:]


def _octets(encoding: str, payload: str) -> bytes | None:
    try:
        octets = payload.encode("ascii")
        if encoding in "qQ":
            return quopri.decodestring(octets.replace(b"_", b" "), header=False)
        octets = re.sub(rb"[^A-Za-z0-9+/]", b"", octets)
        return base64.b64decode(octets + b"=" * (-len(octets) % 4))
    except (UnicodeEncodeError, binascii.Error, ValueError):
        return None
