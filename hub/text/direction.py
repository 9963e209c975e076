"""The direction of what people wrote.

The page has one direction, its words have many: a Persian customer writes English model names, an
English agent quotes a Persian address. CSS `unicode-bidi: plaintext` looks at the first strong
character only (UAX #9, rule P2) and so turns "iPhone 13 دارید؟" around; here all letters count.
"""

import unicodedata
from collections import Counter
from typing import Final, Literal

from hub.text.links import without_links

Direction = Literal["rtl", "ltr"]

# Latin names are common in Persian and Persian ones rare in English, and Persian leaves out most
# vowels. "iPhone 13 دارید؟" has six Latin letters and five Persian ones and is Persian. So
# right-to-left letters carry the paragraph from two fifths on.
_RTL_SHARE: Final = 0.4

_FENCE: Final = "```"


def _strong_letters(text: str) -> tuple[int, int]:
    """How many right-to-left and how many left-to-right letters."""
    rtl = ltr = 0
    for character, count in Counter(text).items():
        if not character.isalpha():
            continue
        match unicodedata.bidirectional(character):
            case "R" | "AL":
                rtl += count
            case "L":
                ltr += count
    return rtl, ltr


def _direction(text: str) -> Direction | None:
    if text.isascii():
        words = without_links(text)
        return "ltr" if any(map(str.isalpha, words)) else None
    rtl, ltr = _strong_letters(without_links(text))
    if not rtl and not ltr:
        return None
    return "rtl" if rtl >= _RTL_SHARE * (rtl + ltr) else "ltr"


def direction(text: str, default: Direction = "ltr") -> Direction:
    """Whether `text` reads right-to-left or left-to-right, by its strong letters.

    Links, mail addresses, @handles, file names and code are left out. Without any letter (digits,
    emoji, a bare link) it is `default`; pass the direction of the surroundings.
    """
    return _direction(text) or default


def paragraphs(text: str, default: Direction = "ltr") -> list[tuple[Direction, str]]:
    """Each line of `text` with its own direction, blank lines included.

    A line without letters (a number, an emoji, a link, nothing) goes with the line before it, at
    the beginning with the first line that has any, and otherwise has the direction `default`.
    Lines between fences of three backticks are code and left-to-right. Lines end where a bidi
    paragraph ends (CR, LF, CRLF, U+2029; UAX #9, P1); joined with newlines they are the text.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2029", "\n").split("\n")
    found: list[Direction | None] = []
    in_code = False
    for line in lines:
        fence = line.lstrip().startswith(_FENCE)
        found.append("ltr" if in_code or fence else _direction(line))
        # A fence that opens and closes on its own line opens nothing.
        if fence and _FENCE not in line.lstrip()[len(_FENCE) :]:
            in_code = not in_code
    current = next((one for one in found if one is not None), default)
    result: list[tuple[Direction, str]] = []
    for one, line in zip(found, lines, strict=True):
        current = one or current
        result.append((current, line))
    return result
