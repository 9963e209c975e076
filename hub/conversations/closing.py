"""Last words: a "thanks" after the matter is settled opens nothing again."""

from __future__ import annotations

import re

from hub.message import Content, Media, Text
from hub.text.fold import fold

_WORDS = frozenset(
    fold(word)
    for word in (
        "thanks", "thank you", "thank you very much", "thanks a lot", "many thanks", "thx", "ty",
        "ok", "okay", "great", "perfect", "got it", "cheers", "bye", "goodbye",
        "ممنون", "ممنونم", "خیلی ممنون", "مرسی", "متشکرم", "تشکر", "سپاس", "سپاسگزارم",
        "دستتون درد نکنه", "دست شما درد نکند", "باشه", "باشد", "چشم", "اوکی", "عالی", "خداحافظ",
    )
)  # fmt: skip
_NO_WORD = re.compile(r"[\W_]+")


def is_last_word(content: Content) -> bool:
    """Whether a message says nothing but thanks, goodbye, an emoji or a sticker."""
    if not content:
        return False
    for block in content:
        match block:
            case Media(form="sticker", caption=None):
                continue
            case Text():
                words = _NO_WORD.sub(" ", fold(block.text)).strip()
                if words and words not in _WORDS:
                    return False
            case _:
                return False
    return True
