"""Words that the pages' code says, in the reader's language."""

from __future__ import annotations

import gettext
from collections.abc import Callable
from functools import cache
from pathlib import Path

_LOCALE = Path(__file__).resolve().parent.parent / "locale"

Say = Callable[[str], str]


@cache
def catalogue(locale: str) -> gettext.NullTranslations:
    """What we say in a language; English where a message is lacking."""
    return gettext.translation("payam", _LOCALE, languages=[locale], fallback=True)


def words(locale: str) -> Say:
    """The translation into a language."""
    return catalogue(locale).gettext
