"""Finding templates by name, as agents type it: in Persian or in Latin letters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from hub.replies.library import TEXT, Key
from hub.text import fold

_TITLE: Final = re.compile(r"\s*\{#-?\s*(.+?)\s*-?#\}")


@dataclass(frozen=True)
class Found:
    """A template, by its name and by what it is called in the reader's language."""

    name: str
    title: str


def title_of(source: str) -> str | None:
    """What a template is called: the comment that it begins with, as in {# Order status #}."""
    found = _TITLE.match(source)
    return found[1][:80] if found is not None and "\n" not in found[1] else None


def search(sources: Mapping[Key, str], words: str, locale: str) -> list[Found]:
    """The templates whose name or title, in any language, has all of the words; the closest first.

    What begins with them comes before what only has them, and that before texts that have them.
    """
    wanted = fold(words.replace("-", " ")).split()
    names: dict[str, dict[str, str]] = {}
    for key, source in sources.items():
        if key.form == TEXT or key.locale not in names.get(key.name, {}):
            names.setdefault(key.name, {})[key.locale] = source
    ranked: list[tuple[int, str, Found]] = []
    for name, variants in names.items():
        titles = {where: title_of(source) for where, source in variants.items()}
        plain = name.replace("-", " ")
        called = fold(" \n".join([plain, *filter(None, titles.values())]))
        said = fold(" ".join(variants.values()))
        rank = _rank(wanted, called, said)
        if rank is not None:
            title = titles.get(locale) or plain.capitalize()
            ranked.append((rank, name, Found(name, title)))
    return [one for _, _, one in sorted(ranked, key=lambda entry: entry[:2])]


def _rank(wanted: list[str], called: str, said: str) -> int | None:
    if not wanted:
        return 0
    words = called.split()
    if all(any(part.startswith(word) for part in words) for word in wanted):
        return 0 if called.startswith(wanted[0]) else 1
    if all(word in called for word in wanted):
        return 2
    texts = said.split()
    return 3 if all(any(part.startswith(word) for part in texts) for word in wanted) else None
