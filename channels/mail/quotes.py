"""What is new in a reply, and what is the quoted mail below or between.

The introductions ("On … wrote:") come from mail-parser-reply; Persian is added here. Its patterns
backtrack, so they run with a time limit, over lines of bounded length, and a mail that exhausts it
simply keeps its quotes.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import regex

_LANGUAGES: Final = ("en", "fa", "de", "fr", "es", "it", "nl", "pl", "sv", "da", "ja", "zh", "ko")
_SECONDS: Final = 0.1
_MAX_LINES: Final = 2000
_MAX_LINE: Final = 300

# Persian and Arabic mailers put marks around dates and addresses to keep them in order.
_BIDI_MARKS: Final = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ufeff]")
_FORWARDED: Final = re.compile(
    r"\s*(?:fwd?|wg|tr|rv|enc|doorst|vs|i|pd|هدایت|ارسال مجدد|باز ?فرست)\s*:", re.IGNORECASE
)

_QUOTED: Final = r"(?:> ?)*"
_DIGIT: Final = "[0-9۰-۹٠-٩]"
# As in Gmail's "در تاریخ شنبه ۳۰ آبان ۱۴۰۵ در ۱۰:۱۲ سارا <sara@example.com> نوشت:" or
# "… نوشته است:"; also with the Arabic ye and kaf.
_PERSIAN: Final = {
    "wrote_header": (
        rf"^({_QUOTED}(?:در\s(?:تار[یي]خ\s)?|"
        rf"(?:شنبه|[یي][کك]|دو|سه|چهار|پنج|جمعه)[^\n]{{0,20}}{_DIGIT})"
        r"[^\n]*(?:\n[^\n]*)?(?:نوشت|نوشته|نوشته[ \u200c]?است|نوشته[ \u200c]?اند)\s?:)$"
    ),
    "from_header": (
        rf"((?:(?:^|\n|\n{_QUOTED})[* ]*"
        r"(?:از|فرستنده|فرستاده[ \u200c]?شده|ارسال|تار[یي]خ|به|گ[یي]رنده|موضوع|رونوشت)"
        r"[ ]?:[ *]*(?:\s{,2}).*){2,}(?:\n.*){,1})"
    ),
    "disclaimers": [],
    "signatures": [],
    "sent_from": "",
}


@functools.cache
def _introductions() -> regex.Pattern[str]:
    import regex
    from mailparser_reply.constants import MAIL_LANGUAGES
    from mailparser_reply.parser import EmailMessage

    MAIL_LANGUAGES.setdefault("fa", _PERSIAN)
    pattern = EmailMessage(text="", languages=list(_LANGUAGES)).HEADER_REGEX.pattern
    return regex.compile(pattern, regex.MULTILINE | regex.IGNORECASE)


def without_quotes(text: str, *, subject: str = "") -> str:
    """The words that are new in the reply `text`; all of them when nothing else would remain.

    Lines marked with ">" go, with the introduction above them. Below an introduction without such
    marks everything is the answered mail. A forwarded mail (by its subject) is left whole: what it
    forwards is what it says.
    """
    if _FORWARDED.match(subject):
        return text
    lines = text.split("\n")
    kept = "\n".join(_new_lines(lines, _introduced(lines))).strip()
    return kept or "\n".join(line for line in lines if not _is_quoted(line)).strip() or text


def _introduced(lines: list[str]) -> dict[int, int]:
    """For each line that begins an introduction, the number of lines it takes."""
    # Lines are cut for the search only; a line longer than that introduces nothing.
    shadow = [
        "" if len(line) > _MAX_LINE else _BIDI_MARKS.sub("", line).strip().replace("\xa0", " ")
        for line in lines[:_MAX_LINES]
    ]
    found: dict[int, int] = {}
    searched = "\n".join(shadow)
    position = line = 0
    try:
        for match in _introductions().finditer(searched, timeout=_SECONDS, concurrent=True):
            start = match.start() + (len(match[0]) - len(match[0].lstrip("\n")))
            line += searched.count("\n", position, start)
            position = start
            found[line] = match[0].strip("\n").count("\n") + 1
    except TimeoutError:
        return {}
    return found


def _new_lines(lines: list[str], introductions: dict[int, int]) -> Iterable[str]:
    number = 0
    while number < len(lines):
        if taken := introductions.get(number):
            number += taken
            following = next((line for line in lines[number:] if line.strip()), "")
            if not _is_quoted(following) and not _is_quoted(lines[number - 1]):
                return
            continue
        if not _is_quoted(lines[number]):
            yield lines[number]
        number += 1


def _is_quoted(line: str) -> bool:
    return _BIDI_MARKS.sub("", line[:20]).lstrip().startswith(">")
