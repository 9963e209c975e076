"""A small guess at the language of a message, good enough to choose the locale of an answer."""

import re
import unicodedata
from typing import Final, Literal

from hub.text.fold import words
from hub.text.links import without_links

Language = Literal["fa", "ar", "en"]

# Only the beginning is looked at: a guess must not cost more than storing the message.
_ENOUGH: Final = 2_000

# Weights: a letter that the other language does not have says much. ي and ك say little, because
# old Persian keyboards type them too.
_PERSIAN_LETTERS: Final = {"پ": 4, "چ": 4, "ژ": 4, "گ": 4, "ی": 1, "ک": 1, "\u200c": 2}
_ARABIC_LETTERS: Final = {"ة": 3, "ي": 1, "ك": 1, "ى": 1, "إ": 3, "أ": 1, "ؤ": 0}
# Letters of other languages in Arabic script: Urdu, Pashto, Sorani, Sindhi, Uyghur.
_OTHER_LETTERS: Final = frozenset("ٹڈڑںےھہټډړږښڼۍېڕڵۆێڤڪٿڀۇۈۋ")

_PERSIAN_WORDS: Final = frozenset(
    words(
        "است از در که را به با این برای من شما هم تا یا چرا کجا چند ممنون مرسی لطفا سلام خوب خوبم "
        "نیست هست بود شد شده کنم کنید دارم دارید دارد می نمی خواهم ولی اگر الان هنوز پول سفارش"
    )
)
_ARABIC_WORDS: Final = frozenset(
    words(
        "في من على إلى الى عن هذا هذه التي الذي ما لا هل كيف أين اين متى لماذا أنا انا نحن كان مع "
        "لم لن شكرا مرحبا السلام عليكم اريد أريد عندي لدي يوجد ولكن او أو ثم قد كل طلبي"
    )
)
_WORD: Final = re.compile(r"[^\W\d_]+")

# Share of Latin letters with accents above which a text is hardly English ("café" is still).
_ACCENTED: Final = 0.03
_OTHER_LATIN_WORDS: Final = frozenset(
    words(
        "und der die das ist nicht ich bitte danke les des est pas vous je merci bonjour pour avec "
        "que los las por gracias hola para una não obrigado grazie ciao sono per het een niet ik "
        "ve bir için teşekkürler merhaba değil"
    )
)
_ENGLISH_WORDS: Final = frozenset(
    words(
        "the is are and to of my you your i it in for on have has was not can please thanks hello "
        "hi what where when how why this that with do does did order"
    )
)


def _arabic_script(letters: str, found: list[str]) -> Language | None:
    if sum(c in _OTHER_LETTERS for c in letters) * 25 > len(letters):
        return None
    persian = sum(_PERSIAN_LETTERS.get(c, 0) for c in letters)
    arabic = sum(_ARABIC_LETTERS.get(c, 0) for c in letters)
    for word in found:
        # Spelled with Arabic keys these are Persian words all the same.
        plain = word.replace("ي", "ی").replace("ك", "ک")
        persian += 3 * (plain in _PERSIAN_WORDS)
        arabic += 3 * (word in _ARABIC_WORDS) + 2 * (word.startswith("ال") and len(word) > 4)
    # Without evidence ("باشه") Persian: the product's own language.
    return "ar" if arabic > persian else "fa"


def _latin_script(letters: str, found: list[str]) -> Language | None:
    if sum(not c.isascii() for c in letters) > _ACCENTED * len(letters) + 1:
        return None
    lower = [word.lower() for word in found]
    other = sum(word in _OTHER_LATIN_WORDS for word in lower)
    return None if other > sum(word in _ENGLISH_WORDS for word in lower) else "en"


def language(text: str) -> Language | None:
    """The language of `text` if it is Persian, Arabic or English, else None; a guess.

    By letters (پ چ ژ گ ک ی are Persian; ة ي ك mostly Arabic) and a few common words; links,
    addresses and code do not count. None for other languages and for texts without letters.
    """
    start = without_links(text[:_ENOUGH])
    letters = [c for c in start if c.isalpha()]
    arabic = [c for c in letters if "\u0600" <= c <= "\u08ff" or "\ufb50" <= c <= "\ufefc"]
    latin = [c for c in letters if c.isascii() or unicodedata.name(c, "").startswith("LATIN")]
    if not arabic and not latin:
        return None
    if len(arabic) + len(latin) < len(letters) / 2:
        return None
    found = _WORD.findall(start)
    # As for direction: Latin product names are common in Persian, so two fifths are enough.
    if len(arabic) * 3 >= len(latin) * 2:
        script = unicodedata.normalize("NFKC", "".join(arabic))
        return _arabic_script(script + "\u200c" * start.count("\u200c"), found)
    return _latin_script("".join(latin), found)
