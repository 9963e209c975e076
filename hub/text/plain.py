"""Text that can be stored, text that can be seen, and the short form of a long one."""

import functools
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import regex

# Control characters other than tab and newline, and lone surrogates: PostgreSQL refuses U+0000 in
# text (manual, 8.3), UTF-8 has no form for surrogates (RFC 3629, section 3), terminals and logs
# act on the rest.
_UNSTORABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_LINE_ENDS: Final = re.compile("\r\n|[\r\x85\u2028\u2029]")

# What has no ink of its own. Embeddings, overrides and isolates (UAX #9, 2.1-2.4) can turn around
# the text that follows them, so that "\u202egnp.exe" looks like a picture's name.
_INVISIBLE: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
# Joiners have their place between letters (half-space, emoji families), nowhere else.
_LOOSE_JOINERS: Final = re.compile("(?:(?<=\\s)|(?<=^))[\u200c\u200d]+|[\u200c\u200d]+(?=\\s|$)")
_REPEATED_JOINERS: Final = re.compile("([\u200c\u200d])[\u200c\u200d]+")

# A word may be given up for a border as far back as this share of the wanted length.
_GIVE_BACK: Final = 0.4


def storable(text: str) -> str:
    """`text` without what databases, XML and terminals refuse; line ends become newlines.

    Tab and newline stay, the other control characters and lone surrogates go. Nothing visible
    changes. Never raises; the result always encodes as UTF-8.
    """
    if text.isprintable():
        return text
    return _UNSTORABLE.sub("", _LINE_ENDS.sub("\n", text))


def visible(text: str) -> str:
    """One line of `text` as a reader sees it: for names, subjects and file names.

    Control characters, bidi controls and zero-width characters go (the half-space and the emoji
    joiner stay between letters), white space collapses. Empty when there is nothing to see.
    """
    line = " ".join(_INVISIBLE.sub("", storable(text)).split())
    if "\u200c" in line or "\u200d" in line:
        line = _REPEATED_JOINERS.sub(r"\1", line)
        line = " ".join(_LOOSE_JOINERS.sub("", line).split())
    return line


@functools.cache
def _grapheme() -> "regex.Pattern[str]":
    import regex

    return regex.compile(r"\X")


def graphemes(text: str) -> list[str]:
    """The characters of `text` as a reader counts them (extended grapheme clusters, UAX #29)."""
    return list(text) if text.isascii() and "\r" not in text else _grapheme().findall(text)


def cut(text: str, length: int) -> str:
    """The first `length` characters of `text` as a reader counts them, nothing added.

    Never ends inside an emoji, a letter with its marks, or on a joiner. `length` below zero counts
    as zero.
    """
    if len(text) <= length:
        return text
    kept = 0
    for number, match in enumerate(_grapheme().finditer(text)):
        if number >= length:
            break
        kept = match.end()
    return text[:kept].rstrip("\u200c\u200d")


def snippet(text: str, length: int = 120) -> str:
    """One visible line out of `text`, at most `length` characters, "…" included when it was cut.

    Cut after a word where there is one near enough, otherwise between two characters.
    """
    # A snippet of a mail of ten megabytes must not cost the whole mail: characters of several
    # code points and white space are covered by the factor.
    line = visible(text[: length * 20 + 1000])
    if len(line) <= length:
        return line
    short = cut(line, length)
    if len(short) == len(line):
        return line
    short = cut(line, max(length - 1, 0))
    if not line[len(short) : len(short) + 1].isspace():
        border = short.rfind(" ")
        if border >= len(short) * (1 - _GIVE_BACK):
            short = short[:border]
    return short.rstrip(" \u200c\u200d,،;؛:-–—") + "…" if length > 0 else ""
