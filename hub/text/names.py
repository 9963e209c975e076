"""People's names: the one shown, the one a greeting uses, the two letters of a badge."""

import re
from typing import Final

from hub.text.fold import words
from hub.text.plain import cut, graphemes, visible

_LONGEST_NAME: Final = 80

# Titles are no part of a name: neither initials nor a greeting begin with them.
_TITLES: Final = frozenset(
    words(
        "mr mrs ms miss mx dr prof sir eng "
        "آقای خانم جناب سرکار دکتر مهندس استاد پروفسور حاج حاجی دکتور السيد السيدة"
    )
)
# Written with a surname these name nobody's first name: آقای کریمی is not called کریمی.
_POLITE: Final = frozenset(words("mr mrs ms miss mx آقای خانم جناب سرکار"))
# Persian first names of two words begin with these: محمد رضا کریمی, امیر علی نوری.
_COMPOUND: Final = frozenset(words("محمد امیر علی سید سیده میر غلام عبد عبدال گل فاطمه ابو"))
# Organisations are greeted without a name.
_ORGANISATIONS: Final = frozenset(
    words(
        "inc ltd llc gmbh corp co company team support sales info shop store "
        "شرکت فروشگاه موسسه مؤسسه سازمان بانک گروه تیم پشتیبانی فروش"
    )
)
_SUFFIXES: Final = frozenset(words("jr sr ii iii iv phd md inc ltd llc gmbh corp co"))

_QUOTES: Final = "\"'“”„«»‘’`"
_HALF_SPACE: Final = "\u200c"


def _bare(word: str) -> str:
    return word.strip(".,()").lower()


def display_name(name: str | None, *, address: str | None = None) -> str:
    """The name to show for somebody who calls themselves `name`; at most 80 characters.

    Invisible and bidi control characters and surrounding quotes go; "Hosseini, Sara", as some mail
    programs write it, becomes "Sara Hosseini". Without a visible name it is the part of `address`
    before the @, then the whole address, then "".
    """
    shown = visible(name or "").strip(_QUOTES).strip()
    last, comma, first = (part.strip() for part in shown.partition(","))
    if (
        comma
        and "," not in first
        and all(part and len(part.split()) <= 2 for part in (last, first))
        and _bare(first) not in _SUFFIXES
    ):
        shown = f"{first} {last}"
    if not any(map(str.isalnum, shown)) and address:
        shown = visible(address)
        shown = shown.partition("@")[0] or shown
    return cut(shown, _LONGEST_NAME).strip()


def _name_words(name: str) -> list[str]:
    """The words of a name without titles, each beginning with its first letter or digit."""
    words = [re.sub(r"^[\W_]+", "", word) for word in re.split(r"[\s_.]+", name)]
    words = [word for word in words if word]
    while len(words) > 1 and _bare(words[0]) in _TITLES:
        words = words[1:]
    return words


def initials(name: str) -> str:
    """One or two letters for a badge: "MK" for Mina Karimi, م‌ک for مینا کریمی.

    First and last word count, titles do not. Persian and Arabic letters are kept from joining by a
    half-space between them. A name without letters or digits has the initials "".
    """
    words = [word for word in _name_words(display_name(name)) if word[0].isalnum()]
    if not words:
        return ""
    letters = [graphemes(word[:16])[0].strip(_HALF_SPACE).upper() for word in words]
    if len(letters) == 1:
        return letters[0]
    joins = all("\u0600" <= letter[0] <= "\u08ff" for letter in (letters[0], letters[-1]))
    return (_HALF_SPACE if joins else "").join((letters[0], letters[-1]))


def first_name(name: str) -> str | None:
    """The name to greet somebody by, or None when `name` does not tell (then greet without one).

    Titles are left out and Persian first names of two words kept together: "Dr. Sara Hosseini" is
    "Sara", محمد رضا کریمی is محمد رضا. A polite form with a surname (آقای کریمی), an organisation,
    an address, a handle or a number has none.
    """
    shown = display_name(name)
    words = shown.split()
    if not words or "@" in shown or any(c.isdigit() or c in "_/:" for c in shown):
        return None
    if any(_bare(word) in _ORGANISATIONS for word in words):
        return None
    polite = False
    while len(words) > 1 and _bare(words[0]) in _TITLES:
        polite = polite or _bare(words[0]) in _POLITE
        words = words[1:]
    if polite and len(words) == 1:
        return None
    first = words[0].strip(",.()")
    if len(words) > 2 and first in _COMPOUND:
        first = f"{first} {words[1]}"
    return first if first.replace(_HALF_SPACE, "").replace("-", "")[:1].isalpha() else None
