"""Persian and Latin digits, for showing numbers and for reading them."""

from typing import Final

_PERSIAN: Final = "۰۱۲۳۴۵۶۷۸۹"
_ARABIC: Final = "٠١٢٣٤٥٦٧٨٩"
_LATIN: Final = "0123456789"

_TO_PERSIAN: Final = str.maketrans(_LATIN + _ARABIC, _PERSIAN * 2)
_TO_LATIN: Final = str.maketrans(_PERSIAN + _ARABIC, _LATIN * 2)


def to_persian(text: str) -> str:
    """`text` with its Latin and Arabic digits as Persian ones: ۰۱۲۳۴۵۶۷۸۹. Separators stay."""
    return text.translate(_TO_PERSIAN)


def to_latin(text: str) -> str:
    """`text` with its Persian and Arabic digits as 0123456789. Separators stay."""
    return text.translate(_TO_LATIN)
