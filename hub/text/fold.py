"""One spelling out of many, for search and for rules.

Persian is typed with Persian, Arabic and old Windows keyboards, with and without half-spaces,
and with three sets of digits. Folding brings all of these to one form, so that فاكتور finds فاکتور
and ١٢ finds 12. A folded text is compared and indexed, never shown.
"""

import unicodedata
from typing import Final

# Letters that Unicode keeps apart but readers of Persian do not. What decomposes (آ أ إ ؤ ئ ۀ)
# loses its mark in `_fold_character` and needs no entry.
_LETTERS: Final = {
    "ي": "ی", "ى": "ی", "ې": "ی", "ے": "ی",
    "ك": "ک", "ڪ": "ک",
    "ة": "ه", "ە": "ه", "ہ": "ه", "ھ": "ه", "ۃ": "ه",
    "ٱ": "ا",
    "ء": "", "ٴ": "",  # املاء and املا, جزء and جز are one word
}  # fmt: skip
_SIGNS: Final = {
    "؟": "?", "؛": ";", "،": ",", "٬": ",", "٫": ".", "٪": "%",
    "‘": "'", "’": "'", "ʼ": "'", "“": '"', "”": '"',
    "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "−": "-",
    "ـ": "",  # tatweel only stretches a word
    "\u200b": " ", "\u200c": " ",  # zero-width space and the Persian half-space part words
}  # fmt: skip
_DIRECT: Final = _LETTERS | _SIGNS

# Combining marks that are dropped: vowel signs and accents which people leave out at will. Marks
# of other scripts (Devanagari vowels, Thai tones) carry meaning and stay.
_MARKS: Final = (
    (0x0300, 0x036F),  # Latin, Greek, Cyrillic accents
    (0x0591, 0x05C7),  # Hebrew points
    (0x0610, 0x061A),
    (0x064B, 0x065F),  # Arabic vowel signs, madda, hamza above and below
    (0x0670, 0x0670),
    (0x06D6, 0x06ED),
    (0x0897, 0x08FF),
    (0xFE00, 0xFE0F),  # variation selectors
    (0xE0100, 0xE01EF),
)

# The table fills itself with the characters that occur. The limit keeps somebody who sends every
# character of Unicode from growing it without end; real text needs a few thousand.
_TABLE_LIMIT: Final = 20_000


def _fold_character(character: str) -> str:
    if (direct := _DIRECT.get(character)) is not None:
        return direct
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category in ("Cc", "Zs", "Zl", "Zp"):
        return " "
    if category in ("Cf", "Cs"):  # joiners, bidi marks, lone surrogates
        return ""
    code = ord(character)
    if category[0] == "M" and any(first <= code <= last for first, last in _MARKS):
        return ""
    simpler = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
    if simpler == character:
        return character
    return "".join(map(_fold_character, simpler))


class _Table(dict[int, str]):
    """Code point to folded text, computed when a character is first met."""

    def __missing__(self, code: int) -> str:
        folded = _fold_character(chr(code))
        if len(self) < _TABLE_LIMIT:
            self[code] = folded
        return folded


_table: Final = _Table()


def fold(text: str) -> str:
    """The form of `text` in which spellings of the same words are equal.

    Compatibility forms and case are folded (Unicode NFKC and full case folding, UAX #15 and
    chapter 3.13), Arabic letters become their Persian twins (ي ك ة أ ؤ become ی ک ه ا و), every
    script's digits become 0-9, accents, vowel signs, tatweel and invisible characters go, a
    half-space becomes a space, and white space collapses to single spaces.

    Idempotent: `fold(fold(text)) == fold(text)`. The result is rarely longer than `text` and never
    more than eighteen times as long (ﷺ is one character and eighteen letters). Never raises.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.lower().split())
    folded = text.translate(_table)
    return " ".join(unicodedata.normalize("NFC", folded).split())


class _WordTable(dict[int, str]):
    """Keeps letters, marks and numbers; everything else becomes a space."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        kept = character if unicodedata.category(character)[0] in "LMN" else " "
        if len(self) < _TABLE_LIMIT:
            self[code] = kept
        return kept


_word_table: Final = _WordTable()


def words(folded: str) -> list[str]:
    """The words of a folded text in order: runs of letters, marks and numbers.

    `words(fold("Invoice #۱۰۴۸۲، لطفاً"))` is `["invoice", "10482", "لطفا"]`.
    """
    return folded.translate(_word_table).split()
