"""What people wrote, line by line, with its formatting and its links, ready for a template.

A link can lie about where it leads: by other words above it, by letters of another script that
look like Latin ones (homographs, https://unicode.org/reports/tr39/), by a name before an "@"
(RFC 3986, 3.2.1), by characters that turn text around. Each `Link` says which host it truly leads
to, and whether there is a reason to look twice.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal
from urllib.parse import urlsplit

import idna

from hub.message import Entity
from hub.text import Direction, paragraphs, visible

Doubt = Literal["elsewhere", "letters", "name"]
"""Why a link deserves a second look: its words name another host, its host has letters that look
like others, or a name stands before the host."""

_ADDRESS: Final = re.compile(r"https?://[^\s<>\"'«»“”]{2,}", re.IGNORECASE)
_NAMED: Final = re.compile(r"(?:https?://)?([\w-]+(?:\.[\w-]+)+)(?:[/:?#].*)?", re.IGNORECASE)
_NO_END: Final = ".,;:!?،؛؟…"
_SAFE: Final = frozenset({"http", "https", "mailto", "tel"})
_TAGS: Final = {
    "bold": "b",
    "italic": "i",
    "underline": "u",
    "strike": "s",
    "code": "code",
    "pre": "code",
    "quote": "q",
}


@dataclass(frozen=True)
class Link:
    """Where a stretch of text leads. host: the true one, in ASCII (RFC 5891), None for mail
    addresses and phone numbers. told: the words do not say the host themselves."""

    url: str
    host: str | None
    told: bool = False
    doubt: Doubt | None = None


@dataclass(frozen=True)
class Stretch:
    """Text of one formatting. tags: HTML elements around it."""

    text: str
    tags: tuple[str, ...] = ()
    link: Link | None = None


Line = tuple[Direction, tuple[Stretch, ...]]


def lines(text: str, entities: Sequence[Entity] = (), default: Direction = "ltr") -> list[Line]:
    """Each line with its own direction. default: the direction of what has no letters."""
    if "\r" in text or "\u2029" in text:
        entities = ()  # their offsets count line ends otherwise
    found: list[Line] = []
    start = 0
    for way, line in paragraphs(text, default):
        end = start + len(line)
        found.append((way, tuple(_stretches(line, _within(entities, start, end)))))
        start = end + 1
    return found


def _within(entities: Sequence[Entity], start: int, end: int) -> list[tuple[int, int, Entity]]:
    """The parts of entities that lie in a line, by their places in it."""
    return [
        (max(one.offset, start) - start, min(one.offset + one.length, end) - start, one)
        for one in entities
        if one.offset < end and one.offset + one.length > start
    ]


def _stretches(line: str, marked: list[tuple[int, int, Entity]]) -> Iterator[Stretch]:
    links = [
        (start, end, link)
        for start, end, one in marked
        if one.form == "link" and one.url and (link := link_to(one.url, line[start:end]))
    ]
    taken = [(start, end) for start, end, _ in links]
    links += [found for found in _addresses(line) if not _overlaps(found, taken)]
    edges = sorted(
        {0, len(line)}
        | {edge for start, end, _ in marked for edge in (start, end)}
        | {edge for start, end, _ in links for edge in (start, end)}
    )
    # Each mark goes to the stretches that it covers: a line of ten thousand links costs no square.
    place = {edge: number for number, edge in enumerate(edges)}
    tags: list[dict[str, None]] = [{} for _ in edges]
    leads: list[Link | None] = [None] * len(edges)
    for start, end, one in marked:
        if one.form in _TAGS:
            for number in range(place[start], place[end]):
                tags[number][_TAGS[one.form]] = None
    for start, end, link in links:
        for number in range(place[start], place[end]):
            leads[number] = leads[number] or link
    for number, (start, end) in enumerate(pairwise(edges)):
        yield Stretch(line[start:end], tuple(tags[number]), leads[number])


def _addresses(line: str) -> Iterator[tuple[int, int, Link]]:
    for match in _ADDRESS.finditer(line):
        address = match[0].rstrip(_NO_END)
        if address.endswith(")") and "(" not in address:
            address = address.rstrip(")" + _NO_END)
        if (link := link_to(address, address)) is not None:
            yield match.start(), match.start() + len(address), link


def _overlaps(found: tuple[int, int, Link], taken: list[tuple[int, int]]) -> bool:
    return any(found[0] < end and start < found[1] for start, end in taken)


def link_to(url: str, words: str) -> Link | None:
    """A link with what is to be known of it; None for what a reader should not follow."""
    try:
        parts = urlsplit(url.strip())
        host = parts.hostname
    except ValueError:
        return None
    if parts.scheme.lower() not in _SAFE:
        return None
    if parts.scheme.lower() in ("mailto", "tel"):
        return Link(url.strip(), None)
    if not host:
        return None
    ascii_host = _in_ascii(host)
    named = _NAMED.fullmatch(visible(words).strip())
    says = _bare(_in_ascii(named[1])) if named else None
    doubt: Doubt | None = None
    if says is not None and says != _bare(ascii_host):
        doubt = "elsewhere"
    elif parts.username is not None:
        doubt = "name"
    elif _deceives(host) or visible(url) != url.strip():
        doubt = "letters"
    return Link(url.strip(), ascii_host, told=says is None or doubt is not None, doubt=doubt)


def _bare(host: str) -> str:
    return host.lower().removeprefix("www.").rstrip(".")


def _in_ascii(host: str) -> str:
    """A host as it goes over the wire; unchanged where it can not be put so."""
    if host.isascii():
        return host.lower()
    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError:
        return host.encode("punycode").decode("ascii", "ignore")


def _deceives(host: str) -> bool:
    """Whether a host has letters that a reader may take for Latin ones.

    Names in Arabic letters are at home here and look like no Latin name; of all other letters
    outside ASCII the reader is told.
    """
    for label in host.split("."):
        shown = label
        if label.startswith("xn--"):
            try:
                shown = idna.decode(label)
            except idna.IDNAError:
                return True
        letters = [one for one in shown if one.isalpha() and not one.isascii()]
        arabic = [one for one in letters if unicodedata.bidirectional(one) == "AL"]
        mixed = arabic and any(one.isascii() and one.isalpha() for one in shown)
        if len(arabic) != len(letters) or mixed:
            return True
    return False
