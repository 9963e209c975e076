"""Words that the pages' code says, in the reader's language."""

from __future__ import annotations

import gettext
from collections.abc import Callable
from functools import cache
from pathlib import Path

from hub.text import to_latin

_LOCALE = Path(__file__).resolve().parent.parent / "locale"

Say = Callable[[str], str]


@cache
def catalogue(locale: str, *, latin: bool = False) -> gettext.NullTranslations:
    """What we say in a language; English where a message is lacking. latin: numbers that stand in
    it are written in Latin digits."""
    if latin:
        return _Latin(catalogue(locale))
    return gettext.translation("payam", _LOCALE, languages=[locale], fallback=True)


def words(locale: str, *, latin: bool = False) -> Say:
    """The translation into a language, as `catalogue`."""
    return catalogue(locale, latin=latin).gettext


class _Latin(gettext.NullTranslations):
    """The messages of another catalogue, with Latin digits."""

    def __init__(self, own: gettext.NullTranslations) -> None:
        super().__init__()
        self._own = own

    def gettext(self, message: str) -> str:
        return to_latin(self._own.gettext(message))

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return to_latin(self._own.ngettext(msgid1, msgid2, n))

    def pgettext(self, context: str, message: str) -> str:
        return to_latin(self._own.pgettext(context, message))

    def npgettext(self, context: str, msgid1: str, msgid2: str, n: int) -> str:
        return to_latin(self._own.npgettext(context, msgid1, msgid2, n))
