"""The part of a text that shows why it was found, with what was found marked in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from hub.text import fold

WIDTH: Final = 160
BEFORE: Final = 40
_WORD: Final = re.compile(r"\w+")

Part = tuple[str, bool]
"""Some characters, and whether they were looked for."""


def snippet(
    text: str, alternatives: Sequence[Sequence[str]], before: int = BEFORE
) -> tuple[Part, ...]:
    """A line of the text around the first find. The words are folded, as in a `Query`. before: so
    many characters stand before it, if there are so many."""
    line = " ".join(text.split())
    whole = {word for words in alternatives for word in words[:-1]}
    begun = tuple({words[-1] for words in alternatives if words})
    finds = []
    for found in _WORD.finditer(line):
        folded = fold(found[0])
        if folded in whole or folded.startswith(begun):
            finds.append(found.span())
    start = _start(line, finds[0][0] if finds else 0, before)
    end = _end(line, start + WIDTH)
    parts: list[Part] = [("…", False)] if start else []
    place = start
    for first, last in finds:
        if first < place or last > end:
            continue
        parts += [(line[place:first], False), (line[first:last], True)]
        place = last
    parts.append((line[place:end] + ("…" if end < len(line) else ""), False))
    return tuple(part for part in parts if part[0])


def _start(line: str, first: int, before: int) -> int:
    """Where a word begins, not too far before the first find."""
    if first <= before:
        return 0
    blank = line.find(" ", first - before, first)
    return blank + 1 if blank >= 0 else first


def _end(line: str, last: int) -> int:
    if last >= len(line):
        return len(line)
    blank = line.rfind(" ", last - 30, last)
    return blank if blank > 0 else last
