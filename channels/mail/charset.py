"""Bytes to text, whatever charset the sender claims. Nothing here raises."""

from __future__ import annotations

import codecs
from typing import Final

from hub.text.plain import storable

# Names that mail programs write for charsets that Python knows by another name, and charsets whose
# superset is what is really meant (WHATWG Encoding, section 4.2).
_MEANT: Final = {
    "ascii": "cp1252",
    "us-ascii": "cp1252",
    "ansi_x3.4-1968": "cp1252",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "iso-8859-9": "cp1254",
    "iso-8859-6": "cp1256",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-6-i": "cp1256",
    "x-sjis": "cp932",
    "shift_jis": "cp932",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "windows-874": "cp874",
    "tis-620": "cp874",
    "utf8": "utf-8",
    "unicode-1-1-utf-7": "utf-7",
    "cp-850": "cp850",
}
# "hex", "zip" and the like are codecs too, but bytes to bytes or a way to blow up.
_REFUSED: Final = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "mbcs"})
_GUESS_BYTES: Final = 64 * 1024


def decode(body: bytes, charset: str | None) -> str:
    """`body` as text: by the claimed charset, else UTF-8, else the likeliest, else Windows-1252.

    Valid UTF-8 wins over a claim of ASCII or Latin-1. The result has no NUL and no lone surrogate;
    its lines end with a line feed.
    """
    return storable(_decode(body, (charset or "").strip().lower()))


def _decode(body: bytes, claimed: str) -> str:
    if body.isascii() and not claimed.startswith(("utf-7", "utf-16", "utf-32", "iso-2022", "hz")):
        return body.decode("ascii")
    name = _MEANT.get(claimed, claimed)
    if name in {"", "cp1252", "utf-8"}:
        try:
            return body.decode("utf-8-sig")
        except UnicodeDecodeError:
            pass
    elif codec := _text_codec(name):
        try:
            return body.decode(codec)
        except (UnicodeError, ValueError):
            pass
    guessed = _guess(body) if name != "cp1252" else "cp1252"
    return body.decode(guessed, errors="replace")


def _text_codec(name: str) -> str | None:
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError, UnicodeError):
        return None
    # CPython's mark of codecs that bytes.decode() accepts.
    is_text = getattr(found, "_is_text_encoding", False)
    return found.name if is_text and found.name.replace("-", "_") not in _REFUSED else None


def _guess(body: bytes) -> str:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        return "utf-8"
    import charset_normalizer

    best = charset_normalizer.from_bytes(body[:_GUESS_BYTES]).best()
    return best.encoding if best is not None else "cp1252"
