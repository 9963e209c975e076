"""Mailbox names on the wire: modified UTF-7 (RFC 3501, 5.1.3) and LIST responses (7.2.2)."""

from __future__ import annotations

import binascii
import re
from typing import Final

_ENCODED: Final = re.compile(r"&([A-Za-z0-9+,]*)-")
_UNPRINTABLE: Final = re.compile(r"[^\x20-\x7e]+")
_LISTED: Final = re.compile(
    rb'(?:LIST )?\((?P<flags>[^)]*)\) (?:"(?:[^"\\]|\\.)*"|NIL) (?P<name>.*)', re.DOTALL
)


def encode_mailbox(name: str) -> str:
    """A mailbox name as the server wants it. Raises ValueError for lone surrogates."""
    escaped = name.replace("&", "&-")
    return _UNPRINTABLE.sub(lambda match: _shifted(match[0]), escaped)


def _shifted(text: str) -> str:
    octets = binascii.b2a_base64(text.encode("utf-16-be"), newline=False).rstrip(b"=")
    return f"&{octets.decode('ascii').replace('/', ',')}-"


def decode_mailbox(name: str) -> str:
    """A mailbox name as a person sees it. What is not well-formed stays as it is."""
    return _ENCODED.sub(lambda match: _unshifted(match[0], match[1]), name)


def _unshifted(whole: str, shifted: str) -> str:
    if not shifted:
        return "&"
    octets = shifted.replace(",", "/")
    try:
        return binascii.a2b_base64(octets + "=" * (-len(octets) % 4)).decode("utf-16-be")
    except (binascii.Error, UnicodeDecodeError):
        return whole


def quote(text: str) -> str:
    """An IMAP quoted string (RFC 3501, section 9)."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def listed_mailbox(line: bytes) -> str | None:
    """The name in one LIST response, or None when the mailbox can not be opened."""
    match = _LISTED.match(line)
    if match is None or b"\\noselect" in match["flags"].lower():
        return None
    name = match["name"].strip()
    if name.startswith(b'"') and name.endswith(b'"'):
        name = re.sub(rb"\\(.)", rb"\1", name[1:-1])
    return decode_mailbox(name.decode("utf-8", "replace"))
